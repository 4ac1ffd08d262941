"""One round: a load, a fault in the midst of it, quiet, and what is wrong then."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass

from tests.faults.books import Auditor
from tests.faults.faults import FAULTS, REPLICAS
from tests.faults.invariants import Finding, findings
from tests.faults.keeper import kept
from tests.faults.ledger import Ledger
from tests.faults.load import under_load
from tests.faults.quiet import quiet
from tests.running import RunningDesk

BEFORE_S, AFTER_S = 2.0, 2.0
"""Of load before the fault and after it."""
LITTLE = 15
"""Messages and commands that even a round with the bus away for half of it brings."""
PATIENCE_S = 60.0
"""How long a machine that stands still may take over those."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round has come to: what was acknowledged in it, and what has been found wrong since the last one."""

    fault: str
    replicas: bool
    acknowledged: int
    tickets: int
    found: tuple[Finding, ...]
    seconds: float

    def count(self, kind: str) -> int:
        """How many findings of a kind there are."""
        return sum(finding.kind == kind for finding in self.found)

    @property
    def line(self) -> str:
        """The round in one line."""
        name = f"{self.fault}{' (two of each)' if self.replicas else ''}"
        return (
            f"{name:<34} acknowledged {self.acknowledged:>5} ({self.tickets} tickets)  "
            f"lost {self.count('lost')}  doubled {self.count('doubled')}  wrong {self.count('wrong')}  "
            f"{self.seconds:5.1f} s"
        )


async def _acknowledged(ledger: Ledger, more_than: int) -> None:
    """Return when the load has brought that much, or the patience is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while ledger.acknowledged <= more_than:
                await asyncio.sleep(0.1)


async def play(
    desk: RunningDesk,
    ledger: Ledger,
    auditor: Auditor,
    rng: random.Random,
    fault: str,
    *,
    replicas: bool = False,
) -> Round:
    """One round of a fault, with a second replica of every service where asked."""
    began, acknowledged, tickets = time.monotonic(), ledger.acknowledged, len(ledger.tickets)
    if replicas:
        await desk.start(*REPLICAS)
    ledger.whole = False
    async with kept(desk) as keeper:
        async with under_load(desk, ledger, auditor, rng):
            await asyncio.sleep(BEFORE_S)
            await FAULTS[fault](desk, keeper, rng)
            await asyncio.sleep(AFTER_S)
            await _acknowledged(ledger, more_than=acknowledged + LITTLE)
        ledger.whole = True
        stirring = await quiet(desk, auditor)
    found = [Finding("wrong", f"not quiet: {what}") for what in stirring]
    found += [Finding("wrong", death) for death in keeper.deaths]
    found += await findings(desk, ledger, auditor)
    fresh = [finding for finding in dict.fromkeys(found) if finding not in ledger.known]
    ledger.known.update(fresh)
    if replicas:
        await desk.retire(*REPLICAS)
    return Round(
        fault=fault,
        replicas=replicas,
        acknowledged=ledger.acknowledged - acknowledged,
        tickets=len(ledger.tickets) - tickets,
        found=tuple(fresh),
        seconds=time.monotonic() - began,
    )
