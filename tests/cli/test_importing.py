"""`atendimento import tickets` against a desk that runs: what is told, what is brought, and brought once."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from contracts import intake as i
from contracts import lifecycle as l
from contracts.envelope import Event
from deploy.importing import lines
from deploy.importing.lines import Line, Wrong, read
from deploy.provision import ROOT
from tests.cli.atendimento import Outcome, atendimento, describe
from tests.cli.old_desk import ANA, BRUNO, FIRST, LIVING_EACH, events, ticket, written
from tests.intake.door import channel as channel_of
from tests.intake.door import gapless, kept, opening, recorded
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

MANY, LONG = 1_200, 15_000
"""Tickets, and characters of each: a request holds some sixty of them, so that there is a long middle to die in."""


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(["intake", "lifecycle", "sla", "gateway"]) as made:
        describe(made)
        yield made


async def brought(desk: RunningDesk, file: Path, *options: str) -> Outcome:
    return await atendimento(desk.state, "--lang", "en", "import", "tickets", str(file), *options)


async def imported(desk: RunningDesk) -> list[i.TicketImported]:
    events = await recorded(desk, "intake", i.TicketImported)
    return [event for event in events if isinstance(event, i.TicketImported)]


async def of_lifecycle(desk: RunningDesk, references: set[str]) -> dict[str, list[Event]]:
    """The events of these tickets in lifecycle, by reference, once it has taken over all that intake has."""
    finished = "select count(*) from journal.entries where topic = $1"
    count = len(await imported(desk))
    async with connected(desk.admin_url("lifecycle")) as admin, asyncio.timeout(60):
        while await admin.fetchval(finished, l.ImportFinished.topic) < count:
            await asyncio.sleep(0.2)
    streams: dict[Any, list[Event]] = {}
    for event in await recorded(desk, "lifecycle"):
        streams.setdefault(getattr(event, "ticket_id", None), []).append(event)
    return {
        of[0].reference: of
        for of in streams.values()
        if isinstance(of[0], l.TicketQueued) and of[0].reference in references
    }


async def test_old_tickets_come_with_their_history_and_once(desk: RunningDesk, tmp_path: Path) -> None:
    before = len(await imported(desk))
    told = [ticket(place) for place in range(20)]
    references = {each["reference"] for each in told}
    file = written(tmp_path / "old.jsonl", [*told, "", told[3]])
    dry = await brought(desk, file, "--dry-run")
    assert (dry.code, dry.said) == (
        0,
        "20 would be opened; 1 are here already; 0 are faulty. Nothing was brought.\n",
    )
    assert len(await imported(desk)) == before

    first = await brought(desk, file)
    assert first.code == 0, first
    assert first.said.startswith("20 opened; 1 were here already; 0 faulty.")
    again = await brought(desk, file)
    assert again.said.startswith("0 opened; 21 were here already; 0 faulty.")
    came = Counter(event.ticket.reference for event in await imported(desk))
    assert {reference: came[reference] for reference in references} == dict.fromkeys(references, 1)

    lives = await of_lifecycle(desk, references)
    assert sum(map(len, lives.values())) == events(told)
    for place, each in enumerate(told):
        life = lives[each["reference"]]
        queued, finished = life[0], life[-1]
        assert isinstance(queued, l.TicketQueued)
        assert isinstance(finished, l.ImportFinished)
        assert queued.opened_at == datetime.fromisoformat(each["opened_at"])
        assert queued.number.startswith(f"{queued.opened_at.year}-")
        assert finished.status == ("waiting_customer" if place % LIVING_EACH == 0 else "closed")
        assert all(getattr(event, "imported", False) for event in life)
        assert [event.at for event in life[1:-1] if isinstance(event, l.OfTicket)] == [
            datetime.fromisoformat(step["at"]) for step in each["steps"]
        ]
    async with connected(desk.admin_url("gateway")) as gateway, asyncio.timeout(60):
        shown = "select count(*) from views.tickets where imported and reference = any($1)"
        while await gateway.fetchval(shown, list(references)) != len(told):
            await asyncio.sleep(0.1)


async def test_numbers_stay_gapless_beside_those_of_today(desk: RunningDesk, tmp_path: Path) -> None:
    now = datetime.now(FIRST.tzinfo)
    this_year = [
        ticket(place, reference=f"AGORA-{place}", opened_at=now.isoformat(), steps=[]) for place in range(30)
    ]
    file = written(tmp_path / "old.jsonl", this_year)
    async with channel_of(desk) as demo:
        both = await asyncio.gather(
            brought(desk, file), *(demo.hand_in("TicketOpened", opening(), 60) for _ in range(30))
        )
    assert both[0].code == 0
    assert gapless(await recorded(desk))


WRONG: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "Invalid JSON"),
    "a list": ("[]", "Input should be an object"),
    "nothing of it": ({}, "reference: Field required"),
    "a field that is none": (ticket(9001, critcality="high"), "critcality: Extra inputs are not permitted"),
    "a word that is none": (ticket(9001, channel="fax"), "channel: Input should be 'web', 'email' or 'phone'"),
    "an instant without its zone": (
        ticket(9001, opened_at="2023-01-02T12:00:00"),
        "opened_at: Input should have timezone info",
    ),
    "nobody": (ticket(9002, requester="ninguem"), "OTRS-009002: there is no contact ninguem"),
    "no application": (ticket(9003, application="outra"), "there is no application outra"),
    "a step out of place": (
        ticket(
            9004,
            steps=[
                {"what": "resolved", "at": "2024-01-01T12:00:00Z", "by": BRUNO, "text": "x"},
                {"what": "awaited", "at": "2024-01-01T12:00:00Z", "by": BRUNO, "text": "x"},
            ],
        ),
        "step 2: is not possible from where the ticket was: resolved → awaited",
    ),
    "two faults": (
        ticket(9006, kind="x", steps=[{"what": "replied", "at": "2024-01-01T12:00:00Z", "by": ANA}]),
        "there is no service kind x; step 1: replied: the text is missing",
    ),
    "a path without its folder": (
        ticket(9007, steps=[{"what": "noted", "at": "2024-01-01T12:00:00Z", "by": BRUNO,
                          "attachments": [{"name": "a", "path": "a.txt"}]}]),
        "steps.0.attachments.0.path: Extra inputs",
    ),
}  # fmt: skip


async def test_every_wrong_line_is_told_and_nothing_is_brought(desk: RunningDesk, tmp_path: Path) -> None:
    before = len(await recorded(desk))
    good = ticket(9_000)
    rows = [good, *(row for row, _ in WRONG.values())]
    outcome = await brought(desk, written(tmp_path / "wrong.jsonl", rows))
    assert outcome.code == 1
    *told, last = outcome.said.splitlines()
    assert last == f"Faulty: {len(WRONG)}. Nothing was brought; correct the lines and repeat."
    by_line = dict(line.split(": ", 1) for line in told)
    for number, (_, because) in enumerate(WRONG.values(), start=2):
        assert because in by_line[f"Line {number}"]
    assert len(by_line) == len(WRONG)
    assert len(await recorded(desk)) == before

    in_portuguese = await atendimento(
        desk.state, "--lang", "pt", "import", "tickets", str(tmp_path / "wrong.jsonl"), "--from-line", "12"
    )
    assert in_portuguese.said.splitlines()[-1] == "Com erro: 1. Nada foi trazido; corrija as linhas e repita."


async def test_files_named_by_path_are_kept_and_no_others(desk: RunningDesk, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "tela.png").write_bytes(b"\x89PNG of the old desk")
    (tmp_path / "secret.txt").write_text("x")

    def with_file(place: int, path: str) -> dict[str, Any]:
        step = {"what": "noted", "at": "2024-01-01T12:00:00Z", "by": BRUNO, "attachments": [{"path": path}]}
        return ticket(place, steps=[step])

    good = with_file(8_001, "tela.png")
    bad = [with_file(8_002, "../secret.txt"), with_file(8_003, "nada.txt"), with_file(8_004, str(folder))]
    outcome = await brought(desk, written(tmp_path / "bad.jsonl", [good, *bad]), "--files", str(folder))
    assert outcome.code == 1
    assert outcome.said.count("is not in the folder") == 3
    outcome = await brought(desk, written(tmp_path / "good.jsonl", [good]), "--files", str(folder))
    assert outcome.said.startswith("1 opened"), outcome
    (event,) = [each for each in await imported(desk) if each.ticket.reference == "OTRS-008001"]
    (file,) = event.ticket.steps[0].attachments
    assert (file.name, file.content_type, file.size) == ("tela.png", "image/png", 20)
    assert kept(desk, file.sha256) == b"\x89PNG of the old desk"
    assert sha256(b"\x89PNG of the old desk").hexdigest() == file.sha256


async def test_what_cannot_be_begun_is_said(desk: RunningDesk, tmp_path: Path) -> None:
    missing = await brought(desk, tmp_path / "none.jsonl")
    assert missing.code == 1
    assert "cannot be read" in missing.complained
    nowhere = await atendimento(tmp_path, "--lang", "en", "import", "tickets", str(tmp_path / "none.jsonl"))
    assert nowhere.code == 1
    assert "No desk is running" in nowhere.complained
    empty = await brought(desk, written(tmp_path / "empty.jsonl", []))
    assert (empty.code, empty.said.split(".")[0]) == (0, "0 opened; 0 were here already; 0 faulty")


async def test_killed_in_the_middle_and_repeated_nothing_is_doubled(tmp_path: Path) -> None:
    """Intake dies twice while it takes in, then the program itself does; afterwards it is run again."""
    told = [ticket(place, text="x" * LONG) for place in range(MANY)]
    file = written(tmp_path / "old.jsonl", told)
    async with running_desk(["intake", "lifecycle"]) as desk:
        describe(desk)
        process = await _started(desk, file)
        for share in (3, 2):
            await _until(desk, MANY // share // 4)
            desk.kill("intake")
            await desk.restart("intake")
        await _until(desk, MANY // 6)
        process.kill()
        await process.wait()
        count = len(await imported(desk))
        assert count < MANY, "it was not killed in the middle"

        outcome = await brought(desk, file)
        assert outcome.code == 0, outcome
        already = len(await imported(desk)) - int(outcome.said.split()[0])
        assert count <= already < MANY
        events_of = await imported(desk)
        assert Counter(event.ticket.reference for event in events_of) == Counter(
            each["reference"] for each in told
        )
        assert gapless(events_of)
        lives = await of_lifecycle(desk, {each["reference"] for each in told})
        assert sum(map(len, lives.values())) == events(told)


async def _started(desk: RunningDesk, file: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", "import", "tickets", str(file), cwd=ROOT,
        env={**os.environ, "ATENDIMENTO_STATE": str(desk.state)},
    )  # fmt: skip


async def _until(desk: RunningDesk, count: int) -> None:
    async with connected(desk.admin_url("intake")) as admin, asyncio.timeout(60):
        while await admin.fetchval("select count(*) from views.tickets") < count:
            await asyncio.sleep(0.02)


def test_lines_are_counted_as_an_editor_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 3_000)
    long = ticket(2, text="x" * 20_000)
    file = written(tmp_path / "file.jsonl", ["", ticket(1, steps=[]), long, ticket(3, steps=[])])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().rstrip(b"\n"))
    found = list(read(file))
    assert [(type(each), each.number) for each in found] == [(Line, 2), (Wrong, 3), (Line, 4)]
    assert [each.number for each in read(file, first=3)] == [3, 4]
