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
    # reports
    "help_report": (
        "Cumprimento dos níveis de serviço, contado só dos diários: por mês, cliente, área, analista, classificação.",
        "How far service levels were kept, counted from the journals alone: by month, customer, area and so on.",
    ),
    "help_from": (
        "Primeiro dia de abertura dos tickets: 2026-03-01.",
        "First day on which tickets opened: 2026-03-01.",
    ),
    "help_to": ("Último dia de abertura, inclusive.", "Last day on which tickets opened, included."),
    "help_by": (
        "Uma linha por mês de abertura, cliente, área, analista ou classificação.",
        "A line for each month of opening, customer, area, analyst or classification.",
    ),
    "help_format": ("Tabela, JSON ou CSV.", "Table, JSON or CSV."),
    "no_date": (
        "{text!r} não é uma data; escreva como 2026-03-01.",
        "{text!r} is no date; write it as 2026-03-01.",
    ),
    "dates_crossed": ("De {first} a {last} não há dia algum.", "From {first} to {last} there is no day."),
    "nothing_opened": (
        "Nenhum ticket foi aberto de {first} a {last}.",
        "No ticket was opened from {first} to {last}.",
    ),
    "by_period": ("Mês", "Month"),
    "by_customer": ("Cliente", "Customer"),
    "by_area": ("Área", "Area"),
    "by_analyst": ("Analista", "Analyst"),
    "by_classification": ("Classificação", "Classification"),
    "clock": ("Relógio", "Clock"),
    "column_met": ("No prazo", "Met"),
    "column_breached": ("Estouros", "Breached"),
    "column_running": ("Correndo", "Running"),
    "column_stopped": ("Sem veredito", "No verdict"),
    "column_share": ("Cumprimento", "Attainment"),
    "percentile": ("{percent} % em até", "{percent} % within"),
    "total": ("Total", "Total"),
    "nobody": ("(ninguém)", "(nobody)"),
    "report_of": (
        "Tickets abertos de {first} a {last} ({zone}); tempos em horas úteis, dos que foram cumpridos, ainda que tarde.",
        "Tickets opened from {first} to {last} ({zone}); working hours of those that were met, late ones included.",
    ),
    # what if
    "help_what_if": (
        "Reconta a história com outra política ou calendário, sem gravar nada, e compara prazos cumpridos e estourados.",
        "Replay history against another policy or calendar, writing nothing, and compare what was met and breached.",
    ),
    "help_policy": (
        "YAML ou JSON de uma política de SLA, na forma dos registros do diretório.",
        "YAML or JSON of an SLA policy, in the form of directory records.",
    ),
    "help_calendar": (
        "YAML ou JSON de um calendário; sem isto, cada ticket mantém o seu, ou o que a política nomeia.",
        "YAML or JSON of a calendar; without it each ticket keeps its own, or the one that the policy names.",
    ),
    "help_instead_of": (
        "Só os tickets que abriram sob a política desta chave são recontados; os outros mantêm a sua.",
        "Only tickets that opened under the policy of this key are replayed; the others keep theirs.",
    ),
    "help_chart": ("Grava também um gráfico SVG.", "Write a chart too, as SVG."),
    "help_format_two": ("Tabela ou JSON.", "Table or JSON."),
    "nothing_tried": ("Dê --policy, --calendar ou ambos.", "Give --policy, --calendar or both."),
    "record_no_yaml": ("{file} não é YAML nem JSON: {reason}.", "{file} is neither YAML nor JSON: {reason}."),
    "record_not_one": (
        "{file} tem {count} registros de {kind}; é preciso um só.",
        "{file} has {count} records of {kind}; there must be just one.",
    ),
    "record_wrong": ("{file} não serve: {reason}.", "{file} will not do: {reason}."),
    "record_fields": (
        "{file} tem campos desconhecidos: {names}; há {known}.",
        "{file} has unknown fields: {names}; there are {known}.",
    ),
    "no_calendar": (
        "{file} nomeia o calendário {calendar}, que o diretório não tem; dê um com --calendar.",
        "{file} names the calendar {calendar}, which the directory has not; give one with --calendar.",
    ),
    "no_policy": (
        "O diretório não tem a política {key}; há {known}.",
        "The directory has no policy {key}; there are {known}.",
    ),
    "chart_unwritten": ("Não consigo gravar {file}: {reason}.", "{file} cannot be written: {reason}."),
    "column_change": ("Diferença", "Change"),
    "chart_title": (
        "Prazos cumpridos, {first} a {last}: {tickets} tickets",
        "Attainment, {first} to {last}: {tickets} tickets",
    ),
    "as_it_was": ("como foi", "as it was"),
    "as_it_would_be": ("como seria", "as it would be"),
    "what_if_done": (
        "{tickets} tickets recontados em {seconds:.2f} s; em {changed} algum prazo teria outro veredito. Nada foi gravado.",
        "{tickets} tickets replayed in {seconds:.2f} s; in {changed} some verdict would be another. Nothing was written.",
    ),
    "what_if_kept": (
        "{tickets} tickets não abriram sob a política {policy} e ficaram como foram.",
        "{tickets} tickets did not open under the policy {policy} and stayed as they were.",
    ),
}
