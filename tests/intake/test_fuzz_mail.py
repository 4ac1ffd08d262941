"""Issue 5: 20,000 damaged mails, read and decided on: no exception, one disposition each, in bounded time.

All of these are mutated by `mutation.py`; hypothesis damages 400 more in `mail/test_hostile.py`, which it shrinks.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, cast
from uuid import UUID

from obstore.store import MemoryStore

from contracts import intake as i
from contracts.envelope import Event, decode
from contracts.intake import DISPOSITIONS
from journal.blobs import Blobs
from journal.decider import Context
from journal.store import Pool
from journal.tokens import KeyRing, make_reply_address, make_return_path
from services.intake.channels.addresses import OwnAddresses
from services.intake.channels.finding import Finding
from services.intake.channels.hearing import Hearing
from services.intake.channels.ledger import disposition_of
from services.intake.channels.reading import Carried, Reader
from services.intake.decider import INTAKE
from services.intake.submission import Submission
from tests.intake.arrivals import DIRECTORY, RECEIVED
from tests.intake.door import ANA, deliver, session
from tests.intake.mutation import mutated, seed
from tests.intake.reception_room import SetClock
from tests.intake.test_email_room import DESK, SECRET, TRUSTED, heard
from tests.running import RunningDesk
from tests.servers.backing import connected

COUNT = 20_000
CPU_S_MAX = 60.0
ONE_S_MAX = 2.0
KNOWN = "ana@serra.example"
SENDERS = (KNOWN, KNOWN, KNOWN, KNOWN, "quem@exemplo.example", "quem@exemplo.example", "", DESK[0])
FOUND = 1 / 3
"""Of what is looked up, how much is there."""
DOMAIN = "desk.example"
TOLD = {
    "a late reply opened a ticket",
    "a verified reply",
    "an unverified reply",
    "an automatic reply on a ticket",
    "a bounce of a known notification",
    "a bounce of an unknown one",
}
BY_SMTP = 400


class SomeTickets:
    """The tables of a desk at work: a third of what is looked up is there, and its own hash says which and how."""

    async def fetchrow(self, query: str, asked: object, *_: object) -> Any:
        chance = Random(str(asked))
        if chance.random() > FOUND:
            return None
        ticket_id = UUID(int=chance.getrandbits(128))
        if "views.notifications" in query:
            (first, *_rest) = cast("list[UUID]", asked)
            return first, chance.choice([ticket_id, None]), KNOWN
        return {
            "named": str(asked),
            "ticket_id": ticket_id,
            "number": "2026-000001",
            "customer": chance.choice(["serra", "serra", "vale"]),
            "closed": chance.random() < 1 / 3,
            "undone_until": chance.choice([None, RECEIVED]),
            "application": chance.choice([None, "folha"]),
        }

    async def fetch(self, query: str, numbers: list[str]) -> list[Any]:
        found = [await self.fetchrow(query, number) for number in numbers]
        return [row for row in found if row]

    async def fetchval(self, _: str, ticket_id: UUID, contact: str) -> bool:
        return Random(f"{ticket_id}{contact}").random() < FOUND


def addressed(number: int, keys: KeyRing) -> tuple[str, ...]:
    """To whom a mail goes: to the desk, now and then to a ticket's address or to the return path of one of its mails."""
    made = UUID(int=Random(number).getrandbits(128), version=4)
    match number % 9:
        case 0:
            return (make_reply_address("suporte", made, keys, DOMAIN), *DESK)
        case 1:
            return (make_return_path(made, keys, DOMAIN),)
    return DESK


def what_it_tells(event: Event) -> Iterator[str]:
    """Which of the less usual ways a mail has gone."""
    match event:
        case i.TicketRegistered(relation="late_reply"):
            yield "a late reply opened a ticket"
        case i.ReplyReceived():
            yield "a verified reply" if event.verified else "an unverified reply"
        case i.AutomaticReplyReceived() if event.ticket_id:
            yield "an automatic reply on a ticket"
        case i.BounceReceived() if event.notification_id:
            yield "a bounce of a known notification" if event.ticket_id else "a bounce of an unknown one"


async def test_20_000_damaged_mails_are_read_and_decided_on() -> None:
    chosen = seed()
    keys = KeyRing.of(SECRET)
    hearing = Hearing(heard, SetClock())
    finding = Finding(cast("Pool", SomeTickets()), DIRECTORY, keys, hearing)
    reader = Reader(finding, Blobs(MemoryStore(), None), OwnAddresses(DIRECTORY, keys), TRUSTED)
    states: dict[UUID, Submission] = {}
    dispositions: Counter[str] = Counter()
    told: Counter[str] = Counter()
    began, slowest = time.process_time(), 0.0
    for number, raw in enumerate(mutated(COUNT, Random(chosen))):
        started = time.process_time()
        sender = SENDERS[number % len(SENDERS)]
        if sender in (KNOWN, DESK[0]):
            # Before all else, so that no damage makes it a stranger's.
            raw = b"From: " + sender.encode() + b"\r\n" + raw  # noqa: PLW2901
        where = f"FUZZ_SEED={chosen}, mail {number}"
        try:
            arrival = await reader.arrival(
                Carried(raw, "0" * 64, DESK[0], RECEIVED, sender, addressed(number, keys))
            )
            before = states.get(arrival.submission_id, INTAKE.initial)
            context = Context(now=RECEIVED, by=arrival.by, facts=DIRECTORY)
            event, *after_all = INTAKE.decide(arrival, before, context)
            # A copy that counts for more than the first of it is decided on too.
            assert not after_all or (type(event), len(after_all)) == (i.DuplicateReceived, 1)
            for each in (event, *after_all):
                assert decode(each.topic, each.encoded()).topic == each.topic
                before = INTAKE.evolve(before, each)
                told.update(what_it_tells(each))
            states[arrival.submission_id] = before
        except Exception as failure:
            failure.add_note(where)
            raise
        dispositions[disposition_of(event) or "none"] += 1
        slowest = max(slowest, time.process_time() - started)
        assert slowest < ONE_S_MAX, where
    took_s = time.process_time() - began
    print(
        f"\nFUZZ_SEED={chosen}: {COUNT / took_s:,.0f} mails/s of CPU, slowest {slowest:.3f} s: {dict(dispositions)}, {dict(told)}"
    )
    assert dispositions["opened"] > COUNT / 10, "most are somebody's"
    assert dispositions.keys() == set(DISPOSITIONS)
    assert told.keys() == TOLD
    assert took_s < CPU_S_MAX


async def test_damaged_mails_by_smtp_end_in_one_disposition_each(desk: RunningDesk) -> None:
    chosen = seed()
    waiting = mutated(BY_SMTP, Random(chosen))
    codes: Counter[int] = Counter()

    async def one_session() -> None:
        async with session(desk.smtp_port) as client:
            for raw in waiting:
                codes[await deliver(client, raw, ANA)] += 1

    before = await _ledger(desk)
    await asyncio.gather(*(one_session() for _ in range(8)))
    after = await _ledger(desk)
    print(f"\nFUZZ_SEED={chosen}: {dict(codes)}")
    assert codes == {250: BY_SMTP}, f"FUZZ_SEED={chosen}"
    came, disposed, entries = (now - then for now, then in zip(after, before, strict=True))
    assert (came, disposed, entries) == (BY_SMTP,) * 3, f"FUZZ_SEED={chosen}"


async def _ledger(desk: RunningDesk) -> tuple[int, int, int]:
    """Messages in, dispositions told by the ledger, and entries of the journal that are one."""
    async with connected(desk.admin_url("intake")) as admin:
        (told,) = await admin.fetch("select count(*), coalesce(sum(dispositions), 0) from views.mail_in")
        entries = await admin.fetchval("select count(*) from journal.entries")
    return int(told[0]), int(told[1]), int(entries)
