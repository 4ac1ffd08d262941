"""People of a running desk, each with a session of their own: over the API and at the pages, without a browser."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from contracts.envelope import Role
from journal.clock import DeskClock
from services.gateway.logins import Logins
from tests.running import RunningDesk
from tests.small_desk import RECORDS as SMALL_DESK

PASSWORD = "uma senha de teste"
DONE = "done"
PATIENCE_S = 60
_FAULT = 503
_AGAIN_S = 0.2

PEOPLE: dict[str, tuple[str, Role]] = {
    "ana": ("ana.prado@serra.example.com", "requester"),
    "davi": ("davi@serra.example.com", "requester"),
    "caio": ("caio@lima.example.com", "requester"),
    "bruno": ("bruno.teles@desk.example.com", "analyst"),
    "nina": ("nina@desk.example.com", "analyst"),
    "marta": ("marta.lins@desk.example.com", "manager"),
    "omar": ("omar@desk.example.com", "manager"),
    "rita": ("rita@desk.example.com", "auditor"),
}

_MORE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("customer", "lima", {"name": "Lima Têxtil"}),
    ("contact", "davi", {"name": "Davi Reis", "customer": "serra", "addresses": ["davi@serra.example.com"]}),
    ("contact", "caio", {"name": "Caio Lima", "customer": "lima", "addresses": ["caio@lima.example.com"]}),
    ("application", "caixa", {"name": "Caixa", "area": "fiscal"}),
    (
        "contract",
        "serra-2026",
        {
            "customer": "serra",
            "applications": ["notas"],
            "starts_on": "2020-01-01",
            "sla_policy": "padrao",
            "approvers": ["davi"],
        },
    ),
    (
        "contract",
        "lima-2026",
        {"customer": "lima", "applications": ["notas"], "starts_on": "2020-01-01", "sla_policy": "padrao"},
    ),
    ("area", "dados", {"name": "Dados"}),
    ("service_kind", "acesso", {"name": "Acesso", "area": "dados"}),
    ("service_kind", "uso", {"name": "Dúvida de uso"}),
    ("priority_matrix", "priority", {"cells": {"high": {"major": "urgent"}}}),
    (
        "canned_answer",
        "saudacao",
        {"title": "Saudação", "texts": {"pt-BR": "Olá, {requester}! O {number} está conosco."}},
    ),
    ("analyst", "nina", {"name": "Nina Alves", "email": "nina@desk.example.com", "areas": ["dados"]}),
    (
        "analyst",
        "leo",
        {
            "name": "Léo Dias",
            "email": "leo@desk.example.com",
            "areas": ["fiscal"],
            "absences": [{"starts_on": "2020-01-01", "ends_on": "2099-12-31", "reason": "licença"}],
        },
    ),
    ("analyst", "omar", {"name": "Omar Reis", "email": "omar@desk.example.com", "role": "manager"}),
    ("analyst", "rita", {"name": "Rita Sá", "email": "rita@desk.example.com", "role": "auditor"}),
)
RECORDS = (*SMALL_DESK, *_MORE)
"""The small desk, and whoever and whatever the rules of a ticket's whole life need besides."""


async def admit(desk: RunningDesk) -> None:
    """Give everybody one password, hashed once: hashing takes its time on purpose."""
    async with asyncpg.create_pool(desk.database_url("gateway"), min_size=1, max_size=1) as pool:
        await Logins(pool, DeskClock()).set_password(PEOPLE["ana"][0], "requester", "ana", PASSWORD)
        rows = [(login, role, key) for key, (login, role) in PEOPLE.items()]
        await pool.executemany(
            "insert into access.logins select $1, $2, $3, password, changed_at from access.logins "
            "where key = 'ana' on conflict do nothing",
            rows,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call was answered: its HTTP status, and the code of a refusal, `done`, or a problem's."""

    status: int
    code: str
    body: dict[str, Any]


class Caller:
    """Somebody with a session of the JSON API."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.token = token

    @classmethod
    async def enter(cls, desk: RunningDesk, who: str) -> "Caller":
        http = httpx.AsyncClient(base_url=desk.web_url, timeout=60)
        credentials = {"login": PEOPLE[who][0], "password": PASSWORD}
        session = (await http.post("/api/v1/session", json=credentials)).json()
        return cls(http, session["csrf"])

    async def call(self, command: str, body: dict[str, Any]) -> Answer:
        """Send a command by its topic."""
        headers = {"X-CSRF-Token": self.token, "Idempotency-Key": str(uuid4())}
        path = f"/api/v1/commands/{command}"
        answer = await _decided(lambda: self.http.post(path, json=body, headers=headers))
        found = answer.json()
        code = found.get("code") or found.get("outcome") or "malformed"
        return Answer(answer.status_code, code, found)

    async def post(self, path: str, data: dict[str, Any]) -> httpx.Response:
        """Send a form of a page; lists are fields that are sent more than once."""
        form = {"csrf": self.token, "key": str(uuid4()), **data}
        return await _decided(lambda: self.http.post(path, data=form))

    async def until(self, path: str, holds: Callable[[str], bool]) -> str:
        """What a page says, as soon as that holds of it: it comes into the views after the answer to a command."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(text := (await self.http.get(path)).text):
                await asyncio.sleep(0.03)
        return text

    async def ticket(
        self, number: str, clock: str = "", holds: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """A ticket as soon as the pages know it, that clock of it where one is named, and that this holds of it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await self.http.get(f"/api/v1/tickets/{number}")
                if answer.status_code == 200 and clock in answer.text and holds(answer.json()):
                    return dict(answer.json())
                await asyncio.sleep(0.03)


async def _decided(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The service's own answer: where a busy machine lets the pages wait in vain, the same is sent again, by its key."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    while (answer := await send()).status_code == _FAULT and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(_AGAIN_S)
    return answer


async def opened(people: dict[str, Caller]) -> dict[str, Any]:
    """A ticket of Ana's as the pages know it, its first clock running."""
    body = {
        "channel": "web",
        "requester": "ana",
        "application": "notas",
        "subject": "Nota",
        "text": "Não sai.",
    }
    answer = await people["ana"].call("intake.SubmitTicket", body)
    assert answer.code == DONE, answer
    return await people["bruno"].ticket(answer.body["result"]["number"], clock="first_response")
