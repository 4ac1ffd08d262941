"""From notices to notifications: ids that never change, threads, and the caps that stop loops."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.notifier import NotificationSuppressed
from journal import telemetry
from journal.directory import Directory
from journal.entry import Entry
from journal.log import log
from journal.tokens import KeyRing, make_message_id
from journal.work import Work
from services.notifier import views
from services.notifier.decider import Notification, Owed
from services.notifier.metrics import SUPPRESSED
from services.notifier.notices import Notice
from services.notifier.ticket import Ticket

_NAMESPACE = uuid5(NAMESPACE_URL, "atendimento:notification")
_ONCE = ("opened",)
"""Owed once a ticket by its own event: nothing to count."""


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that an entry gave rise to, about a ticket or about none."""

    entry: Entry
    notice: Notice
    ticket: Ticket | None
    identity: str


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What every request for a notification needs: who is who, and the keys that sign Message-IDs."""

    directory: Directory
    keys: KeyRing

    @property
    def domain(self) -> str:
        """The desk's mail domain. Raises NotYet before the desk was defined."""
        return self.directory.desk.address.rpartition("@")[2]

    async def request(self, work: Work[Notification], due: Sequence[Due]) -> None:
        """Decide on each notice; one that was requested before stays as it is."""
        owed = [(each, self._owed(each)) for each in due]
        await work.load(notification.notification_id for _, notification in owed)
        counts = await _counts(work, [each for each in due if _is_counted(each)])
        changed: dict[tuple[UUID, str], views.Count] = {}
        for each, notification in owed:
            ticket_id = notification.ticket_id
            key = (ticket_id, each.notice.to.key) if ticket_id and _is_counted(each) else None
            count = counts.get(key, views.Count(work.now, 0)) if key else None
            events = work.decide(
                notification.notification_id,
                notification,
                facts=count.count if count else 0,
                trace=telemetry.child(each.entry.trace, f"notifier {notification.template}"),
                partition=each.entry.partition if ticket_id else None,
            )
            if events and isinstance(events[0], NotificationSuppressed):
                SUPPRESSED.inc()
                log.error("held back, a loop", ticket_id=str(ticket_id), template=notification.template)
            if events and key and count:
                counts[key] = changed[key] = replace(count, count=count.count + 1)
        if changed:
            await views.keep_counts(await work.connection(), changed)

    def _owed(self, due: Due) -> Owed:
        notice, ticket = due.notice, due.ticket
        notification_id = uuid5(_NAMESPACE, f"{due.identity}:{notice.template}:{notice.to.key}")
        thread = self._thread(notice, ticket)
        return Owed(
            notification_id=notification_id,
            ticket_id=ticket.ticket_id if ticket else None,
            template=notice.template,
            recipient=notice.to.address,
            recipient_name=notice.to.name,
            language=notice.to.language,
            message_id=self._message_id(notification_id, ticket),
            in_reply_to=thread[0] if thread else "",
            references=thread,
            automatic=notice.automatic,
            facts=notice.facts,
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
        staff = notice.to.key.startswith("analyst:")
        root = make_message_id(ticket.ticket_id, "staff" if staff else "root", self.keys, self.domain)
        own = notice.to.key == f"contact:{ticket.requester}" and ticket.message_id
        return (ticket.message_id, root) if own else (root,)


def identity(entry: Entry) -> str:
    """What names an entry for good, wherever and however often it is read."""
    return f"{entry.topic}:{entry.stream_id}:{entry.version}"


def _is_counted(due: Due) -> bool:
    return due.ticket is not None and due.notice.automatic and due.notice.template not in _ONCE


async def _counts(work: Work[Notification], due: Sequence[Due]) -> dict[tuple[UUID, str], views.Count]:
    tickets = {each.ticket.ticket_id for each in due if each.ticket}
    return await views.automatic_counts(await work.connection(), tickets, work.now) if tickets else {}
