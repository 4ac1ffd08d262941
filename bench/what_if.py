"""How fast history is told again under another policy, and reported on, from journals on a real server.

Run it: `python -m bench.what_if`. Each ticket has the eight events of `bench.samples.life`, about 500 bytes each,
and what sla's rules say of them under a policy with all three clocks of working time; the other policy has
them too. Rates are tickets a second of wall time, from the first byte read to the figures.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from bench.samples import TERMS, life
from contracts.directory import SlaPolicy
from contracts.envelope import SYSTEM, Event
from contracts.lifecycle import TicketQueued
from deploy.auditor.place import Place
from deploy.postgres import EmbeddedPostgres
from deploy.sla_tools import reading
from deploy.sla_tools.other_terms import instead
from deploy.sla_tools.what_if import Question, compare
from figures.attainment import Period
from journal.decider import Context
from services.sla.decider import SLA
from services.sla.pinned import Pinned
from services.sla.subscribers import CONCERNING
from tests.servers.backing import Servers, scratch
from tests.sla_year.journals import lay_directory, lay_lives
from tests.sla_year.life import Life
from tests.sla_year.terms import POLICIES, ZONE, directory

PARTITIONS = 4


async def measure(servers: Servers, *, quick: bool) -> dict[str, float]:
    """Tickets a second replayed by `what-if`, and counted by `report`.

    Raises:
        AssertionError: not every ticket was compared, and the rate would mean nothing.
    """
    count = 5_000 if quick else 40_000
    laid = {name: await servers.new_database(name) for name in ("directory", "lifecycle", "sla")}
    await lay_directory(laid["directory"])
    await lay_lives(laid["lifecycle"], laid["sla"], _lives(count), PARTITIONS, Random(1))
    place = Place({name: each.auditor_url for name, each in laid.items()}, {})
    period = Period(date(2020, 1, 1), date(2035, 1, 1), ZoneInfo(ZONE))
    other = SlaPolicy.model_validate({**POLICIES["gold"], "calendar": "office"})
    terms, upto = instead(await reading.records(place), other, None), await reading.known_up_to(place)
    assert upto is not None
    began = time.perf_counter()
    compared = await compare(Question(place, period, terms, upto))
    replayed = time.perf_counter()
    await reading.report(place, period, "customer")
    reported = time.perf_counter()
    assert compared.tickets == count
    return {
        "what_if_tickets_per_s": count / (replayed - began),
        "report_tickets_per_s": count / (reported - replayed),
    }


def _lives(count: int) -> Iterator[Life]:
    pinned = Pinned(directory())
    terms = TERMS.model_copy(update={"sla_policy": "silver", "calendar": "office"})
    for number in range(count):
        queued, *later = life(number)
        assert isinstance(queued, TicketQueued)
        history = [queued.model_copy(update={"terms": terms}), *later]
        yield Life(queued.ticket_id, queued.customer, queued.opened_at, history, _clocks(history, pinned))


def _clocks(history: list[Event], pinned: Pinned) -> list[Event]:
    clocks, said = SLA.initial, list[Event]()
    for event in history:
        if event.topic in CONCERNING:
            at = event.opened_at if isinstance(event, TicketQueued) else getattr(event, "at")  # noqa: B009
            for follows in SLA.decide(event, clocks, Context(at, SYSTEM, pinned)):
                clocks = SLA.evolve(clocks, follows)
                said.append(follows)
    return said


async def alone(*, quick: bool = False) -> dict[str, float]:
    """The same, on a server of its own."""
    with scratch() as folder:
        server = EmbeddedPostgres(folder)
        await asyncio.to_thread(server.start)
        try:
            return await measure(Servers(folder, server.url, server), quick=quick)
        finally:
            await asyncio.to_thread(server.stop)


if __name__ == "__main__":
    for key, figure in asyncio.run(alone()).items():
        print(f"{key:<40} {figure:>12,.0f}")
