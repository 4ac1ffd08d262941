"""The program as a person runs it: a process of its own, against a desk that runs."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.provision import ROOT
from tests.running import RunningDesk


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    said: str
    complained: str

    @property
    def json(self) -> Any:
        return json.loads(self.said)


async def python(module: str, *arguments: str, **environment: str) -> Outcome:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=ROOT,
        env={**_neutral(), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert process.returncode is not None
    return Outcome(process.returncode, said.decode(), complained.decode())


async def atendimento(state: Path, *arguments: str, **environment: str) -> Outcome:
    return await python("deploy.cli", *arguments, ATENDIMENTO_STATE=str(state), **environment)


def describe(desk: RunningDesk) -> None:
    """Leave a `desk.json` as `make run` does, with the ports at which this desk's services really answer."""
    described = desk.desk.described({})
    for name, port in desk.ports.items():
        described["services"][name]["SERVICE_PORT"] = str(port)
    desk.desk.file.write_text(json.dumps(described | {"clock": desk.more.get("DESK_CLOCK", "")}))


def _neutral() -> dict[str, str]:
    """Our environment without what would choose a language or a database."""
    left_out = ("LC_", "LANG", "AUDITOR_", "DATABASE_URL", "NATS_URL", "ATENDIMENTO_")
    return {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
