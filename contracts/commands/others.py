"""Commands that several services answer, and those of the notifier."""

from types import new_class
from typing import Annotated, Self, cast
from uuid import UUID

from pydantic import Field

from contracts.directory import MailTemplate
from contracts.envelope import COMMANDS, Command, Email, Frozen, Language, Text
from contracts.notifier import Template


class RetryNotification(Command, owner="notifier"):
    """Send an abandoned notification once more."""

    notification_id: UUID


class RestoreAddress(Command, owner="notifier"):
    """Write again to an address that was suspended since its mail kept coming back, for a reason that is kept."""

    address: Email
    reason: Annotated[Text, Field(min_length=1, max_length=1000)]


class PreviewTemplate(Command, owner="notifier"):
    """Ask how an e-mail reads, on facts made up for it: `Previewed`. Reads only.

    With `record` in the words that it has, saved or not; without one in those that the desk comes with.
    """

    template: Template
    language: Language
    record: MailTemplate | None = None


class Previewed(Frozen):
    """An e-mail as it would go out; `html` is a whole page without scripts or anything fetched from elsewhere."""

    subject: str
    text: str
    html: str


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
