"""The web and the phone: what people ask for through the gateway, answered while they wait."""

from typing import Any
from uuid import UUID, uuid5

from contracts import commands as c
from contracts.directory import Contact
from contracts.envelope import Command, Request
from contracts.intake import Delivered
from journal import telemetry
from journal.directory import Directory
from journal.errors import Refused
from journal.work import Work
from services.intake import lookups
from services.intake.reception import Reception
from services.intake.submission import Arrival, Submission, submission_stream


class Portal:
    """Answers `command.intake`."""

    def __init__(self, reception: Reception, directory: Directory) -> None:
        self._reception = reception
        self._directory = directory

    async def handle(self, work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
        """What became of the message; Refused where a rule says no."""
        trace = telemetry.child(request.trace or telemetry.start(), f"intake {type(command).__name__}")
        match command:
            case c.SubmitTicket():
                arrival = await self._ticket(work, command, request)
                await self._reception.take_in(work, [arrival], [trace])
                return _answer(work, arrival.submission_id)
            case c.SubmitReply():
                arrival = await self._reply(work, command, request)
                await self._reception.take_in(work, [arrival], [trace])
                return _answer(work, arrival.submission_id)
            case c.AcceptParked() | c.RejectParked():
                await self._reception.settle(work, command, request.by, trace)
                return _answer(work, command.submission_id)
            case c.ImportTickets():
                return await self._reception.bring_in(work, command, request.by, trace)
        raise Refused("unknown_command")

    async def _ticket(self, work: Work[Any], command: c.SubmitTicket, request: Request) -> Arrival:
        by, follows = request.by, None
        if command.channel == "email":
            raise Refused("not_a_channel", channel=command.channel)
        if command.follows is not None:
            follows = await lookups.ticket(await work.connection(), command.follows, proven=False)
            if follows is None:
                raise Refused("no_such_ticket")
        return Arrival(
            submission_id=_identity(request),
            delivered=self._delivered(work, command.channel, command.requester, command),
            by=by,
            requester=command.requester,
            application=command.application,
            classification=command.classification,
            analyst=by.key if command.channel == "phone" else None,
            follows=follows,
            asked=True,
        )

    async def _reply(self, work: Work[Any], command: c.SubmitReply, request: Request) -> Arrival:
        match = await lookups.ticket(await work.connection(), command.ticket_id, proven=False)
        contact = self._directory.get(Contact, request.by.key)
        if match is None:
            raise Refused("no_such_ticket")
        if contact is None or contact.customer != match.customer:
            raise Refused("not_allowed", role=request.by.role)
        return Arrival(
            submission_id=_identity(request),
            delivered=self._delivered(work, "web", request.by.key, command),
            by=request.by,
            requester=request.by.key,
            match=match,
            asked=True,
        )

    def _delivered(
        self, work: Work[Any], channel: str, requester: str, command: c.SubmitTicket | c.SubmitReply
    ) -> Delivered:
        contact = self._directory.get(Contact, requester)
        if contact is None:
            raise Refused("no_such_contact", contact=requester)
        return Delivered.model_validate(
            {
                "channel": channel,
                "via": "portal",
                "received_at": work.now,
                "sender": contact.addresses[0],
                "sender_name": contact.name,
                "subject": command.subject if isinstance(command, c.SubmitTicket) else "",
                "text": command.text,
                "attachments": command.attachments,
            }
        )


def _identity(request: Request) -> UUID:
    return uuid5(submission_stream("portal", request.by.key), request.id)


def _answer(work: Work[Submission], submission_id: UUID) -> dict[str, Any]:
    return work.state(submission_id).answer(str(submission_id))
