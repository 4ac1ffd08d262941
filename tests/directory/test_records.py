"""The records in memory against the journal: other replicas, rolled back works, commands at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.commands import AddNote, DefineRecord, DefineRecords
from contracts.directory import RecordDefined
from contracts.envelope import SYSTEM, Actor, Reply, Request
from journal import store
from journal.clock import DeskClock
from journal.commands import Commands
from journal.store import Pool
from journal.work import Journal, Work
from services.directory.decider import DIRECTORY, Kept
from services.directory.records import Records
from services.directory.subscribers import on_command
from tests.servers.backing import Database

SERRA = DefineRecord(kind="customer", key="serra", record={"name": "Serra Azul"})


class Replica:
    """One directory service without its bus."""

    def __init__(self, pool: Pool) -> None:
        self.journal: Journal[Kept] = Journal(pool, DIRECTORY, DeskClock(), partitions=1)
        self.records = Records(pool)
        self.commands = Commands("directory", self.journal, self.handle)

    async def handle(self, work: Work[Any], command: Any, request: Request) -> dict[str, Any]:
        return await on_command(work, command, request, self.records)

    async def contact(self, key: str, address: str) -> Reply:
        form = {"name": key, "customer": "serra", "addresses": [address]}
        command = DefineRecord(kind="contact", key=key, record=dict(form))
        return await self.ask(command)

    async def define(self, *records: tuple[str, str, dict[str, Any]], **more: Any) -> Reply:
        asked = [{"kind": kind, "key": key, "record": record, **more} for kind, key, record in records]
        return await self.ask(DefineRecords.model_validate({"records": asked}))

    async def ask(self, command: Any) -> Reply:
        data = command.model_dump(mode="json")
        return await self.commands.ask(Request(id=str(uuid4()), type=command.topic, by=SYSTEM, data=data))


@pytest.fixture
async def pool(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Pool]:
    made = await database("directory")
    async with asyncpg.create_pool(made.url, min_size=1, max_size=6) as pool:
        yield pool


@pytest.fixture
async def replicas(pool: Pool) -> AsyncIterator[tuple[Replica, Replica]]:
    pair = Replica(pool), Replica(pool)
    tasks = [asyncio.create_task(replica.commands.run()) for replica in pair]
    assert (await pair[0].ask(SERRA)).outcome == "done"
    yield pair
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_of_many_who_want_an_address_at_once_one_gets_it(replicas: tuple[Replica, Replica]) -> None:
    asked = [replicas[n % 2].contact(f"c{n}", "quero@serra.example") for n in range(20)]
    replies = await asyncio.gather(*asked)
    assert sorted(reply.outcome for reply in replies) == ["done"] + ["refused"] * 19
    assert {reply.code for reply in replies} == {"", "address_taken"}


async def test_what_one_replica_recorded_the_other_knows(replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    assert (await one.contact("ana", "ana@serra.example")).outcome == "done"
    assert (await other.contact("bia", "ana@serra.example")).facts == {
        "address": "ana@serra.example",
        "contact": "ana",
    }
    assert (await other.contact("ana", "ana.prado@serra.example")).result["version"] == 2
    assert (await one.contact("bia", "ana@serra.example")).outcome == "done"


async def test_a_work_that_was_never_committed_leaves_no_address_taken(
    pool: Pool, replicas: tuple[Replica, Replica]
) -> None:
    one, other = replicas
    form: dict[str, object] = {"name": "Ana", "customer": "serra", "addresses": ["ana@serra.example"]}
    command = DefineRecord(kind="contact", key="ana", record=form)
    request = Request(id="x", type=command.topic, by=SYSTEM, data={})
    async with one.journal.work() as work:
        await one.handle(work, command, request)
    assert len(await store.read(pool, 0, 0, 10)) == 1
    assert (await one.contact("bia", "ana@serra.example")).outcome == "done"
    # Its other contact was known only to the rolled back work; the same key and version is now another's.
    assert (await other.contact("ana", "outra@serra.example")).outcome == "done"
    assert (await one.contact("caio", "outra@serra.example")).code == "address_taken"


async def test_other_commands_are_none_of_its(replicas: tuple[Replica, Replica]) -> None:
    reply = await replicas[0].ask(AddNote(ticket_id=uuid4(), text="x"))
    assert (reply.outcome, reply.code) == ("refused", "unknown_command")


AREA = ("area", "fiscal", {"name": "Fiscal"})
NOTAS = ("application", "notas", {"name": "Notas", "area": "fiscal"})


async def names(pool: Pool) -> list[tuple[str, str, int]]:
    """What the journal says after the first customer."""
    entries = [entry.event() for entry in await store.read(pool, 0, 1, 100)]
    return [(event.kind, event.key, event.version) for event in entries if isinstance(event, RecordDefined)]


async def test_many_records_are_recorded_together_in_the_order_of_the_request(
    pool: Pool, replicas: tuple[Replica, Replica]
) -> None:
    reply = await replicas[0].define(NOTAS, AREA)
    assert reply.result == {
        "dry_run": False,
        "records": [
            {"kind": "application", "key": "notas", "outcome": "new"},
            {"kind": "area", "key": "fiscal", "outcome": "new"},
        ],
    }
    assert await names(pool) == [("application", "notas", 1), ("area", "fiscal", 1)]
    assert reply.position == 3


async def test_what_a_request_changes_is_told_field_by_field(replicas: tuple[Replica, Replica]) -> None:
    await replicas[0].define(NOTAS, AREA)
    renamed = ("area", "fiscal", {"name": "Fiscal e Contábil", "assignment": "least_open"})
    reply = await replicas[1].define(NOTAS, renamed, ("area", "rh", {"name": "RH"}))
    assert reply.result["records"] == [
        {"kind": "application", "key": "notas", "outcome": "same"},
        {
            "kind": "area",
            "key": "fiscal",
            "outcome": "changed",
            "changed": {"name": ["Fiscal", "Fiscal e Contábil"], "assignment": [None, "least_open"]},
        },
        {"kind": "area", "key": "rh", "outcome": "new"},
    ]
    out = await replicas[0].define(("area", "rh", {"name": "RH"}), active=False)
    assert out.result["records"][0]["changed"] == {"active": [True, False]}


async def test_one_faulty_record_keeps_all_out_and_every_fault_is_told(
    pool: Pool, replicas: tuple[Replica, Replica]
) -> None:
    wrong = ("customer", "vale", {"name": "Vale", "tax_id": "11.222.333/0001-82"})
    lost = ("application", "loja", {"name": "", "area": "vendas"})
    reply = await replicas[0].define(AREA, wrong, NOTAS, lost)
    assert (reply.outcome, reply.code) == ("refused", "records_refused")
    loja, vale = (
        {"index": 3, "kind": "application", "key": "loja"},
        {"index": 1, "kind": "customer", "key": "vale"},
    )
    assert reply.facts == {
        "count": 3,
        "faults": [
            {**vale, "field": "tax_id", "code": "malformed", "facts": {"why": "not_a_cnpj"}},
            {**loja, "field": "name", "code": "malformed", "facts": {"why": "blank"}},
            {
                **loja,
                "field": "area",
                "code": "unknown_reference",
                "facts": {"field": "area", "kind": "area", "key": "vendas"},
            },
        ],
    }
    assert await names(pool) == []
    # And what was decided of the sound ones is known to nobody.
    assert (await replicas[0].define(NOTAS)).code == "records_refused"


async def test_a_dry_run_decides_everything_and_writes_nothing(
    pool: Pool, replicas: tuple[Replica, Replica]
) -> None:
    one, _ = replicas
    asked = [{"kind": kind, "key": key, "record": record} for kind, key, record in (AREA, NOTAS)]
    dry = DefineRecords.model_validate({"records": asked, "dry_run": True})
    tried = await one.ask(dry)
    assert (tried.outcome, tried.position) == ("done", 0)
    assert await names(pool) == []
    assert (await one.define(NOTAS)).code == "records_refused"
    done = await one.define(AREA, NOTAS)
    assert tried.result == {**done.result, "dry_run": True}
    assert (await one.ask(dry)).result["records"][0]["outcome"] == "same"


async def test_commands_of_one_work_see_what_those_before_them_defined(
    replicas: tuple[Replica, Replica],
) -> None:
    one, _ = replicas
    replies = await asyncio.gather(one.define(AREA), one.define(NOTAS), one.contact("ana", "a@x.example"))
    assert [reply.outcome for reply in replies] == ["done"] * 3


async def test_of_two_requests_for_one_address_one_is_refused_whole(
    pool: Pool, replicas: tuple[Replica, Replica]
) -> None:
    def people(*keys: str) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            ("contact", key, {"name": key, "customer": "serra", "addresses": [f"{key[-1]}@serra.example"]})
            for key in keys
        ]

    asked = [replicas[n % 2].define(*people(f"{n}-a", f"{n}-b")) for n in range(6)]
    replies = await asyncio.gather(*asked)
    assert sorted(reply.code for reply in replies) == [""] + ["records_refused"] * 5
    assert len(await names(pool)) == 2


async def test_thousands_of_records_are_one_transaction(
    pool: Pool, replicas: tuple[Replica, Replica]
) -> None:
    people = [
        ("contact", f"c{n}", {"name": f"C {n}", "customer": "serra", "addresses": [f"c{n}@serra.example"]})
        for n in range(4_000)
    ]
    reply = await replicas[0].define(*people)
    assert (reply.outcome, reply.position) == ("done", 4_001)
    again = await replicas[1].define(*people)
    assert {each["outcome"] for each in again.result["records"]} == {"same"}


async def test_an_answer_fits_where_its_request_did(replicas: tuple[Replica, Replica]) -> None:
    def answers(letter: str) -> list[tuple[str, str, dict[str, Any]]]:
        text = letter * 40_000
        return [("canned_answer", f"a{n}", {"title": "T", "texts": {"en": text}}) for n in range(8)]

    await replicas[0].define(*answers("a"))
    reply = await replicas[0].define(*answers("b"), ("area", "fiscal", {"name": "Fiscal"}))
    told = [each.get("changed", {}).get("texts") for each in reply.result["records"]]
    assert [bool(each) for each in told] == [True] * 3 + [False] * 6
    assert len(reply.model_dump_json()) < 300_000


async def test_who_may_define_many(replicas: tuple[Replica, Replica]) -> None:
    command = DefineRecords.model_validate(
        {"records": [{"kind": "area", "key": "a", "record": {"name": "A"}}]}
    )
    data = command.model_dump(mode="json")
    for role, outcome in (("manager", "done"), ("analyst", "refused"), ("auditor", "refused")):
        by = Actor.model_validate({"role": role, "key": "x"})
        reply = await replicas[0].commands.ask(Request(id=role, type=command.topic, by=by, data=data))
        assert reply.outcome == outcome
