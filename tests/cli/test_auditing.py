"""What the auditor asks, on a desk that runs: a ticket's history, the chains, where each service stands."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import commands as c
from contracts.envelope import Actor
from contracts.notifier import NotificationRequested, NotificationSent
from deploy.auditor.place import Place
from deploy.auditor.standing import standings
from deploy.cli import program
from deploy.nats_rules import SERVICES
from tests.cli.atendimento import atendimento, describe
from tests.running import ALL, RunningDesk, running_desk
from tests.servers.backing import connected

ANA = Actor(role="requester", key="ana", name="Ana Prado")
BRUNO = Actor(role="analyst", key="bruno", name="Bruno Teles")
WITHOUT_GATEWAY = tuple(service for service in ALL if service != "gateway")
PATIENCE_S = 60.0


@dataclass
class Lived:
    """A desk on which one ticket has lived, and another."""

    desk: RunningDesk
    ticket_id: UUID
    number: str
    other: str
    before_resolving: datetime
    without_gateway: Any
    """The history as it was told before the gateway had started."""

    @property
    def state(self) -> Path:
        return self.desk.state


async def done(desk: RunningDesk, by: Actor, command: Any) -> dict[str, Any]:
    reply = await desk.ask(command, by)
    assert reply.outcome == "done", reply
    return reply.result


async def opened(desk: RunningDesk, subject: str) -> dict[str, Any]:
    ticket = c.SubmitTicket(
        channel="web", requester="ana", application="notas", subject=subject, text="Não emite."
    )
    return await done(desk, ANA, ticket)


async def settled(desk: RunningDesk, services: tuple[str, ...] = ALL) -> None:
    """Until nobody is behind anybody, and still is not a moment later."""
    place = Place.find({"ATENDIMENTO_STATE": str(desk.state)})
    calm = 0
    async with asyncio.timeout(PATIENCE_S):
        while calm < 2:
            found = await standings(place)
            behind = [n for each in found if each.service in services for n in each.behind.values()]
            calm = calm + 1 if not any(behind) else 0
            await asyncio.sleep(0.5)


async def in_lifecycle(desk: RunningDesk, ticket_id: UUID) -> None:
    """Until the ticket is in its queue."""
    async with asyncio.timeout(PATIENCE_S), connected(desk.auditor_url("lifecycle")) as journal:
        while not await journal.fetchval("select true from journal.entries where stream_id = $1", ticket_id):
            await asyncio.sleep(0.05)


async def every_mail_sent(desk: RunningDesk) -> None:
    """Until each e-mail that is owed has been recorded as sent."""
    counted = "select count(*) from journal.entries where topic = $1"
    topics = (NotificationRequested.topic, NotificationSent.topic)
    async with asyncio.timeout(PATIENCE_S), connected(desk.auditor_url("notifier")) as journal:
        while len({await journal.fetchval(counted, topic) for topic in topics}) > 1:
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def lived() -> AsyncIterator[Lived]:
    # E-mails go at once: what is owed is soon sent, and the history stands still.
    async with running_desk(WITHOUT_GATEWAY, {"BUNDLE_S": "0"}) as desk:
        describe(desk)
        registered = await opened(desk, "Nota [rejeitada]")
        other = await opened(desk, "Outro assunto")
        ticket_id, number = UUID(registered["ticket_id"]), registered["number"]
        await in_lifecycle(desk, ticket_id)
        await done(desk, BRUNO, c.AwaitCustomer(ticket_id=ticket_id, text="Qual nota?"))
        before_resolving = datetime.now(UTC)
        await desk.define(
            "sla_policy", "padrao", {"name": "Outra", "calendar": "padrao", "first_response_min": 60}
        )
        await done(desk, BRUNO, c.ResolveTicket(ticket_id=ticket_id, text="Certificado renovado."))
        await settled(desk, WITHOUT_GATEWAY)
        await every_mail_sent(desk)
        told = (await atendimento(desk.state, "history", number, "--json")).json
        await desk.start("gateway")
        describe(desk)
        await settled(desk)
        yield Lived(desk, ticket_id, number, other["number"], before_resolving, told)


async def test_history_is_told_in_portuguese_and_in_english(lived: Lived) -> None:
    pt = await atendimento(lived.state, "history", lived.number)
    en = await atendimento(lived.state, "--lang", "en", "history", lived.number)
    assert (pt.code, en.code) == (0, 0)
    for said in ("Pendente do cliente", "Bruno Teles", "Certificado renovado.", "Nota [rejeitada]", "Status"):
        assert said.lower() in pt.said.lower()
    assert "Waiting for the customer" in en.said
    assert "Resolvido" not in en.said


async def test_history_comes_from_all_journals_as_they_hold_it(lived: Lived) -> None:
    told = (await atendimento(lived.state, "history", lived.number, "--json")).json
    assert {each["service"] for each in told["entries"]} == {"intake", "lifecycle", "sla", "notifier"}
    for each in told["entries"]:
        async with connected(lived.desk.auditor_url(each["service"])) as journal:
            digest = await journal.fetchval(
                "select digest from journal.entries where partition = $1 and position = $2",
                each["partition"],
                each["position"],
            )
        assert digest.hex() == each["digest"]
        assert each["data"].get("ticket_id", str(lived.ticket_id)) == str(lived.ticket_id)
    recorded = [each["recorded_at"] for each in told["entries"]]
    assert recorded == sorted(recorded)
    assert (told["ticket"]["status"], told["ticket"]["analyst"]) == ("resolved", "bruno")


async def test_history_needs_no_gateway(lived: Lived) -> None:
    with_gateway = (await atendimento(lived.state, "history", lived.number, "--json")).json
    async with connected(lived.desk.auditor_url("gateway")) as gateway:
        filed = await gateway.fetchval(
            "select count(*) from views.history where ticket_id = $1", lived.ticket_id
        )
    assert filed >= len(with_gateway["entries"]) > 5
    assert with_gateway == lived.without_gateway


async def test_at_an_instant_the_ticket_is_as_it_stood(lived: Lived) -> None:
    at = lived.before_resolving.isoformat()
    told = (await atendimento(lived.state, "history", lived.number, "--at", at, "--json")).json
    assert told["ticket"]["status"] == "waiting_customer"
    assert {
        datetime.fromisoformat(each["recorded_at"]) <= lived.before_resolving for each in told["entries"]
    } == {True}
    assert "lifecycle.TicketResolved.v1" not in {each["topic"] for each in told["entries"]}
    now = (await atendimento(lived.state, "history", lived.number, "--json")).json
    assert len(now["entries"]) > len(told["entries"])
    newest = {
        (each["kind"], each["version"], each["newest"])
        for each in told["terms"]
        if each["kind"] == "sla_policy"
    }
    assert newest == {("sla_policy", 1, 1)}
    assert [each["newest"] for each in now["terms"] if each["kind"] == "sla_policy"] == [2]
    assert [
        each["record"]["first_response_min"] for each in now["terms"] if each["kind"] == "sla_policy"
    ] == [1440]


async def test_history_follows_a_merge(lived: Lived) -> None:
    living, merged = await opened(lived.desk, "Nota rejeitada"), await opened(lived.desk, "A mesma nota")
    for each in (living, merged):
        await in_lifecycle(lived.desk, UUID(each["ticket_id"]))
    await done(lived.desk, BRUNO, c.AddNote(ticket_id=merged["ticket_id"], text="É a mesma."))
    before = datetime.now(UTC)
    await done(lived.desk, BRUNO, c.MergeTicket(ticket_id=merged["ticket_id"], into=living["ticket_id"]))
    async with asyncio.timeout(PATIENCE_S):
        while True:
            told = (await atendimento(lived.state, "history", living["number"], "--json")).json
            if {each["merged"] for each in told["entries"]} == {"", merged["number"]}:
                break
    assert told["ticket"]["status"] == "open", "the living ticket stands as it is, not as the merged one"
    recorded = [each["recorded_at"] for each in told["entries"]]
    assert recorded == sorted(recorded)
    notes = [each for each in told["entries"] if each["topic"] == "lifecycle.NoteAdded.v1"]
    assert [(each["merged"], each["data"]["text"]) for each in notes] == [(merged["number"], "É a mesma.")]
    then = await atendimento(lived.state, "history", living["number"], "--at", before.isoformat(), "--json")
    assert {each["merged"] for each in then.json["entries"]} == {""}
    said = (await atendimento(lived.state, "history", living["number"])).said
    assert merged["number"] in said


async def test_an_instant_without_an_offset_is_the_desks_own(lived: Lived) -> None:
    local = lived.before_resolving.astimezone().isoformat()
    with_offset = await atendimento(lived.state, "history", lived.number, "--at", local, "--json")
    assert with_offset.code == 0
    utc_as_if_local = lived.before_resolving.replace(tzinfo=None).isoformat()
    later = (await atendimento(lived.state, "history", lived.number, "--at", utc_as_if_local, "--json")).json
    assert later["ticket"]["status"] == "resolved", "three hours later in São Paulo"
    early = await atendimento(lived.state, "history", lived.number, "--at", "2020-01-01")
    assert (early.code, early.said) == (1, "")
    assert lived.number in early.complained


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("history", "2020-000001"), "Não há ticket 2020-000001."),
        (("history", "2020-000001", "--at", "ontem"), "não é um instante"),
        (("verify", "clima"), "Não há serviço clima"),
    ],
)
async def test_what_is_not_there_is_one_sentence(lived: Lived, arguments: tuple[str, ...], said: str) -> None:
    outcome = await atendimento(lived.state, *arguments)
    assert outcome.code == 1
    assert said in outcome.complained
    assert outcome.complained.count("\n") == 1


async def test_whole_chains_are_verified(lived: Lived) -> None:
    outcome = await atendimento(lived.state, "verify")
    assert outcome.code == 0, outcome.said
    assert outcome.said.count("✓") == len(SERVICES)
    found = (await atendimento(lived.state, "verify", "lifecycle", "--json")).json
    assert {each["service"] for each in found} == {"lifecycle"}
    assert sum(each["verdict"]["entries"] for each in found) >= 4


async def test_status_counts_entries_lag_and_readiness(lived: Lived) -> None:
    await settled(lived.desk)
    async with asyncio.timeout(PATIENCE_S):
        while True:  # a busy machine may let one answer later than the program waits
            said = (await atendimento(lived.state, "status", "--json")).json
            found = {each["service"]: each for each in said}
            if all(each["ready"] for each in found.values()):
                break
    assert set(found) == set(SERVICES)
    assert all(found[service]["entries"] > 0 for service in SERVICES if service != "gateway")
    assert found["sla"]["behind"].keys() >= {"lifecycle", "directory"}
    lived.desk.kill("sla")
    try:
        await opened(lived.desk, "Enquanto sla está fora")
        async with asyncio.timeout(PATIENCE_S):
            while True:
                said = (await atendimento(lived.state, "status", "--json")).json
                sla = next(each for each in said if each["service"] == "sla")
                if sla["behind"]["lifecycle"] > 0:
                    break
            assert sla["ready"] is False
    finally:
        await lived.desk.restart("sla")
    table = await atendimento(lived.state, "status")
    assert table.code == 0
    assert "lifecycle" in table.said


async def test_dead_letters_are_listed_whole(lived: Lived) -> None:
    none = await atendimento(lived.state, "dead-letters")
    assert (none.code, none.said.strip()) == (0, "Nenhuma entrada retida.")
    async with connected(lived.desk.admin_url("sla")) as admin:
        await admin.execute(
            "insert into journal.dead_letters (source, partition, position, topic, stream_id, data, trace, error, "
            "parked_at, version, recorded_at) values ('lifecycle', 1, 7, 'lifecycle.Unheard.v1', "
            "gen_random_uuid(), '{}', '', 'UnknownTopicError([bold])', now(), 1, now())"
        )
        try:
            listed = await atendimento(lived.state, "dead-letters")
            found = (await atendimento(lived.state, "dead-letters", "--json")).json
        finally:
            await admin.execute("delete from journal.dead_letters")
    assert "UnknownTopicError([bold])" in listed.said
    assert [(each["service"], each["source"], each["partition"], each["position"]) for each in found] == [
        ("sla", "lifecycle", 1, 7)
    ]


_PARK = """
insert into journal.dead_letters (source, partition, position, topic, stream_id, data, trace, error, parked_at, version,
                                  recorded_at)
select 'lifecycle', $1, $2, $3, $4, $5, '', 'ValueError()', now(), $6, $7
"""


async def test_a_parked_entry_is_applied_by_the_program_or_put_to_rest(lived: Lived) -> None:
    async with connected(lived.desk.admin_url("lifecycle")) as journal:
        entry = await journal.fetchrow(
            "select partition, position, topic, stream_id, data, version, recorded_at from journal.entries "
            "where topic = 'lifecycle.TicketQueued.v1' order by recorded_at limit 1"
        )
    assert entry is not None
    where = f"lifecycle:{entry['partition']}-{entry['position']}"
    async with connected(lived.desk.admin_url("sla")) as admin:
        facts = [entry[name] for name in ("topic", "stream_id", "data", "version", "recorded_at")]
        await admin.execute(_PARK, entry["partition"], entry["position"], *facts)
        assert where in (await atendimento(lived.state, "dead-letters")).said
        done = await atendimento(lived.state, "--lang", "en", "dead-letters", "retry", "sla", where)
        assert (done.code, done.said.strip()) == (0, "Applied: lifecycle.TicketQueued.v1.")
        again = await atendimento(lived.state, "dead-letters", "retry", "sla", where)
        assert (again.code, "no_such_dead_letter" in again.complained) == (1, True)
        await admin.execute(
            _PARK, 3, 999_999, "lifecycle.Unheard.v1", uuid4(), b"{}", 1, entry["recorded_at"]
        )
        rest = await atendimento(
            lived.state, "dead-letters", "settle", "sla", "lifecycle:3-999999", "--reason", "nunca existiu"
        )
        assert rest.code == 0, rest.complained
        kept = "select settled_because from journal.dead_letters order by position"
        assert [row[0] for row in await admin.fetch(kept)] == ["retried", "nunca existiu"]
        await admin.execute("delete from journal.dead_letters")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("retry", "directory", "lifecycle:1-1"), "não segue ninguém"),
        (("retry", "sla", "ontem"), "não é uma entrada"),
        (("settle", "sla", "lifecycle:0-x", "--reason", "x"), "não é uma entrada"),
    ],
)
async def test_an_entry_that_is_none_is_one_sentence(
    lived: Lived, arguments: tuple[str, ...], said: str
) -> None:
    outcome = await atendimento(lived.state, "dead-letters", *arguments)
    assert (outcome.code, said in outcome.complained) == (1, True), outcome


async def test_the_gateway_is_rebuilt_from_the_journals(lived: Lived) -> None:
    await settled(lived.desk)
    queue = "select * from views.tickets order by number"
    async with connected(lived.desk.admin_url("gateway")) as gateway:
        before = await gateway.fetch(queue)
        await gateway.execute("update views.tickets set status = 'closed'")
        outcome = await atendimento(lived.state, "rebuild", "gateway")
        assert outcome.code == 0, outcome.complained
        assert "/s" in outcome.said
        assert await gateway.fetch(queue) == before


async def test_without_a_desk_the_program_says_how_to_go_on(lived: Lived, tmp_path: Path) -> None:
    outcome = await atendimento(tmp_path, "verify")
    assert outcome.code == 1
    assert "AUDITOR_DATABASE_URL" in outcome.complained
    assert "Traceback" not in outcome.complained
    named = await atendimento(tmp_path, "verify", AUDITOR_DATABASE_URL=lived.desk.auditor_url("sla"))
    assert named.code == 0, named.complained
    away = await atendimento(tmp_path, "status", AUDITOR_DATABASE_URL="postgresql://x:y@127.0.0.1:1/z")
    assert away.code == 1
    assert "Traceback" not in away.complained


@pytest.mark.parametrize(
    "verb",
    ["", "history", "verify", "rebuild", "rebuild gateway", "status", "dead-letters", "dead-letters retry"],
)
def test_every_verb_has_help_in_both_languages(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for language in ("pt_BR.UTF-8", "en_US.UTF-8"):
        monkeypatch.setenv("LC_ALL", language)
        with pytest.raises(SystemExit) as left:
            program()([*verb.split(), "--help"], prog_name="atendimento")
        assert left.value.code == 0
        said.append(capsys.readouterr().out)
    pt, en = said
    assert pt != en
    assert "help_" not in pt + en
