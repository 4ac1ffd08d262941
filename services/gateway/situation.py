"""What of a ticket its page needs beyond the row: who wrote what, its links, its plan, who may decide on it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts import lifecycle as l
from contracts.directory import Contract
from contracts.envelope import Event
from journal.directory import Directory
from services.gateway.clock_rows import ClockRow
from services.gateway.rows import TicketRow
from services.gateway.told import Told

Decided = l.ProjectApproved | l.ProjectSentBack | l.ProjectRejected


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody of the desk wrote: the number by which it is edited, and how it reads now."""

    occurrence: int
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A ticket's row, and what its history adds to it. `said` is by the moment of the timeline that shows it."""

    ticket: TicketRow
    links: dict[UUID, tuple[str, l.Link]] = field(default_factory=dict)
    said: dict[str, Written] = field(default_factory=dict)
    plan: l.Plan | None = None
    decision: Decided | None = None
    """The last one on the plan that was asked for last."""
    alerts: tuple[str, ...] = ()
    """Clocks that have warned, or run out, and that nobody has said they see to."""
    approvers: tuple[str, ...] = ()
    """Contacts whom the customer's contract lets decide on projects."""

    @property
    def activities(self) -> tuple[l.Activity, ...]:
        """Of the newest plan, in the order of their dates."""
        planned = self.plan.activities if self.plan else ()
        return tuple(sorted(planned, key=lambda each: (each.starts_on, each.ends_on, each.id)))

    @property
    def percent(self) -> int:
        """How much of the plan is done, by activities."""
        total = len(self.activities)
        return round(100 * len(self.ticket.activities_done) / total) if total else 0


def situation_of(
    ticket: TicketRow, history: Iterable[Told], directory: Directory, clocks: Iterable[ClockRow] = ()
) -> Situation:
    """Fold a ticket's own history, in the order of recording."""
    contract = directory.known(Contract, ticket.contract)
    found = Situation(
        ticket,
        alerts=tuple(clock.clock for clock in clocks if clock.alert and clock.going),
        approvers=contract.approvers if contract else (),
    )
    for told in history:
        if told.service == "lifecycle" and (event := told.event()) is not None:
            found = _after(found, event, f"{told.service}-{told.partition}-{told.position}")
    return found


def _after(now: Situation, event: Event, moment: str) -> Situation:
    match event:
        case l.AnswerPublished() | l.NoteAdded() | l.CustomerAwaited() | l.TicketResolved():
            # Events from before occurrences were counted bear 0; they count as they come.
            written = Written(len(now.said) + 1, event.by.key, event.text)
            return replace(now, said={**now.said, moment: written})
        case l.OccurrenceEdited():
            said = {
                key: replace(each, text=event.text) if each.occurrence == event.occurrence else each
                for key, each in now.said.items()
            }
            return replace(now, said=said)
        case l.TicketLinked():
            return replace(now, links={**now.links, event.other: (event.other_number, event.link)})
        case l.TicketUnlinked():
            return replace(now, links={key: link for key, link in now.links.items() if key != event.other})
        case l.ProjectPlanned():
            return replace(now, plan=event.plan)
        case l.ApprovalRequested():
            return replace(now, decision=None)
        case l.ProjectApproved() | l.ProjectSentBack() | l.ProjectRejected():
            return replace(now, decision=event)
    return now
