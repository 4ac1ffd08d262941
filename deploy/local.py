"""`make run`: the whole desk on this machine, on real servers, until Ctrl-C."""

import contextlib
import errno
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

from rich.console import Console

from deploy.checks import FREE_MIN_MB, alone_in, check_disk, check_ports, check_python
from deploy.child import Child, reclaim, rotate
from deploy.memory import resident_mb
from deploy.nats_rules import SERVICES
from deploy.passwords import write_private
from deploy.ports import free_port
from deploy.progress import Progress
from deploy.provision import ROOT
from deploy.ready import Roll
from deploy.servers import Servers, start_servers
from deploy.settings import Desk, Settings, health_ports
from deploy.supervisor import Supervisor
from deploy.words import Problem, say

LOOK_EVERY_S = 0.1
SAMPLE = "deploy.sample.load"


class Stopped(Exception):  # noqa: N818 - a wish, not an error
    """The person asked the desk to stop."""


class LocalDesk:
    """One desk on this machine, from its first check to its last process gone."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self.progress = progress
        self.stopping = threading.Event()
        self.supervisor = Supervisor(self._notice, self._write_desk_file)
        self.desk: Desk | None = None
        self._began = time.time()

    def run(self) -> None:
        """Start, keep alive, stop.

        Raises:
            Problem: the desk could not be started; what had been started is stopped again.
        """
        check_python()
        with alone_in(self.settings.state):
            self._tidy()
            try:
                with contextlib.suppress(Stopped):
                    self._start()
                    self._keep()
            finally:
                self._stop()

    def _tidy(self) -> None:
        """Make room: what a killed desk has left running goes, old logs are put aside."""
        check_disk(self.settings.state)
        if left := reclaim(self.settings.state / "pids"):
            self.progress.tell_plainly(say("reclaimed", names=", ".join(left)))
        check_ports(self.settings)
        for log in (self.settings.state / "logs").glob("*.log"):
            rotate(log)

    def _start(self) -> None:
        with self.progress.step("servers"):
            servers = start_servers(self.settings, self.supervisor, self._breathe)
        if servers.elsewhere:
            self.progress.tell_plainly(servers.elsewhere)
        self.desk = self._describe(servers)
        with self.progress.step("databases"):
            servers.provision()
        self._start_services(self.desk)
        self._write_desk_file()
        sample = self._load_sample(self.desk)
        self._show(self.desk, sample)

    def _describe(self, servers: Servers) -> Desk:
        state = self.settings.state
        web_port = free_port(self.settings.port)
        return Desk(
            state=state,
            admin_database_url=servers.database_url,
            nats_urls=servers.nats_urls,
            web_port=web_port,
            ports=health_ports(web_port),
            smtp_port=free_port(self.settings.smtp_port),
        )

    def _start_services(self, desk: Desk) -> None:
        """Every service that is there, as a process of its own; returns when all are ready."""
        here = [name for name in SERVICES if (ROOT / "services" / name / "__main__.py").exists()]
        if not here:
            self.progress.tell_plainly(say("no_services"))
            return
        with self.progress.step("services"):
            children = {}
            for name in here:
                children[name] = Child(
                    name=name,
                    argv=[sys.executable, "-m", f"services.{name}"],
                    log=desk.log(name),
                    pids=desk.state / "pids",
                    env=desk.whole_environment(name),
                    cwd=ROOT,
                )
                self.supervisor.watch(children[name])
                children[name].start()
            roll, began = Roll(children, desk.ports), time.monotonic()
            while missing := roll.call():
                self.progress.detail(say("waiting_for", names=", ".join(missing)))
                roll.give_up(time.monotonic() - began, self.supervisor.deaths)
                self._breathe()

    def _load_sample(self, desk: Desk) -> str:
        """Run the hook that loads the sample desk, if there is one; what it says (the sample logins)."""
        if not (ROOT / f"{SAMPLE.replace('.', '/')}.py").exists():
            return ""
        with self.progress.step("sample"):
            log = desk.log("sample")
            child = Child(
                name="sample",
                argv=[sys.executable, "-m", SAMPLE],
                log=log,
                pids=desk.state / "pids",
                env={**desk.whole_environment("gateway"), "DESK_JSON": str(desk.file)},
                cwd=ROOT,
            )
            child.start()
            try:
                while child.running:
                    self._breathe()
            finally:
                child.stop(1)
            if child.code:
                raise Problem("sample_failed", code=child.code, reason=child.last_words())
            return child.said().strip()

    def _breathe(self) -> None:
        """A short pause of the start, in which the dead are revived. Raises Stopped when asked to stop."""
        if self.stopping.wait(LOOK_EVERY_S / 2):
            raise Stopped
        self.supervisor.look()

    def _keep(self) -> None:
        while not self.stopping.wait(LOOK_EVERY_S):
            self.supervisor.look()

    def _stop(self) -> None:
        asked = self.stopping.is_set()
        if asked:
            self.progress.tell_plainly(say("stopping"))
        began = time.monotonic()
        self.supervisor.stop()
        (self.settings.state / "desk.json").unlink(missing_ok=True)
        if asked:
            self.progress.tell_plainly(say("stopped", seconds=time.monotonic() - began))

    def _write_desk_file(self) -> None:
        if self.desk:
            write_private(self.desk.file, json.dumps(self.desk.described(self.supervisor.pids()), indent=1))

    def _notice(self, sentence: str) -> None:
        self.progress.tell_plainly(f"! {sentence}")

    def _show(self, desk: Desk, sample: str) -> None:
        """Print where everything is, and what it took: seconds and memory."""
        memory_mb, count = resident_mb([os.getpid(), *self.supervisor.pids().values()])
        self.progress.table(
            {
                say("web"): desk.web_url,
                say("smtp"): f"127.0.0.1:{desk.smtp_port}",
                say("maildir"): str(desk.maildir),
                say("logs"): str(desk.state / "logs"),
                say("state"): str(desk.file),
                say("timing"): say(
                    "timing_of", setup_s=setup_seconds(), start_s=time.time() - start_instant(self._began)
                ),
                say("memory"): say("memory_of", mb=memory_mb, count=count),
            }
        )
        if sample:
            self.progress.tell_plainly(sample)
        self.progress.tell(f"[bold green]{say('up')}[/]")


def setup_seconds() -> str:
    """Seconds that `make` spent installing, as it measured them; `-` when it was not make that started us."""
    with contextlib.suppress(KeyError, ValueError):
        began, installed = (float(os.environ[f"ATENDIMENTO_{key}"]) for key in ("BEGAN", "INSTALLED"))
        return f"{installed - began:.1f} s"
    return "-"


def start_instant(otherwise: float) -> float:
    """The instant at which `make` handed over to us, so that Python's own start counts."""
    with contextlib.suppress(KeyError, ValueError):
        return float(os.environ["ATENDIMENTO_INSTALLED"])
    return otherwise


@contextlib.contextmanager
def heeding_signals(stopping: threading.Event) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal set the event, however often they come."""

    def heed(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, heed)
    yield


def main() -> int:
    """Run the desk; 0 after an orderly stop, 1 when it could not start, with one sentence why."""
    complain = Console(stderr=True, soft_wrap=True, highlight=False)
    settings = None
    try:
        settings = Settings.from_environment(os.environ)
        desk = LocalDesk(settings, Progress(Console()))
        with heeding_signals(desk.stopping):
            desk.run()
    except Problem as problem:
        complain.print(str(problem), style="red", markup=False)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC or settings is None:
            raise
        full = Problem("disk_full", free_mb=0, folder=settings.state, need_mb=FREE_MIN_MB)
        complain.print(str(full), style="red", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
