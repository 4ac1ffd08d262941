"""Processes that die are started again, and everything stops in time."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.child import Child, reclaim
from deploy.supervisor import BACKOFF_LAST_S, Supervisor, backoff_s

OBEDIENT = "import time; print('up', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
FRAIL = "import sys; sys.exit('cannot go on')"

MakeChild = Callable[[str, str], Child]


@pytest.fixture
def child(tmp_path: Path) -> Iterator[MakeChild]:
    """Makes real processes, and ends those that a failing test leaves."""
    made: list[Child] = []

    def make(name: str, code: str) -> Child:
        made.append(
            Child(
                name=name,
                argv=[sys.executable, "-c", code],
                log=tmp_path / f"{name}.log",
                pids=tmp_path / "pids",
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.kill()


def until(condition: Callable[[], bool], between: Callable[[], None] = lambda: None) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        between()
        time.sleep(0.02)


def up(*children: Child) -> None:
    for each in children:
        each.start()
        until(lambda each=each: "up" in each.said())  # type: ignore[misc]


def test_a_process_that_is_killed_comes_back_and_it_is_said(child: MakeChild) -> None:
    told: list[str] = []
    renewed: list[bool] = []
    supervisor = Supervisor(told.append, lambda: renewed.append(True))
    service = child("sla", OBEDIENT)
    up(service)
    supervisor.watch(service)
    supervisor.look()
    assert told == []
    before = service.pid
    os.kill(before, signal.SIGKILL)
    until(lambda: service.pid != before and service.running, supervisor.look)
    assert len(told) == 2
    assert "sla" in told[0]
    assert str(service.pid) in told[1]
    assert renewed == [True]
    supervisor.stop()


def test_each_death_makes_the_next_start_wait_longer(child: MakeChild) -> None:
    told: list[str] = []
    supervisor = Supervisor(told.append)
    service = child("sla", FRAIL)
    service.start()
    supervisor.watch(service)
    began = time.monotonic()
    until(lambda: supervisor.deaths("sla") == 3, supervisor.look)
    assert time.monotonic() - began >= backoff_s(0) + backoff_s(1)
    assert service.last_words() == "cannot go on"


def test_the_wait_doubles_up_to_a_bound() -> None:
    assert [backoff_s(deaths) for deaths in (0, 1, 2, 3)] == [0.5, 1, 2, 4]
    assert backoff_s(1_000_000) == BACKOFF_LAST_S


def test_everything_stops_within_ten_seconds_even_the_deaf(child: MakeChild) -> None:
    supervisor = Supervisor(lambda _: None)
    children = [
        child("deaf", DEAF),
        child("deaf-too", DEAF),
        child("obedient", OBEDIENT),
        child("server", DEAF),
    ]
    up(*children)
    for each in children:
        supervisor.watch(each, is_server=each.name == "server")
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 10
    assert [each.running for each in children] == [False] * 4
    assert [each.code for each in children] == [-9, -9, -15, -9]


def test_services_stop_before_the_servers_that_they_need(child: MakeChild, tmp_path: Path) -> None:
    order = tmp_path / "order"
    tidy = (
        f"import signal, sys, time\ndef end(*_):\n time.sleep({{slow}}); open({str(order)!r}, 'a').write('{{name}} ')"
        "; sys.exit()\nsignal.signal(15, end); print('up', flush=True); time.sleep(600)"
    )
    server = child("server", tidy.format(name="server", slow=0))
    service = child("service", tidy.format(name="service", slow=0.5))
    up(server, service)
    supervisor = Supervisor(lambda _: None)
    supervisor.watch(server, is_server=True)
    supervisor.watch(service)
    supervisor.stop()
    assert order.read_text() == "service server "


def test_what_a_killed_desk_left_is_stopped_and_nothing_else(child: MakeChild, tmp_path: Path) -> None:
    left, stranger = child("left", OBEDIENT), child("stranger", OBEDIENT)
    up(left, stranger)
    # The id of the stranger, remembered for a process that was created at another instant.
    created_at = psutil.Process(stranger.pid).create_time()
    (tmp_path / "pids" / "stranger").write_text(f"{stranger.pid} {created_at - 1000} 15")
    (tmp_path / "pids" / "rubbish").write_text("not a pid")
    assert reclaim(tmp_path / "pids") == ["left"]
    until(lambda: not left.running)
    assert stranger.running
    assert list((tmp_path / "pids").iterdir()) == []
