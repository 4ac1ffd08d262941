"""What the tools of mail say: Portuguese first, English on request. Part of `deploy.cli_words.SENTENCES`."""

SENTENCES: dict[str, tuple[str, str]] = {
    "help_mail": (
        "E-mail que chega: a conta de tudo o que entrou.",
        "Mail that comes in: the account of everything that arrived.",
    ),
    "help_mail_ledger": (
        "Mostra, por caixa e dia, as mensagens que chegaram e o destino de cada uma; sai com 1 se não fecham.",
        "Show, by mailbox and day, messages in and what became of each; exits with 1 if they do not agree.",
    ),
    "help_mail_from": (
        "Primeiro dia (hora do suporte), como 2026-03-02; sem isto, os últimos sete.",
        "First day (the desk's time), as 2026-03-02; without it, the last seven.",
    ),
    "help_mail_to": ("Último dia, inclusive; sem isto, hoje.", "Last day, inclusive; without it, today."),
    "mail_no_day": (
        "{text!r} não é um dia; escreva como 2026-03-02.",
        "{text!r} is no day; write it as 2026-03-02.",
    ),
    "mail_nothing": ("Nenhuma mensagem nesses dias.", "No message on those days."),
    "mail_day": ("Dia", "Day"),
    "mail_mailbox": ("Caixa", "Mailbox"),
    "mail_came": ("Chegaram", "Came in"),
    "mail_put_off": ("Adiadas", "Put off"),
    "mail_again": ("Voltaram", "Came again"),
    "mail_on_the_way": ("A caminho", "On the way"),
    "mail_opened": ("Abertos", "Opened"),
    "mail_appended": ("Anexadas", "Appended"),
    "mail_duplicate": ("Repetidas", "Duplicate"),
    "mail_auto_reply": ("Automáticas", "Automatic"),
    "mail_bounce": ("Devoluções", "Bounces"),
    "mail_parked": ("Retidas", "Parked"),
    "mail_rejected": ("Rejeitadas", "Rejected"),
    "mail_difference": ("Diferença", "Difference"),
    "mail_agrees": (
        "{came} mensagens, cada uma com um só destino.",
        "{came} messages, each with exactly one disposition.",
    ),
    "mail_differs": (
        "{lost} de {came} mensagens sem um único destino, ou não como no diário: procure-as em views.mail_in pelo campo raw.",
        "{lost} of {came} messages without exactly one disposition, or not as in the journal: look for them in views.mail_in by raw.",
    ),
}
