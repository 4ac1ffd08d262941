"""What may be asked of the services, by request on `command.<service>` with a `Request` around it.

The gateway is the only caller: it knows who asks (`Request.by`), the service decides whether they may.
"""

from types import new_class
from typing import Annotated, Self, cast
from uuid import UUID

from pydantic import Field

from contracts.directory import Kind
from contracts.envelope import (
    ATTACHMENTS_MAX,
    COMMANDS,
    Attachment,
    Channel,
    Command,
    Key,
    Subject,
    Text,
)
from contracts.lifecycle import Classification, CloseReason

Attachments = Annotated[tuple[Attachment, ...], Field(max_length=ATTACHMENTS_MAX)]
Said = Annotated[Text, Field(min_length=1)]


class DefineRecord(Command, owner="directory"):
    """Add or change one record; `expected_version` 0 for a new one, left out to write whatever stands."""

    kind: Kind
    key: Key
    record: dict[str, object]
    active: bool = True
    expected_version: int | None = None


class SubmitTicket(Command, owner="intake"):
    """Open a ticket: by the requester on the web, or by the analyst who answers the phone for a caller."""

    channel: Channel
    requester: Key
    application: Key
    subject: Annotated[Subject, Field(min_length=1)]
    text: Said
    classification: Classification = "question"
    attachments: Attachments = ()


class SubmitReply(Command, owner="intake"):
    """A requester writes on a ticket in the portal."""

    ticket_id: UUID
    text: Said
    attachments: Attachments = ()


class AcceptParked(Command, owner="intake"):
    """Open the parked message as a ticket of a registered contact: its clock counts from the receipt."""

    submission_id: UUID
    requester: Key
    application: Key


class RejectParked(Command, owner="intake"):
    """Refuse the parked message for a reason that is kept."""

    submission_id: UUID
    detail: Annotated[Text, Field(min_length=1, max_length=1000)]
    spam: bool = False


class _OnTicket(Command):
    ticket_id: UUID


class TakeTicket(_OnTicket, owner="lifecycle"):
    """The analyst takes the ticket from the queue: it is theirs, and work begins."""


class AssignTicket(_OnTicket, owner="lifecycle"):
    """Hand the ticket to an analyst, for a reason that is kept."""

    analyst: Key
    reason: Text = ""


class PublishAnswer(_OnTicket, owner="lifecycle"):
    """Answer in public: the requester is told by e-mail."""

    text: Said
    attachments: Attachments = ()


class AddNote(_OnTicket, owner="lifecycle"):
    """Note something that only the desk sees."""

    text: Said
    attachments: Attachments = ()


class AwaitCustomer(_OnTicket, owner="lifecycle"):
    """Ask the customer for something the desk cannot go on without."""

    text: Said


class ResumeTicket(_OnTicket, owner="lifecycle"):
    """Go on with a ticket that waited."""


class ResolveTicket(_OnTicket, owner="lifecycle"):
    """Say that the demand is answered."""

    text: Said


class ReopenTicket(_OnTicket, owner="lifecycle"):
    """Contest a resolution."""

    text: Said


class CloseTicket(_OnTicket, owner="lifecycle"):
    """End the ticket for good, for a reason."""

    reason: CloseReason
    text: Text = ""


class RateResolution(_OnTicket, owner="lifecycle"):
    """Rate a resolution, 1 (worst) to 5 (best); a second rating of the same one corrects the first."""

    resolution: Annotated[int, Field(ge=1)]
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Text = ""


class RetryNotification(Command, owner="notifier"):
    """Send an abandoned notification once more."""

    notification_id: UUID


class RetryDeadLetter(Command):
    """Apply an entry of another service's journal once more that could not be applied, and was parked.

    Each service that follows others has its own, for example `sla.RetryDeadLetter`: `to("sla")`.
    """

    source: Annotated[str, Field(max_length=40, pattern=r"^[a-z]+$")]
    partition: Annotated[int, Field(ge=0, le=32767)]
    position: Annotated[int, Field(ge=1, lt=2**63)]

    @classmethod
    def to(cls, service: str) -> type[Self]:
        """The same command as that service answers it."""
        return cast("type[Self]", COMMANDS[f"{service}.{cls.__name__}"])


class SettleDeadLetter(RetryDeadLetter):
    """Decide that nothing has to follow from a parked entry, for a reason that is kept."""

    reason: Annotated[Text, Field(min_length=1, max_length=1000)]


def _answered_by(service: str, command: type[Command]) -> None:
    body = {"__module__": __name__, "__doc__": command.__doc__}
    new_class(command.__name__, (command,), {"owner": service}, lambda namespace: namespace.update(body))


for _service in ("intake", "lifecycle", "sla", "notifier", "gateway"):
    _answered_by(_service, RetryDeadLetter)
    _answered_by(_service, SettleDeadLetter)
