"""One cycle of a clock of working time, as somebody with a stop-watch and a wall calendar would run it.

Nothing of the desk's code. Instants and amounts are those of `hours`.
"""

from dataclasses import dataclass, field
from typing import Literal

from tests.sla_year.hours import Hours

Verdict = Literal["met", "breached", "running", "stopped"]


@dataclass
class Watch:
    """`used` of its `target` at the instant `at`. It warns at the `stages`, per cent of the target, each once."""

    hours: Hours
    target: int
    at: int
    stages: tuple[int, ...]
    used: int = 0
    running: bool = True
    due: int = 0
    """While it runs; of one that stands still, when it was due before."""
    stands_since: int = 0
    breached: int | None = None
    ended: Verdict | None = None
    fired: int = 0
    """The last stage that was warned of, or passed at once by another target."""
    coming: list[tuple[int, int]] = field(default_factory=list)
    warned: list[tuple[int, int]] = field(default_factory=list)
    """Stages, and when each is or was reached."""
    dues: dict[int, int] = field(default_factory=dict)
    """What was said to be due from an instant on."""

    def __post_init__(self) -> None:
        self._say(self._when(self.target))

    def walk(self, to: int) -> None:
        """Let time pass: what lies before that instant has rung."""
        if self.running and self.ended is None:
            if self.breached is None:
                self._ring(to)
            self.used += self.hours.used(self.at, to)
        self.at = to

    def pause(self) -> None:
        """Stand still."""
        self.running, self.stands_since = False, self.at

    def go_on(self) -> None:
        """Run with what remains; what was due as it stood still is due then, unless the desk has worked since."""
        self.running = True
        waited = self.hours.used(self.stands_since, self.at)
        if self.breached is None:
            self._say(self._when(self.target) if waited or self.used < self.target else self.due)

    def end(self, verdict: Verdict) -> None:
        """Reached its purpose, or lost it; once."""
        if self.ended is None:
            self.ended, self.running, self.stands_since = verdict, False, self.at

    def reopen(self) -> None:
        """Go on as if it had stood still since it was met."""
        self.ended = None
        self.go_on()

    def retarget(self, target: int) -> None:
        """What is used stays used; warnings that lie behind the new target at once are never given."""
        if target == self.target or self.breached is not None:
            return
        self.target = target
        self.fired = max([self.fired, *(stage for stage in self.stages if self._goal(stage) < self.used)])
        if self.used >= target:
            self.breached = self.at
        if self.running:
            self._say(self.at if self.breached is not None else self._when(target))

    def _ring(self, to: int) -> None:
        while self.coming and self.coming[0][1] < to:
            self.warned.append(self.coming.pop(0))
            self.fired = self.warned[-1][0]
        if self.due < to:
            self.breached = self.due

    def _goal(self, stage: int) -> int:
        return self.target * stage // 100

    def _when(self, goal: int) -> int:
        return self.hours.reached(self.at, max(goal - self.used, 0))

    def _say(self, due: int) -> None:
        self.due = self.dues[self.at] = due
        self.coming = [(stage, self._when(self._goal(stage))) for stage in self.stages if stage > self.fired]

    def outcome(self) -> tuple[Verdict, int | None, int | None]:
        """The verdict, when it was breached, and what it had used where it was met without that."""
        if self.breached is not None:
            return "breached", self.breached, None
        return self.ended or "running", None, self.used if self.ended == "met" else None
