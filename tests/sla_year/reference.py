"""What the clocks of a ticket should say, found the slow way. Nothing of the desk's code.

Written from the design page alone ("Business time", "Clocks", "Working a ticket"). It reads what happened to a
ticket, and the policy and the calendar that it pinned as plain records; it never asks the calendar, the deciders or
their views. Clocks of calendar time are in `closing`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.sla_year.hours import IN_A_MINUTE, Hours, number
from tests.sla_year.watch import Verdict, Watch

WAITS = {
    "CustomerAwaited": "waiting_customer",
    "TicketHeld": "on_hold",
    "ApprovalRequested": "awaiting_approval",
}
GOES_ON = ("TicketResumed", "ProjectApproved", "ProjectSentBack")
PAUSES: dict[str, tuple[str, ...]] = {
    "first_response": ("on_hold",),
    "next_response": ("waiting_customer", "on_hold"),
    "resolution": ("waiting_customer", "on_hold", "awaiting_approval"),
}
FIELDS = ("classification", "priority", "criticality")
WARNINGS = (50, 75, 90)

Key = tuple[str, int]
"""A clock of working time, and which start of it."""
Outcome = tuple[Verdict, int | None, int | None]
"""The verdict, when it was breached, and the work used where it was met without that; microseconds."""


class Desk:
    """The hours of every version of every calendar, from `begin` to `end`."""

    def __init__(
        self, calendars: Iterable[tuple[tuple[str, int], dict[str, Any]]], begin: datetime, end: datetime
    ) -> None:
        self.begin = begin
        self.hours = {version: Hours(record, begin, end) for version, record in calendars}

    def story(self, policy: dict[str, Any], calendar: tuple[str, int]) -> "Story":
        """Of a ticket that goes by that policy and that version of a calendar."""
        return Story(self.hours[calendar], policy, self.begin)


class Story:
    """One ticket's clocks, as its history is read out."""

    def __init__(self, hours: Hours, policy: dict[str, Any], begin: datetime) -> None:
        self.hours, self.policy, self.begin = hours, policy, begin
        self.stages = tuple(policy.get("warning_stages", WARNINGS))
        self.is_a: dict[str, str | None] = {}
        self.watches: dict[Key, Watch] = {}
        self.stands: dict[str, int] = {}
        """Which start of each clock is the one that counts."""
        self.answered = False
        self.unanswered = False
        """Whether the customer has asked what is not answered yet, by a clock or without one."""
        self.resolved = False
        self.as_resolved: tuple[int, int, int] | None = None
        """Which resolution was met by the last resolving, what it had used, and when that was."""
        self.waits = ""
        self.at = 0

    def read(self, history: Iterable[Any], until: datetime) -> dict[Key, Outcome]:
        for event in history:
            self.tell(type(event).__name__, event)
        self.walk(number(until, self.begin))
        return {key: watch.outcome() for key, watch in self.watches.items()}

    def walk(self, to: int) -> None:
        for watch in self.watches.values():
            watch.walk(to)
        self.at = to

    def tell(self, name: str, event: Any) -> None:
        at = number(event.opened_at if name == "TicketQueued" else event.at, self.begin)
        # A clock that closes the ticket rings with those of the same instant, and the closure comes after them.
        self.walk(at + 1 if name == "TicketClosed" and event.by.role == "system" else at)
        if name == "TicketQueued":
            self.is_a = {each: getattr(event, each) for each in FIELDS}
            self.start("first_response")
            self.start("resolution")
        elif name == "TicketReclassified":
            self.is_a |= {change.field: change.new for change in event.changes if change.field in FIELDS}
            self.retarget()
        if name in ("AnswerPublished", "CustomerAwaited", "TicketResolved") or self.by_phone(name, event):
            self.meet("next_response" if self.answered else "first_response")
            self.answered = True
        if (name == "ReplyAdded" and event.verified and not event.late) or (
            name == "TicketReopened" and event.by.role == "requester"
        ):
            self.asked()
        self.status(name)

    def by_phone(self, name: str, event: Any) -> bool:
        return name == "ContactAttempted" and event.outcome == "reached" and event.channel == "phone"

    def status(self, name: str) -> None:
        if name in WAITS:
            self.waits = WAITS[name]
        elif name in GOES_ON or name in ("TicketResolved", "TicketReopened", "ReopeningDismissed"):
            self.waits = ""
        elif name == "TicketClosed":
            self.unanswered = False
            for watch in self.watches.values():
                watch.end("stopped")
            return
        if name == "TicketResolved":
            self.resolve()
        elif name == "TicketReopened":
            self.reopen()
        elif name == "ReopeningDismissed":
            self.dismiss()
        for (clock, _), watch in self.watches.items():
            if watch.ended is None:
                self.pause_or_not(clock, watch)

    def pause_or_not(self, clock: str, watch: Watch) -> None:
        pauses = self.policy.get("pauses", {}).get(clock, PAUSES[clock])
        if self.waits in pauses and watch.running:
            watch.pause()
        elif self.waits not in pauses and not watch.running:
            watch.go_on()

    def start(self, clock: str) -> None:
        target = self.target(clock)
        if target is not None:
            start = self.stands[clock] = 1 + sum(1 for of, _ in self.watches if of == clock)
            self.watches[clock, start] = Watch(self.hours, target, self.at, self.stages)

    def latest(self, clock: str) -> Watch | None:
        return self.watches.get((clock, self.stands.get(clock, 0)))

    def asked(self) -> None:
        if self.answered and not self.unanswered:
            self.unanswered = True
            self.start("next_response")

    def meet(self, clock: str) -> None:
        self.unanswered = False
        if latest := self.latest(clock):
            latest.end("met")

    def resolve(self) -> None:
        latest = self.latest("resolution")
        alive = latest is not None and latest.ended is None
        self.as_resolved = (self.stands["resolution"], latest.used, self.at) if latest and alive else None
        self.meet("resolution")
        self.resolved = True

    def reopen(self) -> None:
        """The resolution continues; where the ticket has another target by now, towards that."""
        latest = self.latest("resolution")
        self.resolved = False
        if latest and latest.ended == "met":
            latest.reopen()
        self.retarget()

    def dismiss(self) -> None:
        """The original resolution stands again; what has begun since is over."""
        self.unanswered = False
        if asked := self.latest("next_response"):
            asked.end("stopped")
        latest = self.latest("resolution")
        if latest and latest.ended is None:
            latest.end("stopped")
        if self.as_resolved is not None:
            self.stands["resolution"], used, at = self.as_resolved
            again = self.watches["resolution", self.stands["resolution"]]
            again.running, again.ended, again.used, again.stands_since = False, "met", used, at
        self.resolved = True

    def retarget(self) -> None:
        """Other targets may hold; where the ticket has one only now, or no more, what is to come or waits begins or ends."""
        for (clock, _), watch in self.watches.items():
            target = self.target(clock)
            if watch.ended is None and target is None:
                watch.end("stopped")
            elif watch.ended is None and target is not None:
                watch.retarget(target)
        latest = self.latest("resolution")
        if not self.resolved and (latest is None or latest.ended == "stopped"):
            self.start("resolution")
        latest = self.latest("next_response")
        if self.unanswered and (latest is None or latest.ended is not None):
            self.start("next_response")

    def target(self, clock: str) -> int | None:
        """The general target, or that of the row that names most of what the ticket is, the first among equals."""
        best, named_by_best = self.policy.get(f"{clock}_min"), 0
        for row in self.policy.get("targets", ()):
            named = [each for each in FIELDS if row.get(each) is not None]
            fits = all(row[each] == self.is_a[each] for each in named)
            if fits and row.get(f"{clock}_min") is not None and len(named) > named_by_best:
                best, named_by_best = row[f"{clock}_min"], len(named)
        return None if best is None else best * IN_A_MINUTE
