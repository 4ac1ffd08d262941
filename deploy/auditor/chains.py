"""Every chain of every service, recomputed; and what followers have seen of it, as witnesses."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from deploy.auditor.place import Place
from deploy.nats_rules import FOLLOWS, SERVICES
from journal import store
from journal.chain import GENESIS, Verdict, verify


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one partition of a service's journal, and the seconds it took."""

    service: str
    verdict: Verdict
    seconds: float


async def check(place: Place, service: str) -> list[Checked]:
    """Verify every partition of a service's journal.

    A chain proves itself only up to its head. Whoever cuts off its end, head included, is found by the
    followers, who have applied more than there is. They are asked first, so that what is appended
    meanwhile accuses nobody.

    Raises:
        Unable: a database cannot be reached.
    """
    seen = await _seen_by_followers(place, service)
    checked = []
    async with place.open(service) as journal:
        found = await journal.fetch("select distinct partition from journal.entries")
        heads = await store.heads(journal)
        for partition in sorted({row["partition"] for row in found} | set(heads) | set(seen)):
            began = time.perf_counter()
            head, digest = heads.get(partition, (0, GENESIS))
            verdict = await verify(partition, store.scan(journal, partition), head, digest)
            checked.append(Checked(service, _witnessed(verdict, seen), time.perf_counter() - began))
    return checked


def _witnessed(verdict: Verdict, seen: Mapping[int, tuple[int, str]]) -> Verdict:
    position, follower = seen.get(verdict.partition, (0, ""))
    if not verdict.sound or position <= verdict.entries:
        return verdict
    because = f"missing; {follower} has applied up to {position}"
    return replace(verdict, bad_position=verdict.entries + 1, because=because)


async def _seen_by_followers(place: Place, service: str) -> dict[int, tuple[int, str]]:
    """The furthest position that any follower has applied of each partition, and which one."""
    seen: dict[int, tuple[int, str]] = {}
    for follower in SERVICES:
        if service in FOLLOWS[follower] and follower in place.dsns:
            async with place.open(follower) as journal:
                rows = await journal.fetch(
                    "select partition, position from journal.applied where source = $1", service
                )
            for row in rows:
                seen[row["partition"]] = max(seen.get(row["partition"], (0, "")), (row["position"], follower))
    return seen
