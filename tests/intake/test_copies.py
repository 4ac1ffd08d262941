"""What comes first of a message and is no person's does not silence the copy that is."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from contracts import intake as i
from contracts.envelope import Event
from journal.tokens import KeyRing, make_reply_address
from services.intake.channels.ledger import Ledger
from services.intake.comparing import SETTLED_AFTER
from services.intake.submission import Arrival
from tests.intake.arrivals import (
    DIRECTORY,
    MARTA,
    RECEIVED,
    SUBMISSION,
    TICKET,
    appended,
    arrival,
    delivered,
    match,
    opened,
    parked,
    submission,
)
from tests.intake.door import letter
from tests.intake.reception_room import SetClock
from tests.intake.test_email_meaning import DOMAIN, FAILS, last
from tests.intake.test_email_meaning import opened as opened_on
from tests.intake.test_email_room import ANA, SECRET, Mailbox, mailbox
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
ONCE_MORE = i.DuplicateReceived(received_at=RECEIVED, via="suporte@desk.example", raw="b" * 64)
FIRST = delivered(raw="a" * 64)
BY_LIST = i.AutomaticReplyReceived(ticket_id=None, delivered=FIRST, reason="list header: List-Id")
ON_TICKET = BY_LIST.model_copy(update={"ticket_id": TICKET})
NULL_SENDER = i.BounceReceived(ticket_id=None, notification_id=None, delivered=FIRST)
DOUBTED = parked("unauthenticated", detail="dmarc=fail").model_copy(update={"delivered": FIRST})
UNVERIFIED = appended(verified=False, requester=None).model_copy(update={"delivered": FIRST})
SPAM = i.SubmissionRejected(submission_id=SUBMISSION, delivered=FIRST, reason="spam", by=MARTA)

DIRECT = arrival(as_duplicate=True)
FAILED = replace(DIRECT, unauthenticated="dmarc=fail")
AUTOMATIC = replace(DIRECT, sort="auto_reply", sort_reason="list header: List-Id")
REPLY = replace(DIRECT, match=match(proven=True))
PLACE = i.MailboxPlace(mailbox="x", uid_validity=8, uid=1)

COPIES: dict[str, tuple[Sequence[Event], Arrival, Sequence[Event]]] = {
    "through a list, then direct": ([BY_LIST], DIRECT, [opened()]),
    "with the null sender, then direct": ([NULL_SENDER], DIRECT, [opened()]),
    "a machine's on a ticket, then a reply": ([ON_TICKET], REPLY, [appended(verified=True, requester="ana")]),
    "through a list, then failing DMARC": (
        [BY_LIST],
        FAILED,
        [parked("unauthenticated", detail="dmarc=fail")],
    ),
    "failing DMARC, then passing": ([DOUBTED], DIRECT, [opened()]),
    "unverified, then verified": ([UNVERIFIED], REPLY, [appended(verified=True, requester="ana")]),
    "all three": ([BY_LIST, ONCE_MORE, DOUBTED], DIRECT, [opened()]),
    "through two lists": ([BY_LIST], AUTOMATIC, []),
    "failing DMARC twice": ([DOUBTED], FAILED, []),
    "failing DMARC, then through a list": ([DOUBTED], AUTOMATIC, []),
    "unverified twice": ([UNVERIFIED], replace(REPLY, unauthenticated="dmarc=fail"), []),
    "once it is a ticket": ([BY_LIST, ONCE_MORE, opened()], DIRECT, []),
    "once a person has rejected it": ([DOUBTED, SPAM], DIRECT, []),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_counts_where_it_is_taken_for_more_than_the_first(name: str) -> None:
    before, cause, then = COPIES[name]
    assert submission.given(*before).when(cause, facts=DIRECTORY) == [ONCE_MORE, *then]


def test_what_a_mailbox_gives_once_more_says_nothing_new() -> None:
    """Read again, numbered anew: its sender, a stranger then, has been registered since."""
    first = delivered(place=PLACE)
    before = appended(verified=False, requester=None).model_copy(update={"delivered": first})
    again = replace(REPLY, delivered=first)
    once_more = ONCE_MORE.model_copy(update={"place": PLACE})
    assert submission.given(before).when(again, facts=DIRECTORY) == [once_more]
    other = replace(again, delivered=delivered(place=PLACE, raw="c" * 64))
    verified = appended(verified=True, requester="ana").model_copy(update={"delivered": other.delivered})
    other_once_more = once_more.model_copy(update={"raw": "c" * 64})
    assert submission.given(before).when(other, facts=DIRECTORY) == [other_once_more, verified]


def copies(**headers: str) -> tuple[bytes, bytes]:
    """A mail as it comes with these headers more, and as its sender sent it."""
    same = {"Message_ID": "<uma@serra.example>", "text": "Parou tudo"}
    return letter(ANA, **headers, **same), letter(ANA, **same)


@pytest.mark.parametrize(
    ("headers", "sender", "first"),
    [
        ({"List_Id": "<ti.serra.example>", "Precedence": "list"}, "ti@serra.example", "auto_reply"),
        ({"Auto_Submitted": "auto-replied"}, "quem@exemplo.example", "auto_reply"),
        ({"Received": "from x by y"}, "", "bounce"),
        ({"Authentication_Results": FAILS}, "quem@exemplo.example", "parked"),
    ],
)
async def test_a_copy_that_came_first_swallows_no_mail_and_the_ledger_agrees(
    database: Make, tmp_path: Path, headers: dict[str, str], sender: str, first: str
) -> None:
    before, direct = copies(**headers)
    async with mailbox(await database("intake"), tmp_path) as box:
        await last(box, before, sender)
        registered = await last(box, direct)
        assert isinstance(registered, i.TicketRegistered)
        assert registered.requester == "ana"
        for raw in (before, direct):
            assert isinstance(await last(box, raw), i.DuplicateReceived)
        assert await became(box) == sorted([first, "opened", "duplicate", "duplicate"])


async def test_a_reply_sent_on_by_somebody_else_first_is_still_verified(
    database: Make, tmp_path: Path
) -> None:
    forged, direct = copies(Authentication_Results=FAILS)
    async with mailbox(await database("intake"), tmp_path) as box:
        ticket = await opened_on(box)
        to = (make_reply_address("suporte", ticket.ticket_id, KeyRing.of(SECRET), DOMAIN),)
        unverified, verified = await last(box, forged, "x@x.example", to), await last(box, direct, ANA, to)
        assert isinstance(unverified, i.ReplyReceived)
        assert isinstance(verified, i.ReplyReceived)
        assert (unverified.verified, verified.verified) == (False, True)
        assert await became(box) == ["appended", "appended", "opened"]


async def became(box: Mailbox) -> list[str]:
    """What the ledger says of all mail, held against the journal."""
    later = Ledger(box.room.pool, SetClock(box.room.clock.instant + SETTLED_AFTER + timedelta(seconds=1)))
    assert (await later.unsettled(), await later.differing()) == (0, 0)
    rows = await box.room.pool.fetch("select disposition from views.mail_in")
    assert len(rows) == await later._pool.fetchval("select sum(dispositions) from views.mail_in")
    return sorted(row["disposition"] for row in rows)
