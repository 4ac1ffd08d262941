"""What must be true before a desk starts; each failure is one clear sentence."""

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.ports import is_free
from deploy.settings import Settings
from deploy.words import Problem

PYTHON_MIN = (3, 11)
FREE_MIN_MB = 512
"""Room for PostgreSQL's data and journal (max_wal_size 256 MB) and for NATS, with as much again to work in."""


def check_python() -> None:
    """Raises Problem (`python_old`) below Python 3.11."""
    if sys.version_info < PYTHON_MIN:
        raise Problem("python_old", found=".".join(map(str, sys.version_info[:3])))


def check_disk(state: Path) -> None:
    """Raises Problem (`disk_full`) when too little is free where the state is kept."""
    free_mb = shutil.disk_usage(state).free // 1_000_000
    if free_mb < FREE_MIN_MB:
        raise Problem("disk_full", free_mb=free_mb, folder=state, need_mb=FREE_MIN_MB)


def check_ports(settings: Settings) -> None:
    """Raises Problem (`port_taken`) when the portal's or the mail's port is in use."""
    for port, use, variable in (
        (settings.port, "web", "ATENDIMENTO_PORT"),
        (settings.smtp_port, "SMTP", "ATENDIMENTO_SMTP_PORT"),
    ):
        if port and not is_free(port):
            raise Problem("port_taken", port=port, use=use, variable=variable)


@contextlib.contextmanager
def alone_in(state: Path) -> Iterator[None]:
    """Hold the state folder, made if need be, for one desk.

    The lock goes with the process, however it ends.

    Raises:
        Problem: another desk holds it (`already_running`), or it cannot be written (`state_unwritable`).
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(state / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Problem("state_unwritable", folder=state, reason=error.strerror) from error
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Problem("already_running", folder=state, pid=lock.read().strip() or "?") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
