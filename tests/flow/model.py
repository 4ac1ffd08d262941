"""The desk's promises about one ticket, told a second time: from the domain page, not from the services.

    life = Life.opened("web")
    then = life.after(Deed("resolve", BRUNO))
    then.code, then.life.status, then.mails    # "", "resolved", (("resolved", ANA),)

Source: domain page, Working a ticket; Resolve, contest, rate, close; Notifications.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

ANA, BRUNO, MARTA = "ana", "bruno", "marta"
STAFF = (BRUNO, MARTA)

MAY_GO: dict[str, frozenset[str]] = {
    "absent": frozenset({"open"}),
    "open": frozenset(
        {"in_progress", "waiting_customer", "on_hold", "awaiting_approval", "resolved", "closed"}
    ),
    "in_progress": frozenset({"waiting_customer", "on_hold", "awaiting_approval", "resolved", "closed"}),
    "waiting_customer": frozenset({"in_progress", "resolved", "closed"}),
    "on_hold": frozenset({"in_progress", "resolved", "closed"}),
    "awaiting_approval": frozenset({"in_progress", "closed"}),
    "resolved": frozenset({"in_progress", "closed"}),
    "closed": frozenset(),
}
"""Where a ticket may go from each status; staying is not going."""

Verb = Literal[
    "take",
    "assign",
    "return",
    "answer",
    "note",
    "await",
    "hold",
    "resume",
    "resolve",
    "reopen",
    "dismiss",
    "close",
    "rate",
    "reply",
]
VERBS: tuple[Verb, ...] = get_args(Verb)
OF_REQUESTERS = frozenset({"reopen", "close", "rate", "reply"})
OF_STAFF = frozenset(VERBS) - {"rate", "reply"}


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person does to a ticket; `to` is the analyst it is handed to, `resolution` the one rated."""

    verb: Verb
    by: str
    to: str = ""
    resolution: int = 0


@dataclass(frozen=True, slots=True)
class Then:
    """What must follow: refused with `code`, or done; the life after it, and who is written to."""

    code: str
    life: "Life"
    mails: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Life:
    """A ticket as people see it."""

    status: str = "absent"
    analyst: str | None = None
    answered: bool = False
    resolution: int = 0
    waiting: int = 0
    contested: bool = False
    """Reopened by the customer, and the desk has not spoken since."""

    @classmethod
    def opened(cls, channel: str, analyst: str | None = None) -> Then:
        """A ticket is born; by phone, whoever took the call has it."""
        if channel == "phone":
            return Then("", cls("in_progress", analyst), (("opened", ANA),))
        return Then("", cls("open"), (("opened", ANA),))

    def after(self, deed: Deed) -> Then:
        """What must follow from a deed."""
        if deed.verb == "reply":
            return self._replied()
        if self.status == "absent":
            return Then("no_such_ticket", self)
        if deed.verb not in (OF_STAFF if deed.by in STAFF else OF_REQUESTERS):
            return Then("not_allowed", self)
        if deed.verb == "note":
            return Then("", self)
        if deed.verb == "close":
            closed = replace(self, status="closed")
            return Then("", self) if self.status == "closed" else Then("", closed, (("closed", ANA),))
        if deed.verb == "rate" and deed.resolution != self.resolution:
            return Then("not_the_latest_resolution", self)
        if self.status == "closed":
            return Then("ticket_closed", self)
        return self._worked(deed)

    def _worked(self, deed: Deed) -> Then:
        match deed.verb:
            case "take" | "return" if self.status == "resolved":
                return Then("ticket_resolved", self)  # handing it on is another matter
            case "return":
                return Then("", replace(self, analyst=None))
            case "take" | "assign":
                return self._assigned(deed)
            case "answer" if self.status == "resolved":
                return Then("ticket_resolved", self)
            case "answer":
                spoken = replace(self._by_author(deed), answered=True, contested=False)
                return Then("", spoken, (("answered", ANA),))
            case "await" if self.status not in ("open", "in_progress"):
                return Then("no_such_transition", self)
            case "await":
                mine = self._by_author(deed)
                waits = replace(mine, status="waiting_customer", waiting=self.waiting + 1)
                return Then("", replace(waits, answered=True, contested=False), (("awaiting_customer", ANA),))
            case "hold" if self.status not in ("open", "in_progress"):
                return Then("no_such_transition", self)
            case "hold":
                return Then("", replace(self._by_author(deed), status="on_hold"), (("held", ANA),))
            case "resume" if self.status == "in_progress":
                return Then("", self)
            case "resume" if self.status in ("waiting_customer", "on_hold"):
                return Then("", replace(self._by_author(deed), status="in_progress"), (("resumed", ANA),))
            case "resume":
                return Then("not_waiting", self)
            case "resolve" if self.status == "resolved":
                return Then("", self)
            case "resolve":
                mine = self._by_author(deed)
                done = replace(mine, status="resolved", resolution=self.resolution + 1)
                return Then("", replace(done, answered=True, contested=False), (("resolved", ANA),))
            case "reopen" if self.status != "resolved":
                return Then("not_resolved", self)
            case "reopen":
                again = replace(self, status="in_progress", contested=deed.by == ANA)
                return Then("", again, self._reopened_mails())
            case "dismiss" if self.status != "in_progress" or not self.contested:
                return Then("nothing_to_dismiss", self)
            case "dismiss":
                return Then("", replace(self, status="resolved", contested=False))
        return Then("", self)  # a rating changes nothing here

    def _assigned(self, deed: Deed) -> Then:
        to = deed.by if deed.verb == "take" else deed.to
        if self.analyst == to and self.status != "open":
            return Then("", self)
        status = "in_progress" if self.status == "open" else self.status
        mails = () if to == deed.by else (("assigned", to),)
        return Then("", replace(self, analyst=to, status=status), mails)

    def _replied(self) -> Then:
        """The customer has written, and is never refused."""
        # In the queue it is seen; once begun it is its analyst's, or the area's, and Bruno is all there is of it.
        begun = self.analyst is not None or self.status != "open"
        heard = (("requester_replied", self.analyst or BRUNO),) if begun else ()
        match self.status:
            case "waiting_customer":
                return Then("", replace(self, status="in_progress"), heard)
            case "resolved":
                again = replace(self, status="in_progress", contested=True)
                return Then("", again, (*heard, *self._reopened_mails()))
            case "closed":
                return Then("", self)
        return Then("", self, heard)

    def _by_author(self, deed: Deed) -> "Life":
        """Whoever answers for a ticket that nobody has, has it."""
        if self.analyst is not None:
            return self
        return replace(self, analyst=deed.by, status="in_progress" if self.status == "open" else self.status)

    def _reopened_mails(self) -> tuple[tuple[str, str], ...]:
        # Nobody's ticket is the area's: Bruno is all there is of it.
        return (("reopened", ANA), ("reopened_analyst", self.analyst or BRUNO))

    @property
    def running(self) -> frozenset[str]:
        """The clocks that must run now, those after the first answer that a policy may have aside.

        Source: domain page, Clocks.
        """
        clocks = {"waiting_customer": {"customer_silence"}, "resolved": {"auto_close"}}.get(
            self.status, set()
        )
        unanswered = not self.answered and self.status not in ("on_hold", "closed")
        return frozenset(clocks | {"first_response"} if unanswered else clocks)
