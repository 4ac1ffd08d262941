"""The web and the phone, by real commands: who may, what is told, and the same key once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import nats
import pytest
from pydantic_core import from_json, to_json

from contracts import commands as c
from contracts import intake as i
from contracts.envelope import SYSTEM, Actor, Command, Reply
from tests.intake.door import gapless, of_submission, recorded
from tests.running import RunningDesk

ANA = Actor(role="requester", key="ana")
RUI = Actor(role="requester", key="rui")
BRUNO = Actor(role="analyst", key="bruno")
MARTA = Actor(role="manager", key="marta")
AUDITOR = Actor(role="auditor", key="ivo")
WEB = c.SubmitTicket(channel="web", requester="ana", application="notas", subject="Não abre", text="A tela.")
PHONE = WEB.model_copy(update={"channel": "phone"})


async def opened(desk: RunningDesk, command: Command = WEB, by: Actor = ANA) -> i.TicketRegistered:
    reply = await desk.ask(command, by=by)
    assert reply.outcome == "done", reply
    (event,) = await of_submission(desk, reply.result["submission_id"])
    assert isinstance(event, i.TicketRegistered)
    assert (reply.result["number"], reply.result["disposition"]) == (event.number, "opened")
    return event


async def test_a_requester_opens_on_the_web(desk: RunningDesk) -> None:
    event = await opened(desk)
    assert (event.delivered.channel, event.delivered.via, event.analyst) == ("web", "portal", None)
    assert (event.requester, event.customer, event.delivered.sender) == (
        "ana",
        "serra",
        "ana.prado@serra.example.com",
    )


@pytest.mark.parametrize("by", [BRUNO, MARTA], ids=["analyst", "manager"])
async def test_who_answers_the_phone_has_the_ticket_at_once(desk: RunningDesk, by: Actor) -> None:
    event = await opened(desk, PHONE, by)
    assert (event.delivered.channel, event.analyst, event.by.role) == ("phone", by.key, by.role)


@pytest.mark.parametrize(
    ("command", "by", "code"),
    [
        (WEB, BRUNO, "not_allowed"),
        (WEB, RUI, "not_allowed"),
        (WEB, AUDITOR, "not_allowed"),
        (PHONE, ANA, "not_allowed"),
        (PHONE, AUDITOR, "not_allowed"),
        (PHONE, Actor(role="analyst", key="ninguem"), "no_such_analyst"),
        (WEB.model_copy(update={"channel": "email"}), ANA, "not_allowed"),
        (WEB.model_copy(update={"channel": "email"}), SYSTEM, "not_a_channel"),
        (WEB.model_copy(update={"application": "folha"}), ANA, "no_contract"),
        (WEB.model_copy(update={"application": "outra"}), ANA, "no_application"),
        (WEB.model_copy(update={"requester": "rui"}), RUI, "no_contract"),
        (PHONE.model_copy(update={"requester": "ninguem"}), BRUNO, "no_such_contact"),
        (
            WEB.model_copy(update={"requester": "ninguem"}),
            Actor(role="requester", key="ninguem"),
            "no_such_contact",
        ),
        (c.SubmitReply(ticket_id=UUID(int=1), text="x"), ANA, "no_such_ticket"),
        (c.SubmitReply(ticket_id=UUID(int=1), text="x"), BRUNO, "not_allowed"),
        (c.TakeTicket(ticket_id=UUID(int=1)), BRUNO, "unknown_command"),
    ],
)
async def test_what_may_not_be_is_refused_and_recorded_nowhere(
    desk: RunningDesk, command: Command, by: Actor, code: str
) -> None:
    before = len(await recorded(desk))
    reply = await _ask(desk, "intake", _request(command, by))
    assert (reply.outcome, reply.code) == ("refused", code)
    assert len(await recorded(desk)) == before


async def test_a_reply_in_the_portal_joins_the_customers_ticket_only(desk: RunningDesk) -> None:
    ticket = await opened(desk)
    reply = await desk.ask(c.SubmitReply(ticket_id=ticket.ticket_id, text="E agora?"), by=ANA)
    (event,) = await of_submission(desk, reply.result["submission_id"])
    assert isinstance(event, i.ReplyReceived)
    assert (event.ticket_id, event.verified, event.requester) == (ticket.ticket_id, True, "ana")
    for stranger in (RUI, Actor(role="requester", key="ninguem")):
        refused = await desk.ask(c.SubmitReply(ticket_id=ticket.ticket_id, text="x"), by=stranger)
        assert (refused.outcome, refused.code) == ("refused", "not_allowed")


async def test_the_same_key_is_one_ticket_and_one_answer(desk: RunningDesk) -> None:
    key = str(uuid4())
    replies = await asyncio.gather(*(desk.ask(WEB, by=ANA, key=key) for _ in range(8)))
    assert len({reply.model_dump_json() for reply in replies}) == 1
    assert len(await of_submission(desk, replies[0].result["submission_id"])) == 1
    assert gapless(await recorded(desk))


async def test_many_at_once_some_of_them_refused(desk: RunningDesk) -> None:
    wrong = WEB.model_copy(update={"application": "folha"})
    replies = await asyncio.gather(*(desk.ask(wrong if n % 3 == 0 else WEB, by=ANA) for n in range(30)))
    assert [reply.outcome for reply in replies] == ["refused" if n % 3 == 0 else "done" for n in range(30)]
    assert gapless(await recorded(desk))


def _request(command: Command, by: Actor = ANA, key: str = "") -> dict[str, Any]:
    return {
        "id": key or str(uuid4()),
        "type": command.topic,
        "by": by.model_dump(mode="json"),
        "data": command.model_dump(mode="json"),
    }


async def _ask(desk: RunningDesk, service: str, body: dict[str, Any] | bytes) -> Reply:
    client = await nats.connect(desk.nats_url())
    try:
        data = body if isinstance(body, bytes) else to_json(body)
        return Reply.parse((await client.request(f"command.{service}", data, timeout=60)).data)
    finally:
        await client.close()


def _with(**changes: Any) -> bytes:
    return to_json(_request(WEB) | changes)


def _data(**changes: Any) -> bytes:
    request = _request(WEB)
    return to_json(request | {"data": request["data"] | changes})


HOSTILE: dict[str, bytes] = {
    "no JSON": b"\xff{",
    "nothing": b"",
    "a list": b"[]",
    "deep nesting": b'{"id":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "deep data": to_json(_request(WEB)).replace(b'"data":', b'"data":{"a":' + b"[" * 5_000 + b"]" * 5_000 + b'},"x":'),
    "a huge number": to_json(_request(WEB)).replace(b'"A tela."', b"1e999999999"),
    "a long number": to_json(_request(WEB)).replace(b'"A tela."', b"9" * 5_000),
    "a lone surrogate": to_json(_request(WEB)).replace(b"A tela.", b"\\ud800"),
    "a lone surrogate as the key": to_json(_request(WEB, key="KEY")).replace(b"KEY", b"\\udfff"),
    "an empty key": _with(id=""),
    "a NUL key": _with(id="a\x00b"),
    "a long key": _with(id="k" * 201),
    "a key that is a list": _with(id=["a"]),
    "a role that is none": _with(by={"role": "root", "key": "x"}),
    "a field too many": _with(extra=1),
    "an unknown type": _with(type="intake.DropTables"),
    "a type of another service": _with(type="directory.DefineRecord"),
    "no text": _data(text=""),
    "too long a text": _data(text="x" * 50_001),
    "a channel that is none": _data(channel="fax"),
    "an application with a path": _data(application="../notas"),
    "too many files": _data(attachments=[{}] * 101),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("service", ["intake", "lifecycle", "directory"])
async def test_a_hostile_request_gets_its_answer_and_stops_nobody(
    desk: RunningDesk, service: str, name: str
) -> None:
    reply = await _ask(desk, service, HOSTILE[name])
    assert (reply.outcome, reply.code) in {
        ("refused", "malformed"),
        ("refused", "unknown_command"),
    }, reply
    assert (await desk.ask(WEB, by=ANA)).outcome == "done"


@pytest.mark.parametrize("key", ["'; drop table journal.answers; --", "../../x", "%s%s", "k" * 200])
async def test_an_odd_key_is_only_a_key(desk: RunningDesk, key: str) -> None:
    first = await _ask(desk, "intake", _request(WEB, key=key) | {"id": key.replace(" ", "_")})
    again = await _ask(desk, "intake", _request(WEB, key=key) | {"id": key.replace(" ", "_")})
    assert first == again
    assert first.outcome == "done"


async def test_a_nul_in_a_command_is_replaced(desk: RunningDesk) -> None:
    event = await opened(desk, WEB.model_copy(update={"subject": "a\x00b", "text": "c\x00d"}))
    assert (event.delivered.subject, event.delivered.text) == ("a\ufffdb", "c\ufffdd")


async def test_what_is_refused_is_told_without_repeating_what_was_sent(desk: RunningDesk) -> None:
    reply = await _ask(desk, "intake", _data(text="", subject="segredo" * 100))
    assert b"segredo" not in to_json(reply)
    assert from_json(to_json(reply))["facts"]["errors"]
