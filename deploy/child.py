"""One process that the desk starts, and must be able to stop whatever happened in between."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass(slots=True, kw_only=True)
class Child:
    """A process of the desk: how to start it, where it writes, how it likes to be stopped.

    It runs in a session of its own, so that Ctrl-C reaches the desk alone and the order of stopping is ours.
    `pids` is the folder that remembers it, for the run after a desk that was killed.
    """

    name: str
    argv: Sequence[str]
    log: Path
    pids: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _log_before: int = field(default=0, init=False)

    @property
    def pid(self) -> int:
        """Its process id; 0 before the first start."""
        return self.process.pid if self.process else 0

    @property
    def code(self) -> int | None:
        """Its exit code (minus the signal that ended it); None while it runs or before it was started."""
        return self.process.poll() if self.process else None

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; its output is appended to `log`."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_before = log.tell()
            self.process = subprocess.Popen(
                self.argv,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user,
                group=group_of(self.user) if self.user else None,
                extra_groups=[] if self.user else None,
            )
        self.pids.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(psutil.NoSuchProcess):
            created_at = psutil.Process(self.pid).create_time()
            (self.pids / self.name).write_text(f"{self.pid} {created_at} {int(self.stop_signal)}")

    def ask_to_stop(self) -> None:
        """Send its stop signal, and return at once."""
        if self.process and self.running:
            self.process.send_signal(self.stop_signal)

    def wait(self, patience_s: float) -> None:
        """Wait until it has ended; after `patience_s` it is killed."""
        if not self.process:
            return
        try:
            self.process.wait(max(patience_s, 0))
        except subprocess.TimeoutExpired:
            self.kill()
        (self.pids / self.name).unlink(missing_ok=True)

    def stop(self, patience_s: float = 5) -> None:
        """Ask it to stop and wait; after `patience_s` it is killed."""
        self.ask_to_stop()
        self.wait(patience_s)

    def kill(self) -> None:
        """End it now, as a power cut would (SIGKILL)."""
        if self.process and self.running:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        """What it has written since it was last started."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(self._log_before)
            return log.read().decode(errors="replace")
        return ""

    def last_words(self) -> str:
        """The last line of that, for the sentence that says why it did not start."""
        return (self.said().strip().splitlines() or ["-"])[-1].strip()[-300:]


class Server:
    """A server of the desk's own: a child that is made anew at each start."""

    name: str
    log: Path
    _child: Child | None = None

    @property
    def pid(self) -> int:
        """The process id of the server; 0 before the first start."""
        return self._child.pid if self._child else 0

    @property
    def running(self) -> bool:
        """Whether the server runs now."""
        return self._child is not None and self._child.running

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs or before it was started."""
        return self._child.code if self._child else None

    def ask_to_stop(self) -> None:
        """Begin an orderly stop, and return at once."""
        if self._child:
            self._child.ask_to_stop()

    def wait(self, patience_s: float) -> None:
        """Wait until it has ended; after `patience_s` it is killed, and recovers at its next start."""
        if self._child:
            self._child.wait(patience_s)

    def stop(self, patience_s: float = 5) -> None:
        """Stop it in order, everything on disk; after `patience_s` it is killed."""
        self.ask_to_stop()
        self.wait(patience_s)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._child:
            self._child.kill()


def group_of(user: str) -> int:
    """The primary group of that account of this machine."""
    import pwd  # noqa: PLC0415 - not there outside POSIX

    return pwd.getpwnam(user).pw_gid


def reclaim(pids: Path, patience_s: float = 10) -> list[str]:
    """Stop what an earlier desk left running when it was killed; returns their names.

    A process id is believed only when the process was also created at the remembered instant.
    """
    left = []
    for path in sorted(pids.glob("*")):
        with contextlib.suppress(ValueError, psutil.Error):
            pid, created_at, stop_signal = path.read_text().split()
            process = psutil.Process(int(pid))
            if (
                abs(process.create_time() - float(created_at)) < 1
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                left.append((path.name, process))
                process.send_signal(int(stop_signal))
        path.unlink(missing_ok=True)
    deadline = time.monotonic() + patience_s
    for _, process in left:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except psutil.TimeoutExpired:
            process.kill()
    return [name for name, _ in left]


def rotate(log: Path) -> None:
    """Put the log of the last run aside (`name.log.1`), so that a run's log begins with the run."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))
