"""What the tools of service levels say: Portuguese first, English on request. Part of `deploy.cli_words.SENTENCES`."""

SENTENCES: dict[str, tuple[str, str]] = {
    # help
    "help_sla": (
        "Níveis de serviço: conferir um calendário, relatórios, experimentar outra política.",
        "Service levels: check a calendar, reports, try another policy.",
    ),
    "help_check_cases": (
        "Confere casos de tempo útil contra o calendário de verdade; sai com 0 só se todos conferem.",
        "Check cases of business time against the real calendar; exits with 0 only if all agree.",
    ),
    "help_cases_file": (
        "Um JSON na forma de business_time.json: a lista `cases`.",
        "A JSON file in the form of business_time.json: the list `cases`.",
    ),
    # cases
    "cases_unread": ("Não consigo ler {file}: {reason}.", "{file} cannot be read: {reason}."),
    "cases_no_json": ("{file} não é JSON: {reason}.", "{file} is no JSON: {reason}."),
    "cases_missing": (
        "{file} não tem casos: é preciso um objeto com a lista `cases`, e nela ao menos um caso.",
        "{file} has no cases: there must be an object with the list `cases`, and in it at least one case.",
    ),
    "case_differs": ("{op}: deu {given}, esperado {wanted}", "{op}: got {given}, expected {wanted}"),
    "case_refused": ("caso sem sentido: {reason}", "the case makes no sense: {reason}"),
    "case_field": ("campo {field} errado ou ausente: {reason}", "field {field} wrong or missing: {reason}"),
    "case_op": ("não há operação {op}; há {known}", "there is no operation {op}; there are {known}"),
    "case_lacks": ("{op} precisa do campo {field}", "{op} needs the field {field}"),
    "case_expects": (
        "{op}: `expected` não é do tipo que a operação responde",
        "{op}: `expected` is not of the kind that the operation answers",
    ),
    "cases_agree": ("{agree} de {total} casos conferem.", "{agree} of {total} cases agree."),
}
