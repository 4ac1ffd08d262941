"""Commands that take something real first, done over HTTP: a stranger's mail, an alarm, an e-mail that was refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.gateway.people import DONE, PEOPLE, RECORDS, Caller, admit, opened
from tests.intake.door import letter, post
from tests.mail_out.post_office import BOUNCES, PostOffice
from tests.notifier.sink import sink
from tests.running import RunningDesk, running_desk

SPEED = 60
"""A minute of the desk in a second."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SOON: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("calendar", "sempre", {"time_zone": "America/Sao_Paulo", "weekly": {key: [["00:00", "24:00"]] for key in DAYS}}),
    ("sla_policy", "padrao", {"name": "Padrão", "calendar": "sempre", "first_response_min": 2}),
)  # fmt: skip
"""A desk that is always open and answers within two minutes: a clock warns soon, whenever the test is run."""


GIVEN_UP = """
select notification_id from views.undelivered u join views.history h using (ticket_id)
 where ticket_id = $1 and h.topic = 'notifier.NotificationRequested.v1'
   and h.data::jsonb @> jsonb_build_object('notification_id', notification_id, 'recipient', $2::text)
"""
"""Of the e-mails about a ticket that nobody took, one to that address: on this desk the alarms are refused as well."""


class _Refusing(PostOffice):
    """Knows nobody's address yet."""

    refusing = True

    async def handle_RCPT(self, *told: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            return "550 5.1.1 nobody of that name"
        return await super().handle_RCPT(*told)


@pytest.fixture(scope="module")
async def post_office() -> AsyncIterator[_Refusing]:
    made = _Refusing()
    async with sink(made=made):
        yield made


@pytest.fixture(scope="module")
async def desk(post_office: _Refusing) -> AsyncIterator[RunningDesk]:
    now = datetime.now(UTC).isoformat()
    environment = {"DESK_CLOCK": f"{now}@{now}x{SPEED}", "MAIL_OUT": post_office.url}
    async with running_desk(environment=environment, records=(*RECORDS, *SOON)) as desk:
        await admit(desk)
        yield desk


async def seen(desk: RunningDesk, query: str, *arguments: Any) -> Any:
    """What the gateway's views say, as soon as they say anything."""
    connection = await asyncpg.connect(desk.database_url("gateway"))
    try:
        async with asyncio.timeout(90):
            while (found := await connection.fetchval(query, *arguments)) is None:
                await asyncio.sleep(0.1)
        return found
    finally:
        await connection.close()


async def of_a_stranger(desk: RunningDesk) -> str:
    """The submission that a stranger's mail was parked as."""
    subject = f"Estranho {uuid4()}"
    stranger = "zeca@fora.example.com"
    assert await post(desk, letter(stranger, subject), stranger) == 250
    return str(
        await seen(desk, "select submission_id from views.parked where delivered ->> 'subject' = $1", subject)
    )


async def test_a_parked_mail_is_accepted(desk: RunningDesk, people: dict[str, Caller]) -> None:
    body = {"submission_id": await of_a_stranger(desk), "requester": "ana", "application": "notas"}
    answer = await people["bruno"].call("intake.AcceptParked", body)
    assert (answer.status, answer.code) == (200, DONE), answer
    ticket = await people["bruno"].ticket(answer.body["result"]["number"])
    assert ticket["subject"].startswith("Estranho")


async def test_a_parked_mail_is_turned_down_once(desk: RunningDesk, people: dict[str, Caller]) -> None:
    body = {"submission_id": await of_a_stranger(desk), "detail": "não é conosco"}
    assert (await people["nina"].call("intake.RejectParked", body)).code == DONE
    again = await people["nina"].call("intake.RejectParked", {**body, "detail": "de novo"})
    assert again.code == "not_parked"


async def test_an_alert_is_acknowledged(desk: RunningDesk, people: dict[str, Caller]) -> None:
    ticket = await opened(people)
    warned = "select true from views.history where ticket_id = $1 and topic = 'sla.ClockWarned.v1' limit 1"
    await seen(desk, warned, ticket["ticket_id"])
    body = {"ticket_id": ticket["ticket_id"], "clock": "first_response"}
    assert (await people["bruno"].call("sla.AcknowledgeAlert", body)).code == DONE
    told = await people["bruno"].ticket(ticket["number"], clock="AlertAcknowledged")
    assert "AlertAcknowledged" in {moment["name"] for moment in told["moments"]}


async def test_an_address_is_restored_and_what_was_given_up_is_sent_again(
    desk: RunningDesk, people: dict[str, Caller], post_office: _Refusing
) -> None:
    tickets = [await opened(people) for _ in range(BOUNCES)]
    address = PEOPLE["ana"][0]
    await seen(desk, "select true from views.suspended where address = $1", address)
    retry = {"notification_id": str(await seen(desk, GIVEN_UP, tickets[0]["ticket_id"], address))}
    assert (await people["bruno"].call("notifier.RetryNotification", retry)).code == "address_suspended"
    post_office.refusing = False
    restore = {"address": address, "reason": "a caixa voltou"}
    assert (await people["bruno"].call("notifier.RestoreAddress", restore)).code == DONE
    assert (await people["bruno"].call("notifier.RetryNotification", retry)).code == DONE
    async with asyncio.timeout(90):
        while not any(tickets[0]["number"] in subject for subject in post_office.subjects_to(address)):
            await asyncio.sleep(0.1)
