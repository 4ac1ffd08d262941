"""A form that a person sent from one of our pages."""

from hashlib import sha256
from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from contracts.envelope import Attachment, Command
from services.gateway.files import FileRefused, kept
from services.gateway.portal import Visit

FIELDS_MAX = 60
"""Fields of an ordinary form; those with rows say how many they may have."""
_PLACE_DIGITS = 6
"""Of the place of a row: more than any form of ours has."""
REFUSED, FAULT = 422, 503
"""How a page answers that did not do what was asked: a rule said no, or a service was away."""


def new_key() -> str:
    """The idempotency key that a form carries from its page: sent twice, it is done once."""
    return str(uuid4())


def owned_key(origin: str, login: str, key: str) -> str:
    """An idempotency key of one person: nobody gets the answer to another's by guessing it."""
    return f"{origin}:{sha256(login.encode()).hexdigest()[:16]}:{key}"


def for_command(key: str, command: Command, *, aside: frozenset[str] = frozenset()) -> str:
    """The key of one command: the same key with another command asks for another thing, and gets it.

    Fields set `aside` make no other command of it.
    """
    asked = f"{command.topic} {command.model_dump_json(exclude=set(aside))}"
    return f"{key}:{sha256(asked.encode()).hexdigest()[:16]}"


class Typed(dict[str, str]):
    """What was typed, by field; nothing for a field that was not sent."""

    def __missing__(self, name: str) -> str:
        return ""


class Form:
    """The fields and files of a form whose origin was checked."""

    def __init__(self, data: FormData, visit: Visit) -> None:
        self._data = data
        self._visit = visit

    @classmethod
    async def of(cls, visit: Visit, fields_max: int = FIELDS_MAX) -> "Form":
        """Read the form. Raises Forged when it is not from a page of this session."""
        settings = visit.portal.settings
        data = await visit.request.form(max_files=settings.files_max + 1, max_fields=fields_max)
        form = cls(data, visit)
        visit.must_be_ours(form.text("csrf"))
        return form

    def text(self, name: str) -> str:
        """A field as typed, its line ends as one character; empty when it was not sent."""
        value = self._data.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be sent more than once, the empty ones left out."""
        values = (value.strip() for value in self._data.getlist(name) if isinstance(value, str))
        return tuple(value for value in values if value)

    def rows(self, prefix: str) -> list[dict[str, str]]:
        """The rows of a table of inputs, `<prefix>-<row>-<column>`, in order; those left empty are left out."""
        found: dict[int, dict[str, str]] = {}
        for name in self._data:
            place, _, column = name.removeprefix(f"{prefix}-").partition("-")
            if name.startswith(f"{prefix}-") and place.isdecimal() and len(place) <= _PLACE_DIGITS and column:
                found.setdefault(int(place), {})[column] = self.text(name)
        return [row for _, row in sorted(found.items()) if any(row.values())]

    @property
    def typed(self) -> "Typed":
        """Every field as typed, to show it again."""
        return Typed({name: self.text(name) for name in self._data})

    def key(self, command: Command) -> str:
        """The idempotency key of what was asked on the page, which nobody else can have used.

        Browsers bring a page back with its old key. What is asked on it then is done, unless it is the same.
        """
        person = self._visit.person
        try:
            key = str(UUID(self.text("key")))
        except ValueError:
            key = new_key()
        # Without files: after a fault the page comes back without them.
        key = for_command(key, command, aside=frozenset({"attachments"}))
        return owned_key("web", person.login if person else "link", key)

    async def attachments(self, *, accepted: bool = True) -> tuple[Attachment, ...]:
        """The files sent, stored. Raises FileRefused, also for any file where none is accepted."""
        files = [value for value in self._data.getlist("files") if isinstance(value, UploadFile)]
        uploads = [file for file in files if file.filename]
        if uploads and not accepted:
            raise FileRefused("not_here")
        return tuple(await kept(uploads, self._visit.portal.blobs, self._visit.portal.settings))


def wrong_fields(error: ValidationError, visit: Visit) -> str:
    """What a person is told of a form that says too little, or something else than it asks for."""
    names = dict.fromkeys(str(each["loc"][0]) for each in error.errors() if each["loc"])
    known = [visit.words(f"field.{name}") for name in names if visit.words.has(f"field.{name}")]
    if not known:
        return visit.words("refused.malformed")
    return visit.words("form.wrong", fields=", ".join(known))
