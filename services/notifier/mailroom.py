"""From notices to notifications: ids that never change, threads, and the caps that stop loops."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.notifier import AddressSuspended, NotificationSuppressed
from journal import telemetry
from journal.directory import Directory
from journal.entry import Entry
from journal.log import log
from journal.tokens import KeyRing, make_message_id
from journal.work import Work
from services.notifier import notices, to_staff, views
from services.notifier.addresses import PATIENT, SUSPENDED, Bounced, Patience, folded, stream_of, written_to
from services.notifier.bundles import TOGETHER
from services.notifier.caps import USUAL, Caps, Counted, Tally, counted
from services.notifier.decider import Notification, Owed
from services.notifier.due import open_bundles
from services.notifier.metrics import SUPPRESSED
from services.notifier.notices import Notice
from services.notifier.ticket import Ticket

_NAMESPACE = uuid5(NAMESPACE_URL, "atendimento:notification")
Bundles: TypeAlias = dict[tuple[UUID, str], UUID]
"""By ticket and address, the notification whose e-mail others may still join."""


@dataclass(frozen=True, slots=True)
class Due:
    """A notice about a ticket or about none; `identity` names what gave rise to it, in `partition`."""

    notice: Notice
    ticket: Ticket | None
    identity: str
    trace: str
    partition: int

    @classmethod
    def of(cls, entry: Entry, notice: Notice, ticket: Ticket | None, named: str = "") -> Self:
        """What an entry gave rise to."""
        return cls(notice, ticket, named or identity(entry), entry.trace, entry.partition)


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What every request for a notification needs: who is who, the keys that sign Message-IDs, caps, and patience."""

    directory: Directory
    keys: KeyRing
    caps: Caps = USUAL
    bundle: timedelta = timedelta()
    patience: Patience = PATIENT

    @property
    def domain(self) -> str:
        """The desk's mail domain. Raises NotYet before the desk was defined."""
        return self.directory.desk.address.rpartition("@")[2]

    async def request(self, work: Work[Notification], due: Sequence[Due]) -> None:
        """Decide on each notice; one that was requested before stays as it is. What is held back is told."""
        if held := await self._request(work, due):
            await self._request(work, [alarm for each in held for alarm in self._alarms(*each)])

    async def _request(
        self, work: Work[Notification], due: Sequence[Due]
    ) -> list[tuple[Due, NotificationSuppressed]]:
        suspended = await self._suspended(work, due)
        owed = [(each, self._owed(each, suspended)) for each in due]
        await work.load(notification.notification_id for _, notification in owed)
        keys = [counted(o.template, o.automatic, o.recipient, each.ticket) for each, o in owed]
        tally = await self._tally(work, keys)
        bundles = await self._open_bundles(work, due)
        held = []
        for (each, notification), counts_towards in zip(owed, keys, strict=True):
            asked = self._bundled(notification, bundles, work.now)
            events = work.decide(
                asked.notification_id,
                asked,
                facts=SUSPENDED
                if folded(asked.recipient) in suspended
                else tally.reached(counts_towards, each.identity),
                trace=telemetry.child(each.trace, f"notifier {asked.template}"),
                partition=each.partition if asked.ticket_id else None,
            )
            match events:
                case [NotificationSuppressed() as suppressed]:
                    SUPPRESSED.inc()
                    log.error("held back, a loop", ticket_id=str(asked.ticket_id), template=asked.template)
                    held.append((each, suppressed))
                    tally.add(counts_towards, each.identity)
                case [_]:
                    _follow(asked, bundles)
                    tally.add(counts_towards, each.identity)
        if tally.added:
            await views.add_counts(await work.connection(), due[0].partition, tally.added, work.now)
        return held

    async def _suspended(self, work: Work[Notification], due: Sequence[Due]) -> set[str]:
        """Those that are written to no more, of all the addresses that somebody could be written to."""
        possible = [address for each in due for address in (each.notice.to.address, *each.notice.to.rather)]
        return await views.suspended(await work.connection(), possible) if possible else set()

    async def bounce(
        self, work: Work[Notification], came_back: Sequence[tuple[Bounced, str]], partition: int
    ) -> None:
        """Count what came back, each with its trace; who answers for the ticket is told of an address suspended."""
        await work.load(stream_of(each.address) for each, _ in came_back)
        suspended: list[tuple[AddressSuspended, str]] = []
        for each, trace in came_back:
            events = work.decide(
                stream_of(each.address),
                each,
                facts=self.patience,
                trace=telemetry.child(trace, "notifier Bounced"),
            )
            suspended += [(event, trace) for event in events if isinstance(event, AddressSuspended)]
        if not suspended:
            return
        about = await views.tickets(
            await work.connection(), [event.ticket_id for event, _ in suspended if event.ticket_id]
        )
        due: list[Due] = []
        for event, trace in suspended:
            log.error("address suspended", ticket_id=str(event.ticket_id), bounces=event.bounces)
            ticket = about.get(event.ticket_id) if event.ticket_id else None
            name = f"suspended:{event.address}:{work.version(stream_of(event.address))}"
            told = notices.of_suspended(event, ticket, self.directory)
            due += [Due(notice, ticket, name, trace, partition) for notice in told]
        await self.request(work, due)

    async def _tally(self, work: Work[Notification], keys: Sequence[Sequence[Counted]]) -> Tally:
        every = [key for each in keys for key in each]
        before = await views.counts(await work.connection(), every, work.now) if every else {}
        return Tally(self.caps, before)

    async def _open_bundles(self, work: Work[Notification], due: Sequence[Due]) -> Bundles:
        tickets = {each.ticket.ticket_id for each in due if each.ticket and each.notice.template in TOGETHER}
        if not self.bundle or not tickets:
            return {}
        return await open_bundles(await work.connection(), tickets, work.now)

    def _bundled(self, owed: Owed, bundles: Bundles, now: datetime) -> Owed:
        """What people write joins what they have just written, if that has not left; else it waits a little itself."""
        if not self.bundle or owed.ticket_id is None or owed.template not in TOGETHER:
            return owed
        first = bundles.get((owed.ticket_id, owed.recipient))
        return replace(owed, bundled_into=first) if first else replace(owed, not_before=now + self.bundle)

    def _alarms(self, due: Due, suppressed: NotificationSuppressed) -> Iterator[Due]:
        """That something was held back: once an hour and cap, to those who answer for the ticket."""
        assert due.ticket is not None  # noqa: S101 - only what is about tickets is counted
        of = suppressed.recipient if suppressed.cap == "address" else due.ticket.ticket_id
        name = f"loop:{suppressed.cap}:{of}:{suppressed.recipient}:{suppressed.at:%Y-%m-%dT%H}"
        for notice in notices.of_loop(suppressed, due.ticket, self.directory):
            yield replace(due, notice=notice, identity=name)

    def _owed(self, due: Due, suspended: Container[str]) -> Owed:
        notice, ticket = due.notice, due.ticket
        notification_id = uuid5(_NAMESPACE, f"{due.identity}:{notice.template}:{notice.to.key}")
        thread = self._thread(notice, ticket)
        return Owed(
            notification_id=notification_id,
            ticket_id=ticket.ticket_id if ticket else None,
            template=notice.template,
            recipient=written_to(notice.to.rather, notice.to.address, suspended),
            recipient_name=notice.to.name,
            language=notice.to.language,
            message_id=self._message_id(notification_id, ticket),
            in_reply_to=thread[0] if thread else "",
            references=thread,
            automatic=notice.automatic,
            facts=notice.facts,
            not_before=notice.not_before,
            answerable_by=to_staff.answerable_by(notice.template, notice.to, ticket),
        )

    def _message_id(self, notification_id: UUID, ticket: Ticket | None) -> str:
        if ticket is None:
            return f"<n.{notification_id.hex}@{self.domain}>"
        return make_message_id(ticket.ticket_id, notification_id.hex, self.keys, self.domain)

    def _thread(self, notice: Notice, ticket: Ticket | None) -> tuple[str, ...]:
        """What the recipient's mail program hangs the e-mail on.

        The requester's own mail, if there was one, then an id that stands for the ticket as such, which is
        all that others of the customer have. The desk's staff have a thread of their own.
        """
        if ticket is None:
            answered = notice.facts.get("message_id", "")
            return (answered,) if answered else ()
        staff = notice.to.analyst is not None
        root = make_message_id(ticket.ticket_id, "staff" if staff else "root", self.keys, self.domain)
        own = notice.to.key == f"contact:{ticket.requester}" and ticket.message_id
        return (ticket.message_id, root) if own else (root,)


def identity(entry: Entry) -> str:
    """What names an entry for good, wherever and however often it is read."""
    return f"{entry.topic}:{entry.stream_id}:{entry.version}"


def _follow(requested: Owed, bundles: Bundles) -> None:
    """What was requested opens an e-mail to others, or ends the wait of the one before."""
    if requested.ticket_id is None or requested.bundled_into is not None:
        return
    key = (requested.ticket_id, requested.recipient)
    if requested.not_before is None:
        bundles.pop(key, None)
    elif requested.template in TOGETHER:
        bundles[key] = requested.notification_id
