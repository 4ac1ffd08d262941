"""Which ticket a mail belongs to, and which of the desk's own mails a delivery report is about."""

from dataclasses import replace

from contracts import intake as i
from journal.directory import Directory
from journal.store import Pool
from journal.tokens import KeyRing, read_return_path, verify_message_id
from services.intake import lookups
from services.intake.mail.automatic import delivery_report, is_permanent
from services.intake.mail.matching import Candidate, candidates
from services.intake.mail.parse import Message
from services.intake.submission import Arrival, Match

_FAILED = {"failed", ""}
"""What bounces that are no delivery report do not say counts as failed."""


class Finding:
    """Looks mail up in intake's own tables."""

    def __init__(self, pool: Pool, directory: Directory, keys: KeyRing) -> None:
        self._pool = pool
        self._directory = directory
        self._keys = keys

    async def ticket(self, message: Message, rcpt_to: tuple[str, ...], sender: str) -> Match | None:
        """The first way that leads to a ticket. A number counts only where the sender takes part."""
        for candidate in candidates(message, self._keys, self._domain, rcpt_to):
            if found := await self._look_up(candidate, sender):
                return found
        return None

    async def _look_up(self, candidate: Candidate, sender: str) -> Match | None:
        if candidate.ticket_id is not None:
            return await lookups.ticket(self._pool, candidate.ticket_id, proven=True)
        if candidate.step != "subject_number":
            return await lookups.ticket_with(self._pool, candidate.lookup[: i.MESSAGE_ID_MAX])
        found = await lookups.ticket_numbered(self._pool, candidate.lookup)
        contact = self._directory.contact_at(sender)
        return found if found and contact and contact[1].customer == found.customer else None

    async def reported(self, arrival: Arrival, message: Message, rcpt_to: tuple[str, ...]) -> Arrival:
        """What a delivery report is about: by its own return path, else by the mail that came back.

        One that tells of no failure (delivered, or delayed and tried on) is no bounce: the post only talks.
        """
        reports = delivery_report(message)
        failed = next((report for report in reports if report.action in _FAILED), None)
        report = failed or next(iter(reports), None)
        known = await self._notified(rcpt_to)
        ticket_id = known.ticket_id if known else None
        if known is None and report and report.original_message_id:
            ticket_id = verify_message_id(report.original_message_id, self._keys, self._domain)
        match = await lookups.ticket(self._pool, ticket_id, proven=True) if ticket_id else None
        if report and not failed:
            return replace(
                arrival, sort="auto_reply", sort_reason=f"delivery report: {report.action}", match=match
            )
        bounced = i.BounceReceived(
            ticket_id=match.ticket_id if match else ticket_id if known else None,
            notification_id=known.notification_id if known else None,
            delivered=arrival.delivered,
            recipient=known.recipient if known else report.recipient[:320] if report else "",
            status=report.status[:20] if report else "",
            diagnostic=report.diagnostic[:1000] if report else "",
            permanent=report is not None and is_permanent(report),
        )
        return replace(arrival, bounced=bounced)

    async def _notified(self, rcpt_to: tuple[str, ...]) -> lookups.Notified | None:
        for address in rcpt_to:
            notification_id = read_return_path(address, self._domain)
            if notification_id and (known := await lookups.notification(self._pool, notification_id)):
                return known
        return None

    @property
    def _domain(self) -> str:
        return self._directory.desk.address.rpartition("@")[2]
