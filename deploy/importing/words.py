"""What the import says: Portuguese first, English on request. Part of `deploy.cli_words.SENTENCES`."""

SENTENCES: dict[str, tuple[str, str]] = {
    # help
    "help_bring": (
        "Traz para cá o que havia em outro sistema.",
        "Bring here what there was in another system.",
    ),
    "help_bring_tickets": (
        "Traz tickets antigos com sua história, um por linha JSON. Confere tudo antes; repetir não duplica nada.",
        "Bring old tickets with their history, one a JSON line. Checks all first; repeating doubles nothing.",
    ),
    "help_bring_file": (
        "O arquivo, na forma descrita em contracts/README.md.",
        "The file, in the form that contracts/README.md describes.",
    ),
    "help_bring_dry_run": (
        "Só confere: diz o que seria trazido e o que está errado.",
        "Only check: say what would be brought, and what is wrong.",
    ),
    "help_bring_from_line": ("Começa nesta linha.", "Begin at this line."),
    "help_bring_files": (
        "Pasta dos arquivos que os anexos citam em `path`.",
        "Folder of the files that attachments name in `path`.",
    ),
    # what cannot be done
    "import_unread": ("Não consigo ler {file}: {reason}.", "{file} cannot be read: {reason}."),
    "import_no_desk": (
        "O atendimento não responde em {address}; ele está em execução?",
        "The desk does not answer at {address}; is it running?",
    ),
    "import_no_store": (
        "Não sei onde fica o depósito de arquivos: defina BLOBS_URL.",
        "Where files are kept is not known: set BLOBS_URL.",
    ),
    "import_stopped": (
        "O atendimento parou de responder na linha {line} ({code}). Repita o mesmo comando: o que já entrou é pulado.",
        "The desk stopped answering at line {line} ({code}). Repeat the same command: what is in already is skipped.",
    ),
    "import_refused": (
        "O atendimento recusou o pedido da linha {line}: {code} {facts}",
        "The desk refused the request of line {line}: {code} {facts}",
    ),
    "import_file_changed": (
        "Linha {line}: {path} mudou durante a importação. Repita o comando.",
        "Line {line}: {path} changed during the import. Repeat the command.",
    ),
    # what is wrong with a line
    "import_line": ("Linha {line}: {because}", "Line {line}: {because}"),
    "import_line_too_long": (
        "tem mais de {size} bytes; deixe anexos em arquivos (--files)",
        "has more than {size} bytes; leave attachments in files (--files)",
    ),
    "import_no_json": ("não é JSON: {reason}", "is no JSON: {reason}"),
    "import_no_file": ("não há o arquivo {path} na pasta", "the file {path} is not in the folder"),
    "import_large_file": (
        "o arquivo {path} passa de {size} bytes",
        "the file {path} has more than {size} bytes",
    ),
    "import_step": ("passo {step}: {said}", "step {step}: {said}"),
    "import_fault_in_the_future": ("está no futuro", "is in the future"),
    "import_fault_too_old": ("foi aberto antes de {detail}", "was opened before {detail}"),
    "import_fault_no_such_contact": ("não há o contato {detail}", "there is no contact {detail}"),
    "import_fault_no_such_application": ("não há a aplicação {detail}", "there is no application {detail}"),
    "import_fault_no_contract": (
        "o cliente {detail} nunca teve contrato para a aplicação",
        "the customer {detail} never had a contract for the application",
    ),
    "import_fault_no_sla_policy": ("não há a política de SLA {detail}", "there is no SLA policy {detail}"),
    "import_fault_no_such_kind": ("não há o tipo de serviço {detail}", "there is no service kind {detail}"),
    "import_fault_no_such_analyst": (
        "continua aberto com {detail}, que não é analista daqui",
        "is still open with {detail}, who is no analyst here",
    ),
    "import_fault_too_large": ("é grande demais", "is too large"),
    "import_fault_before_the_last": (
        "{detail}: vem antes do que o precede",
        "{detail}: comes before what precedes it",
    ),
    "import_fault_no_such_transition": (
        "não é possível de onde o ticket estava: {detail}",
        "is not possible from where the ticket was: {detail}",
    ),
    "import_fault_no_text": ("{detail}: falta o texto", "{detail}: the text is missing"),
    "import_fault_no_analyst": ("{detail}: falta o analista", "{detail}: the analyst is missing"),
    "import_fault_no_third_party": ("{detail}: falta o terceiro", "{detail}: the third party is missing"),
    "import_fault_no_score": ("{detail}: falta a nota", "{detail}: the score is missing"),
    "import_fault_no_reason": ("{detail}: falta o motivo", "{detail}: the reason is missing"),
    "import_fault_wrong_role": (
        "{detail}: não pode ser de alguém com esse papel",
        "{detail}: cannot be of somebody in that role",
    ),
    # progress and the end
    "import_checking": ("Conferindo", "Checking"),
    "import_bringing": ("Trazendo", "Bringing"),
    "import_at_line": ("{doing}: linha {line}", "{doing}: line {line}"),
    "import_would": (
        "Seriam abertos {opened}; já estão aqui {skipped}; com erro {faulty}. Nada foi trazido.",
        "{opened} would be opened; {skipped} are here already; {faulty} are faulty. Nothing was brought.",
    ),
    "import_not_begun": (
        "Com erro: {faulty}. Nada foi trazido; corrija as linhas e repita.",
        "Faulty: {faulty}. Nothing was brought; correct the lines and repeat.",
    ),
    "import_done": (
        "Abertos {opened}; já estavam aqui {skipped}; com erro {faulty}. {rate} tickets/s.",
        "{opened} opened; {skipped} were here already; {faulty} faulty. {rate} tickets/s.",
    ),
}
