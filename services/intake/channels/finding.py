"""Which ticket a mail belongs to, and which of the desk's own mails a delivery report is about."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts import intake as i
from contracts.directory import Analyst, Contact
from contracts.envelope import Key
from journal.directory import Directory
from journal.store import Pool
from journal.tokens import (
    KeyRing,
    read_notification,
    read_unsigned_return_path,
    verify_message_id,
    verify_return_path,
)
from services.intake import lookups
from services.intake.channels.hearing import Hearing
from services.intake.mail.automatic import delivery_report, is_permanent
from services.intake.mail.matching import Candidate, candidates, notifications_answered
from services.intake.mail.parse import Message
from services.intake.submission import Arrival, Match

_FAILED = {"failed", ""}
"""What bounces that are no delivery report do not say counts as failed."""


class Finding:
    """Looks mail up in intake's own tables."""

    def __init__(self, pool: Pool, directory: Directory, keys: KeyRing, hearing: Hearing) -> None:
        self._pool = pool
        self._directory = directory
        self._keys = keys
        self._hearing = hearing

    async def ticket(
        self, message: Message, rcpt_to: tuple[str, ...], sender: str, received_at: datetime
    ) -> Match | None:
        """The first way that leads to a ticket. A number counts only where the sender takes part.

        One to another customer's ticket, by what a thread shares, counts only where no other way leads anywhere.
        """
        contact = self._directory.contact_at(sender)
        others: Match | None = None
        for candidate in candidates(message, self._keys, self._directory.mail_domains, rcpt_to):
            if found := await self._look_up(candidate, contact, received_at):
                if found.proven or contact is None or contact[1].customer == found.customer:
                    return found
                others = others or found
        return others

    async def answering(
        self, message: Message, sender: str, match: Match, received_at: datetime
    ) -> tuple[Key, ...]:
        """The analysts whose own notifications about that ticket a mail answers, and whose answers are published.

        Of an analyst that answers sooner than intake knows of one of these, the notifier is heard out.
        """
        named = notifications_answered(message, self._keys, self._directory.mail_domains)
        if not named:
            return ()
        if self._is_an_analyst(sender) and not await lookups.all_known(self._pool, named):
            await self._hearing.for_one_received(received_at)
        return await lookups.answerable_by(self._pool, named, match.ticket_id)

    def may_look_on(self, address: str, match: Match) -> bool:
        """Whether a copy of an answer may go there: to people of the ticket's customer, if they are no analysts too."""
        contact = self._directory.contact_at(address)
        is_theirs = contact is not None and contact[1].customer == match.customer
        return is_theirs and not self._is_an_analyst(address)

    def _is_an_analyst(self, address: str) -> bool:
        folded = address.lower()
        return any(record.email.lower() == folded for _, record in self._directory.all(Analyst))

    async def _look_up(
        self, candidate: Candidate, contact: tuple[Key, Contact] | None, received_at: datetime
    ) -> Match | None:
        if candidate.notification_id is not None:
            known = await self._notified([candidate.notification_id], received_at)
            ticket_id = known.ticket_id if known else None
            return await lookups.ticket(self._pool, ticket_id, proven=True) if ticket_id else None
        if candidate.ticket_id is not None:
            return await lookups.ticket(self._pool, candidate.ticket_id, proven=True)
        if candidate.step != "subject_number":
            asking = (contact[0], contact[1].customer) if contact else ()
            return await lookups.ticket_with(self._pool, candidate.lookup[: i.MESSAGE_ID_MAX], *asking)
        found = await lookups.ticket_numbered(self._pool, candidate.lookup) if contact else None
        if found is None or contact is None or contact[1].customer != found.customer:
            return None
        return found if await lookups.takes_part(self._pool, found.ticket_id, contact[0]) else None

    async def answered(self, rcpt_to: tuple[str, ...], received_at: datetime) -> Match | None:
        """The ticket of the desk's own mail whose return path a machine answered to. Source: RFC 3834 section 4."""
        named = [*self._signed(rcpt_to), *self._unsigned(rcpt_to)]
        known = await self._notified(named, received_at)
        if known is None or known.ticket_id is None:
            return None
        return await lookups.ticket(self._pool, known.ticket_id, proven=False)

    async def reported(self, arrival: Arrival, message: Message, rcpt_to: tuple[str, ...]) -> Arrival:
        """What a delivery report is about: by its own return path, else by the mail that came back.

        One that tells of no failure (delivered, or delayed and tried on) is no bounce: the post only talks.
        An address is gone only where the report has come to the signed return path of that very mail, whoever
        sent it: the null sender is anybody's to write, and so is whatever else a report says.
        """
        reports = delivery_report(message)
        failed = next((report for report in reports if report.action in _FAILED), None)
        report = failed or next(iter(reports), None)
        told, ticket_id = self._came_back(report.original_message_id if report else None)
        signed = self._signed(rcpt_to)
        named = [*signed, *self._unsigned(rcpt_to), *told]
        known = await self._notified(named, arrival.delivered.received_at)
        if known:
            ticket_id = known.ticket_id
        match = await lookups.ticket(self._pool, ticket_id, proven=True) if ticket_id else None
        if report and not failed:
            return replace(
                arrival, sort="auto_reply", sort_reason=f"delivery report: {report.action}", match=match
            )
        notification_id = known.notification_id if known else next(iter(named), None)
        bounced = i.BounceReceived(
            ticket_id=match.ticket_id if match else ticket_id if known else None,
            notification_id=notification_id,
            delivered=arrival.delivered,
            recipient=known.recipient if known else report.recipient[:320] if report else "",
            status=report.status[:20] if report else "",
            diagnostic=report.diagnostic[:1000] if report else "",
            permanent=report is not None and is_permanent(report) and notification_id in signed,
        )
        return replace(arrival, bounced=bounced)

    def _signed(self, rcpt_to: Iterable[str]) -> list[UUID]:
        """The notifications whose return paths these addresses are."""
        read = (verify_return_path(each, self._keys, *self._directory.mail_domains) for each in rcpt_to)
        return [notification_id for notification_id in read if notification_id]

    def _unsigned(self, rcpt_to: Iterable[str]) -> list[UUID]:
        """The notifications that return paths of an earlier release name."""
        read = (read_unsigned_return_path(each, *self._directory.mail_domains) for each in rcpt_to)
        return [notification_id for notification_id in read if notification_id]

    def _came_back(self, message_id: str | None) -> tuple[list[UUID], UUID | None]:
        """The notification, if it names one, and the ticket that a Message-ID of the desk's own was for."""
        if message_id is None:
            return [], None
        domains = self._directory.mail_domains
        notification_id = read_notification(message_id, self._keys, *domains)
        named = [notification_id] if notification_id else []
        return named, verify_message_id(message_id, self._keys, *domains)

    async def _notified(self, named: Sequence[UUID], received_at: datetime) -> lookups.Notified | None:
        """The first of these of the desk's own mails that is known, once the notifier is heard out if none is."""
        known = await lookups.notification(self._pool, named) if named else None
        if named and known is None:
            await self._hearing.for_one_received(received_at)
            known = await lookups.notification(self._pool, named)
        return known
