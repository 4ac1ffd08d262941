"""Channels of others over the real bus: what they are told, once and for all, and what they may not."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import nats
import nats.errors
import pytest
from pydantic_core import to_json

from contracts import commands as c
from contracts import intake as i
from contracts.channels import Confirmation
from contracts.envelope import FILE_SIZE_MAX, Actor
from services.intake.channels.unreadable import unreadable
from services.intake.submission import submission_stream
from tests.intake.door import ANA, Channel, channel, gapless, of_submission, opening, recorded
from tests.running import RunningDesk

BRUNO = Actor(role="analyst", key="bruno")


def stream(submission_id: str) -> str:
    return str(submission_stream("demo", submission_id))


async def told(demo: Channel, kind: str, body: dict[str, Any] | bytes) -> Confirmation:
    return Confirmation.model_validate(await demo.hand_in(kind, body))


async def test_a_ticket_is_opened_once_however_often_it_is_handed_in(
    desk: RunningDesk, demo: Channel
) -> None:
    body = opening()
    answers = await asyncio.gather(*(told(demo, "TicketOpened", body) for _ in range(5)))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert (answers[0].submission_id, answers[0].disposition) == (body["submission_id"], "opened")
    (event,) = await of_submission(desk, stream(body["submission_id"]))
    assert isinstance(event, i.TicketRegistered)
    assert (event.number, event.ticket_id) == (answers[0].number, answers[0].ticket_id)
    assert (event.customer, event.requester, event.delivered.via) == ("serra", "ana", "demo")


async def test_the_same_id_of_another_content_is_the_first_submission(demo: Channel) -> None:
    body = opening()
    first = await told(demo, "TicketOpened", body)
    assert await told(demo, "TicketOpened", {**body, "text": "Outra coisa"}) == first


async def test_two_hundred_at_once_get_gapless_numbers(desk: RunningDesk, demo: Channel) -> None:
    answers = await asyncio.gather(*(told(demo, "TicketOpened", opening()) for _ in range(200)))
    assert len({answer.number for answer in answers}) == 200
    assert gapless(await recorded(desk))


async def test_a_reply_joins_its_ticket_and_nobody_elses(desk: RunningDesk, demo: Channel) -> None:
    ticket = await told(demo, "TicketOpened", opening())
    reply: dict[str, Any] = {
        "submission_id": str(uuid4()),
        "channel": "web",
        "requester": ANA,
        "number": ticket.number,
        "text": "Também aqui",
    }
    joined = await told(demo, "RequesterReplied", reply)
    assert (joined.disposition, joined.ticket_id) == ("appended", ticket.ticket_id)

    rival = await told(
        demo,
        "RequesterReplied",
        {**reply, "submission_id": "rival-" + str(uuid4()), "requester": "rui@vale.example.com"},
    )
    assert (rival.disposition, rival.reason) == ("rejected", "forbidden")
    stranger = await told(
        demo,
        "RequesterReplied",
        {**reply, "submission_id": "x-" + str(uuid4()), "requester": "quem@exemplo.example"},
    )
    assert (stranger.disposition, stranger.reason) == ("parked", "unknown_sender")
    unknown = await told(
        demo, "RequesterReplied", {**reply, "submission_id": str(uuid4()), "number": "2026-999999"}
    )
    assert (unknown.disposition, unknown.reason, unknown.detail) == (
        "rejected",
        "invalid",
        "no ticket has this number",
    )


@pytest.mark.parametrize(
    ("changes", "disposition", "reason"),
    [
        ({"requester": "quem@exemplo.example"}, "parked", "unknown_sender"),
        ({"requester": ""}, "parked", "unknown_sender"),
        ({"requester": "rui@vale.example.com"}, "parked", "no_contract"),
        ({"application": "outra"}, "parked", "no_application"),
        ({"application": "folha"}, "parked", "no_contract"),
        ({"application": "notas"}, "opened", ""),
        ({"subject": "", "text": ""}, "opened", ""),
    ],
)
async def test_what_no_contract_covers_waits_for_a_person(
    demo: Channel, changes: dict[str, Any], disposition: str, reason: str
) -> None:
    answer = await told(demo, "TicketOpened", opening(**changes))
    assert (answer.disposition, answer.reason) == (disposition, reason)


async def test_the_clock_of_the_sender_never_counts_ahead(desk: RunningDesk, demo: Channel) -> None:
    now = datetime.now(UTC)
    past, future = now - timedelta(days=2), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    for claimed in (past, future, None):
        body = opening(received_at=claimed.isoformat() if claimed else None)
        answer = await told(demo, "TicketOpened", body)
        (event,) = await of_submission(desk, stream(body["submission_id"]))
        assert isinstance(event, i.TicketRegistered)
        assert answer.disposition == "opened"
        received_at = event.delivered.received_at
        assert received_at == past if claimed == past else now <= received_at <= datetime.now(UTC)


DEEP = 100_000
MALFORMED: dict[str, tuple[str, bytes]] = {
    "an event nobody knows": ("TicketExploded", to_json(opening())),
    "a name that goes on": ("TicketOpened.again", to_json(opening())),
    "no JSON": ("TicketOpened", b"\xff\xfe{"),
    "nothing": ("TicketOpened", b""),
    "a list": ("TicketOpened", b"[]"),
    "a field missing": ("TicketOpened", to_json({**opening(), "text": None})),
    "a wrong channel": ("TicketOpened", to_json(opening(channel="fax"))),
    "too long a subject": ("TicketOpened", to_json(opening(subject="x" * 501))),
    "too long a text": ("TicketOpened", to_json(opening(text="x" * 50_001))),
    "too long an id": ("TicketOpened", to_json(opening("x" * 201))),
    "too many files": ("TicketOpened", to_json(opening(attachments=[{}] * 5_000))),
    "a lone surrogate": ("TicketOpened", to_json(opening()).replace(b"abre.", b"\\ud800")),
    "bytes that are no UTF-8": ("TicketOpened", to_json(opening()).replace(b"abre.", b"\xed\xa0\x80")),
    "deep nesting": ("TicketOpened", b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "a huge number": ("TicketOpened", b'{"submission_id": 1e999999999}'),
    "a long number": ("TicketOpened", b'{"submission_id": ' + b"9" * 10_000 + b"}"),
    "a date before all": ("TicketOpened", to_json(opening(received_at="0001-01-01T00:00:00Z"))),
    "a date beyond all": ("TicketOpened", to_json(opening(received_at="9999-12-31T23:59:59-23:59"))),
    "a date without a zone": ("TicketOpened", to_json(opening(received_at="2026-03-02T12:00:00"))),
    "an application with a path": ("TicketOpened", to_json(opening(application="../x"))),
    "no number of a ticket": ("RequesterReplied", to_json({**opening(), "number": "2026-1' or 1=1"})),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_of_no_published_form_is_rejected_with_the_reason(demo: Channel, name: str) -> None:
    kind, body = MALFORMED[name]
    unique = body + b" " * (uuid4().int % 50_000)
    answer = await told(demo, kind, unique)
    assert (answer.disposition, answer.reason, answer.submission_id) == ("rejected", "invalid", "")
    assert answer.detail
    assert (await told(demo, kind, unique)).disposition == "rejected"
    assert (await told(demo, "TicketOpened", opening())).disposition == "opened"


async def test_a_nul_is_replaced_and_stops_nobody(desk: RunningDesk, demo: Channel) -> None:
    body = opening(subject="a\x00b", text="c\x00d \\u0000")
    answer = await told(demo, "TicketOpened", body)
    (event,) = await of_submission(desk, stream(body["submission_id"]))
    assert isinstance(event, i.TicketRegistered)
    assert answer.disposition == "opened"
    assert (event.delivered.subject, event.delivered.text) == ("a\ufffdb", "c\ufffdd \\u0000")
    await _lifecycle_has(desk, event.ticket_id)


@pytest.mark.parametrize(
    "submission_id", ["\x00", "'; drop table views.tickets; --", "😀" * 200, "../../x", "1" * 200]
)
async def test_hostile_ids_are_only_ids(demo: Channel, submission_id: str) -> None:
    first = await told(demo, "TicketOpened", opening(submission_id))
    assert first.disposition == "opened"
    assert await told(demo, "TicketOpened", opening(submission_id)) == first


async def test_files_of_any_size_said_do_no_harm(desk: RunningDesk, demo: Channel) -> None:
    file = {"name": "\x00../x", "content_type": "text/\x00", "size": FILE_SIZE_MAX, "sha256": "a" * 64}
    answer = await told(demo, "TicketOpened", opening(attachments=[file]))
    assert answer.disposition == "opened"
    assert answer.ticket_id
    await _lifecycle_has(desk, answer.ticket_id)
    impossible = await told(demo, "TicketOpened", opening(attachments=[{**file, "size": FILE_SIZE_MAX + 1}]))
    assert (impossible.disposition, impossible.reason) == ("rejected", "invalid")
    assert "no file is that large" in impossible.detail


@pytest.mark.parametrize(
    "traceparent", ["x" * 300, '","data":{}}', "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "00-zz-zz-01"]
)
async def test_a_forged_trace_stops_nothing_behind_it(
    desk: RunningDesk, demo: Channel, traceparent: str
) -> None:
    inbox = demo.client.new_inbox()
    answers = await demo.client.subscribe(inbox)
    await demo.publish("TicketOpened", opening(), {"Confirm-To": inbox, "traceparent": traceparent})
    answer = Confirmation.model_validate_json((await answers.next_msg(timeout=60)).data)
    assert answer.ticket_id
    await _lifecycle_has(desk, answer.ticket_id)


@pytest.mark.parametrize(
    "confirm_to",
    [
        "_INBOX.channel.other.x",
        "command.intake",
        "_INBOX.channel.demo.>",
        "_INBOX.channel.demo.*",
        "_INBOX.channel.demo..x",
        "x" * 500,
    ],
)
async def test_answers_go_to_the_channel_itself_or_nowhere(
    desk: RunningDesk, demo: Channel, confirm_to: str
) -> None:
    body = opening()
    await demo.publish("TicketOpened", body, {"Confirm-To": confirm_to})
    async with asyncio.timeout(60):
        while not await of_submission(desk, stream(body["submission_id"])):
            await asyncio.sleep(0.05)
    assert (await told(demo, "TicketOpened", body)).disposition == "opened"


async def test_a_channel_cannot_hand_in_for_another_or_listen_to_it(desk: RunningDesk, demo: Channel) -> None:
    with pytest.raises(nats.errors.TimeoutError):
        await demo.client.request("channel.other.TicketOpened", to_json(opening()), timeout=0.5)
    with pytest.raises(nats.errors.TimeoutError):
        await demo.client.request("command.intake", b"{}", timeout=0.5)
    assert (await told(demo, "TicketOpened", opening())).disposition == "opened"


async def test_a_message_that_the_bus_does_not_carry_is_the_clients_error(demo: Channel) -> None:
    with pytest.raises(nats.errors.MaxPayloadError):
        await demo.publish("TicketOpened", b"x" * (demo.client.max_payload + 1))
    largest = opening(attachments=[], ignored="x" * (demo.client.max_payload - 2_000))
    assert (await told(demo, "TicketOpened", largest)).disposition == "opened"


async def test_a_subject_without_an_event_is_rejected_like_any_other(desk: RunningDesk) -> None:
    """No channel may publish it; what an administrator does by mistake still ends in a disposition."""
    client = await nats.connect(desk.nats_url())
    body = uuid4().bytes
    await client.jetstream(timeout=60).publish("channel.demo", body)
    await client.close()
    submission_id = str(unreadable("channel.demo", body, datetime.now(UTC)).submission_id)
    async with asyncio.timeout(60):
        while not (events := await of_submission(desk, submission_id)):
            await asyncio.sleep(0.05)
    (event,) = events
    assert isinstance(event, i.SubmissionRejected)
    assert "no contract names" in event.detail
    async with channel(desk) as demo:
        assert (await told(demo, "TicketOpened", opening())).disposition == "opened"


async def test_a_reply_after_closing_opens_a_linked_ticket(desk: RunningDesk, demo: Channel) -> None:
    ticket = await told(demo, "TicketOpened", opening())
    assert ticket.ticket_id
    await _lifecycle_has(desk, ticket.ticket_id)
    withdrawn = c.CloseTicket(ticket_id=ticket.ticket_id, reason="withdrawn")
    assert (await desk.ask(withdrawn, by=BRUNO)).outcome == "done"
    reply = {
        "submission_id": str(uuid4()),
        "channel": "web",
        "requester": ANA,
        "number": ticket.number,
        "text": "Voltou",
    }
    # Whether intake has heard of the closing yet or not: the same ticket comes of it.
    answer = await told(demo, "RequesterReplied", reply)
    assert answer.disposition in ("appended", "opened")
    async with asyncio.timeout(60):
        while True:
            events = await of_submission(desk, stream(reply["submission_id"] or ""))
            if linked := [e for e in events if isinstance(e, i.TicketRegistered)]:
                break
            await asyncio.sleep(0.05)
    assert [event.linked_to for event in linked] == [ticket.ticket_id]
    assert json.loads(linked[0].encoded())["delivered"]["text"] == "Voltou"
    await _lifecycle_has(desk, linked[0].ticket_id)


async def _lifecycle_has(desk: RunningDesk, ticket_id: UUID) -> None:
    """Wait until lifecycle has the ticket: what stands before it on the bus has stopped nobody."""
    async with asyncio.timeout(60):
        while not any(
            event.topic == "lifecycle.TicketQueued.v1" and getattr(event, "ticket_id", None) == ticket_id
            for event in await recorded(desk, "lifecycle")
        ):
            await asyncio.sleep(0.05)
