"""What every page and API call has at hand, and one visit of one person."""

import contextlib
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from contracts.envelope import Language, Reply
from journal.blobs import Blobs
from journal.clock import Clock
from journal.directory import Directory
from journal.errors import NotYet
from journal.tokens import KeyRing
from services.gateway.asking import Asker
from services.gateway.logins import Logins
from services.gateway.names import Names
from services.gateway.reading import Views
from services.gateway.roles import Person, may_see, person_of
from services.gateway.rows import TicketRow
from services.gateway.said import said
from services.gateway.settings import GatewaySettings
from services.gateway.words import LANGUAGES, Words, preferred

HERE = Path(__file__).parent
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?")
DEFAULT_ZONE = "America/Sao_Paulo"
"""Until the desk's own record is here. Source: domain page, Business time."""


@dataclass(frozen=True)
class Portal:
    """The parts behind the pages."""

    views: Views
    logins: Logins
    asker: Asker
    directory: Directory
    blobs: Blobs
    clock: Clock
    settings: GatewaySettings
    keys: KeyRing
    https: bool = False

    @cached_property
    def session_secret(self) -> str:
        """Signs session cookies: derived, so that no cookie passes for a link or the other way round."""
        return hmac.new(self.keys.keys[0].secret, b"portal session", hashlib.sha256).hexdigest()

    @cached_property
    def templates(self) -> Environment:
        """The pages' templates; whatever goes into them is escaped."""
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["said"] = said
        return environment

    @property
    def zone(self) -> ZoneInfo:
        """The desk's time zone."""
        try:
            return ZoneInfo(self.directory.desk.time_zone)
        except NotYet:
            return ZoneInfo(DEFAULT_ZONE)

    @property
    def today(self) -> date:
        """The desk's local date."""
        return self.clock.now().astimezone(self.zone).date()


class LoginNeeded(Exception):  # noqa: N818 - an outcome
    """Nobody is logged in; after logging in they come back to where they wanted to go."""


class NotAllowed(Exception):  # noqa: N818 - an outcome
    """The person may not see or do this."""


class NotHere(Exception):  # noqa: N818 - an outcome
    """There is no such thing, or none that this person may know of."""


class Forged(Exception):  # noqa: N818 - an outcome
    """A form that did not come from a page of ours, or from a session that is over."""


class Visit:
    """One request: who makes it, in which language, and how an answer is made."""

    def __init__(self, request: Request, portal: Portal, person: Person | None) -> None:
        self.request = request
        self.portal = portal
        self.person = person
        self.now: datetime = portal.clock.now()
        self.words = Words(self._language(), portal.zone)

    @classmethod
    async def of(cls, request: Request) -> "Visit":
        """The visit, with the person behind its session as login and directory say now."""
        portal: Portal = request.app.state.portal
        session = request.session.get("id")
        login = await portal.logins.of(session) if session else None
        person = person_of(login, portal.directory) if login else None
        return cls(request, portal, person)

    @classmethod
    async def of_person(cls, request: Request) -> "Visit":
        """The same, for somebody logged in. Raises LoginNeeded."""
        visit = await cls.of(request)
        if visit.person is None:
            raise LoginNeeded
        return visit

    def _language(self) -> Language:
        chosen = self.request.session.get("language")
        if chosen in LANGUAGES:
            return cast("Language", chosen)
        if asked := self.request.headers.get("accept-language"):
            return preferred(asked)
        return self.person.language if self.person else "pt-BR"

    @property
    def somebody(self) -> Person:
        """The person. Raises LoginNeeded."""
        if self.person is None:
            raise LoginNeeded
        return self.person

    @property
    def csrf(self) -> str:
        """The session's secret, which every form of ours carries."""
        token = self.request.session.get("csrf")
        if token is None:
            token = self.request.session["csrf"] = secrets.token_urlsafe(24)
        return str(token)

    def must_be_ours(self, token: str) -> None:
        """Raises Forged unless the token is the session's."""
        known = self.request.session.get("csrf", "")
        if not known or not hmac.compare_digest(token.encode(), known.encode()):
            raise Forged

    def must_read_all(self) -> None:
        """Raises NotAllowed for requesters."""
        if not self.somebody.reads_all:
            raise NotAllowed

    def must_oversee(self) -> None:
        """Raises NotAllowed for requesters and analysts."""
        if not self.somebody.oversees:
            raise NotAllowed

    def must_work(self) -> None:
        """Raises NotAllowed for requesters and auditors."""
        if not self.somebody.is_staff:
            raise NotAllowed

    @cached_property
    def names(self) -> Names:
        """Keys of the directory as the names that people know, in this language."""
        return Names(self.portal.directory, self.words)

    def refusal(self, reply: Reply) -> str:
        """Why it was not done and what to do next, in words."""
        facts = {name: told(name, value, self) for name, value in reply.facts.items()}
        return self.words.refusal(reply.code, facts)

    async def ticket(self, number: str) -> TicketRow:
        """A ticket that this person may see. Raises NotHere, also for those of other companies."""
        row = await self.portal.views.ticket(number)
        if row is None or not may_see(self.somebody, row):
            raise NotHere
        return row

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page in the person's language."""
        text = self.portal.templates.get_template(template).render(
            t=self.words,
            visit=self,
            me=self.person,
            now=self.now,
            names=self.names,
            **context,
        )
        return HTMLResponse(text, status, {"Content-Language": self.words.language})


def told(name: str, value: object, visit: Visit) -> object:
    """A fact of a refusal as people know it: names for keys, dates and instants as they are written here."""
    names: dict[str, Callable[[str], str]] = {
        "analyst": visit.names.analyst,
        "area": visit.names.area,
        "application": visit.names.application,
        "contact": visit.names.contact,
        "customer": visit.names.customer,
    }
    if name in names:
        return names[name](str(value))
    if isinstance(value, str) and _ISO.fullmatch(value):
        # A key may read like a date that no calendar has.
        with contextlib.suppress(ValueError, OverflowError):
            return visit.words.moment(value)
    return value
