"""A real Dovecot for one test: an ordinary process in a folder of its own, from Debian's `dovecot-imapd`."""

import contextlib
import getpass
import grp
import imaplib
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from deploy.ports import free_port

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SECRET = "uma-senha-de-teste"
_START_S = 60.0


def why_not() -> str:
    """Why none can be started here; empty where one can."""
    if PROGRAM is None:
        return "no Dovecot (dovecot-imapd) here"
    told = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"[0-9]+", told)[:2])
    # 2.4 reads another syntax: mail_path, ssl_server_cert_file, blocks with names.
    return "" if version < (2, 4) else f"Dovecot {told.strip()}: the configuration written here is 2.3's"


@dataclass
class Dovecot:
    """The server; `capability` replaces what it says it can do, `tls` is its certificate and key."""

    folder: Path
    capability: str = ""
    tls: tuple[Path, Path] | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start; returns when it takes connections."""
        self.folder.chmod(0o755)
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        user = _mail_user()
        if os.getuid() == 0:
            shutil.chown(mail, user, pwd.getpwnam(user).pw_gid)
        config = self.folder / "dovecot.conf"
        config.write_text(_config(self, user))
        config.chmod(0o644)
        self.process = subprocess.Popen(
            [PROGRAM or "dovecot", "-F", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + _START_S
        while True:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1) as opened,
            ):
                if opened.recv(10).startswith(b"* OK"):
                    return
            log = self.folder / "log"
            assert time.monotonic() < until, log.read_text() if log.exists() else "no log"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, sessions and all."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    @contextlib.contextmanager
    def as_owner(self, user: str = "suporte", folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """A session of the person whose mailbox it is."""
        client: imaplib.IMAP4
        if self.tls:
            context = ssl.create_default_context(cafile=str(self.tls[0]))
            client = imaplib.IMAP4("127.0.0.1", self.port)
            client.starttls(context)
        else:
            client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(user, SECRET)
        client.select(folder)
        try:
            yield client
        finally:
            client.logout()

    def deliver(self, raw: bytes, user: str = "suporte", at: str | None = None) -> None:
        """Put a message into a mailbox; `at` as imaplib writes instants."""
        with self.as_owner(user) as client:
            code, told = client.append("INBOX", "", at, raw)
            assert code == "OK", told

    def drop(self, raw: bytes, user: str = "suporte", at: datetime | None = None) -> None:
        """Deliver as a mail server does while nobody can read: into the Maildir, whose file's time is INTERNALDATE."""
        box = self.folder / "mail" / user
        name = f"{time.time_ns()}.{os.getpid()}.drop"
        (box / "tmp" / name).write_bytes(raw)
        if os.getuid() == 0:
            shutil.chown(box / "tmp" / name, _mail_user())
        if at is not None:
            os.utime(box / "tmp" / name, (at.timestamp(), at.timestamp()))
        (box / "tmp" / name).rename(box / "new" / name)

    def flags(self, user: str = "suporte", folder: str = "INBOX") -> list[str]:
        """What every message of a folder is marked as."""
        with self.as_owner(user, folder) as client:
            if not client.search(None, "ALL")[1][0]:
                return []
            _, found = client.fetch("1:*", "(FLAGS)")
            return [line.decode() for line in found if isinstance(line, bytes)]


def _mail_user() -> str:
    """Dovecot keeps no mail as root."""
    return "nobody" if os.getuid() == 0 else getpass.getuser()


def _config(dovecot: Dovecot, user: str) -> str:
    entry = pwd.getpwnam(user)
    own = "" if os.getuid() == 0 else f"default_internal_user = {user}\ndefault_login_user = {user}\n"
    own += f"default_internal_group = {grp.getgrgid(os.getgid()).gr_name}\n" if own else ""
    tls = "ssl = no"
    if dovecot.tls:
        tls = f"ssl = required\nssl_cert = <{dovecot.tls[0]}\nssl_key = <{dovecot.tls[1]}"
    capability = (
        f"protocol imap {{\n  imap_capability = {dovecot.capability}\n}}\n" if dovecot.capability else ""
    )
    return f"""{own}base_dir = {dovecot.folder}/run
state_dir = {dovecot.folder}/state
log_path = {dovecot.folder}/log
protocols = imap
listen = 127.0.0.1
{tls}
disable_plaintext_auth = no
mail_location = maildir:{dovecot.folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
mail_debug = no
passdb {{
  driver = static
  args = password={SECRET}
}}
userdb {{
  driver = static
  args = uid={entry.pw_uid} gid={entry.pw_gid} home={dovecot.folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {dovecot.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
{capability}"""


@contextlib.contextmanager
def mail_folder() -> Iterator[Path]:
    """A folder for the time of a block. Not pytest's own: Dovecot's mail user must be able to come in."""
    with tempfile.TemporaryDirectory(prefix="imap") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextlib.contextmanager
def running(dovecot: Dovecot) -> Iterator[Dovecot]:
    """The server, for the time of a block."""
    dovecot.start()
    try:
        yield dovecot
    finally:
        dovecot.stop()
