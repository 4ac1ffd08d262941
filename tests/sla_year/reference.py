"""What the clocks of a ticket should say, found the slow way: every minute is looked at. Nothing of the desk's code.

Written from the design page alone ("Business time", "Clocks", "Working a ticket"). It reads what happened to a
ticket, and the policies and calendars as plain records; it never asks the calendar, the deciders or their
views. A minute is worked when the clock on the wall shows a posted hour; a clock of working time uses the
worked minutes in which it runs. Everything happens on whole minutes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
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

Verdict = Literal["met", "breached", "running", "stopped"]
Outcome = tuple[Verdict, int | None, int | None]
"""The verdict, the minute of the breach, and the worked minutes used where it was met without one."""


class Minutes:
    """Every minute between two instants: 1 where a calendar works, 0 where not."""

    def __init__(self, record: dict[str, Any], begin: datetime, end: datetime) -> None:
        zone = ZoneInfo(record["time_zone"])
        self.worked = bytearray(
            self._works(record, (begin + MINUTE * number).astimezone(zone))
            for number in range((end - begin) // MINUTE)
        )

    def _works(self, record: dict[str, Any], local: datetime) -> bool:
        clock = local.isoformat()
        day, reading = clock[:10], clock[11:16]
        posted = record["weekly"].get(WEEK[local.weekday()], [])
        if day in record["closed"]:
            posted = []
        posted = record["special"].get(day, posted)
        return any(opens <= reading < closes for opens, closes in posted)


@dataclass
class Watch:
    """One cycle of a clock: `used` of its `target` worked minutes at the minute `at`."""

    worked: bytearray
    target: int
    at: int
    used: int = 0
    running: bool = True
    due: int | None = None
    """The minute at whose beginning the target was used up, once it was."""
    breached: int | None = None
    ended: Verdict | None = None

    def walk(self, to: int) -> None:
        """Look at every minute up to `to`, while it runs and has not breached."""
        if self.running and self.breached is None and self.ended is None:
            for minute in range(self.at, to):
                if self.due is not None:
                    self._breach_before(to)
                    break
                if self.worked[minute]:
                    self.used += 1
                    if self.used == self.target:
                        self.due = minute + 1
            self._breach_before(to)
        if not self.running and self.due is not None and any(self.worked[self.at : to]):
            self.due = -1  # used up as it was paused: due again when it goes on and the desk works
        self.at = to

    def _breach_before(self, to: int) -> None:
        if self.due is not None and self.due < to and self.breached is None:
            self.breached = self.due

    def pause(self) -> None:
        self.running = False

    def go_on(self) -> None:
        self.running = True
        if self.due == -1:
            self.due = next(minute for minute in range(self.at, len(self.worked)) if self.worked[minute])

    def retarget(self, target: int) -> None:
        if target == self.target:
            return
        self.target = target
        if self.breached is None:
            self.due = None
            if self.used >= target:
                self.breached = self.at

    def outcome(self) -> Outcome:
        if self.breached is not None:
            return "breached", self.breached, None
        return self.ended or "running", None, self.used if self.ended == "met" else None


@dataclass
class Desk:
    """The records, and the minutes of their calendars from `begin` to `end`."""

    policies: dict[str, dict[str, Any]]
    calendars: dict[str, dict[str, Any]]
    begin: datetime
    end: datetime
    minutes: dict[str, Minutes] = field(init=False)

    def __post_init__(self) -> None:
        self.minutes = {key: Minutes(record, self.begin, self.end) for key, record in self.calendars.items()}

    def number(self, at: datetime) -> int:
        """The minute that begins at that instant."""
        minute, rest = divmod(at.astimezone(UTC) - self.begin, MINUTE)
        assert not rest
        return minute


class Story:
    """One ticket's clocks, as its history is read out."""

    def __init__(self, desk: Desk, policy: str) -> None:
        self.desk, self.policy = desk, desk.policies[policy]
        self.worked = desk.minutes[self.policy["calendar"]].worked
        self.is_a: dict[str, str | None] = {}
        self.watches: dict[tuple[str, int], Watch] = {}
        self.answered = False
        self.waits = ""
        self.at = 0
        self.at_resolution: Watch | None = None

    def read(self, history: Iterable[Any], until: datetime) -> dict[tuple[str, int], Outcome]:
        for event in history:
            self.tell(type(event).__name__, event)
        self.walk(self.desk.number(until))
        return {key: watch.outcome() for key, watch in self.watches.items()}

    def walk(self, to: int) -> None:
        for watch in self.watches.values():
            watch.walk(to)
        self.at = to

    def tell(self, name: str, event: Any) -> None:
        at = self.desk.number(event.opened_at if name == "TicketQueued" else event.at)
        if not self.watches:
            self.at = at
        self.walk(at)
        if name == "TicketQueued":
            self.is_a = {each: getattr(event, each) for each in FIELDS}
            self.start("first_response", 1)
            self.start("resolution", 1)
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
        elif name in GOES_ON or name in ("TicketResolved", "TicketReopened"):
            self.waits = ""
        elif name == "TicketClosed":
            for watch in self.watches.values():
                watch.ended = watch.ended or "stopped"
            return
        if name == "TicketResolved":
            self.meet("resolution")
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

    def start(self, clock: str, cycle: int) -> None:
        target = self.target(clock)
        if target is not None:
            self.watches[clock, cycle] = Watch(self.worked, target, self.at)

    def latest(self, clock: str) -> tuple[int, Watch] | None:
        cycles = [cycle for of, cycle in self.watches if of == clock]
        return (max(cycles), self.watches[clock, max(cycles)]) if cycles else None

    def asked(self) -> None:
        latest = self.latest("next_response")
        if self.answered and (latest is None or latest[1].ended is not None):
            self.start("next_response", latest[0] + 1 if latest else 1)

    def meet(self, clock: str) -> None:
        latest = self.latest(clock)
        if latest and latest[1].ended is None:
            latest[1].ended = "met"

    def reopen(self) -> None:
        latest = self.latest("resolution")
        if latest and latest[1].ended == "met":
            watch = latest[1]
            self.at_resolution = Watch(self.worked, watch.target, watch.at, watch.used, due=watch.due)
            watch.ended, watch.running = None, False
            watch.retarget(self.target("resolution") or watch.target)

    def dismiss(self) -> None:
        latest = self.latest("resolution")
        if latest and latest[1].ended is None and self.at_resolution is not None:
            latest[1].ended, latest[1].used = "met", self.at_resolution.used
        asked = self.latest("next_response")
        if asked and asked[1].ended is None:
            asked[1].ended = "stopped"

    def retarget(self) -> None:
        for (clock, _), watch in self.watches.items():
            target = self.target(clock)
            if watch.ended is None and target is not None:
                watch.retarget(target)

    def target(self, clock: str) -> int | None:
        """The general target, or that of the row that names most of what the ticket is, the first among equals."""
        best, named_by_best = self.policy.get(f"{clock}_min"), 0
        for row in self.policy.get("targets", ()):
            named = [each for each in FIELDS if row.get(each) is not None]
            fits = all(row[each] == self.is_a[each] for each in named)
            if fits and row.get(f"{clock}_min") is not None and len(named) > named_by_best:
                best, named_by_best = row[f"{clock}_min"], len(named)
        return best


def closes_at(reason: str, history: list[Any], days: int = 7) -> datetime | None:
    """When a clock should have closed the ticket for that reason, by what its history says; None: not by a clock."""
    names = [type(event).__name__ for event in history]
    if reason == "resolved":
        return _of_last(history, names, "TicketResolved") + timedelta(days=days)
    if reason == "customer_silent":
        return _of_last(history, names, "CustomerAwaited") + timedelta(days=days)
    if reason == "no_contact":
        vain: list[datetime] = []
        for name, event in zip(names, history, strict=True):
            if name == "ContactAttempted":
                vain = [*vain, event.at] if event.outcome == "no_answer" else []
            elif (
                (name == "ReplyAdded" and event.verified)
                or (name == "TicketReopened" and event.by.role == "requester")
                or name in RESOLVING
            ):
                vain = []
        if len(vain) < 3:
            return None
        return max(vain[2], _opened_at(history[0]) + timedelta(hours=48))
    return None


RESOLVING = ("TicketResolved", "ReopeningDismissed")


def overdue(history: list[Any], until: datetime) -> str | None:
    """For what a clock should have closed a ticket by then, though its history does not say that it is closed."""
    names = [type(event).__name__ for event in history]
    if "TicketClosed" in names:
        return None
    moves = (*WAITS, *GOES_ON, *RESOLVING, "TicketReopened")
    status = next((name for name in reversed(names) if name in moves), "")
    reasons = ["resolved"] if status in RESOLVING else ["no_contact"]
    reasons += ["customer_silent"] if status == "CustomerAwaited" else []
    dues = ((reason, closes_at(reason, history)) for reason in reasons)
    return next((reason for reason, due in dues if due is not None and due <= until), None)


def _of_last(history: list[Any], names: list[str], name: str) -> datetime:
    at: datetime = history[len(names) - 1 - names[::-1].index(name)].at
    return at


def _opened_at(queued: Any) -> datetime:
    at: datetime = queued.opened_at
    return at
