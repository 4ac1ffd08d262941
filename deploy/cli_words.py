"""What the command line, the sample loader and the demo say: Portuguese first, English on request."""

from deploy.directory_files.words import SENTENCES as DIRECTORY_SENTENCES
from deploy.importing.words import SENTENCES as IMPORT_SENTENCES
from deploy.mail_tools.words import SENTENCES as MAIL_SENTENCES
from deploy.parked.words import SENTENCES as PARKED_SENTENCES
from deploy.sla_tools.words import SENTENCES as SLA_SENTENCES
from deploy.words import in_english

SENTENCES: dict[str, tuple[str, str]] = {
    # the sample desk
    "sample_logins": ("Acessos de exemplo (só nesta máquina):", "Sample logins (on this machine only):"),
    "sample_refused": (
        "O diretório recusou {kind} {key}: {code} {facts}",
        "The directory refused {kind} {key}: {code} {facts}",
    ),
    "sample_unheard": (
        "O diretório não respondeu aos comandos ({code}).",
        "The directory did not answer the commands ({code}).",
    ),
    "role": ("Papel", "Role"),
    "login": ("Acesso", "Login"),
    "password": ("Senha", "Password"),
    "role_requester": ("Solicitante", "Requester"),
    "role_analyst": ("Analista", "Analyst"),
    "role_manager": ("Gestora", "Manager"),
    "role_auditor": ("Auditor", "Auditor"),
    # what the program cannot do
    "no_desk": (
        "Nenhum atendimento em execução: não há {file}. Use make run, ou dê em {variable} um banco do auditor.",
        "No desk is running: {file} is not there. Use make run, or give a database of the auditor in {variable}.",
    ),
    "unreachable": (
        "Não alcanço o banco do serviço {service}: {reason}",
        "The database of the service {service} cannot be reached: {reason}",
    ),
    "no_ticket": ("Não há ticket {number}.", "There is no ticket {number}."),
    "not_yet": (
        "Até esse instante nada estava registrado do ticket {number}.",
        "Nothing of ticket {number} was recorded by that instant.",
    ),
    "no_instant": (
        "{text!r} não é um instante; escreva como 2026-03-02T14:20 (hora do suporte) ou com fuso: …+00:00.",
        "{text!r} is no instant; write it as 2026-03-02T14:20 (the desk's time) or with an offset: …+00:00.",
    ),
    "no_service": (
        "Não há serviço {names}; há {known}.",
        "There is no service {names}; there are {known}.",
    ),
    # help
    "help": (
        "Atendimento: a central de suporte em que a história de cada ticket é a única fonte.",
        "Atendimento: the help desk in which each ticket's history is the only source.",
    ),
    "help_lang": ("Idioma; sem isto, o do ambiente.", "Language; that of the locale without this."),
    "help_json": ("Como JSON, para outros programas.", "As JSON, for other programs."),
    "help_history": (
        "Mostra a história de um ticket, dos próprios diários, e como ele estava.",
        "Show a ticket's history, from the journals themselves, and the ticket as it stood.",
    ),
    "help_number": ("O número do ticket, como 2026-000123.", "The ticket's number, as 2026-000123."),
    "help_at": (
        "Só o que estava registrado até esse instante: 2026-03-02T14:20 (hora do suporte) ou com fuso.",
        "Only what was recorded up to that instant: 2026-03-02T14:20 (the desk's time) or with an offset.",
    ),
    "help_verify": (
        "Confere as cadeias de todos os serviços: nada foi alterado, removido ou inserido. Sai com 1 se foi.",
        "Verify the chains of all services: nothing was altered, removed or inserted. Exits with 1 if so.",
    ),
    "help_services": ("Só estes serviços.", "Only these services."),
    "help_rebuild": ("Refaz o que se deriva dos diários.", "Rebuild what follows from the journals."),
    "help_rebuild_intake": (
        "Refaz as tabelas da entrada: números, tickets, Message-IDs. Enquanto isso nada entra.",
        "Rebuild intake's tables: numbers, tickets, Message-IDs. Nothing comes in meanwhile.",
    ),
    "help_rebuild_lifecycle": (
        "Refaz quem está com quantos tickets e de quem é a vez.",
        "Rebuild who has how many tickets, and whose turn it is.",
    ),
    "help_rebuild_notifier": (
        "Refaz o que o notificador sabe dos tickets e o que falta enviar.",
        "Rebuild what the notifier knows of tickets, and what is still to be sent.",
    ),
    "help_rebuild_sla": (
        "Refaz os alarmes dos prazos: o que soa, e quando.",
        "Rebuild the timers of the clocks: what rings, and when.",
    ),
    "help_rebuild_gateway": (
        "Esvazia as telas do portal e as refaz dos diários; mostra o andamento e entradas por segundo.",
        "Empty the portal's views and replay the journals into them; shows progress and entries a second.",
    ),
    "help_status": (
        "Mostra onde cada serviço está: entradas, atraso de quem o segue, entradas retidas.",
        "Show where each service stands: entries, how far it is behind others, parked entries.",
    ),
    # tables
    "when": ("Quando", "When"),
    "who": ("Quem", "Who"),
    "what": ("O quê", "What"),
    "facts": ("Fatos", "Facts"),
    "service": ("Serviço", "Service"),
    "ready": ("Pronto", "Ready"),
    "entries": ("Entradas", "Entries"),
    "behind": ("Por aplicar, de", "Still to apply, of"),
    "parked": ("Retidas", "Parked"),
    "entry": ("Entrada", "Entry"),
    "event": ("Evento", "Event"),
    "error": ("Erro", "Error"),
    "yes": ("sim", "yes"),
    "no": ("não", "no"),
    "now": ("agora", "now"),
    "as_it_stood": ("Ticket {number}, {upto}:", "Ticket {number}, {upto}:"),
    "breached_at": ("estourou em", "breached at"),
    "pinned": ("{key}, versão {version}{newest}", "{key}, version {version}{newest}"),
    "newest": (" (a vigente então: {version})", " (the newest then: {version})"),
    "closed_dates": ("{count} datas sem expediente", "{count} closed dates"),
    "mon": ("seg", "Mon"),
    "tue": ("ter", "Tue"),
    "wed": ("qua", "Wed"),
    "thu": ("qui", "Thu"),
    "fri": ("sex", "Fri"),
    "sat": ("sáb", "Sat"),
    "sun": ("dom", "Sun"),
    "chains": (
        "{service}: {entries} entradas conferidas em {seconds:.2f} s",
        "{service}: {entries} entries verified in {seconds:.2f} s",
    ),
    "bad_entry": (
        "Primeira entrada errada: {service}, partição {partition}, posição {position} ({because})",
        "First bad entry: {service}, partition {partition}, position {position} ({because})",
    ),
    "verified": (
        "Nada foi alterado, removido ou inserido: {entries} entradas em {seconds:.2f} s.",
        "Nothing was altered, removed or inserted: {entries} entries in {seconds:.2f} s.",
    ),
    "verified_bad": (
        "A história foi mexida: {bad} partições com erro; {entries} entradas em {seconds:.2f} s.",
        "History was tampered with: {bad} bad partitions; {entries} entries in {seconds:.2f} s.",
    ),
    **SLA_SENTENCES,
    **DIRECTORY_SENTENCES,
    **IMPORT_SENTENCES,
    **MAIL_SENTENCES,
    **PARKED_SENTENCES,
}


def tell(code: str, /, **facts: object) -> str:
    """The sentence of that code, with its facts filled in, in the person's language."""
    return SENTENCES[code][in_english()].format(**facts)


class Unable(Exception):  # noqa: N818 - what the person reads
    """The program cannot do what was asked; as text it is one sentence that says why and what to do."""

    def __init__(self, code: str, /, **facts: object) -> None:
        self.code = code
        self.facts = facts
        super().__init__(tell(code, **facts))
