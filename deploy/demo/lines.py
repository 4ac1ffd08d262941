"""What the demo says, and what the people in it write: Portuguese first, English on request."""

from deploy.words import in_english

LINES: dict[str, tuple[str, str]] = {
    "starting": (
        "Inicio um atendimento só para a demonstração, em {state}: uma hora dele dura {hour_s:.2f} s.",
        "Starting a desk for the demonstration alone, in {state}: one of its hours takes {hour_s:.2f} s.",
    ),
    "using": (
        "Uso o atendimento que já roda acelerado: uma hora dele dura {hour_s:.2f} s.",
        "Using the desk that already runs fast: one of its hours takes {hour_s:.2f} s.",
    ),
    "not_up": (
        "O atendimento da demonstração não iniciou: {reason}",
        "The desk of the demonstration did not start: {reason}",
    ),
    "look": ("Para olhar enquanto roda: {web} ({login}, senha {password})", "To look at meanwhile: {web} ({login}, password {password})"),
    "opens": ("Espero o expediente abrir: {at}", "Waiting for the desk to open: {at}"),
    "stopping": ("Paro o atendimento da demonstração; a história dela fica em {state}.", "Stopping the desk of the demonstration; its history stays in {state}."),
    "kept": ("O atendimento continua: {web} (Ctrl-C para tudo).", "The desk goes on: {web} (Ctrl-C stops everything)."),
    "refused": ("{service} não fez {command}: {code} {facts}", "{service} did not do {command}: {code} {facts}"),
    "unseen": ("Esperei {seconds:.0f} s e não vi: {what}", "Waited {seconds:.0f} s and did not see: {what}"),
    "no_sample": (
        "Os dados de exemplo não estão neste atendimento.",
        "The sample desk is not loaded here.",
    ),
    "quoted": ("Em {date}, {sender} escreveu:", "On {date}, {sender} wrote:"),
    "unheard": ("{service} não respondeu.", "{service} did not answer."),
    # the story
    "by_mail": ("Beatriz escreve um e-mail a {address}; ninguém o lê por enquanto", "Beatriz writes an e-mail to {address}; nobody reads it for now"),
    "by_web": ("Helena abre um ticket no portal", "Helena opens a ticket on the portal"),
    "by_phone": ("Emma telefona; Diego atende e abre o ticket, já seu", "Emma calls; Diego answers and opens the ticket, his at once"),
    "no_contract": ("Nara escreve, mas o contrato dela venceu: a mensagem fica retida", "Nara writes, but her contract has expired: the message is parked"),
    "waits": ("Diego precisa de um arquivo e espera pela cliente", "Diego needs a file and waits for the customer"),
    "resolves": ("Carla pega o ticket da Helena e o resolve", "Carla takes Helena's ticket and resolves it"),
    "reopens": ("Helena responde ao e-mail da resolução ({file}): o ticket reabre", "Helena replies to the resolution's e-mail ({file}): the ticket reopens"),
    "neglected": ("O de Beatriz segue sem resposta: alertas em 50, 75 e 90 %, depois o prazo estoura", "Beatriz's is still unanswered: warnings at 50, 75 and 90 %, then a breach"),
    "late_answer": ("Bruno pega o de Beatriz, com atraso, e pergunta algo", "Bruno takes Beatriz's, late, and asks something"),
    "replies": ("Emma responde no portal: o ticket é retomado, e Diego o resolve", "Emma replies on the portal: the ticket is resumed, and Diego resolves it"),
    "resolves_again": ("Carla resolve de novo, agora de fato", "Carla resolves it again, this time for good"),
    "silence": ("Beatriz não responde mais: lembretes em 3 e 6 dias; os resolvidos fecham sozinhos em 7", "Beatriz is silent: reminders at 3 and 6 days; the resolved ones close by themselves at 7"),
    # what the people write
    "mail_subject": ("Nota fiscal rejeitada, código 539", "Invoice rejected, code 539"),
    "mail_text": ("Bom dia! Desde cedo as notas voltam com a rejeição 539. Podem ver?", "Good morning! Since early today invoices come back with rejection 539. Could you look?"),
    "web_subject": ("Férias não aparecem na folha", "Leave is missing from the payroll"),
    "web_text": ("As férias do setor de embalagem não entraram na folha deste mês.", "The packing team's leave did not make it into this month's payroll."),
    "phone_subject": ("Integração sem resposta", "Integration gives no answer"),
    "phone_text": ("Desde ontem a API não responde aos pedidos da transportadora.", "Since yesterday the API has not answered the carrier's requests."),
    "parked_subject": ("Etiquetas", "Labels"),
    "parked_text": ("Como imprimo etiquetas?", "How do I print labels?"),
    "ask_file": ("Pode nos enviar o arquivo de log de ontem?", "Could you send us yesterday's log file?"),
    "solved": ("Reprocessamos o cálculo; as férias aparecem agora.", "We ran the calculation again; the leave shows now."),
    "not_solved": ("Ainda faltam duas pessoas.", "Two people are still missing."),
    "solved_again": ("As duas pessoas tinham matrícula repetida; corrigido.", "Those two had the same staff number; corrected."),
    "ask_key": ("Qual é a chave de acesso de uma das notas?", "What is the access key of one of the invoices?"),
    "here_file": ("Segue: o erro começa às 14h.", "Here: the error begins at 2 p.m."),
    "solved_api": ("O certificado venceu às 14h; renovado.", "The certificate expired at 2 p.m.; renewed."),
    # what was promised
    "summary": ("O que se viu:", "What was seen:"),
    "three_channels": ("Três canais: e-mail, portal, telefone", "Three channels: e-mail, web, phone"),
    "parked_seen": ("Uma mensagem retida: sem contrato em vigor", "A parked message: no contract in force"),
    "warned": ("Um alerta de prazo", "A warning"),
    "breached": ("Um prazo estourado", "A breach"),
    "awaited": ("Uma espera pelo cliente, e a retomada", "A wait for the customer, and the resumption"),
    "reopened": ("Uma reabertura por e-mail", "A reopening by e-mail"),
    "reminded": ("Lembretes ao cliente", "Reminders to the customer"),
    "closed": ("Fechamento automático do resolvido", "Automatic closure of the resolved one"),
    "closed_silent": ("Fechamento por silêncio do cliente", "Closure for the customer's silence"),
    "tickets": ("Tickets:", "Tickets:"),
    "mails": ("E-mails: {count}, em {folder}", "E-mails: {count}, in {folder}"),
    "more": ("A história inteira, enquanto roda: {command}", "The whole history, while it runs: {command}"),
    "took": ("{days:.1f} dias de atendimento em {seconds:.0f} s.", "{days:.1f} days of the desk in {seconds:.0f} s."),
}  # fmt: skip


def line(code: str, /, **facts: object) -> str:
    """The line of that code, with its facts filled in, in the person's language."""
    return LINES[code][in_english()].format(**facts)


class Failed(Exception):  # noqa: N818 - what the person reads
    """The demo cannot go on; as text it is one sentence that says why."""

    def __init__(self, code: str, /, **facts: object) -> None:
        self.code = code
        super().__init__(line(code, **facts))
