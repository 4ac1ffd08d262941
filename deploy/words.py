"""What the desk says to the person at the terminal: Portuguese first, English where the locale asks for it."""

import os

SENTENCES: dict[str, tuple[str, str]] = {
    "python_old": (
        "O Atendimento precisa do Python 3.11 ou mais novo; este é o {found}.",
        "Atendimento needs Python 3.11 or newer; this one is {found}.",
    ),
    "port_taken": (
        "A porta {port} ({use}) já está em uso; libere-a ou escolha outra com {variable}=NÚMERO.",
        "Port {port} ({use}) is already in use; free it or choose another with {variable}=NUMBER.",
    ),
    "port_wrong": (
        "{variable}={value} não é um número de porta; use um de 0 (qualquer livre) a 65535.",
        "{variable}={value} is not a port number; use one from 0 (any free one) to 65535.",
    ),
    "disk_full": (
        "Há só {free_mb} MB livres em {folder}; o Atendimento precisa de {need_mb} MB.",
        "Only {free_mb} MB are free in {folder}; Atendimento needs {need_mb} MB.",
    ),
    "state_unwritable": (
        "Não consigo escrever na pasta de estado {folder}: {reason}.",
        "The state folder {folder} cannot be written: {reason}.",
    ),
    "already_running": (
        "O Atendimento já está rodando com o estado em {folder} (processo {pid}); pare-o antes.",
        "Atendimento is already running on the state in {folder} (process {pid}); stop it first.",
    ),
    "no_postgres": (
        "Não encontrei um PostgreSQL: defina DATABASE_URL, ou instale um pacote do PostgreSQL.",
        "No PostgreSQL was found: set DATABASE_URL, or install a PostgreSQL package.",
    ),
    "no_nats": (
        "Não encontrei o programa nats-server: defina NATS_URL, ou refaça a instalação com make clean run.",
        "The program nats-server was not found: set NATS_URL, or install again with make clean run.",
    ),
    "no_reply": (
        "{name} em {address} não respondeu: {reason}.",
        "{name} at {address} did not answer: {reason}.",
    ),
    "refused_us": (
        "PostgreSQL em {address} não deixou preparar os bancos: {reason}.",
        "PostgreSQL at {address} did not let the databases be made: {reason}.",
    ),
    "start_failed": (
        "{name} não iniciou: {reason} (registro completo em {log}).",
        "{name} did not start: {reason} (whole log in {log}).",
    ),
    "other_version": (
        "Os dados em {folder} são do PostgreSQL {found}, e este é o {have}; use o mesmo, ou outra pasta de estado.",
        "The data in {folder} are of PostgreSQL {found}, and this is {have}; use the same, or another state folder.",
    ),
    "not_ready": (
        "{name} não ficou pronto em {seconds} s: {reason} (registro completo em {log}).",
        "{name} was not ready within {seconds} s: {reason} (whole log in {log}).",
    ),
    "sample_failed": (
        "Os dados de exemplo não foram carregados (código {code}): {reason}.",
        "The sample desk was not loaded (code {code}): {reason}.",
    ),
    "data_elsewhere": (
        "Como root, o PostgreSQL roda como nobody, que não alcança {state}; os dados dele ficam em {place}.",
        "As root, PostgreSQL runs as nobody, who cannot reach {state}; its data are in {place}.",
    ),
    "servers": ("NATS e PostgreSQL", "NATS and PostgreSQL"),
    "databases": ("Bancos, papéis e tabelas", "Databases, roles and tables"),
    "services": ("Serviços prontos", "Services ready"),
    "no_services": ("Nenhum serviço por aqui ainda", "No service here yet"),
    "sample": ("Dados de exemplo", "Sample desk"),
    "waiting_for": ("esperando {names}", "waiting for {names}"),
    "died": (
        "{name} parou (código {code}); reinicio em {delay_s:.1f} s. Registro: {log}",
        "{name} stopped (code {code}); starting it again in {delay_s:.1f} s. Log: {log}",
    ),
    "back": ("{name} reiniciado (processo {pid}).", "{name} started again (process {pid})."),
    "restart_failed": (
        "{name} não voltou: {reason}. Tento de novo em {delay_s:.1f} s.",
        "{name} did not come back: {reason}. Next attempt in {delay_s:.1f} s.",
    ),
    "reclaimed": (
        "Parei o que uma execução anterior deixou rodando: {names}.",
        "Stopped what an earlier run had left running: {names}.",
    ),
    "stopping": ("Parando…", "Stopping…"),
    "stopped": ("Parado em {seconds:.1f} s.", "Stopped in {seconds:.1f} s."),
    "up": ("Pronto. Ctrl-C para tudo.", "Ready. Ctrl-C stops everything."),
    "web": ("Portal", "Portal"),
    "smtp": ("E-mail (SMTP)", "E-mail (SMTP)"),
    "maildir": ("E-mails enviados", "E-mails sent"),
    "channel": ("NATS (credenciais em desk.json)", "NATS (credentials in desk.json)"),
    "database": ("PostgreSQL (idem)", "PostgreSQL (likewise)"),
    "timing": ("Instalação e início", "Set-up and start"),
    "timing_of": ("{setup_s} + {start_s:.1f} s", "{setup_s} + {start_s:.1f} s"),
    "logs": ("Registros", "Logs"),
    "state": ("Estado", "State"),
    "memory": ("Memória residente", "Resident memory"),
    "memory_of": ("{mb:.0f} MB em {count} processos", "{mb:.0f} MB in {count} processes"),
}


def in_english() -> bool:
    """Whether the person's locale asks for English; Portuguese otherwise, the desk's own language."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return locale.lower().startswith("en")


def say(code: str, /, **facts: object) -> str:
    """The sentence of that code, with its facts filled in, in the person's language."""
    return SENTENCES[code][in_english()].format(**facts)


class Problem(Exception):  # noqa: N818 - what the person reads, as `Refused` is in the deciders
    """The desk cannot go on; as text it is one sentence that says why and what to do."""

    def __init__(self, code: str, /, **facts: object) -> None:
        self.code = code
        self.facts = facts
        super().__init__(say(code, **facts))
