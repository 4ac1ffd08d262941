"""Where each service stands: its head, how far behind its followers are, and what waits for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.auditor.place import Place
from deploy.nats_rules import FOLLOWS, SERVICES
from deploy.ready import is_ready
from journal import dead_letters, store


@dataclass(frozen=True, slots=True)
class Standing:
    """One service. `ready` is None where nobody says at which port to ask.

    `behind` counts, by the service followed, the entries there that have not been applied here.
    """

    service: str
    ready: bool | None
    entries: int
    behind: Mapping[str, int]
    parked: int


@dataclass(frozen=True, slots=True)
class Parked:
    """An entry of `source` that `service` could not apply: kept whole, and the error it met."""

    service: str
    source: str
    partition: int
    position: int
    topic: str
    parked_at: datetime
    error: str


async def standings(place: Place) -> list[Standing]:
    """All services. Raises Unable."""
    applied: dict[str, dict[tuple[str, int], int]] = {}
    parked: dict[str, int] = {}
    heads: dict[str, dict[int, int]] = {}
    for service in SERVICES:
        async with place.open(service) as journal:
            rows = await journal.fetch("select source, partition, position from journal.applied")
            applied[service] = {(row["source"], row["partition"]): row["position"] for row in rows}
            parked[service] = await journal.fetchval(
                "select count(*) from journal.dead_letters where settled_at is null"
            )
    # Afterwards, so that nobody seems ahead of whom they follow.
    for service in SERVICES:
        async with place.open(service) as journal:
            heads[service] = {p: head for p, (head, _) in (await store.heads(journal)).items()}
    return [
        Standing(
            service=service,
            ready=_ready(place.described, service),
            entries=sum(heads[service].values()),
            behind={
                source: sum(head - applied[service].get((source, p), 0) for p, head in heads[source].items())
                for source in FOLLOWS[service]
                if source in heads
            },
            parked=parked[service],
        )
        for service in SERVICES
    ]


async def all_parked(place: Place, limit: int) -> list[Parked]:
    """What waits for a person in any service, oldest first; at most `limit` of each. Raises Unable."""
    found = []
    for service in SERVICES:
        async with place.open(service) as journal:
            found += [
                Parked(
                    service=service,
                    source=row["source"],
                    partition=row["partition"],
                    position=row["position"],
                    topic=row["topic"],
                    parked_at=row["parked_at"],
                    error=row["error"],
                )
                for row in await dead_letters.unsettled(journal, limit)
            ]
    return sorted(found, key=lambda each: each.parked_at)


def _ready(described: Mapping[str, Any], service: str) -> bool | None:
    if service not in described.get("services", {}):
        return None
    return is_ready(service, int(described["services"][service]["SERVICE_PORT"]))
