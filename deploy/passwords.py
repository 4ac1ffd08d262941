"""Random passwords of the servers' users, made once and kept in the state folder for their owner's eyes only."""

import os
import secrets
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """That folder, made if need be, closed to everyone else."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write the file whole or not at all, readable by its owner alone (mode 0600)."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def password(folder: Path, name: str) -> str:
    """The password called `name`, 32 random bytes as URL-safe text, the same at every call on that folder."""
    path = private_folder(folder) / name
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()
