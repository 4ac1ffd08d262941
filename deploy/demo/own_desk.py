"""A desk for the demo alone: fresh, fast, on ports of its own, in a state folder of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from deploy.demo.lines import Failed
from deploy.provision import ROOT
from deploy.words import say

SPEED = 8640.0
"""Ten days in 100 s. Source: issue "The walking desk", section 1: two scripted minutes."""
DESK_START = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
"""A Monday, 08:00 in São Paulo, with no holiday in the two weeks after it (and the domain page's examples)."""
LEAD = timedelta(seconds=14)
"""The clock reaches that instant when the desk has started; if it takes longer, the next morning will do."""
START_PATIENCE_S = 120.0
STOP_PATIENCE_S = 20.0


def stage_folder() -> Path:
    """Where the demo's desk keeps its state."""
    return Path(os.environ.get("ATENDIMENTO_STATE") or ROOT / ".local").resolve() / "demo"


@contextlib.contextmanager
def own_desk(state: Path) -> Iterator[dict[str, Any]]:
    """A desk on an empty state folder, for the time of a block; its `desk.json`.

    Raises:
        Failed: it did not start (`not_up`), with its last words.
    """
    clear(state)
    # A session of its own: at Ctrl-C the demo stops first, then its desk, in order.
    desk = subprocess.Popen(
        [sys.executable, "-m", "deploy.local"],
        cwd=ROOT,
        env=_environment(state),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        _wait_until_up(desk)
        yield json.loads((state / "desk.json").read_text())
    finally:
        desk.terminate()
        try:
            desk.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            desk.kill()


def clear(state: Path) -> None:
    """Remove what an earlier demo left, its data elsewhere included: its clock would be ahead of ours.

    Raises:
        Failed: another demo is running there (`not_up`).
    """
    lock = state / "run.lock"
    with contextlib.suppress(OSError, ValueError):
        if (state / "desk.json").exists() and psutil.pid_exists(int(lock.read_text() or "0")):
            raise Failed("not_up", reason=say("already_running", folder=state, pid=lock.read_text()))
    data = state / "postgres"
    if data.is_symlink():
        shutil.rmtree(data.resolve(), ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)


def _environment(state: Path) -> dict[str, str]:
    """Our own, without the servers it may name: a demo is not for them."""
    ours = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "NATS_URL"}}
    real_start = datetime.now(UTC) + LEAD
    return {
        **ours,
        "ATENDIMENTO_STATE": str(state),
        "ATENDIMENTO_PORT": "0",
        "ATENDIMENTO_SMTP_PORT": "0",
        "DESK_CLOCK": f"{DESK_START.isoformat()}@{real_start.isoformat()}x{SPEED}",
    }


def _wait_until_up(desk: "subprocess.Popen[str]") -> None:
    said: list[str] = []
    up = threading.Event()

    def listen() -> None:
        for line in desk.stdout or ():
            said.append(line.strip())
            if say("up") in line:
                up.set()
        up.set()

    threading.Thread(target=listen, daemon=True).start()
    up.wait(START_PATIENCE_S)
    if not said or say("up") not in said[-1]:
        raise Failed("not_up", reason=said[-1] if said else "-")
