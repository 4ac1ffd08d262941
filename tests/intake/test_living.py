"""Which ticket a message reaches when tickets are merged, split, closed and taken up again; on a real desk."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts import commands as c
from contracts import intake as i
from contracts import lifecycle as l
from contracts.channels import Confirmation
from contracts.envelope import Actor, Command, Reply
from journal.tokens import KeyRing, make_message_id, make_reply_address
from tests.intake.conftest import MORE
from tests.intake.door import ANA as ANAS_ADDRESS
from tests.intake.door import (
    DESK,
    Channel,
    channel,
    gapless,
    letter,
    of_mail,
    of_submission,
    opening,
    post,
    recorded,
)
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.small_desk import RECORDS

ANA = Actor(role="requester", key="ana")
RUI = Actor(role="requester", key="rui")
BRUNO = Actor(role="analyst", key="bruno")
DOMAIN = "desk.example.com"
FAST = {"DESK_CLOCK": "2026-03-02T12:00:00+00:00@{}x200000"}
"""Seven days within about three seconds."""


async def done(desk: RunningDesk, command: Command, by: Actor = BRUNO) -> Reply:
    reply = await desk.ask(command, by=by)
    assert reply.outcome == "done", reply
    return reply


async def disposed(desk: RunningDesk, raw: bytes, to: str = DESK, sender: str = ANAS_ADDRESS) -> Any:
    """The one disposition of a mail that was accepted."""
    assert await post(desk, raw, sender, to) == 250
    (event,) = await of_mail(desk, raw)
    return event


async def mailed(desk: RunningDesk, message_id: str = "") -> i.TicketRegistered:
    """A ticket opened by mail, once lifecycle has it."""
    event = await disposed(desk, letter(**({"Message_ID": message_id} if message_id else {})))
    assert isinstance(event, i.TicketRegistered)
    await of_ticket(desk, event.ticket_id, l.TicketQueued)
    return event


async def of_ticket(desk: RunningDesk, ticket_id: UUID, kind: type[Any], count: int = 1) -> list[Any]:
    """The events of a kind in a ticket's stream, once there are so many."""
    async with asyncio.timeout(60):
        while True:
            events = [
                event
                for event in await recorded(desk, "lifecycle", kind)
                if isinstance(event, kind) and event.ticket_id == ticket_id
            ]
            if len(events) >= count:
                return events
            await asyncio.sleep(0.05)


async def known(desk: RunningDesk, ticket_id: UUID, condition: str) -> None:
    """Return when intake's row of the ticket is so."""
    query = f"select {condition} from views.tickets where ticket_id = $1"
    async with connected(desk.admin_url("intake")) as admin, asyncio.timeout(60):
        while not await admin.fetchval(query, ticket_id):
            await asyncio.sleep(0.05)


async def merged(desk: RunningDesk, ticket_id: UUID, into: UUID) -> None:
    await done(desk, c.MergeTicket(ticket_id=ticket_id, into=into, reason="O mesmo erro"))
    await known(desk, ticket_id, "closed and heir is not null")


async def test_whatever_is_said_to_a_merged_ticket_reaches_the_one_that_lives(
    desk: RunningDesk, demo: Channel
) -> None:
    original = f"<{uuid4()}@serra.example.com>"
    first, second, last = await mailed(desk, original), await mailed(desk), await mailed(desk)
    await merged(desk, first.ticket_id, second.ticket_id)
    await merged(desk, second.ticket_id, last.ticket_id)
    keys = KeyRing.of(str(desk.environment("intake")["DESK_SECRET"]))
    ours = make_message_id(first.ticket_id, "abc", keys, DOMAIN)
    ways = {
        "our Message-ID": (letter(In_Reply_To=ours), DESK),
        "the signed address": (letter(), make_reply_address("suporte", first.ticket_id, keys, DOMAIN)),
        "a Message-ID seen": (letter(In_Reply_To=original), DESK),
        "the number": (letter(subject=f"Re: [{first.number}] Nota"), DESK),
    }
    for way, (raw, to) in ways.items():
        reply = await disposed(desk, raw, to)
        assert isinstance(reply, i.ReplyReceived), way
        assert (reply.ticket_id, reply.verified, reply.requester) == (last.ticket_id, True, "ana"), way

    reply = await done(desk, c.SubmitReply(ticket_id=first.ticket_id, text="E agora?"), ANA)
    assert reply.result["ticket_id"] == str(last.ticket_id)
    body = {
        "submission_id": str(uuid4()),
        "channel": "web",
        "requester": ANAS_ADDRESS,
        "number": first.number,
        "text": "E?",
    }
    answer = Confirmation.model_validate(await demo.hand_in("RequesterReplied", body))
    assert (answer.disposition, answer.ticket_id) == ("appended", last.ticket_id)
    machine = await disposed(desk, letter(In_Reply_To=ours, Auto_Submitted="auto-replied"))
    assert isinstance(machine, i.AutomaticReplyReceived)
    assert machine.ticket_id == last.ticket_id

    assert len(await of_ticket(desk, last.ticket_id, l.ReplyAdded, 6)) == 6
    await of_ticket(desk, last.ticket_id, l.AutomaticReplyAdded)
    for gone in (first, second):
        assert not [
            event
            for event in await recorded(desk, "lifecycle")
            if isinstance(event, l.ReplyAdded) and event.ticket_id == gone.ticket_id
        ]


async def test_a_reply_to_a_merged_ticket_whose_heir_has_closed_opens_one_linked_to_the_heir(
    desk: RunningDesk,
) -> None:
    first, heir = await mailed(desk), await mailed(desk)
    await merged(desk, first.ticket_id, heir.ticket_id)
    await done(desk, c.CloseTicket(ticket_id=heir.ticket_id, reason="withdrawn"))
    await known(desk, heir.ticket_id, "closed")
    event = await disposed(desk, letter(subject=f"Re: {first.number}"))
    assert isinstance(event, i.TicketRegistered)
    assert (event.linked_to, event.relation) == (heir.ticket_id, "late_reply")


async def test_a_demand_split_off_is_a_ticket_with_a_number_of_its_own(desk: RunningDesk) -> None:
    first = await mailed(desk)
    asked = c.SplitTicket(
        ticket_id=first.ticket_id, subject="A outra", text="Outra coisa", classification="request"
    )
    await done(desk, asked)
    (told,) = await of_ticket(desk, first.ticket_id, l.TicketSplit)
    (queued,) = await of_ticket(desk, told.new_ticket_id, l.TicketQueued)
    assert (queued.linked_to, queued.relation, queued.channel) == (first.ticket_id, "split", "email")
    assert (queued.opened_at, queued.terms) == (first.delivered.received_at, first.terms)
    assert (queued.requester, queued.subject, queued.classification) == ("ana", "A outra", "request")
    (registered,) = await of_submission(desk, str(told.new_ticket_id))
    assert isinstance(registered, i.TicketRegistered)
    assert registered.number == queued.number
    reply = await disposed(desk, letter(subject=f"Re: {queued.number}"))
    assert reply.ticket_id == told.new_ticket_id
    assert gapless(await recorded(desk))


async def test_a_closed_ticket_is_taken_up_again_and_no_other(desk: RunningDesk) -> None:
    first = await mailed(desk)
    again = c.SubmitTicket(
        channel="web",
        requester="ana",
        application="notas",
        subject="De novo",
        text="Voltou.",
        follows=first.ticket_id,
    )
    refused = await desk.ask(again, by=ANA)
    assert (refused.code, refused.facts) == ("not_closed", {"number": first.number})
    await done(desk, c.CloseTicket(ticket_id=first.ticket_id, reason="withdrawn"), ANA)
    await known(desk, first.ticket_id, "closed")
    reply = await done(desk, again, ANA)
    (event,) = await of_submission(desk, reply.result["submission_id"])
    assert isinstance(event, i.TicketRegistered)
    assert (event.linked_to, event.relation) == (first.ticket_id, "follow_up")
    (queued,) = await of_ticket(desk, event.ticket_id, l.TicketQueued)
    assert (queued.linked_to, queued.relation) == (first.ticket_id, "follow_up")

    nowhere = again.model_copy(update={"follows": uuid4()})
    assert (await desk.ask(nowhere, by=ANA)).code == "no_such_ticket"
    for_rui = again.model_copy(update={"requester": "rui", "channel": "phone"})
    theirs = await desk.ask(for_rui, by=BRUNO)
    assert (theirs.code, theirs.facts) == ("other_customer", {"number": first.number})


async def test_the_whole_domain_of_a_contact_may_write(desk: RunningDesk) -> None:
    shared = {
        "name": "Padaria",
        "customer": "serra",
        "addresses": ["geral@serra.example.com"],
        "domains": ["serra.example.com"],
    }
    await desk.define("contact", "padaria", shared)
    await desk.spread()
    sender = "nova.pessoa@serra.example.com"
    opened = await disposed(desk, letter(sender), sender=sender)
    assert isinstance(opened, i.TicketRegistered)
    assert (opened.requester, opened.delivered.sender) == ("padaria", sender)
    raw = letter("outra@serra.example.com", subject=f"Re: {opened.number}")
    reply = await disposed(desk, raw, sender="outra@serra.example.com")
    assert (reply.verified, reply.requester, reply.delivered.sender) == (
        True,
        "padaria",
        "outra@serra.example.com",
    )
    await desk.define("contact", "padaria", shared, active=False)
    await desk.spread()


async def test_a_reply_from_before_a_clock_closed_the_ticket_undoes_that() -> None:
    services = ["intake", "lifecycle", "sla"]
    clock = FAST["DESK_CLOCK"].format(_now())
    async with (
        running_desk(services, {"DESK_CLOCK": clock}, records=(*RECORDS, *MORE)) as desk,
        channel(desk) as demo,
    ):
        answer = Confirmation.model_validate(await demo.hand_in("TicketOpened", opening()))
        assert answer.ticket_id is not None
        ticket_id = answer.ticket_id
        await of_ticket(desk, ticket_id, l.TicketQueued)
        await done(desk, c.ResolveTicket(ticket_id=ticket_id, text="Feito."))
        (closed,) = await of_ticket(desk, ticket_id, l.TicketClosed)
        assert (closed.reason, closed.by.role) == ("resolved", "system")
        await known(desk, ticket_id, "closed and undone_until is not null")

        async def replied(seconds: int) -> Confirmation:
            body = {
                "submission_id": str(uuid4()),
                "channel": "web",
                "requester": ANAS_ADDRESS,
                "number": answer.number,
                "text": "Ainda não.",
                "received_at": (closed.at + timedelta(seconds=seconds)).isoformat(),
            }
            return Confirmation.model_validate(await demo.hand_in("RequesterReplied", body))

        late = await replied(1)
        assert late.disposition == "opened"
        in_time = await replied(0)
        assert (in_time.disposition, in_time.ticket_id) == ("appended", ticket_id)
        (undone,) = await of_ticket(desk, ticket_id, l.ClosureUndone)
        assert undone.at == closed.at
        await known(desk, ticket_id, "not closed and undone_until is null")
        assert (await replied(2)).ticket_id == ticket_id, "it lives again"


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat()
