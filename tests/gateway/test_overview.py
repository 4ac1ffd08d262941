"""What managers see across tickets: service levels as the journals give them, open alerts, ratings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts import directory as d
from contracts import lifecycle as l
from contracts import sla
from deploy.nats import EmbeddedNats
from deploy.sla_tools.reading import Part
from figures.attainment import PERCENTILES, By, Period, Tally
from figures.lives import CLOCK_TOPICS, TICKET_TOPICS
from journal.bus import Bus
from services.gateway.filters import Filter
from services.gateway.pages.levels import DIMENSIONS
from services.gateway.periods import chosen
from services.gateway.portal import Portal
from services.gateway.reading import Views
from tests.gateway.books import BIA, PARTITIONS, START, Books, told_at_random
from tests.gateway.rooms import Browser, admit_everybody, blobs_in, fill, portal_over, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
ZONE = ZoneInfo("America/Sao_Paulo")
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), ZONE)
WARNED, BREACHED, MET, QUIET = (f"2026-00000{n}" for n in range(1, 5))


def journals_say(books: Books, period: Period, by: By) -> Tally:
    """The same report from the journals themselves."""
    whole = Tally(by, period.zone)
    for partition in range(PARTITIONS):
        part = Part(period)
        for entry in books.kept["lifecycle", partition]:
            if entry.topic in TICKET_TOPICS:
                part.hear_of_ticket(entry.stream_id, entry.topic, entry.data_bytes())
        for entry in books.kept["sla", partition]:
            if entry.topic in CLOCK_TOPICS:
                part.hear_of_clock(entry.stream_id, entry.topic, entry.data_bytes())
        whole.add(part.tally(by))
    return whole


def figures(tally: Tally) -> list[tuple[object, ...]]:
    return [
        (
            group, clock, line.met, line.breached, line.running, line.stopped, line.share,
            *(line.percentile(percent) for percent in PERCENTILES),
        )
        for group, clock, line in tally.ordered()
    ]  # fmt: skip


async def test_levels_are_what_the_journals_give(database: MakeDatabase) -> None:
    books = told_at_random(11, tickets=60)
    when = chosen("2026-03-01", "2026-03-31", START.date(), ZONE)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        overview = Views(pool).overview
        for by in DIMENSIONS:
            found = await overview.levels(when.period, when.since, when.until, by)
            assert figures(found) == figures(journals_say(books, MARCH, by))
            assert {"met", "breached"} <= {
                verdict
                for line in found.lines.values()
                for verdict in ("met", "breached")
                if getattr(line, verdict)
            }
        earlier = chosen("2026-02-01", "2026-02-28", START.date(), ZONE)
        assert not (await overview.levels(earlier.period, earlier.since, earlier.until, "area")).lines


def test_a_period_is_chosen_by_its_dates() -> None:
    today = date(2026, 3, 20)
    month = chosen("", "", today, ZONE)
    assert (month.period.first, month.period.last, month.wrong) == (date(2026, 3, 1), today, "")
    assert month.since.astimezone(UTC).isoformat() == "2026-03-01T03:00:00+00:00"
    assert month.until.astimezone(UTC).isoformat() == "2026-03-21T03:00:00+00:00"
    typed = [
        ("ontem", ""),
        ("2026-03-02", "2026-03-01"),
        ("2025-01-01", "2026-03-01"),
        ("0001-01-01", ""),
        ("", "9999-12-31"),
    ]
    assert [chosen(*each, today, ZONE).wrong for each in typed] == ["date", "crossed", "long", "date", "date"]


def _books() -> Books:
    books = Books()
    books.define_desk()
    hours = {"mon": (("08:00", "17:00"),)}
    closed = d.Calendar(time_zone="America/Sao_Paulo", weekly=hours, closed=(date(2020, 12, 25),))
    for kind, key, record in (
        ("calendar", "sp", closed),
        ("sla_policy", "std", d.SlaPolicy(name="Padrão", calendar="sp")),
    ):
        defined = {"kind": kind, "key": key, "version": 1, "record": record.model_dump(mode="json")}
        event = d.RecordDefined.model_validate({**defined, "at": books.now, "by": BIA})
        books.say(event, d.record_stream(kind, key))
    warned, breached, met, quiet = (books.open(number) for number in (WARNED, BREACHED, MET, QUIET))
    alert = {"stage": 75, "detected_at": books.now, "due_at": books.now + timedelta(hours=1)}
    for ticket in (warned, breached, met):
        books.clock(sla.ClockWarned, ticket, **alert)
    books.clock(sla.ClockBreached, breached, detected_at=books.now)
    books.clock(sla.ClockMet, met, elapsed_s=60, late=False)
    books.on(l.TicketAssigned, met, analyst="ana", status="in_progress")
    for score, comment in ((1, "demorou"), (4, "melhorou <b>")):
        books.on(l.ResolutionRated, met, resolution=1, score=score, comment=comment, by=BIA)
    books.on(l.ResolutionRated, quiet, resolution=1, score=1, by=BIA)
    return books


@pytest.fixture
async def portal(
    database: MakeDatabase, nats_server_module: EmbeddedNats, state: Path
) -> AsyncIterator[Portal]:
    async with views_of(await database("gateway")) as pool:
        await fill(pool, _books())
        bus = await Bus.connect(nats_server_module.url("gateway"), "gateway")
        portal = await portal_over(pool, bus, blobs_in(state / "blobs"))
        await admit_everybody(portal, pool)
        yield portal
        await bus.close()


async def enter(portal: Portal, who: str) -> Browser:
    browser = Browser(portal)
    assert (await browser.enter(who)).status_code == 303
    return browser


async def test_alerts_are_of_clocks_that_go_on_the_breaches_first(portal: Portal) -> None:
    found = await portal.views.overview.alerts(None)
    assert [(each.number, each.alert) for each in found] == [(BREACHED, 100), (WARNED, 75)]
    assert await portal.views.overview.alerts(["folha"]) == []
    ana = await enter(portal, "ana")
    page = (await ana.get("/alerts")).text
    assert page.index(BREACHED) < page.index(WARNED)
    assert MET not in page
    assert "Nenhum alerta" in (await ana.get("/alerts?area=folha")).text
    # No sla here: the page says so, and shows the alerts still.
    answer = await ana.post("/alerts", {"number": WARNED, "clock": "first_response", "area": "~"})
    assert answer.status_code == 503
    assert WARNED in answer.text
    assert (await ana.post("/alerts", {"number": WARNED, "clock": "kitchen"})).status_code == 422


async def test_the_queue_is_asked_for_what_is_breached_or_warned(portal: Portal) -> None:
    listed = {
        alert: [each.ticket.number for each in (await portal.views.tickets(Filter(alert=alert))).tickets]
        for alert in ("breached", "warned")
    }
    assert listed == {"breached": [BREACHED], "warned": [WARNED]}
    page = (await (await enter(portal, "ana")).get("/?alert=warned")).text
    assert WARNED in page
    assert QUIET not in page


async def test_ratings_count_once_a_resolution_with_averages(portal: Portal) -> None:
    mara = await enter(portal, "mara")
    page = (await mara.get("/ratings?from=2026-03-01&to=2026-03-31")).text
    assert "2 avaliações, média 2,5" in page
    assert "melhorou &lt;b&gt;" in page
    assert "demorou" not in page
    assert "4,0" in page
    assert "Nenhuma avaliação" in (await mara.get("/ratings?from=2026-02-01&to=2026-02-28")).text


async def test_levels_are_shown_and_told(portal: Portal) -> None:
    mara = await enter(portal, "mara")
    page = (await mara.get("/levels?from=2026-03-01&to=2026-03-31&by=area")).text
    assert "50,0%" in page
    assert "0 h 01 min" in page
    told = (await mara.get("/api/v1/levels?from=2026-03-01&to=2026-03-31&by=area")).json()
    assert told["groups"] == [
        {
            "group": "fiscal", "clock": "first_response", "met": 1, "breached": 1, "running": 2, "stopped": 0,
            "share": 0.5, "percentiles": {"50": 60.0, "90": 60.0, "95": 60.0},
        }
    ]  # fmt: skip
    assert (await mara.get("/levels?from=ontem")).status_code == 422
    assert (await mara.get("/api/v1/levels?from=ontem")).status_code == 422


async def test_a_manager_is_told_that_closed_dates_run_out_and_fills_in_those_to_come(portal: Portal) -> None:
    mara, ana = await enter(portal, "mara"), await enter(portal, "ana")
    for path in ("/directory", "/directory/calendar/sp"):
        assert "25/12/2020" in (await mara.get(path)).text
        assert "O último dia fechado" in (await mara.get(path)).text
        assert "O último dia fechado" not in (await ana.get(path)).text
    typed = {
        "version": "1", "r-time_zone": "America/Sao_Paulo", "r-weekly-mon": "08:00-17:00", "r-closed": "2020-12-25",
        "holidays": "1", "holidays_country": "BR", "holidays_state": "MG", "holidays_from": "2027", "holidays_to": "2028",
    }  # fmt: skip
    page = (await mara.post("/directory/calendar/sp", typed)).text
    assert page.index("2020-12-25") < page.index("2027-01-01") < page.index("2028-12-25")
    wrong = await mara.post("/directory/calendar/sp", {**typed, "holidays_state": "??"})
    assert wrong.status_code == 422
    assert "Não conheço os feriados" in wrong.text
    assert (await mara.post("/directory/calendar/sp", {**typed, "holidays_to": "9999"})).status_code == 422
