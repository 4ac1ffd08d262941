"""Keeps the desk's processes alive, and stops them in order."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.words import Problem, say

BACKOFF_FIRST_S = 0.5
BACKOFF_LAST_S = 30.0
STEADY_AFTER_S = 60.0
"""A process that lived this long is forgiven its earlier deaths."""
SERVICES_STOP_S = 5.0
ALL_STOP_S = 8.0
"""Under the 10 s in which the desk must have stopped, with two seconds for the killing."""


class Part(Protocol):
    """A process that the supervisor looks after: a service, or one of the servers."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as in `Child`
    @property
    def log(self) -> Path: ...  # noqa: D102
    @property
    def pid(self) -> int: ...  # noqa: D102
    @property
    def running(self) -> bool: ...  # noqa: D102
    @property
    def code(self) -> int | None: ...  # noqa: D102
    def start(self) -> None: ...  # noqa: D102
    def ask_to_stop(self) -> None: ...  # noqa: D102
    def wait(self, patience_s: float) -> None: ...  # noqa: D102


@dataclass(slots=True)
class _Watched:
    part: Part
    is_server: bool
    since: float
    deaths: int = 0
    again_at: float | None = None


class Supervisor:
    """Looks at each process, starts the dead again with exponential back-off, and says so.

    `tell` gets each sentence; `changed` is called when a process has another id.
    """

    def __init__(self, tell: Callable[[str], None], changed: Callable[[], None] = lambda: None) -> None:
        self._tell = tell
        self._changed = changed
        self._watched: list[_Watched] = []

    def watch(self, part: Part, *, is_server: bool = False) -> None:
        """Look after a process from now on. Servers are stopped after the services, which need them."""
        self._watched.append(_Watched(part, is_server, time.monotonic()))

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {each.part.name: each.part.pid for each in self._watched}

    def deaths(self, name: str) -> int:
        """How often that process has died without a steady life in between."""
        return sum(each.deaths for each in self._watched if each.part.name == name)

    def look(self) -> None:
        """Look at every process once; to be called often."""
        for each in self._watched:
            now = time.monotonic()
            if each.again_at is not None:
                if now >= each.again_at:
                    self._revive(each)
            elif not each.part.running:
                self._mourn(each, now)

    def _mourn(self, each: _Watched, now: float) -> None:
        if now - each.since > STEADY_AFTER_S:
            each.deaths = 0
        delay_s = self._postpone(each, now)
        self._tell(say("died", name=each.part.name, code=each.part.code, delay_s=delay_s, log=each.part.log))

    def _revive(self, each: _Watched) -> None:
        try:
            each.part.start()
        except (Problem, OSError) as problem:
            delay_s = self._postpone(each, time.monotonic())
            self._tell(say("restart_failed", name=each.part.name, reason=problem, delay_s=delay_s))
        else:
            each.since, each.again_at = time.monotonic(), None
            self._tell(say("back", name=each.part.name, pid=each.part.pid))
            self._changed()

    def _postpone(self, each: _Watched, now: float) -> float:
        delay_s = backoff_s(each.deaths)
        each.deaths += 1
        each.again_at = now + delay_s
        return delay_s

    def stop(self) -> None:
        """Stop everything within 10 s: the services first, together, then the servers; the slow are killed."""
        began = time.monotonic()
        for is_server, patience_s in ((False, SERVICES_STOP_S), (True, ALL_STOP_S)):
            parts = [each.part for each in self._watched if each.is_server is is_server]
            for part in parts:
                part.ask_to_stop()
            for part in parts:
                part.wait(began + patience_s - time.monotonic())


def backoff_s(deaths: int) -> float:
    """Seconds to wait before the start after that many earlier deaths: doubling, bounded."""
    return float(min(BACKOFF_FIRST_S * 2 ** min(deaths, 16), BACKOFF_LAST_S))
