"""How a fact travels: its topic, its JSON, and the words shared by every contract.

An event class says who owns it and which version it is; its *topic* is `<owner>.<Name>.v<version>`,
for example `lifecycle.TicketResolved.v1`. A published version never changes in a way that an old
reader could not read: a new meaning is a new version, a class beside the old one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema, from_json

SUBJECT_MAX = 500
"""Characters of a ticket's subject. Source: DECISIONS.md, 2026-11-22, input limits."""
TEXT_MAX = 50_000
"""Characters of one text in an event; what is longer is kept whole as an attachment.

Source: a NATS message holds 1 MiB, and one escaped character takes at most 6 bytes: two texts fit.
"""
ATTACHMENTS_MAX = 100
"""Attachments of one submission. Source: DECISIONS.md, 2026-11-22, input limits."""
FILE_SIZE_MAX = 2**53 - 1
"""Bytes of one file, as far as anybody may say. Source: RFC 8259, section 6: integers that all programs read alike."""


TRACEPARENT = "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
"""The pattern of a `traceparent`. Source: W3C Trace Context, section 3.2.2."""


_NUL = rb"\u0000"
_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""A NUL as JSON escapes it: after an even number of backslashes, or it is six characters that somebody wrote."""


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Marks a field that identifies a person, and says whose it is, so that it can be sealed later."""

    subject: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "x-personal-data": self.subject}

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return handler(source)


Key = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$")]
"""The name of a directory record: stable, never shown as the only label."""
Name = Annotated[str, Field(max_length=200)]
Subject = Annotated[str, Field(max_length=SUBJECT_MAX)]
Text = Annotated[str, Field(max_length=TEXT_MAX)]
PersonName = Annotated[str, Field(max_length=200), PersonalData("requester")]
Email = Annotated[str, Field(max_length=320), PersonalData("requester")]
PersonalText = Annotated[str, Field(max_length=TEXT_MAX), PersonalData("requester")]
PersonalSubject = Annotated[str, Field(max_length=SUBJECT_MAX), PersonalData("requester")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Instant = AwareDatetime
"""An instant, aware; UTC on the wire."""

Channel = Literal["web", "email", "phone"]
Language = Literal["pt-BR", "en"]
Role = Literal["requester", "analyst", "manager", "auditor", "system"]


class Frozen(BaseModel):
    """A value of a contract: frozen; unknown fields are left aside so that older readers go on."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Actor(Frozen):
    """Who did it: a directory key and the role in which it was done; `system` for the desk itself."""

    role: Role
    key: str = Field(max_length=200)
    name: Name = ""


SYSTEM = Actor(role="system", key="desk")


class Attachment(Frozen):
    """A file kept content-addressed: `sha256` is its address in the blob store, `size` its bytes."""

    name: Annotated[str, Field(max_length=255)]
    content_type: Annotated[str, Field(max_length=200)]
    size: int = Field(ge=0)
    sha256: Sha256
    inline: bool = False
    content_id: Annotated[str, Field(max_length=500)] = ""


def _of_a_size_that_files_have(file: Attachment) -> Attachment:
    if file.size > FILE_SIZE_MAX:
        raise ValueError("no file is that large")
    return file


HandedIn = Annotated[Attachment, AfterValidator(_of_a_size_that_files_have)]
"""An attachment as somebody from outside describes it. Only the door asks: what history holds is read whatever it says."""


class Event(Frozen):
    """Something that happened. Subclass with `owner=` and, when it is not the first, `version=`."""

    topic: ClassVar[str] = ""
    owner: ClassVar[str] = ""

    def __init_subclass__(cls, *, owner: str = "", version: int = 1, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if owner:
            cls.owner = owner
            cls.topic = f"{owner}.{cls.__name__}.v{version}"
            if EVENTS.setdefault(cls.topic, cls) is not cls:
                raise TypeError(f"two events claim the topic {cls.topic}")

    def encoded(self) -> bytes:
        """The JSON that is stored, chained and published, byte for byte.

        A NUL becomes U+FFFD here, once for all contracts: PostgreSQL text and jsonb cannot hold it.
        """
        data: bytes = self.__pydantic_serializer__.to_json(self)
        return _ESCAPED_NUL.sub(rb"\1\\ufffd", data) if _NUL in data else data


EVENTS: dict[str, type[Event]] = {}
"""Every event that can be read, by topic."""


class UnknownTopicError(LookupError):
    """A topic that no contract names: written by a newer release, or not ours."""


def decode(topic: str, data: bytes) -> Event:
    """The event behind stored bytes.

    Raises:
        UnknownTopicError: no contract names the topic.
        pydantic.ValidationError: the bytes do not hold such an event.
    """
    event_type = EVENTS.get(topic)
    if event_type is None:
        raise UnknownTopicError(topic)
    return event_type.__pydantic_validator__.validate_json(data)  # type: ignore[no-any-return]


def validated(topic: str, data: Any) -> Event:
    """The event behind JSON that is parsed already. Raises as `decode`."""
    event_type = EVENTS.get(topic)
    if event_type is None:
        raise UnknownTopicError(topic)
    return event_type.__pydantic_validator__.validate_python(data)  # type: ignore[no-any-return]


class Command(Frozen):
    """Something a person or a service asks for. Subclass with `owner=`, the service that decides."""

    topic: ClassVar[str] = ""
    owner: ClassVar[str] = ""

    def __init_subclass__(cls, *, owner: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if owner:
            cls.owner = owner
            cls.topic = f"{owner}.{cls.__name__}"
            COMMANDS[cls.topic] = cls


COMMANDS: dict[str, type[Command]] = {}


class Request(Frozen):
    """A command on its way: `id` is the idempotency key; the same key twice gives the same answer once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    type: str
    by: Actor
    data: dict[str, Any]
    trace: Annotated[str, Field(pattern=rf"^({TRACEPARENT})?$")] = ""

    def command(self) -> Command:
        """The command inside.

        Raises:
            UnknownTopicError: no contract names its type.
            pydantic.ValidationError: its data are not of its form.
        """
        command_type = COMMANDS.get(self.type)
        if command_type is None:
            raise UnknownTopicError(self.type)
        return command_type.model_validate(self.data)


class Reply(Frozen):
    """The answer to a command.

    `done`: `partition` and `position` say where it was recorded (0 where nothing new had to be);
    `refused`: `code` and `facts` say which rule said no; `fault`: try again with the same key.
    """

    outcome: Literal["done", "refused", "fault"]
    code: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    service: str = ""
    partition: int = 0
    position: int = 0
    result: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The reply in these bytes. Raises pydantic.ValidationError."""
        return cls.model_validate(from_json(data))


def ticket_number(year: int, sequence: int) -> str:
    """`2026-000123`: gapless per calendar year of the desk's time zone."""
    return f"{year}-{sequence:06d}"


def partition_of(stream: UUID, partitions: int) -> int:
    """The partition of a ticket, the same in every service: its id modulo their count.

    Ids are SHA-1 or random UUIDs, uniform in their last 48 bits, so no further hash is needed.
    """
    return stream.node % partitions
