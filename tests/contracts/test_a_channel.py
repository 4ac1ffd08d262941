"""What contracts/README.md tells the author of a channel, held against a desk that runs."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import nats
import pytest
from nats.aio.client import Client

from contracts import json_schema
from contracts.channels import Confirmation
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

README = Path(json_schema.__file__).with_name("README.md")
ANA = "ana.prado@serra.example.com"


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(["intake", "lifecycle"]) as desk:
        yield desk


@pytest.fixture
async def channel(desk: RunningDesk) -> AsyncIterator[Client]:
    errors: list[Exception] = []

    async def failed(error: Exception) -> None:
        errors.append(error)

    client = await nats.connect(
        desk.nats_url("channel-demo"), inbox_prefix=b"_INBOX.channel.demo", error_cb=failed
    )
    client.errors = errors  # type: ignore[attr-defined]
    yield client
    await client.close()


def opened(**more: Any) -> dict[str, Any]:
    ticket = {"submission_id": str(uuid4()), "channel": "web", "requester": ANA, "subject": "S", "text": "T"}
    return {**ticket, **more}


async def submitted(channel: Client, body: Any, event: str = "TicketOpened") -> Confirmation:
    """The answer to a submission, published as the page says."""
    confirm_to = channel.new_inbox()
    answers = await channel.subscribe(confirm_to)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    await channel.jetstream(timeout=60).publish(
        f"channel.demo.{event}", data, headers={"Confirm-To": confirm_to}
    )
    answer = await answers.next_msg(timeout=60)
    await answers.unsubscribe()
    assert set(json.loads(answer.data)) == set(Confirmation.model_fields)
    return Confirmation.model_validate_json(answer.data)


def example() -> str:
    found: list[str] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 1
    return found[0]


def run_example(desk: RunningDesk, folder: Path, **more: str) -> Confirmation:
    """The example as its reader would run it: on its own, with no part of the project in reach."""
    script = folder / "channel.py"
    script.write_text(example(), encoding="utf-8")
    ours = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env={**ours, "NATS_URL": desk.nats_url("channel-demo"), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Confirmation.model_validate_json(done.stdout)


async def queued(desk: RunningDesk, ticket_id: UUID | None) -> dict[str, Any]:
    """The ticket as lifecycle has queued it."""
    query = "select data from journal.entries where stream_id = $1 and version = 1"
    async with connected(desk.auditor_url("lifecycle")) as auditor, asyncio.timeout(60):
        while not (data := await auditor.fetchval(query, ticket_id)):
            await asyncio.sleep(0.05)
    return json.loads(data)  # type: ignore[no-any-return]


async def test_the_example_of_the_page_opens_one_ticket_however_often_it_runs(
    desk: RunningDesk, tmp_path: Path
) -> None:
    assert "import contracts" not in example()
    assert "from contracts" not in example()
    submission = {"SUBMISSION_ID": str(uuid4())}
    first = await asyncio.to_thread(run_example, desk, tmp_path, **submission)
    assert first.submission_id == submission["SUBMISSION_ID"]
    assert (first.disposition, first.reason) == ("opened", "")
    ticket = await queued(desk, first.ticket_id)
    assert ticket["number"] == first.number
    assert ticket["requester"] == "ana"
    assert await asyncio.to_thread(run_example, desk, tmp_path, **submission) == first
    other = await asyncio.to_thread(run_example, desk, tmp_path)
    assert other.disposition == "opened"
    assert other.number != first.number


async def test_what_is_said_the_second_time_does_not_matter(channel: Client) -> None:
    first = await submitted(channel, opened(submission_id="uma-vez"))
    assert await submitted(channel, opened(submission_id="uma-vez", subject="Outro")) == first
    assert await submitted(channel, opened(submission_id="uma-vez", requester="x@y.example.com")) == first


async def test_an_unknown_requester_is_parked(channel: Client) -> None:
    answer = await submitted(channel, opened(requester="ninguem@fora.example.com"))
    assert (answer.disposition, answer.reason, answer.number) == ("parked", "unknown_sender", None)


async def test_an_application_that_is_not_in_the_contract_is_parked(channel: Client) -> None:
    answer = await submitted(channel, opened(application="folha"))
    assert (answer.disposition, answer.reason) == ("parked", "no_application")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"subject": "S" * 501}, "subject"),
        ({"text": "T" * 50_001}, "text"),
        ({"channel": "whatsapp"}, "channel"),
        ({"submission_id": ""}, "submission_id"),
        ({"requester": None}, "requester"),
        ({"received_at": "2026-03-02T08:00:00"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+03:00"}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59-03:00"}, "received_at"),
    ],
)
async def test_the_wrong_form_is_rejected_in_words(channel: Client, more: dict[str, Any], named: str) -> None:
    answer = await submitted(channel, opened(**more))
    assert (answer.submission_id, answer.disposition, answer.reason) == ("", "rejected", "invalid")
    assert named in answer.detail


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"text": "\\ud800"}'], ids=repr)
async def test_what_is_not_json_of_an_event_is_rejected(channel: Client, body: bytes) -> None:
    answer = await submitted(channel, body)
    assert (answer.disposition, answer.reason) == ("rejected", "invalid")
    assert answer.detail


async def test_an_event_that_no_contract_names_is_rejected(channel: Client) -> None:
    answer = await submitted(channel, opened(), event="TicketClosed")
    assert (answer.disposition, answer.reason) == ("rejected", "invalid")
    assert "TicketClosed" in answer.detail


async def test_limits_are_what_the_page_says(desk: RunningDesk, channel: Client) -> None:
    most = opened(submission_id="i" * 200, subject="ç" * 500, text="\N{PILE OF POO}" * 50_000)
    answer = await submitted(channel, most)
    assert answer.disposition == "opened"
    ticket = await queued(desk, answer.ticket_id)
    assert (ticket["subject"], ticket["text"]) == (most["subject"], most["text"])


async def test_a_nul_is_replaced_and_an_unknown_field_left_aside(desk: RunningDesk, channel: Client) -> None:
    answer = await submitted(channel, opened(text="a\x00b", favourite_colour="azul"))
    assert (await queued(desk, answer.ticket_id))["text"] == "a\N{REPLACEMENT CHARACTER}b"


async def test_an_instant_in_the_future_counts_as_now(desk: RunningDesk, channel: Client) -> None:
    past = await submitted(channel, opened(received_at="2026-03-02T08:00:00-03:00"))
    assert (await queued(desk, past.ticket_id))["opened_at"] == "2026-03-02T11:00:00Z"
    future = await submitted(channel, opened(received_at="9999-12-31T23:59:59Z"))
    assert not (await queued(desk, future.ticket_id))["opened_at"].startswith("9999")


async def test_a_reply_is_appended_to_its_ticket(channel: Client) -> None:
    ticket = await submitted(channel, opened())
    reply = {"submission_id": str(uuid4()), "channel": "web", "requester": ANA, "text": "Mais isto."}
    answer = await submitted(channel, {**reply, "number": ticket.number}, event="RequesterReplied")
    assert (answer.disposition, answer.ticket_id) == ("appended", ticket.ticket_id)


async def test_a_reply_from_another_customer_is_rejected(desk: RunningDesk, channel: Client) -> None:
    caio, vale = "caio.reis@vale.example.com", {"customer": "vale"}
    await desk.define("customer", "vale", {"name": "Vale Verde"})
    await desk.define("contact", "caio", {**vale, "name": "Caio Reis", "addresses": [caio]})
    await desk.spread()
    ticket = await submitted(channel, opened())
    reply = {"submission_id": str(uuid4()), "channel": "web", "requester": caio, "text": "E eu?"}
    answer = await submitted(channel, {**reply, "number": ticket.number}, event="RequesterReplied")
    assert (answer.disposition, answer.reason) == ("rejected", "forbidden")


async def test_a_reply_to_no_ticket_is_rejected(channel: Client) -> None:
    reply = {"submission_id": str(uuid4()), "channel": "web", "requester": ANA, "text": "Mais isto."}
    answer = await submitted(channel, {**reply, "number": "1999-000001"}, event="RequesterReplied")
    assert (answer.disposition, answer.reason) == ("rejected", "invalid")
    assert answer.submission_id == reply["submission_id"]


async def test_no_channel_speaks_for_another(channel: Client) -> None:
    with pytest.raises(nats.errors.Error):
        await channel.jetstream(timeout=1).publish(
            "channel.other.TicketOpened", json.dumps(opened()).encode()
        )
    errors: list[Exception] = channel.errors  # type: ignore[attr-defined]
    async with asyncio.timeout(60):
        while not errors:
            await asyncio.sleep(0.02)
    assert "permissions violation" in str(errors[0]).lower()


async def test_a_message_id_used_twice_is_answered_once(channel: Client) -> None:
    confirm_to = channel.new_inbox()
    answers = await channel.subscribe(confirm_to)
    headers = {"Confirm-To": confirm_to, "Nats-Msg-Id": str(uuid4())}
    body = json.dumps(opened()).encode()
    acknowledged = [
        await channel.jetstream(timeout=60).publish("channel.demo.TicketOpened", body, headers=headers)
        for _ in range(2)
    ]
    assert [bool(ack.duplicate) for ack in acknowledged] == [False, True]
    await answers.next_msg(timeout=60)
    with pytest.raises(nats.errors.TimeoutError):
        await answers.next_msg(timeout=1)


async def test_an_answer_that_was_missed_is_given_again_after_a_fault(
    desk: RunningDesk, channel: Client
) -> None:
    body = opened()
    first = await submitted(channel, body)
    desk.kill("intake")
    await desk.restart("intake")
    assert await submitted(channel, body) == first
