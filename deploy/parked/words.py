"""What the tools of parked entries say: Portuguese first, English on request. Part of `deploy.cli_words.SENTENCES`."""

SENTENCES: dict[str, tuple[str, str]] = {
    "help_dead_letters": (
        "Lista as entradas que algum serviço não conseguiu aplicar; retry tenta de novo, settle dá por encerrada.",
        "List the entries that some service could not apply; retry tries one again, settle puts one to rest.",
    ),
    "help_parked_service": ("O serviço que não a aplicou.", "The service that could not apply it."),
    "help_parked_where": (
        "A entrada, como a lista a mostra: lifecycle:1-7.",
        "The entry, as the list shows it: lifecycle:1-7.",
    ),
    "help_parked_retry": (
        "Aplica de novo uma entrada retida, por exemplo depois de corrigir o que a impedia.",
        "Apply a parked entry again, for example after what stood in its way was mended.",
    ),
    "help_parked_settle": (
        "Decide que nada precisa seguir de uma entrada retida, por um motivo que fica guardado.",
        "Decide that nothing has to follow from a parked entry, for a reason that is kept.",
    ),
    "help_parked_reason": ("O motivo.", "The reason."),
    "nothing_parked": ("Nenhuma entrada retida.", "No parked entry."),
    "parked_no_service": (
        "O serviço {service} não segue ninguém: não tem entradas retidas.",
        "The service {service} follows nobody: it has no parked entries.",
    ),
    "parked_nowhere": (
        "{where!r} não é uma entrada; escreva como lifecycle:1-7.",
        "{where!r} is no entry; write it as lifecycle:1-7.",
    ),
    "parked_refused": ("Não foi feito: {code} {facts}", "Not done: {code} {facts}"),
    "parked_retried": ("Aplicada: {topic}.", "Applied: {topic}."),
    "parked_settled": ("Encerrada: {topic}.", "Put to rest: {topic}."),
}
