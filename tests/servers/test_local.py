"""`make run` as a person sees it: a desk that starts, goes on, stops; or one sentence that says why not."""

import asyncio
import json
import os
import signal
import socket
import string
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy import checks
from deploy.nats_rules import SERVICES
from deploy.provision import ROOT
from deploy.words import SENTENCES, Problem, say
from tests.servers.backing import connected

START_PATIENCE_S = 90


def environment(state: Path, **more: str) -> dict[str, str]:
    ours = {
        key: value for key, value in os.environ.items() if key not in {"NATS_URL", "DATABASE_URL", "LC_ALL"}
    }
    chosen = {
        "ATENDIMENTO_STATE": str(state),
        "ATENDIMENTO_PORT": "0",
        "ATENDIMENTO_SMTP_PORT": "0",
        "LANG": "en_US.UTF-8",
    }
    return {**ours, **chosen, **more}


def launched(state: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.local"],
        cwd=ROOT,
        env=environment(state, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def failed(state: Path, **more: str) -> str:
    """What a desk says that cannot start; its exit code must be 1."""
    desk = launched(state, **more)
    said, _ = desk.communicate(timeout=START_PATIENCE_S)
    assert desk.returncode == 1, said
    assert "Traceback" not in said
    return said.strip()


@contextmanager
def running(state: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A desk that is up, and its `desk.json`; whatever it started is gone afterwards."""
    desk = launched(state)
    family: list[psutil.Process] = []
    try:
        assert desk.stdout
        said = ""
        while say_up() not in said:
            line = desk.stdout.readline()
            assert line, said
            said += line
        family = psutil.Process(desk.pid).children(recursive=True)
        yield desk, json.loads((state / "desk.json").read_text())
    finally:
        if desk.poll() is None:
            desk.terminate()
        desk.communicate(timeout=60)
        _, alive = psutil.wait_procs(family, timeout=30)
        for process in alive:
            process.kill()
    assert alive == []


def say_up() -> str:
    return SENTENCES["up"][1]


async def test_a_desk_starts_stops_in_time_and_goes_on_where_it_stopped(state: Path) -> None:
    with running(state) as (desk, described):
        assert (state / "desk.json").stat().st_mode & 0o777 == 0o600
        assert set(described["services"]) == set(SERVICES)
        async with connected(described["services"]["sla"]["DATABASE_URL"]) as sla:
            await sla.execute("create table views.kept (id int); insert into views.kept values (1)")
        assert "already running" in failed(state)
        assert desk.poll() is None, "the second desk has hurt the first"
        began = time.monotonic()
        desk.send_signal(signal.SIGINT)
        assert desk.wait(timeout=15) == 0
        assert time.monotonic() - began < 10
    assert not (state / "desk.json").exists()
    with running(state) as (_, described):
        async with connected(described["auditor"]["sla"]) as auditor:
            assert await auditor.fetchval("select id from views.kept") == 1


async def test_a_desk_that_was_killed_leaves_nothing_in_the_way_of_the_next(state: Path) -> None:
    with running(state) as (desk, described):
        desk.kill()
        desk.wait()
        left = described["pids"]
        assert psutil.pid_exists(left["postgres"])
        with running(state) as (_, again):
            assert again["pids"]["postgres"] != left["postgres"]
            assert not any(psutil.pid_exists(pid) for pid in left.values())


async def test_a_server_that_is_killed_comes_back_at_the_same_address(state: Path) -> None:
    with running(state) as (_, described):
        for name in ("postgres", "nats"):
            os.kill(described["pids"][name], signal.SIGKILL)
        deadline = time.monotonic() + 60
        while True:
            now = json.loads((state / "desk.json").read_text())
            if all(now["pids"][name] != described["pids"][name] for name in ("postgres", "nats")):
                break
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert now["admin"] == described["admin"]
        async with connected(now["admin"]["database_url"]) as admin:
            assert await admin.fetchval("select 1") == 1


@pytest.mark.parametrize("variable", ["ATENDIMENTO_PORT", "ATENDIMENTO_SMTP_PORT"])
def test_a_port_that_is_taken_is_one_sentence(state: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = failed(state, **{variable: port})
    assert said.count("\n") == 0
    assert port in said
    assert variable in said


def test_it_is_said_in_portuguese_unless_english_is_asked_for(state: Path) -> None:
    assert (
        failed(state, ATENDIMENTO_PORT="x")
        == "ATENDIMENTO_PORT=x is not a port number; use one from 0 (any free one) to 65535."
    )
    assert "não é um número de porta" in failed(state, ATENDIMENTO_PORT="x", LANG="C.UTF-8")


def test_servers_that_do_not_answer_are_one_sentence_without_their_password(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    database = failed(state, DATABASE_URL=f"postgresql://admin:hush@127.0.0.1:{port}/postgres")
    bus = failed(state, NATS_URL=f"nats://admin:hush@127.0.0.1:{port}")
    for said, name in ((database, "PostgreSQL"), (bus, "NATS")):
        assert said.splitlines()[-1].startswith(f"{name} at 127.0.0.1:{port} did not answer")
        assert "hush" not in said


def test_a_full_disk_is_one_sentence(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FREE_MIN_MB", 10**9)  # a disk of a petabyte would be needed
    with pytest.raises(Problem) as caught:
        checks.check_disk(state)
    assert caught.value.code == "disk_full"


def test_every_sentence_says_the_same_facts_in_both_languages() -> None:

    for code, (portuguese, english) in SENTENCES.items():
        facts = [
            {name for _, name, _, _ in string.Formatter().parse(each) if name}
            for each in (portuguese, english)
        ]
        assert facts[0] == facts[1], code


def test_the_sentence_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    assert say("back", name="sla", pid=7) == "sla reiniciado (processo 7)."
