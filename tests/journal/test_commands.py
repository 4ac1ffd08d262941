import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid5

from contracts.envelope import Actor, Reply, Request
from deploy.postgres import EmbeddedPostgres
from deploy.provision import provision, role_url
from journal import store
from journal.entry import Entry
from tests.journal.rooms import NAMESPACE, POISON, answering, ask_all, say
from tests.servers.backing import Database, connected

Make = Callable[[str], Awaitable[Database]]


async def entries(url: str) -> list[Entry]:
    async with connected(url) as connection:
        return [e for partition in (0, 1) for e in await store.read(connection, partition, 0, 1000)]


async def test_the_same_key_twice_gives_the_same_answer_once(database: Make) -> None:
    db = await database("lifecycle")
    async with answering(db.url) as (commands, _):
        request = say("s", 7)
        first = await commands.ask(request)
        assert (first.outcome, first.result, first.position) == ("done", {"count": 1}, 1)
        assert await commands.ask(request) == first
        assert await ask_all(commands, [request, request, request]) == [first] * 3
    assert len(await entries(db.url)) == 1


async def test_the_same_key_at_two_replicas_at_once_gives_one_answer(database: Make) -> None:
    """Each kind: done, refused and nothing to do. The last two write their answer and nothing else."""
    db = await database("lifecycle")
    async with answering(db.url) as (one, _), answering(db.url) as (other, _):
        for attempt in range(15):
            for number in (attempt + 1, -1, 0):
                request = say(f"s{attempt}", number)
                left, right = await asyncio.gather(one.ask(request), other.ask(request))
                assert left == right
                assert left.outcome == ("refused" if number < 0 else "done"), left
    assert len(await entries(db.url)) == 15


async def test_those_that_arrive_together_are_appended_together(database: Make) -> None:
    db = await database("lifecycle")
    async with answering(db.url) as (commands, _):
        replies = await ask_all(commands, [say(f"s{n % 10}", n + 1) for n in range(50)])
        assert all(reply.outcome == "done" for reply in replies)
        assert sorted(r.result["count"] for r in replies) == sorted(n // 10 + 1 for n in range(50))
    written = await entries(db.url)
    assert len(written) == 50
    assert len({e.recorded_at for e in written}) <= 2


async def test_many_writers_of_one_stream_at_two_replicas_lose_nothing(database: Make) -> None:
    db = await database("lifecycle")
    async with answering(db.url) as (one, _), answering(db.url) as (other, _):
        for n in range(20):
            replies = await asyncio.gather(one.ask(say("s", 2 * n + 1)), other.ask(say("s", 2 * n + 2)))
            assert [reply.outcome for reply in replies] == ["done", "done"]
            assert {reply.result["count"] for reply in replies} == {2 * n + 1, 2 * n + 2}
    assert len(await entries(db.url)) == 40


async def test_each_kind_of_no_has_its_answer_and_leaves_the_others_alone(database: Make) -> None:
    db = await database("lifecycle")
    by = Actor(role="system", key="ana")
    async with answering(db.url) as (commands, _):
        refused, unknown, malformed, fault, done = await ask_all(
            commands,
            [
                say("a", -5),
                Request(id="u", type="test.Nothing", by=by, data={}),
                Request(id="m", type="test.Say", by=by, data={"stream": "secret words", "number": 1}),
                say("a", POISON),
                say("a", 3),
            ],
        )
        assert (refused.outcome, refused.code, refused.facts) == ("refused", "negative", {"number": -5})
        assert (unknown.outcome, unknown.code) == ("refused", "unknown_command")
        assert (malformed.outcome, malformed.code) == ("refused", "malformed")
        assert [problem["at"] for problem in malformed.facts["errors"]] == ["stream"]
        assert "secret words" not in malformed.model_dump_json()
        assert (fault.outcome, fault.code) == ("fault", "unavailable")
        assert (done.outcome, done.result) == ("done", {"count": 1})
        rubbish: list[object] = [b"rubbish", None, [], {}, {"id": ""}]
        rubbish.append(say("a", 1).model_dump(mode="json") | {"id": "nul\x00"})
        for body in rubbish:
            reply = await commands.ask_raw(body)
            assert (reply.outcome, reply.code) == ("refused", "malformed")
    assert len(await entries(db.url)) == 1


async def test_a_refusal_half_way_takes_back_what_its_command_had_decided(database: Make) -> None:
    db = await database("lifecycle")
    async with answering(db.url) as (commands, _):
        before, half, after = await ask_all(commands, [say("s", 1), say("s", 2, then=-1), say("s", 3)])
        assert [before.result, after.result] == [{"count": 1}, {"count": 2}]
        assert (half.outcome, half.code, half.position) == ("refused", "negative", 0)
    assert len(await entries(db.url)) == 2


async def test_a_fault_may_be_tried_again_with_the_same_key(database: Make) -> None:
    db = await database("lifecycle")
    async with answering(db.url) as (commands, _):
        request = say("s", POISON)
        assert (await commands.ask(request)).outcome == "fault"
        retried = say("s", 4, request_id=request.id)
        assert (await commands.ask(retried)).outcome == "done"


async def test_a_trace_that_is_none_is_malformed(database: Make) -> None:
    db = await database("lifecycle")
    body = say("s", 1).model_dump(mode="json") | {"trace": '","id":"forged'}
    async with answering(db.url) as (commands, _):
        assert (await commands.ask_raw(body)).code == "malformed"


async def test_a_database_that_is_killed_and_comes_back_answers_each_key_once(
    postgres_server_own: EmbeddedPostgres, state: Path
) -> None:
    server = postgres_server_own
    await provision(server.url, state, "k_", ["lifecycle"])
    url = role_url(server.url, "k_lifecycle", (state / "k_lifecycle").read_text(), "k_lifecycle")
    async with answering(url) as (commands, journal):
        requests = [say(f"s{n}", n + 1) for n in range(30)]

        async def insist(request: Request) -> Reply:
            while (reply := await commands.ask(request)).outcome == "fault":
                await asyncio.sleep(0.05)
            return reply

        asking = [asyncio.create_task(insist(request)) for request in requests[:15]]
        await asyncio.sleep(0.005)
        await asyncio.to_thread(server.kill)
        asking += [asyncio.create_task(insist(request)) for request in requests[15:]]
        await asyncio.sleep(0.2)
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(60):
            replies = await asyncio.gather(*asking)
        assert [reply.result for reply in replies] == [{"count": 1}] * 30
        assert await ask_all(commands, requests) == replies
        streams = {e.stream_id for p in (0, 1) for e in await store.read(journal.pool, p, 0, 100)}
        assert streams == {uuid5(NAMESPACE, f"s{n}") for n in range(30)}
        assert sum([v.entries for v in await store.verify_all(journal.pool)]) == 30
