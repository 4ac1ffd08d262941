"""What each event of a ticket owes to the desk's own people, and to the customer's approvers. Pure."""

from collections.abc import Iterator
from typing import Any

from contracts import lifecycle as l
from contracts import sla
from contracts.directory import Analyst
from contracts.envelope import Actor, Event
from contracts.notifier import Template
from journal.directory import Directory
from services.notifier import recipients
from services.notifier.escalation import BREACH
from services.notifier.recipients import Recipient
from services.notifier.ticket import Ticket
from services.notifier.to_customers import files

SERVICE_CLOCKS = ("first_response", "next_response", "resolution")
"""Clocks that measure the desk. The others wait for the customer, who is reminded instead."""
ANSWERABLE: frozenset[Template] = frozenset(
    {"assigned", "requester_replied", "reopened_analyst", "warning", "breach"}
)
"""What an analyst's answer to by e-mail is published on the ticket. The others ask for something else than an answer
to the requester: an answer to a mention is for a colleague, one to an approval is a decision."""
Notices = Iterator[tuple[Template, Recipient, dict[str, Any]]]


def notices(event: Event, ticket: Ticket, directory: Directory) -> Notices:
    """Template, recipient and facts. Raises NotYet.

    A ticket that goes back into the queue is told to nobody: like a new one, it is seen there, and its
    clock warns.
    """
    match event:
        case l.TicketAssigned() if event.by.key != event.analyst:
            facts = {"text": event.reason, "by": _name(event.by), "rule": event.rule}
            yield "assigned", recipients.analyst(event.analyst, directory), facts
        case l.TicketReclassified():
            yield from _handed_over(event, directory)
        case l.NoteAdded():
            yield from _mentioned(event, directory)
        case l.ReplyAdded(refused=code) if code:
            yield "answer_refused", recipients.analyst(event.by.key, directory), _refused(event, code)
        case l.ReplyAdded() if _concerns(event, ticket):
            for to in recipients.responsible(ticket, directory):
                yield "requester_replied", to, _replied(event)
        case l.TicketReopened() | l.ClosureUndone():
            yield from _reopened(event, ticket, directory)
        case l.BounceAdded():
            yield from _bounced(event, ticket, directory)
        case sla.ClockWarned() | sla.ClockBreached() if event.clock in SERVICE_CLOCKS:
            yield from _alarmed(event, ticket, directory)
        case _:
            yield from _of_project(event, ticket, directory)


def answerable_by(template: Template, to: Recipient, ticket: Ticket | None) -> str | None:
    """The analyst whose answer to that e-mail is published: of a ticket that takes answers, as it stands now."""
    takes = ticket is not None and ticket.status not in ("resolved", "closed")
    return to.analyst if takes and template in ANSWERABLE else None


def _name(by: Actor) -> str:
    return by.name or by.key


def _concerns(reply: l.ReplyAdded, ticket: Ticket) -> bool:
    """What is in the queue anyway is seen there: a ticket that nobody has begun, and the one that a late reply opens.

    A late one of somebody unknown opens none.
    """
    if reply.late:
        return not reply.verified
    return ticket.analyst is not None or ticket.status != "open"


def _replied(event: l.ReplyAdded) -> dict[str, Any]:
    said = {"text": event.text, "sender": event.sender, "verified": event.verified}
    return {**said, "attachments": files(event.attachments)}


def _refused(event: l.ReplyAdded, code: str) -> dict[str, Any]:
    return {"text": event.text, "refused": code, "attachments": files(event.attachments)}


def _handed_over(event: l.TicketReclassified, directory: Directory) -> Notices:
    for change in event.changes:
        if change.field == "analyst" and change.new not in (None, event.by.key):
            facts = {"text": event.reason, "by": _name(event.by), "rule": None}
            yield "assigned", recipients.analyst(str(change.new), directory), facts


def _mentioned(event: l.NoteAdded, directory: Directory) -> Notices:
    """Those of the mentioned who are in use; a writer knows what they wrote."""
    facts = {"text": event.text, "by": _name(event.by), "attachments": files(event.attachments)}
    for key in dict.fromkeys(event.mentions):
        if key != event.by.key and directory.get(Analyst, key) is not None:
            yield "mentioned", recipients.analyst(key, directory), facts


def _reopened(event: l.TicketReopened | l.ClosureUndone, ticket: Ticket, directory: Directory) -> Notices:
    """Whoever of the desk reopened it themselves knows."""
    said: dict[str, Any] = {"text": "", "undone": True}
    if isinstance(event, l.TicketReopened):
        said = {"text": event.reason, "attachments": files(event.attachments), "undone": False}
    by = "" if event.by.role == "requester" else _name(event.by)
    facts = {**said, "reopened_by": by}
    for to in recipients.responsible(ticket, directory):
        if to.key != f"analyst:{event.by.key}":
            yield "reopened_analyst", to, facts


def _bounced(event: l.BounceAdded, ticket: Ticket, directory: Directory) -> Notices:
    """The responsible are told, except whoever's own mail it was that came back: that would go on for ever.

    Where nobody is left, the managers.
    """
    facts = {"recipient": event.recipient, "status": event.status, "text": event.diagnostic}
    for audience in (recipients.responsible, recipients.managers):
        told = [to for to in audience(ticket, directory) if to.address.lower() != event.recipient.lower()]
        for to in told:
            yield "bounce", to, facts
        if told:
            return


def _alarmed(event: sla.ClockWarned | sla.ClockBreached, ticket: Ticket, directory: Directory) -> Notices:
    """A warning, or a breach, as far up as its stage has it; all are told who answers for the ticket."""
    answers_for_it = recipients.analyst(ticket.analyst, directory).name if ticket.analyst else ""
    facts: dict[str, Any] = {"clock": event.clock, "responsible": answers_for_it}
    template: Template
    if isinstance(event, sla.ClockWarned):
        # Whoever answers for it still hears of what somebody sees to already.
        template, stage = "warning", 0 if event.acknowledged else event.stage
        facts |= {"cycle": event.cycle, "stage": event.stage, "due_at": event.due_at.isoformat()}
    else:
        template, stage = "breach", BREACH
        facts |= {"due_at": event.at.isoformat(), "cause": event.cause}
    for to in recipients.escalated(ticket, directory, stage):
        yield template, to, facts


def _of_project(event: Event, ticket: Ticket, directory: Directory) -> Notices:
    match event:
        case l.ApprovalRequested():
            facts = {"text": event.text, "by": _name(event.by), "revision": event.revision}
            asked = [*recipients.managers(ticket, directory), *recipients.approvers(ticket, directory)]
            for to in recipients.once(asked):
                if to.key != f"analyst:{event.by.key}":
                    yield "approval_wanted", to, facts
        case l.ProjectApproved():
            for to in _who_asked(ticket, directory):
                yield "approved", to, {"text": event.text, "by": _name(event.by)}
        case l.ProjectSentBack():
            for to in _who_asked(ticket, directory):
                yield "sent_back", to, {"text": event.reason, "by": _name(event.by)}
        case l.ProjectRejected():
            for to in _who_asked(ticket, directory):
                yield "rejected", to, {"text": event.reason, "by": _name(event.by)}


def _who_asked(ticket: Ticket, directory: Directory) -> list[Recipient]:
    """Who asked for the decision; if nobody is known to have, or they have left, who answers for the ticket."""
    if directory.get(Analyst, ticket.asked_by) is not None:
        return [recipients.analyst(ticket.asked_by, directory)]
    return recipients.responsible(ticket, directory)
