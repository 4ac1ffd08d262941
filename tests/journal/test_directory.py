import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from contracts.directory import Contact, Customer, Desk, RecordDefined, record_stream
from contracts.envelope import SYSTEM
from deploy.nats import EmbeddedNats
from journal.bus import Bus
from journal.clock import DeskClock
from journal.directory import Directory
from journal.entry import Entry
from journal.errors import NotYet
from journal.service import Service, Settings, _listen
from journal.work import Journal
from tests.journal.rooms import COUNTING, PARTITIONS, until
from tests.servers.backing import Database, connected

Make = Callable[[str], Awaitable[Database]]
NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)


def contact(*addresses: str) -> Contact:
    record = {"customer": "acme", "name": "Ana", "addresses": list(addresses)}
    return Contact.model_validate(record)


def test_an_address_goes_from_one_contact_to_another_and_stays_there() -> None:
    directory = Directory()
    directory.put("contact", "ana", 1, True, contact("Suporte@acme.example"))
    directory.put("contact", "bia", 1, True, contact("suporte@acme.example"))
    directory.put("contact", "ana", 2, True, contact("ana@acme.example"))
    found = directory.contact_at("SUPORTE@acme.example")
    assert found is not None
    assert found[0] == "bia"
    directory.put("contact", "bia", 2, False, contact("suporte@acme.example"))
    assert directory.contact_at("suporte@acme.example") is None


def at_domain(*domains: str, address: str = "sac@acme.example") -> Contact:
    return contact(address).model_copy(update={"domains": domains})


def found(directory: Directory, address: str) -> str | None:
    known = directory.contact_at(address)
    return known[0] if known else None


def test_an_address_of_a_domain_is_that_contact_s_unless_it_is_somebody_s_own() -> None:
    directory = Directory()
    directory.put("contact", "ana", 1, True, contact("ana@acme.example"))
    directory.put("contact", "sac", 1, True, at_domain("acme.example", "xn--caf-dma.example"))
    assert found(directory, "Ana@Acme.example") == "ana"
    assert found(directory, "quem@ACME.example") == "sac"
    assert found(directory, "quem@café.example") == "sac"
    assert found(directory, "quem@filial.acme.example") is None
    assert found(directory, "acme.example@outra.example") is None
    assert found(directory, "quem@" + "ã" * 300) is None
    assert directory.holder_of("quem@acme.example") is None


def test_of_two_contacts_with_one_domain_the_first_key_goes_before() -> None:
    directory = Directory()
    for key in ("rui", "bia", "zoe"):
        directory.put("contact", key, 1, True, at_domain("acme.example", address=f"{key}@acme.example"))
    assert list(directory.of_domain("acme.example")) == ["bia", "rui", "zoe"]
    directory.put("contact", "bia", 2, False, at_domain("acme.example"))
    assert found(directory, "quem@acme.example") == "rui"
    directory.put("contact", "bia", 3, True, at_domain("acme.example"))
    directory.put("contact", "rui", 2, True, contact("rui@acme.example"))
    directory.put("contact", "zoe", 2, False, contact("zoe@acme.example"))
    assert list(directory.of_domain("acme.example")) == ["bia"]
    directory.put("contact", "bia", 4, True, at_domain())
    assert found(directory, "quem@acme.example") is None


def test_the_desks_mail_domains_are_those_of_all_its_addresses() -> None:
    directory = Directory()
    with pytest.raises(NotYet):
        _ = directory.mail_domains
    desk = Desk(name="S", address="s@New.example", accepts=("s@old.example", "ajuda@new.example"))
    directory.put("desk", "desk", 1, True, desk)
    assert directory.mail_domains == ("new.example", "old.example")


def test_the_customers_of_a_contact_are_those_of_every_version() -> None:
    directory = Directory()
    assert directory.customers_of("ana") == set()
    for version, customer in ((3, "acme"), (1, "acme"), (2, "vale")):
        record = contact("ana@acme.example").model_copy(update={"customer": customer})
        directory.put("contact", "ana", version, True, record)
    directory.put("contact", "bia", 1, True, contact("bia@acme.example"))
    assert directory.customers_of("ana") == {"acme", "vale"}
    assert directory.customers_of("bia") == {"acme"}


def test_records_are_all_of_them_as_they_stand() -> None:
    directory = Directory()
    for version, active in ((1, True), (2, False)):
        directory.put("customer", "acme", version, active, Customer(name=f"Acme {version}"))
    assert list(directory.records()) == [("customer", "acme", False, Customer(name="Acme 2"))]


def test_versions_arrive_in_any_order_and_each_stays_pinned() -> None:
    directory = Directory()
    for version in (2, 3, 1):
        directory.put("customer", "acme", version, True, Customer(name=f"Acme {version}"))
    newest = directory.get(Customer, "acme")
    assert newest is not None
    assert (newest.name, directory.version(Customer, "acme")) == ("Acme 3", 3)
    assert [directory.pinned(Customer, "acme", n).name for n in (1, 2, 3)] == ["Acme 1", "Acme 2", "Acme 3"]
    with pytest.raises(NotYet):
        directory.pinned(Customer, "acme", 4)


def defined(position: int, key: str, version: int, record: dict[str, Any], kind: str = "customer") -> Entry:
    event = RecordDefined.model_validate(
        {"kind": kind, "key": key, "version": version, "record": record, "at": NOW, "by": SYSTEM}
    )
    stream = record_stream(kind, key)
    return Entry(0, position, stream, version, event.topic, NOW, "", event.encoded())


@asynccontextmanager
async def replica(db: Database, server: EmbeddedNats) -> AsyncIterator[Service]:
    pool = await asyncpg.create_pool(db.url, min_size=1, max_size=3)
    bus = await Bus.connect(server.url("lifecycle"), "lifecycle")
    settings = Settings(database_url=db.url, nats_url=server.url("lifecycle"))
    service = Service("lifecycle", settings, pool, bus, DeskClock())
    await service.follow_directory(Journal(pool, COUNTING, DeskClock(), PARTITIONS))
    listening = asyncio.create_task(_listen(service))
    try:
        yield service
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await bus.close()
        pool.terminate()


def knows(service: Service, version: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return service.directory.version(Customer, "acme") == version

    return check


async def test_what_one_replica_applied_the_other_knows_at_once(
    database: Make, nats_server_module: EmbeddedNats
) -> None:
    """Well below the second after which it would look by itself: that is NOTIFY."""
    db = await database("lifecycle")
    async with replica(db, nats_server_module) as one, replica(db, nats_server_module) as other:
        follower = one.followers["directory"]
        await follower.apply(0, [defined(1, "acme", 1, {"name": "Acme 1"})])
        await until(knows(other, 1))
        waits = []
        for version in range(2, 8):
            await asyncio.sleep(0.05)
            began = time.monotonic()
            await follower.apply(0, [defined(version, "acme", version, {"name": f"Acme {version}"})])
            await until(knows(other, version))
            waits.append(time.monotonic() - began)
        assert sorted(waits)[len(waits) // 2] < 0.5, waits
        assert await one.followers["directory"].applied(0) == 7


async def test_a_replica_whose_connection_was_cut_learns_what_it_missed(
    database: Make, nats_server_module: EmbeddedNats
) -> None:
    db = await database("lifecycle")
    async with replica(db, nats_server_module) as one, replica(db, nats_server_module) as other:
        await one.followers["directory"].apply(0, [defined(1, "acme", 1, {"name": "Acme 1"})])
        await until(knows(other, 1))
        async with connected(db.admin_url) as admin:
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        await one.followers["directory"].apply(0, [defined(2, "acme", 2, {"name": "Acme 2"})])
        await until(knows(other, 2), seconds=60)
        await until(knows(one, 2), seconds=60)


async def test_an_entry_retried_later_is_known_though_newer_ones_are(
    database: Make, nats_server_module: EmbeddedNats
) -> None:
    db = await database("lifecycle")
    async with replica(db, nats_server_module) as one, replica(db, nats_server_module) as other:
        follower = one.followers["directory"]
        bad = defined(1, "acme", 1, {"unknown": "form"})
        await follower.apply(0, [bad, defined(2, "zeta", 1, {"name": "Zeta"})])

        async def newer() -> bool:
            return other.directory.version(Customer, "zeta") == 1

        await until(newer)
        assert other.directory.version(Customer, "acme") == 0
        assert [row["position"] for row in await one.pool.fetch("select * from journal.dead_letters")] == [1]
        journal: Journal[Any] = Journal(one.pool, COUNTING, DeskClock(), PARTITIONS)
        async with journal.work() as work:
            await follower.react(work, [defined(1, "acme", 1, {"name": "Acme"})])
            await work.commit()
        await until(knows(other, 1), seconds=60)
