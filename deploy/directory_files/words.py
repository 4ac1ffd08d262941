"""What the directory's files are said about: Portuguese first, English on request. Part of `deploy.cli_words.SENTENCES`."""

SENTENCES: dict[str, tuple[str, str]] = {
    # help
    "help_directory": (
        "O diretório em arquivos: importar e exportar clientes, contatos, contratos, calendários…",
        "The directory in files: import and export customers, contacts, contracts, calendars…",
    ),
    "help_import": (
        (
            "Grava os cadastros de um arquivo, todos ou nenhum, e mostra o que muda. `active: false` tira um de uso; "
            "o que o arquivo não cita fica como está. Um calendário pode trazer `holidays` no lugar das datas."
        ),
        (
            "Record what a file says, all or nothing, and show what changes. `active: false` takes a record out of use; "
            "what the file does not name stays. A calendar may give `holidays` instead of the dates."
        ),
    ),
    "help_import_file": (
        "YAML (tipo, chave, campos) ou CSV (uma linha por cadastro; pede --kind).",
        "YAML (kind, key, fields) or CSV (a row a record; wants --kind).",
    ),
    "help_kind": (
        "Só este tipo de cadastro: contact, customer…",
        "Only this kind of record: contact, customer…",
    ),
    "help_dry_run": ("Só mostra o que mudaria.", "Only show what would change."),
    "help_export": (
        "Escreve os cadastros como estão; importado de volta, o arquivo não muda nada.",
        "Write the records as they stand; imported again, the file changes nothing.",
    ),
    "help_export_file": ("Onde escrever; sem isto, na tela.", "Where to write; to the terminal without it."),
    "help_export_format": (
        "Sem isto, o que o nome do arquivo diz, ou yaml. CSV é de um tipo só.",
        "Without it what the file's name says, or yaml. CSV is of one kind.",
    ),
    # the file
    "file_unwritten": ("Não consigo escrever {file}: {reason}.", "{file} cannot be written: {reason}."),
    "file_unread": ("Não consigo ler {file}: {reason}.", "{file} cannot be read: {reason}."),
    "file_no_utf8": (
        "{file}, linha {line}: o arquivo não está em UTF-8. Salve-o como UTF-8 e importe de novo.",
        "{file}, line {line}: the file is not UTF-8. Save it as UTF-8 and import it again.",
    ),
    "file_empty": ("{file} não traz cadastro algum.", "{file} has no record."),
    "file_no_yaml": ("não é YAML: {reason}", "this is no YAML: {reason}"),
    "file_no_csv": ("não é CSV: {reason}", "this is no CSV: {reason}"),
    "file_form": (
        "aqui se esperam nomes com valores: tipo, dentro dele chaves, dentro delas campos",
        "names with values are expected here: a kind, in it keys, in them fields",
    ),
    "file_no_kind": ("não há o tipo {kind}; há {known}", "there is no kind {kind}; there are {known}"),
    "file_twice": ("{name} aparece duas vezes", "{name} is there twice"),
    "file_active": ("active é true ou false", "active is true or false"),
    "file_holidays": ("holidays não vale: {reason}", "holidays cannot be: {reason}"),
    "file_columns": (
        "colunas {found}; pode haver {known}, cada uma uma vez, e key não falta",
        "columns {found}; there may be {known}, each once, and key is always there",
    ),
    "file_row": ("{count} células, para {columns} colunas", "{count} cells, for {columns} columns"),
    "file_cell": ("{column} não é JSON: {reason}", "{column} is no JSON: {reason}"),
    "file_too_large": (
        (
            "São {count} cadastros em {size_kib} KiB, e um pedido leva no máximo {most_kib} KiB. Divida o arquivo: antes o "
            "que os outros citam (calendários, áreas, clientes), depois os demais. Cada parte entra inteira ou não entra."
        ),
        (
            "These are {count} records in {size_kib} KiB, and a request holds {most_kib} KiB. Split the file: first what "
            "others name (calendars, areas, customers), then the rest. Each part is recorded whole or not at all."
        ),
    ),
    "csv_needs_kind": (
        "CSV é de um tipo só; diga --kind: {known}.",
        "A CSV is of one kind; say --kind: {known}.",
    ),
    "no_kind": ("Não há o tipo {kind}; há {known}.", "There is no kind {kind}; there are {known}."),
    "directory_unheard": (
        "O diretório não respondeu ({reason}). Nada se sabe do pedido: rode de novo; o que já entrou não muda.",
        "The directory did not answer ({reason}). What became of it is not known: run it again; what is in stays.",
    ),
    # the outcome
    "record": ("Cadastro", "Record"),
    "field": ("Campo", "Field"),
    "before": ("Antes", "Before"),
    "after": ("Depois", "After"),
    "new": ("novo", "new"),
    "too_long_to_show": ("(longo demais para mostrar)", "(too long to show)"),
    "records_done": (
        "Gravado: {new} novos, {changed} alterados, {same} iguais.",
        "Recorded: {new} new, {changed} changed, {same} the same.",
    ),
    "records_dry": (
        "Simulação, nada foi gravado: {new} novos, {changed} alterados, {same} iguais.",
        "Dry run, nothing was recorded: {new} new, {changed} changed, {same} the same.",
    ),
    "records_none": (
        "{file}: nada foi gravado ({count} erros).",
        "{file}: nothing was recorded ({count} errors).",
    ),
    "records_more": ("e mais {count} erros", "and {count} more errors"),
    "records_refused": ("O diretório recusou: {code} {facts}", "The directory refused: {code} {facts}"),
    # why a record is refused
    "fault_named_twice": (
        "este cadastro está duas vezes no arquivo",
        "this record is in the file twice",
    ),
    "fault_version_moved": (
        "outra pessoa o mudou (versão {version})",
        "somebody else changed it (version {version})",
    ),
    "fault_unknown_reference": (
        "não há {kind} {key} em uso, nem no arquivo",
        "there is no {kind} {key} in use, nor in the file",
    ),
    "fault_approver_elsewhere": (
        "{contact} é contato de outro cliente ({customer})",
        "{contact} is a contact of another customer ({customer})",
    ),
    "fault_address_taken": (
        "{address} já é do contato {contact}",
        "{address} belongs to the contact {contact}",
    ),
    "fault_domain_taken": (
        "{domain} já é do contato {contact}, de outro cliente",
        "{domain} belongs to the contact {contact}, of another customer",
    ),
    "fault_template_taken": (
        "{key} já é o modelo {template} nesse idioma",
        "{key} is the template {template} in that language already",
    ),
    "fault_still_in_use": (
        "não pode mudar nem sair de uso: {count} cadastros em uso o citam ({used_by})",
        "it cannot change or go out of use: {count} records in use name it ({used_by})",
    ),
    "why_blank": ("está em branco", "is blank"),
    "why_missing": ("falta", "is missing"),
    "why_unknown_field": ("não é um campo deste tipo", "is no field of this kind"),
    "why_not_a_cnpj": (
        "não é um CNPJ: confira os dígitos verificadores",
        "is no CNPJ: look at the check digits",
    ),
    "why_not_an_address": ("não é um endereço de e-mail", "is no e-mail address"),
    "why_not_a_domain": (
        "não é um domínio; escreva como empresa.com.br",
        "is no domain; write it as company.com.br",
    ),
    "why_not_a_page": ("não é um endereço http(s)", "is no http(s) address"),
    "why_named_twice": ("aparece duas vezes", "is there twice"),
    "why_ends_before_start": ("termina antes de começar", "ends before it starts"),
    "why_out_of_order": ("está fora de ordem", "is out of order"),
    "why_out_of_range": ("está fora do que pode ser", "is out of range"),
    "why_promises_nothing": ("não promete prazo algum", "promises nothing"),
    "why_no_time_zone": (
        "não é um fuso horário; escreva como America/Sao_Paulo",
        "is no time zone; write it as Europe/Paris",
    ),
    "why_no_hours": ("não tem hora alguma de trabalho", "has no working hours at all"),
    "why_not_hours": (
        'não são horas; escreva como [["08:00", "12:00"], ["13:00", "17:30"]], em ordem',
        'are no hours; write them as [["08:00", "12:00"], ["13:00", "17:30"]], in order',
    ),
    "why_no_such_template": ("não é um dos e-mails da central", "is none of the desk's e-mails"),
    "why_unknown_placeholder": ("ninguém preenche {{{name}}} aqui", "nobody fills in {{{name}}} here"),
    "why_only_desk": ("a central tem um cadastro só, desk", "the desk has one record only, desk"),
    "why_literal_error": (
        "não é uma das palavras possíveis ({said})",
        "is none of the words possible ({said})",
    ),
    "why_string_type": (
        "deve ser texto (entre aspas, se parece número)",
        "must be text (in quotes, if it looks like a number)",
    ),
    "why_string_too_long": ("é longo demais", "is too long"),
    "why_string_too_short": ("é curto demais", "is too short"),
    "why_key": (
        "só pode ter letras sem acento, números e . _ @ + -, começar por letra ou número, e ter até 100",
        "may hold letters without accents, digits and . _ @ + -, begin with a letter or digit, and have up to 100",
    ),
    "why_string_pattern_mismatch": (
        "só pode ter letras sem acento, números e . _ @ + -",
        "may hold letters without accents, digits and . _ @ + - only",
    ),
    "why_too_short": ("precisa de ao menos um", "needs one at least"),
    "why_too_long": ("tem itens demais", "has too many"),
    "why_int_parsing": ("deve ser um número inteiro", "must be a whole number"),
    "why_int_type": ("deve ser um número inteiro", "must be a whole number"),
    "why_greater_than": ("deve ser maior que zero", "must be above zero"),
    "why_tuple_type": ("deve ser uma lista", "must be a list"),
    "why_dict_type": ("deve ter nomes com valores", "must have names with values"),
    "why_date_from_datetime_parsing": (
        "não é uma data; escreva como 2026-03-02",
        "is no date; write it as 2026-03-02",
    ),
    "why_form": ("não tem a forma esperada: {said}", "is not of the form expected: {said}"),
}
