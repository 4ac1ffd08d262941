"""What must hold of a desk in quiet, whatever it went through. Each check returns what it found wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from contracts import intake as i
from contracts import lifecycle as l
from contracts import notifier as n
from journal import store
from services.lifecycle.decider import LIFECYCLE
from services.notifier.maildir import mailbox_name
from services.sla.decider import SLA
from tests.faults.books import JOURNALS, Auditor, Books
from tests.faults.ledger import ADDRESSES, Ledger
from tests.faults.replay import view_differences
from tests.flow.model import ANA
from tests.running import RunningDesk


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be."""

    kind: Literal["lost", "doubled", "wrong"]
    what: str


async def findings(desk: RunningDesk, ledger: Ledger, auditor: Auditor) -> list[Finding]:
    """Everything that does not hold; the desk is in quiet."""
    books = await auditor.books()
    wrong = [
        *await _chains(auditor),
        *await auditor.behind(),
        *await _parked(auditor),
        *_numbers(books),
        *_states(books, ledger),
        *_clocks(books, ledger),
        *await view_differences(desk, auditor),
        *ledger.surprises,
    ]
    return [
        *_promises(books, ledger),
        *_blobs(desk, books, ledger),
        *_notifications(books, ledger),
        *_delivered(desk, books),
        *(Finding("wrong", what) for what in wrong),
    ]


async def _chains(auditor: Auditor) -> list[str]:
    """Positions and versions are gapless, digests follow from what is said."""
    found = []
    for service in JOURNALS:
        verdicts = await store.verify_all(auditor.pools[service])
        found += [f"the chain of {service}: {verdict}" for verdict in verdicts if not verdict.sound]
        rows = await auditor.pools[service].fetch(
            "select stream_id from journal.entries group by stream_id having max(version) <> count(*)"
        )
        found += [f"{service}: versions of {row['stream_id']} have a gap" for row in rows]
    return found


async def _parked(auditor: Auditor) -> list[str]:
    return [
        f"{service} has parked {row['topic']} of {row['source']}.{row['partition']}: {row['error']}"
        for service, pool in auditor.pools.items()
        for row in await pool.fetch("select * from journal.dead_letters")
    ]


def _promises(books: Books, ledger: Ledger) -> Iterator[Finding]:
    """Every acknowledged message is one event of intake, and one of lifecycle; there is nothing besides them."""
    taken_in = {
        "ticket": [
            (e, e.delivered.text) for _, e in books.of("intake", i.TicketRegistered) if not e.linked_to
        ],
        "reply": [(e, e.delivered.text) for _, e in books.of("intake", i.ReplyReceived)],
        "parked": [(e, e.delivered.text) for _, e in books.of("intake", i.SubmissionParked)],
    }
    on_ticket = {
        "ticket": [(e, e.text) for _, e in books.of("lifecycle", l.TicketQueued) if not e.linked_to],
        "reply": [(e, e.text) for _, e in books.of("lifecycle", l.ReplyAdded)],
    }
    linked = [e for _, e in books.of("intake", i.TicketRegistered) if e.linked_to]
    late = {_token(event.delivered.text) for event in linked}
    for kind, texts in taken_in.items():
        promised = {promise.token for promise in ledger.of(kind)}
        yield from _once(
            f"a {kind} in intake", promised - late, Counter(_token(text) for _, text in texts), late
        )
        if kind in on_ticket:
            counts = Counter(_token(text) for _, text in on_ticket[kind])
            yield from _once(f"a {kind} in lifecycle", promised - late, counts, late)
    owed = Counter({ticket_id: ticket.late for ticket_id, ticket in ledger.tickets.items() if ticket.late})
    for where in (linked, [e for _, e in books.of("lifecycle", l.TicketQueued) if e.linked_to]):
        yield from _once("a linked ticket", set(owed), Counter(event.linked_to for event in where))


def _once(
    what: str, promised: Iterable[object], found: Mapping[Any, int], besides: Iterable[object] = ()
) -> Iterator[Finding]:
    wanted = set(promised)
    for key in wanted - found.keys():
        yield Finding("lost", f"{what}: {key}")
    for key, count in found.items():
        if count > 1:
            yield Finding("doubled", f"{what}: {key}, {count} times")
        if key not in wanted and key not in set(besides):
            yield Finding("doubled", f"{what}, which nobody sent: {key}")


def _token(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1]


def _blobs(desk: RunningDesk, books: Books, ledger: Ledger) -> Iterator[Finding]:
    """Raw mail and files, as they were sent, are named by their event and lie where it says."""
    promises = {promise.token: promise for promise in ledger.promises}
    for _, event in books.of("intake", i.TicketRegistered, i.ReplyReceived, i.SubmissionParked):
        promise = promises.get(_token(event.delivered.text))
        if promise is None:
            continue
        named = tuple(file.sha256 for file in event.delivered.attachments)
        if (event.delivered.raw, named) != (promise.raw, promise.files):
            yield Finding("lost", f"the raw mail or files of {promise}: {event.delivered.raw} {named}")
        for address in (*named, *([promise.raw] if promise.raw else [])):
            path = desk.state / "blobs" / address[:2] / address[2:4] / address
            if not path.is_file() or sha256(path.read_bytes()).hexdigest() != address:
                yield Finding("lost", f"the bytes {address} of {promise}")


def _numbers(books: Books) -> Iterator[str]:
    years: dict[str, list[int]] = defaultdict(list)
    for _, event in books.of("intake", i.TicketRegistered):
        year, _, sequence = event.number.partition("-")
        years[year].append(int(sequence))
    for year, numbers in years.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"numbers of {year}: {sorted(numbers)}"


def _states(books: Books, ledger: Ledger) -> Iterator[str]:
    """Each ticket has become what the acknowledged commands say."""
    histories: dict[UUID, list[object]] = defaultdict(list)
    for entry, event in sorted(books.entries["lifecycle"], key=lambda pair: pair[0].version):
        histories[entry.stream_id].append(event)
    for ticket_id, ticket in ledger.tickets.items():
        state = LIFECYCLE.fold(histories[ticket_id])  # type: ignore[arg-type]
        life = ticket.life
        found = (state.status, state.analyst, state.answered, state.resolution, state.waiting)
        if found != (life.status, life.analyst, life.answered, life.resolution, life.waiting):
            yield f"ticket {ticket_id} is {found}, the model says {life}"


def _clocks(books: Books, ledger: Ledger) -> Iterator[str]:
    """The clocks that must run do, and no other."""
    histories: dict[UUID, list[object]] = defaultdict(list)
    for entry, event in sorted(books.entries["sla"], key=lambda pair: pair[0].version):
        histories[entry.stream_id].append(event)
    for ticket_id, ticket in ledger.tickets.items():
        clocks, life = SLA.fold(histories[ticket_id]), ticket.life  # type: ignore[arg-type]
        running = {clock for clock, cycle in clocks.cycles.items() if cycle.phase == "running"}
        if running != life.running:
            yield f"ticket {ticket_id} ({life.status}): {sorted(running)} run, not {sorted(life.running)}"


def _notifications(books: Books, ledger: Ledger) -> Iterator[Finding]:
    """Every e-mail that is owed was requested once, and no other."""
    owed: Counter[tuple[object, str, str]] = Counter()
    for ticket_id, ticket in ledger.tickets.items():
        owed.update({(ticket_id, *key): count for key, count in ticket.mails.items()})
    for _, event in books.of("lifecycle", l.TicketQueued):
        if event.linked_to:
            owed[event.ticket_id, "opened", ADDRESSES[ANA]] += 1
    owed.update((None, "parked", sender) for sender in ledger.strangers)
    requested = [event for _, event in books.of("notifier", n.NotificationRequested)]
    found = Counter((event.ticket_id, event.template, event.recipient) for event in requested)
    for key in owed.keys() | found.keys():
        if found[key] < owed[key]:
            yield Finding("lost", f"e-mail {key}: {found[key]} of {owed[key]}")
        if found[key] > owed[key]:
            yield Finding("doubled", f"e-mail {key}: {found[key]}, not {owed[key]}")
    for message_id, count in Counter(event.message_id for event in requested).items():
        if count > 1:
            yield Finding("doubled", f"Message-ID {message_id}: {count} notifications")


def _delivered(desk: RunningDesk, books: Books) -> Iterator[Finding]:
    """Every e-mail that was requested lies in its recipient's box, in the e-mail that says it, under its Message-ID, and is recorded as sent once."""
    sent = Counter(event.notification_id for _, event in books.of("notifier", n.NotificationSent))
    for _, event in books.of("notifier", n.NotificationRequested):
        said_in = event.bundled_into or event.notification_id
        path = desk.maildir / mailbox_name(event.recipient) / "new" / f"{said_in.hex}.desk"
        if not path.is_file():
            yield Finding("lost", f"{event.template} to {event.recipient} was not delivered")
        elif (
            event.bundled_into is None
            and message_from_bytes(path.read_bytes())["Message-ID"] != event.message_id
        ):
            yield Finding("wrong", f"{path.name} has another Message-ID than {event.message_id}")
        if sent[said_in] != 1:
            kind: Literal["lost", "doubled"] = "doubled" if sent[said_in] else "lost"
            yield Finding(kind, f"{event.template} was recorded as sent {sent[said_in]} times")
