"""Who is told what, once: on a real database, whatever is repeated, rolled back or early."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from contracts import lifecycle as l
from contracts import notifier as n
from contracts import sla
from contracts.directory import KINDS
from contracts.envelope import Event, partition_of
from journal.tokens import verify_message_id
from services.notifier.caps import Caps
from tests.notifier import room
from tests.notifier.room import (
    ANA,
    BRUNO,
    DOMAIN,
    KEYS,
    MARTA,
    NOON,
    PARTITIONS,
    Notifier,
    answered,
    assigned,
    parked,
    queued,
    started,
    ticket,
)
from tests.servers.backing import Database


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        yield made


T: dict[str, Any] = {"ticket_id": ticket("t"), "at": NOON}
CLOCK: dict[str, Any] = {**T, "clock": "first_response", "cycle": 1}
REPLIED = l.ReplyAdded(**T, by=ANA, channel="email", verified=True, sender="Ana", text="E então?")
RESOLVED = l.TicketResolved(**T, by=BRUNO, text="Feito.", resolution=1, first=False)
REOPENED = l.TicketReopened(**T, by=ANA, resolution=1, via="email")
BOUNCED = l.BounceAdded(
    **T, by=BRUNO, recipient="ana.prado@serra.example.com", status="5.1.1", diagnostic="no"
)
WARNED = sla.ClockWarned(**CLOCK, stage=50, detected_at=NOON, due_at=NOON)
BREACHED = sla.ClockBreached(**CLOCK, detected_at=NOON)


async def test_the_acknowledgement_tells_number_deadline_and_place(desk: Notifier) -> None:
    await desk.hear(queued("first"), queued(), started())
    (opened,) = await desk.requested()
    assert (opened.template, opened.recipient, opened.automatic) == (
        "opened",
        "ana.prado@serra.example.com",
        True,
    )
    assert opened.facts["place"] == 2
    assert opened.facts["due_at"] == (NOON + timedelta(days=3)).isoformat()
    assert verify_message_id(opened.message_id, KEYS, DOMAIN) == ticket("t")
    assert opened.references[0] == opened.in_reply_to == "<original@serra.example.com>"
    assert verify_message_id(opened.references[1], KEYS, DOMAIN) == ticket("t")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (started(clock="customer_silence"), []),
        (started(cycle=2), []),
        (assigned(analyst="clara"), [("assigned", "clara.reis")]),
        (answered(), [("answered", "ana.prado")]),
        (
            l.CustomerAwaited(**T, by=BRUNO, text="Qual?", waiting=1, first=False),
            [("awaiting_customer", "ana.prado")],
        ),
        (
            l.TicketResumed(**T, by=BRUNO, previous="waiting_customer", because="analyst"),
            [("resumed", "ana.prado")],
        ),
        (l.TicketResumed(**T, by=ANA, previous="waiting_customer", because="requester_replied"), []),
        (REPLIED, [("requester_replied", "bruno.teles")]),
        (REPLIED.model_copy(update={"late": True}), []),
        (RESOLVED, [("resolved", "ana.prado")]),
        (REOPENED, [("reopened", "ana.prado"), ("reopened_analyst", "bruno.teles")]),
        (l.TicketClosed(**T, by=BRUNO, reason="merged", previous="open"), [("closed", "ana.prado")]),
        (BOUNCED, [("bounce", "bruno.teles")]),
        (l.NoteAdded(**T, by=BRUNO, text="interno"), []),
        (WARNED, [("warning", "bruno.teles")]),
        (BREACHED, [("breach", name) for name in ("bruno.teles", "clara.reis", "marta.lins")]),
        (BREACHED.model_copy(update={"clock": "customer_silence"}), []),
        (sla.ReminderDue(**CLOCK, stage=1, detected_at=NOON, due_at=NOON), [("reminder", "ana.prado")]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else "",
)
async def test_each_event_tells_those_it_concerns(desk: Notifier, event: Event, told: list[Any]) -> None:
    await desk.hear(queued(), assigned(), event)
    assert await desk.told() == told


async def test_a_ticket_that_nobody_has_concerns_the_whole_area(desk: Notifier) -> None:
    await desk.hear(queued(), WARNED, BREACHED, REPLIED)
    assert sorted(await desk.told()) == [
        ("breach", "bruno.teles"),
        ("breach", "clara.reis"),
        ("breach", "marta.lins"),
        ("warning", "bruno.teles"),
        ("warning", "clara.reis"),
    ]


async def test_who_takes_a_ticket_is_not_told_so(desk: Notifier) -> None:
    await desk.hear(queued(), assigned(by=MARTA), assigned(analyst="marta", by=MARTA))
    assert await desk.told() == [("assigned", "bruno.teles")]


async def test_a_bounce_of_an_analyst_s_own_mail_does_not_go_to_them(desk: Notifier) -> None:
    own = BOUNCED.model_copy(update={"recipient": "Bruno.Teles@desk.example.com"})
    await desk.hear(queued(), assigned(), own)
    assert await desk.told() == [("bounce", "marta.lins")]


async def test_what_a_person_wrote_is_not_automatic_and_in_the_reader_s_language(desk: Notifier) -> None:
    await desk.hear(queued(requester="john"), assigned(), answered(), RESOLVED, REOPENED)
    requested = {each.template: each for each in await desk.requested()}
    assert {name: each.automatic for name, each in requested.items()} == {
        "answered": False,
        "resolved": False,
        "reopened": True,
        "reopened_analyst": True,
    }
    assert (requested["answered"].language, requested["reopened_analyst"].language) == ("en", "pt-BR")
    assert requested["reopened_analyst"].references != requested["answered"].references


async def test_the_same_entries_again_change_nothing(desk: Notifier) -> None:
    lifecycle = desk.entries(queued(), assigned(), answered(), RESOLVED, REOPENED)
    clocks = desk.entries(started(), WARNED, BREACHED)
    for entries in (lifecycle, clocks):
        await desk.apply(entries)
    once = [event.encoded() for event in await desk.recorded()]
    desk.clock.advance(hours=2)
    for entries in (lifecycle, clocks, lifecycle):
        desk.journal.forget(
            [row["stream_id"] for row in await desk.pool.fetch("select stream_id from journal.entries")]
        )
        await desk.apply(entries)
    assert [event.encoded() for event in await desk.recorded()] == once
    assert await desk.pool.fetchval("select count(*) from views.outbox") == len(once)


async def test_what_was_rolled_back_is_done_once_afterwards(desk: Notifier) -> None:
    entries = desk.entries(queued(), answered())
    await desk.apply(entries, commit=False)
    assert await desk.told() == []
    await desk.apply(entries)
    assert await desk.told() == [("answered", "ana.prado")]
    assert await desk.pool.fetchval("select sum(waiting) from views.queues") == 1


async def test_a_clock_heard_of_before_its_ticket_waits_for_it(desk: Notifier) -> None:
    await desk.apply(desk.entries(started(), WARNED))
    assert await desk.told() == []
    await desk.hear(queued())
    assert await desk.told() == [
        ("opened", "ana.prado"),
        ("warning", "bruno.teles"),
        ("warning", "clara.reis"),
    ]
    assert await desk.pool.fetchval("select count(*) from views.early") == 0


async def test_both_orders_give_the_same_notifications(desk: Notifier) -> None:
    clock, life = desk.entries(started()), desk.entries(queued())
    await desk.apply(clock)
    await desk.apply(life)
    early = [each.notification_id for each in await desk.requested()]
    await desk.apply(clock)
    assert [each.notification_id for each in await desk.requested()] == early


async def test_the_queue_shrinks_when_work_begins(desk: Notifier) -> None:
    await desk.hear(
        queued("a"),
        queued("b"),
        assigned("a"),
        l.TicketClosed(ticket_id=ticket("b"), at=NOON, by=BRUNO, reason="withdrawn", previous="open"),
    )
    await desk.hear(queued(), started())
    assert [each.facts["place"] for each in await desk.requested() if each.template == "opened"] == [1]


async def test_a_ticket_that_is_worked_on_has_no_place(desk: Notifier) -> None:
    await desk.hear(queued(), assigned(), started())
    assert [each.facts["place"] for each in await desk.requested()] == [None]


async def test_what_was_imported_is_known_and_told_to_nobody_until_something_happens_here(
    desk: Notifier,
) -> None:
    past = {"imported": True}
    await desk.apply(
        desk.entries(
            queued(imported=True),
            assigned().model_copy(update=past),
            answered().model_copy(update=past),
            RESOLVED.model_copy(update=past),
        )
    )
    await desk.hear(started())
    assert await desk.told() == []
    await desk.hear(REOPENED)
    assert await desk.told() == [("reopened", "ana.prado"), ("reopened_analyst", "bruno.teles")]


async def test_a_clock_of_an_imported_ticket_that_is_heard_early_opens_nothing(desk: Notifier) -> None:
    await desk.apply(desk.entries(started(), WARNED))
    await desk.hear(queued(imported=True))
    assert await desk.told() == [("warning", "bruno.teles"), ("warning", "clara.reis")]


async def test_what_concerns_no_e_mail_is_passed_over(desk: Notifier) -> None:
    await desk.hear(
        l.TicketLinked(**T, by=BRUNO, other=ticket("o"), other_number="2026-000001", link="related")
    )
    await desk.hear(sla.ClockMet(**CLOCK, elapsed_s=1, late=False), started(clock="auto_close"))
    assert await desk.recorded() == []


async def test_an_event_of_a_ticket_that_was_never_queued_is_a_fault(desk: Notifier) -> None:
    with pytest.raises(LookupError, match="never queued"):
        await desk.hear(answered())


async def queue(desk: Notifier) -> dict[str, int]:
    rows = await desk.pool.fetch(
        "select area, sum(waiting)::integer as waiting from views.queues group by area"
    )
    return {row["area"]: row["waiting"] for row in rows}


def of(name: str, kind: type[l.OfTicket], **facts: Any) -> l.OfTicket:
    return kind.model_validate({"ticket_id": ticket(name), "at": NOON, "by": BRUNO, **facts})


async def test_queues_follow_what_becomes_of_tickets(desk: Notifier) -> None:
    await desk.hear(queued("a"), queued("b"), queued("c", imported=True))
    assert await queue(desk) == {"fiscal": 3}
    await desk.hear(of("c", l.TicketClosed, reason="resolved", previous="open", imported=True))
    moved = {"field": "area", "old": "fiscal", "new": "contabil"}
    await desk.hear(of("a", l.TicketReclassified, changes=[moved]))
    assert await queue(desk) == {"fiscal": 1, "contabil": 1}
    await desk.hear(
        assigned("a"), of("b", l.TicketHeld, third_party="x", expected_on=NOON.date(), previous="open")
    )
    assert await queue(desk) == {"fiscal": 0, "contabil": 0}
    await desk.apply(
        desk.entries(
            of("a", l.TicketReturned, previous="bruno"),
            of("a", l.TicketReclassified, changes=[{**moved, "old": "contabil", "new": "fiscal"}]),
        )
    )
    assert await queue(desk) == {"fiscal": 1, "contabil": 0}


def merged(name: str, into: str) -> l.OfTicket:
    return of(name, l.TicketMerged, into=ticket(into), into_number=into)


def absorbed(name: str, other: str, requester: str) -> l.OfTicket:
    return of(name, l.TicketAbsorbed, merged=ticket(other), merged_number=other, requester=requester)


async def test_a_chain_of_merges_keeps_everybody_informed_once(desk: Notifier) -> None:
    """Ana's ticket goes on as John's, John's as Rita's: an answer on Rita's reaches all three."""
    rita = {"name": "Rita", "customer": "serra", "addresses": ["rita@serra.example.com"]}
    desk.mailroom.directory.put("contact", "rita", 1, True, KINDS["contact"].model_validate(rita))
    await desk.hear(
        queued("a", number="2026-000001"),
        queued("b", number="2026-000002", requester="john"),
        queued("c", number="2026-000003", requester="rita"),
    )
    await desk.hear(merged("a", "b"), of("a", l.TicketClosed, reason="merged", previous="open"))
    (closed,) = await desk.requested()
    assert (closed.template, closed.facts["into"]) == ("closed", "b")
    await desk.hear(absorbed("b", "a", "ana"), merged("b", "c"), absorbed("c", "b", "john"))
    await desk.hear(assigned("c"), answered("c"))
    answers = [each for each in await desk.requested() if each.template == "answered"]
    assert {(each.recipient.partition("@")[0], each.facts.get("joined")) for each in answers} == {
        ("rita", None),
        ("john", "b"),
        ("ana.prado", "a"),
    }
    assert len({each.notification_id for each in answers}) == len({each.message_id for each in answers}) == 3
    (root,) = {each.references[-1] for each in answers}
    assert {each.references for each in answers} == {(root,), ("<original@serra.example.com>", root)}
    await desk.hear(answered("b", text="tarde"))
    assert len(await desk.told()) == 1 + 3 + 2


async def test_caps_hold_for_each_who_takes_part(desk: Notifier) -> None:
    await desk.hear(queued(), assigned(), absorbed("t", "other", "john"))
    held = of("t", l.TicketHeld, third_party="x", expected_on=NOON.date(), previous="in_progress")
    for _ in range(22):
        await desk.hear(held)
    told = await desk.told()
    assert (told.count(("held", "ana.prado")), told.count(("held", "john"))) == (20, 20)
    assert len(await desk.recorded(n.NotificationSuppressed)) == 4


async def test_a_split_ticket_s_requester_is_told_which_one_it_came_from(desk: Notifier) -> None:
    new = queued("new", number="2026-000124", linked_to=ticket("t"), relation="split")
    await desk.hear(queued(), new, started("new"))
    (opened,) = await desk.requested()
    assert (opened.facts["origin"], opened.facts["relation"]) == ("2026-000123", "split")
    await desk.hear(queued("lost", linked_to=ticket("unheard-of"), relation="late_reply"), started("lost"))
    assert (await desk.requested())[-1].facts["origin"] == ""


async def test_a_loop_stops_by_itself_and_says_so(desk: Notifier) -> None:
    await desk.hear(queued(), assigned())
    for _ in range(25):
        await desk.hear(REPLIED)
    alarm = ("loop", "marta.lins")
    assert await desk.told() == [("requester_replied", "bruno.teles")] * 20 + [alarm], (
        "once, and not to whom it is about"
    )
    held = await desk.recorded(n.NotificationSuppressed)
    assert [each.cap for each in held if isinstance(each, n.NotificationSuppressed)] == [
        "address_on_ticket"
    ] * 5
    await desk.hear(answered())
    assert (await desk.told())[-1] == ("answered", "ana.prado"), "a person's answer goes out"
    desk.clock.advance(minutes=61)
    await desk.hear(REPLIED)
    assert (await desk.told())[-1] == ("requester_replied", "bruno.teles"), "an hour later the count is anew"
    assert await desk.pool.fetchval("select max(count) from views.counts") == 1


async def test_a_loop_that_opens_a_ticket_at_every_turn_stops_too(
    database: Callable[[str], Awaitable[Database]],
) -> None:
    async with room.notifier(await database("notifier"), caps=Caps(address=5)) as desk:
        for name in map(str, range(8)):
            await desk.hear(queued(name), started(name))
            await desk.hear(queued(f"web {name}", message_id=""), started(f"web {name}"))
        told = await desk.told()
        assert told.count(("opened", "ana.prado")) == 5 + 8, "who opens them in the portal is no machine"
        held = await desk.recorded(n.NotificationSuppressed)
        assert [each.cap for each in held if isinstance(each, n.NotificationSuppressed)] == ["address"] * 3
        alarms = {
            (each.recipient, each.facts["recipient"])
            for each in await desk.requested()
            if each.template == "loop"
        }
        assert alarms == {
            (f"{name}@desk.example.com", "ana.prado@serra.example.com")
            for name in ("bruno.teles", "clara.reis", "marta.lins")
        }
        await desk.hear(queued("new", requester="john"), started("new"))
        assert ("opened", "john") in await desk.told(), "others go on"


async def test_a_loop_whose_addresses_change_stops_too_and_an_occasion_is_told_to_all_or_none(
    database: Callable[[str], Awaitable[Database]],
) -> None:
    async with room.notifier(await database("notifier"), caps=Caps(ticket=3)) as desk:
        await desk.hear(queued(), assigned(), absorbed("t", "other", "john"))
        held = of("t", l.TicketHeld, third_party="x", expected_on=NOON.date(), previous="in_progress")
        for _ in range(5):
            await desk.hear(held)
        told = await desk.told()
        assert (told.count(("held", "ana.prado")), told.count(("held", "john"))) == (3, 3)
        suppressed = await desk.recorded(n.NotificationSuppressed)
        assert [each.cap for each in suppressed if isinstance(each, n.NotificationSuppressed)] == [
            "ticket"
        ] * 4


async def test_one_courtesy_reply_an_address_and_day(desk: Notifier) -> None:
    await desk.hear(
        parked("1", "Zoe@other.example"), parked("2", "zoe@OTHER.example"), parked("3", "max@other.example")
    )
    assert await desk.told() == [("parked", "Zoe"), ("parked", "max")]
    tomorrow = parked("4", "zoe@other.example")
    tomorrow = tomorrow.model_copy(
        update={"delivered": tomorrow.delivered.model_copy(update={"received_at": NOON + timedelta(days=1)})}
    )
    await desk.hear(tomorrow)
    assert len(await desk.told()) == 3
    assert (await desk.requested())[0].in_reply_to == "<theirs@other.example>"


@pytest.mark.parametrize(
    "event",
    [
        parked("1", ""),
        parked("1", "MAILER-DAEMON@other.example"),
        parked("1", "no-reply@other.example"),
        parked("1", "list-request@other.example"),
        parked("1", "suporte@desk.example.com"),
        parked("1", "zoe@other.example", reason="unreadable"),
    ],
)
async def test_no_courtesy_for_machines_nor_for_ourselves(desk: Notifier, event: Event) -> None:
    await desk.hear(event)
    assert await desk.told() == []


async def test_a_courtesy_goes_to_nobody_but_the_envelopes_sender(desk: Notifier) -> None:
    """Anybody can write another's address into From. Out of a mailbox, where no envelope came along, it tells nothing of him."""
    envelopes: tuple[tuple[str, list[str]], ...] = (
        ("zoe@other.example", ["suporte@desk.example.com"]),
        ("Max@Other.example", ["suporte@desk.example.com"]),
        ("forger@evil.example", ["suporte@desk.example.com"]),
        ("", ["suporte@desk.example.com"]),
        ("", []),
    )
    senders = (
        "Zoe@other.example",
        "max@other.example",
        "lea@other.example",
        "ida@other.example",
        "eva@other.example",
    )
    events = []
    for place, ((mail_from, to), sender) in enumerate(zip(envelopes, senders, strict=True)):
        event = parked(str(place), sender)
        told = {**event.delivered.model_dump(), "envelope_from": mail_from, "envelope_to": to}
        events.append(parked(str(place), sender, delivered=told))
    await desk.hear(*events)
    asked = {each.recipient.lower(): each.facts["subject"] for each in await desk.requested()}
    assert asked == {"zoe@other.example": "Socorro", "max@other.example": "Socorro", "eva@other.example": ""}


async def test_a_batch_costs_the_same_statements_whatever_its_size(desk: Notifier) -> None:
    names = [name for name in map(str, range(2000)) if partition_of(ticket(name), PARTITIONS) == 0]
    counts = []
    for batch in (names[:1], names[1:3], names[3:203]):
        queries: list[str] = []
        with _watched(desk, queries):
            await desk.apply(desk.entries(*(queued(name, message_id="") for name in batch)))
            await desk.apply(desk.entries(*(started(name) for name in batch)))
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 20, counts
    assert len(await desk.told()) == 203


class _watched:  # noqa: N801 - reads as a statement
    """Every statement that any connection of the pool runs."""

    def __init__(self, desk: Notifier, queries: list[str]) -> None:
        self._desk, self._queries = desk, queries
        self._seen: list[asyncpg.Connection[asyncpg.Record]] = []

    def _log(self, record: Any) -> None:
        self._queries.append(record.query)

    def __enter__(self) -> None:
        for holder in self._desk.pool._holders:  # type: ignore[attr-defined]
            if holder._con is not None:
                holder._con.add_query_logger(self._log)
                self._seen.append(holder._con)

    def __exit__(self, *_: object) -> None:
        for connection in self._seen:
            connection.remove_query_logger(self._log)
