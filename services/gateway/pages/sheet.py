"""A ticket's page as one person may see it: what it shows, what it offers, what was typed last."""

from dataclasses import dataclass, field
from typing import Any, get_args

from starlette.responses import Response

from contracts.directory import Analyst, Application, Area, CannedAnswer, Contact, ServiceKind
from contracts.words import Classification, CloseReason, Criticality, Level, Link, Priority, Severity
from journal.placeholders import fill
from journal.tokens import make_rating_token
from services.gateway.clock_rows import ClockRow
from services.gateway.estimates import estimate
from services.gateway.forms import Typed, new_key
from services.gateway.offers import Action, close_reasons, may_edit, offered
from services.gateway.portal import Visit
from services.gateway.roles import STAFF
from services.gateway.rows import TicketRow
from services.gateway.situation import Situation, Written, situation_of
from services.gateway.story import story_of

SAYING: tuple[Action, ...] = ("answer", "note", "await", "resolve", "reply", "reopen")
"""Actions with a text of their own: one box to write in, and a choice of what it is."""
CHOICES: dict[str, tuple[str, ...]] = {
    "classification": get_args(Classification),
    "level": get_args(Level),
    "criticality": get_args(Criticality),
    "severity": get_args(Severity),
    "priority": get_args(Priority),
    "link": get_args(Link),
    "close_reason": get_args(CloseReason),
}
"""The closed lists that the forms of a ticket choose from."""


@dataclass(slots=True)
class Sheet:
    """One ticket in front of one person. `typed` is what they sent last, `action` what they asked for."""

    visit: Visit
    ticket: TicketRow
    clocks: list[ClockRow]
    situation: Situation
    about: dict[str, Any]
    typed: Typed = field(default_factory=Typed)
    action: str = ""

    @property
    def offered(self) -> tuple[Action, ...]:
        """What the person may do now, in the order of the page."""
        return offered(self.situation, self.visit.somebody)

    @property
    def editable(self) -> dict[str, Written]:
        """What the person may edit, by the moment of the timeline that shows it."""
        person = self.visit.somebody
        return {
            moment: written
            for moment, written in self.situation.said.items()
            if may_edit(person, written.author)
        }

    @property
    def canned(self) -> list[tuple[str, str, str]]:
        """The canned answers of the ticket's area and of all: key, title, text with its blanks filled."""
        if "answer" not in self.offered:
            return []
        facts = self._blanks()
        return sorted(
            (
                (key, each.title, fill(_in_language(each, self), facts))
                for key, each in self.visit.portal.directory.all(CannedAnswer)
                if each.area in (None, self.ticket.area)
            ),
            key=lambda one: one[1],
        )

    def insert_canned(self, key: str) -> bool:
        """Add a canned answer to what was typed, for browsers without scripts; whether there is such a one."""
        text = next((text for known, _, text in self.canned if known == key), None)
        if text is None:
            return False
        before = self.typed["text"]
        self.typed = Typed({**self.typed, "text": f"{before}\n\n{text}" if before else text})
        self.action = self.typed["action"]
        return True

    def page(self, template: str, status: int = 200, *, problem: str = "", key: str = "") -> Response:
        """The page; `problem` says why the last action was not done."""
        possible = self.offered
        return self.visit.page(
            template,
            status,
            **self.about,
            ticket=self.ticket,
            now_is=self.situation,
            clocks=self.clocks,
            offered=possible,
            saying=[each for each in possible if each in SAYING],
            editable=self.editable,
            canned=self.canned,
            close_reasons=close_reasons(self.situation, self.visit.somebody),
            choices=CHOICES,
            problem=problem,
            typed=self.typed,
            action=self.action,
            key=key or new_key(),
            new_key=new_key,
            done=self.visit.request.query_params.get("done", ""),
        )

    def _blanks(self) -> dict[str, object]:
        """What stands for the placeholders of a canned answer. Source: journal/placeholders.py."""
        ticket, names, words = self.ticket, self.visit.names, self.visit.words
        due = min((each.due_at for each in self.clocks if each.due_at and not each.lapsed), default=None)
        return {
            "requester": names.contact(ticket.requester),
            "customer": names.customer(ticket.customer),
            "number": ticket.number,
            "subject": ticket.subject,
            "application": names.application(ticket.application),
            "analyst": self.visit.somebody.name,
            "due": words.instant(due),
        }


async def _suspended(visit: Visit, ticket: TicketRow) -> list[str]:
    """Those of the requester's addresses that the desk writes to no more."""
    contact = visit.portal.directory.known(Contact, ticket.requester)
    return await visit.portal.views.suspended_of(contact.addresses) if contact else []


def _in_language(answer: CannedAnswer, sheet: Sheet) -> str:
    """In the requester's language, where it is written in it."""
    contact = sheet.visit.portal.directory.known(Contact, sheet.ticket.requester)
    language = contact.language if contact else sheet.visit.words.language
    return answer.texts.get(language) or next(iter(answer.texts.values()))


async def sheet_of(visit: Visit, ticket: TicketRow) -> Sheet:
    """Everything that the pages of a ticket show."""
    views, person, directory = visit.portal.views, visit.somebody, visit.portal.directory
    stamp = await views.length(ticket.ticket_id)
    story = await story_of(views, ticket, person)
    clocks = await views.clocks(ticket.ticket_id)
    situation = situation_of(ticket, story.history, directory, clocks)
    about: dict[str, Any] = {
        "stamp": stamp,
        "moments": story.moments,
        "numbers": story.numbers,
        "estimate": await estimate(views, directory, ticket, visit.now),
        "undelivered": await views.undelivered(ticket.ticket_id) if person.reads_all else set(),
        "suspended": await _suspended(visit, ticket) if person.reads_all else [],
        "linked": await views.ticket_of(ticket.linked_to) if ticket.linked_to else None,
        "followers": await views.linked_from(ticket.ticket_id),
        "rating": _rating_link(visit, ticket),
    }
    if person.role in STAFF:
        about |= _directory_of(visit)
    return Sheet(visit, ticket, clocks, situation, about)


async def page_of(
    visit: Visit, ticket: TicketRow, status: int = 200, *, template: str = "ticket.html", problem: str = ""
) -> Response:
    """A page of a ticket, nothing typed yet."""
    return (await sheet_of(visit, ticket)).page(template, status, problem=problem)


def _directory_of(visit: Visit) -> dict[str, Any]:
    """What the forms of staff choose from, by name; of analysts whether they are away today, until when."""
    directory, today = visit.portal.directory, visit.portal.today
    analysts = sorted(
        (pair for pair in directory.all(Analyst) if pair[1].role in STAFF), key=lambda pair: pair[1].name
    )
    away = {key: absence for key, analyst in analysts if (absence := analyst.absent_on(today))}
    return {
        "analysts": analysts,
        "away": away,
        "today": today,
        "areas": sorted(directory.all(Area), key=lambda pair: pair[1].name),
        "kinds": sorted(directory.all(ServiceKind), key=lambda pair: pair[1].name),
        "applications": sorted(directory.all(Application), key=lambda pair: pair[1].name),
    }


def _rating_link(visit: Visit, ticket: TicketRow) -> str | None:
    """Where the requester of a resolved ticket may rate it, as the link in their e-mail says."""
    if ticket.status != "resolved" or visit.somebody.key != ticket.requester or visit.somebody.is_staff:
        return None
    return f"/rate/{make_rating_token(ticket.ticket_id, ticket.resolution, visit.portal.keys)}"
