"""What the notifier does with what others say: which ticket it concerns. Who is told what: notices.py."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from contracts import intake, sla
from contracts import lifecycle as l
from contracts.envelope import Event
from journal.entry import Entry
from journal.store import Connection
from journal.work import Work
from services.notifier import alarms, notices, ticket, views
from services.notifier.addresses import Bounced
from services.notifier.decider import Notification
from services.notifier.mailroom import Due, Mailroom
from services.notifier.ticket import Ticket

OF_LIFECYCLE = {
    event.topic
    for event in (
        l.TicketQueued,
        l.TicketAssigned,
        l.TicketReturned,
        l.TicketReclassified,
        l.AnswerPublished,
        l.NoteAdded,
        l.ReplyAdded,
        l.BounceAdded,
        l.CustomerAwaited,
        l.TicketHeld,
        l.TicketResumed,
        l.TicketResolved,
        l.TicketReopened,
        l.ReopeningDismissed,
        l.TicketClosed,
        l.ClosureUndone,
        l.TicketMerged,
        l.TicketAbsorbed,
        l.ApprovalRequested,
        l.ProjectApproved,
        l.ProjectSentBack,
        l.ProjectRejected,
    )
}
OF_INTAKE = {intake.SubmissionParked.topic, intake.BounceReceived.topic}
OF_SLA = {
    event.topic
    for event in (
        sla.ClockStarted,
        sla.ClockWarned,
        sla.ClockBreached,
        sla.ClockMet,
        sla.ClockStopped,
        sla.ReminderDue,
    )
}


async def on_lifecycle(work: Work[Notification], entries: Sequence[Entry], mailroom: Mailroom) -> None:
    """Keep what e-mails say of tickets, and request those that the events of lifecycle owe."""
    concerning = [entry for entry in entries if entry.topic in OF_LIFECYCLE]
    if not concerning:
        return
    connection = await work.connection()
    await views.take_turns(connection, concerning[0].partition)
    told = await keep_tickets(connection, concerning)
    latest = {after.ticket_id: after for _, _, after in told}
    known = await views.with_others(connection, latest)
    due = [
        each
        for entry, event, after in told
        for each in _due(entry, event, ticket.joined(after, known), mailroom)
    ]
    queued = [after.ticket_id for _, event, after in told if isinstance(event, l.TicketQueued)]
    early = [(entry, entry.event()) for entry in await views.take_early(connection, queued)]
    # What ended before the ticket was known has no warning that was requested.
    whole = [(entry, event, ticket.joined(latest[_ticket_id(event)], known)) for entry, event in early]
    due += _of_clocks(whole, mailroom)[0]
    await mailroom.request(work, due)


async def keep_tickets(connection: Connection, entries: Sequence[Entry]) -> list[tuple[Entry, Event, Ticket]]:
    """Bring the rows of the tickets up to these entries; each event, and its ticket right after it."""
    concerning = [(entry, entry.event()) for entry in entries]
    opening = [event for _, event in concerning if isinstance(event, l.TicketQueued)]
    known = await views.tickets(connection, (_ticket_id(event) for _, event in concerning))
    places = await views.queues(connection, {event.area for event in opening}) if opening else {}
    changed: dict[UUID, Ticket] = {}
    moved: Counter[tuple[int, str]] = Counter()
    told: list[tuple[Entry, Event, Ticket]] = []
    for entry, event in concerning:
        before = known.get(_ticket_id(event))
        if isinstance(event, l.TicketQueued):
            if before is not None:
                continue
            place = places.get(event.area, 0) + moved[entry.partition, event.area] + 1
            after = ticket.opened(event, place)
        elif before is None:
            raise LookupError(f"ticket {_ticket_id(event)} was never queued")
        else:
            after = ticket.evolve(before, event)
        if after != before:
            if before is not None:
                moved[entry.partition, before.area] -= before.waiting
            moved[entry.partition, after.area] += after.waiting
            known[after.ticket_id] = changed[after.ticket_id] = after
        told.append((entry, event, after))
    await views.keep_tickets(connection, list(changed.values()))
    await views.move_queues(connection, moved)
    return told


async def on_sla(work: Work[Notification], entries: Sequence[Entry], mailroom: Mailroom) -> None:
    """Request the e-mails that clocks owe: the acknowledgement, reminders, warnings and breaches.

    Warnings of a clock that has come to its end are withdrawn, where they have not left.
    sla can be heard before the lifecycle event that it follows from: such entries are put aside.
    """
    concerning = [(entry, *owed) for entry in entries if entry.topic in OF_SLA if (owed := owing(entry))]
    if not concerning:
        return
    connection = await work.connection()
    await views.take_turns(connection, concerning[0][0].partition)
    known = await views.tickets(connection, (ticket_id for _, ticket_id, _ in concerning))
    if early := [(ticket_id, entry) for entry, ticket_id, _ in concerning if ticket_id not in known]:
        await views.put_aside(connection, early)
    others = await views.with_others(connection, known)
    told = [
        (entry, event, ticket.joined(known[ticket_id], others))
        for entry, ticket_id, event in concerning
        if ticket_id in known
    ]
    due, ended = _of_clocks(told, mailroom)
    await alarms.withdraw(work, ended, concerning[0][0].partition)
    await mailroom.request(work, due)


async def on_intake(work: Work[Notification], entries: Sequence[Entry], mailroom: Mailroom) -> None:
    """Request the courtesy replies that parked mail owes, one an address and day; count what came back for good."""
    due: list[Due] = []
    bounced: list[tuple[intake.BounceReceived, str]] = []
    for entry in entries:
        if entry.topic not in OF_INTAKE:
            continue
        match entry.event():
            case intake.SubmissionParked() as event:
                day = notices.courtesy_day(event.delivered.received_at, mailroom.directory)
                due += [
                    Due.of(entry, each, None, day) for each in notices.of_parked(event, mailroom.directory)
                ]
            case intake.BounceReceived(permanent=True, notification_id=UUID()) as event:
                bounced.append((event, entry.trace))
    if due:
        await mailroom.request(work, due)
    if bounced:
        await _count(work, bounced, entries[0].partition, mailroom)


async def _count(
    work: Work[Notification],
    bounced: Sequence[tuple[intake.BounceReceived, str]],
    partition: int,
    mailroom: Mailroom,
) -> None:
    """Of the desk's own e-mails alone, and of the address that each went to, whichever the report names."""
    await work.load(event.notification_id for event, _ in bounced if event.notification_id)
    came_back = []
    for event, trace in bounced:
        assert event.notification_id is not None  # noqa: S101 - the caller looked
        about = work.state(event.notification_id)
        if about.recipient:
            at = event.delivered.received_at
            known = Bounced(about.recipient, event.notification_id, about.ticket_id, event.status, at)
            came_back.append((known, trace))
    if came_back:
        await mailroom.bounce(work, came_back, partition)


def owing(entry: Entry) -> tuple[UUID, Event] | None:
    """The ticket and the event of an entry of sla, if it matters here: most clocks start and end without a word."""
    event = entry.event()
    if isinstance(event, alarms.Ending) and not alarms.ends(event):
        return None
    if isinstance(event, sla.ClockStarted) and event.clock != "first_response":
        return None
    return _ticket_id(event), event


def _of_clocks(
    told: Sequence[tuple[Entry, Event, Ticket]], mailroom: Mailroom
) -> tuple[list[Due], dict[str, tuple[alarms.Ending, str]]]:
    """What is owed, in order, and the clocks that have come to their end; a warning before its clock's is not."""
    due: list[list[Due]] = []
    ended: dict[str, tuple[alarms.Ending, str]] = {}
    for entry, event, found in reversed(told):
        if isinstance(event, alarms.Ending):
            ended[alarms.ended_by(event)] = event, entry.trace
        elif not (isinstance(event, sla.ClockWarned) and alarms.ended_by(event) in ended):
            due.append(_due(entry, event, found, mailroom))
    return [each for owed in reversed(due) for each in owed], ended


def _due(entry: Entry, event: Event, found: Ticket, mailroom: Mailroom) -> list[Due]:
    owed = notices.of_ticket(event, found, mailroom.directory)
    return [Due.of(entry, notice, found) for notice in owed]


def _ticket_id(event: Event) -> UUID:
    ticket_id: UUID = event.ticket_id  # type: ignore[attr-defined]
    return ticket_id
