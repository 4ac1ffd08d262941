"""A form that a person sent from one of our pages."""

from hashlib import sha256
from uuid import UUID, uuid4

from starlette.datastructures import FormData, UploadFile

from contracts.envelope import Attachment
from services.gateway.files import FileRefused, kept
from services.gateway.portal import Visit

_FIELDS_MAX = 60


def new_key() -> str:
    """The idempotency key that a form carries from its page: sent twice, it is done once."""
    return str(uuid4())


def owned_key(origin: str, login: str, key: str) -> str:
    """An idempotency key of one person: nobody gets the answer to another's by guessing it."""
    return f"{origin}:{sha256(login.encode()).hexdigest()[:16]}:{key}"


class Form:
    """The fields and files of a form whose origin was checked."""

    def __init__(self, data: FormData, visit: Visit) -> None:
        self._data = data
        self._visit = visit

    @classmethod
    async def of(cls, visit: Visit) -> "Form":
        """Read the form. Raises Forged when it is not from a page of this session."""
        settings = visit.portal.settings
        data = await visit.request.form(max_files=settings.files_max + 1, max_fields=_FIELDS_MAX)
        form = cls(data, visit)
        visit.must_be_ours(form.text("csrf"))
        return form

    def text(self, name: str) -> str:
        """A field as typed, its line ends as one character; empty when it was not sent."""
        value = self._data.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def key(self) -> str:
        """The idempotency key, which nobody else can have used."""
        person = self._visit.person
        try:
            key = str(UUID(self.text("key")))
        except ValueError:
            key = new_key()
        return owned_key("web", person.login if person else "link", key)

    async def attachments(self, *, accepted: bool = True) -> tuple[Attachment, ...]:
        """The files sent, stored. Raises FileRefused, also for any file where none is accepted."""
        files = [value for value in self._data.getlist("files") if isinstance(value, UploadFile)]
        uploads = [file for file in files if file.filename]
        if uploads and not accepted:
            raise FileRefused("not_here")
        return tuple(await kept(uploads, self._visit.portal.blobs, self._visit.portal.settings))
