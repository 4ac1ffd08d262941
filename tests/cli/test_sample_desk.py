"""The sample desk holds together, and loading it again changes nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from contracts.commands import DefineRecord
from contracts.directory import (
    KINDS,
    Analyst,
    Application,
    Contact,
    Contract,
    Customer,
    Record,
    SlaPolicy,
)
from deploy.sample.load import load
from deploy.sample.records import DESK_YAML, idempotency_key, read_desk
from journal.clock import DeskClock
from tests.cli.atendimento import Outcome, python
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from worktime.calendar import Calendar

DESK = read_desk(DESK_YAML, 2026)
CLOCK = f"2026-03-02T11:00:00+00:00@{datetime.now(UTC).isoformat()}x1"
"""Of the programs that load it: what the sample says of holidays depends on the year."""
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def of(kind: str) -> dict[str, Any]:
    return {each.key: KINDS[kind].model_validate(each.record) for each in DESK.records if each.kind == kind}


def calendar() -> Calendar:
    record = next(each for each in DESK.records if (each.kind, each.key) == ("calendar", "comercial"))
    return Calendar.from_record({**record.record, "key": record.key, "version": 1})


def test_every_record_names_only_records_that_are_there() -> None:
    applications = cast("dict[str, Application]", of("application"))
    assert {each.area for each in applications.values()} == set(of("area"))
    policies = cast("dict[str, SlaPolicy]", of("sla_policy"))
    assert {each.calendar for each in policies.values()} <= set(of("calendar"))
    contacts = cast("dict[str, Contact]", of("contact"))
    assert {each.customer for each in contacts.values()} == set(of("customer"))
    contracts = cast("dict[str, Contract]", of("contract"))
    assert {each.customer for each in contracts.values()} == set(of("customer"))
    assert {each.sla_policy for each in contracts.values()} <= set(policies)
    assert {name for each in contracts.values() for name in each.applications} <= set(applications)
    analysts = cast("dict[str, Analyst]", of("analyst"))
    assert {area for each in analysts.values() for area in each.areas} == set(of("area"))


def test_logins_are_of_people_in_their_roles() -> None:
    contacts, analysts = of("contact"), of("analyst")
    for login in DESK.logins:
        if login.role == "requester":
            assert login.login in contacts[login.key].addresses
        else:
            assert (login.role, login.login) == (analysts[login.key].role, analysts[login.key].email)
    assert {login.role for login in DESK.logins} == {"requester", "analyst", "manager", "auditor"}


@pytest.mark.parametrize("customer", cast("dict[str, Customer]", of("customer")).values(), ids=str)
def test_tax_ids_have_right_check_digits(customer: Customer) -> None:
    digits = [ord(place) - 48 for place in customer.tax_id if place not in "./-"]
    for length in (12, 13):
        weights = [*range(length - 7, 1, -1), *range(9, 1, -1)]
        rest = sum(d * w for d, w in zip(digits[:length], weights, strict=True)) % 11
        assert digits[length] == (0 if rest < 2 else 11 - rest)


def test_the_sample_shows_what_a_directory_can_hold() -> None:
    assert {each.kind for each in DESK.records} == set(KINDS) - {"mail_template"}
    assert any(each.absences for each in of("analyst").values())
    assert any(each.calendar for each in of("analyst").values())
    assert any(each.domains for each in of("contact").values())
    assert any(each.approvers for each in of("contract").values())
    assert any(each.targets for each in of("sla_policy").values())
    assert any(each.assignment for each in of("area").values())
    assert any(not each.tax_id[:2].isdigit() or "A" in each.tax_id for each in of("customer").values())


def test_an_expired_contract_shows_what_no_contract_means() -> None:
    contracts: list[Contract] = list(of("contract").values())
    assert [each.ends_on for each in contracts if each.ends_on] == [date(2024, 12, 31)]


def test_the_calendar_is_that_of_the_domain_page() -> None:
    opened = datetime(2026, 3, 2, 8, 0, tzinfo=SAO_PAULO)
    due = calendar().due(opened, timedelta(minutes=1440))
    assert due == datetime(2026, 3, 5, 10, 15, tzinfo=SAO_PAULO)


def test_holidays_are_closed_for_three_years() -> None:
    for year in (2026, 2027, 2028):
        for day in ((4, 21), (9, 7), (12, 8)):
            assert not calendar().is_open(datetime(year, *day, 9, tzinfo=SAO_PAULO))


def test_a_command_is_another_when_its_record_says_something_else() -> None:
    first, *_ = DESK.records
    changed = first.model_copy(update={"record": {**first.record, "name": "Outro"}})
    keys = {idempotency_key(each) for each in DESK.records}
    assert len(keys) == len(DESK.records)
    assert idempotency_key(DefineRecord.model_validate(first.model_dump())) in keys
    assert idempotency_key(changed) not in keys


async def loaded(desk: RunningDesk) -> Outcome:
    return await python("deploy.sample.load", **desk.desk.environment("gateway"), DESK_CLOCK=CLOCK)


async def again(desk: RunningDesk) -> None:
    environment = desk.desk.environment("gateway")
    await load(DESK, environment["DATABASE_URL"], environment["NATS_URL"], DeskClock.parse(CLOCK))


async def held(desk: RunningDesk) -> tuple[list[Any], list[Any]]:
    """The directory's journal and the logins, whole."""
    async with connected(desk.auditor_url("directory")) as directory:
        entries = await directory.fetch("select position, digest from journal.entries order by position")
    async with connected(desk.admin_url("gateway")) as gateway:
        logins = await gateway.fetch("select * from access.logins order by login")
    return entries, logins


async def test_loading_again_changes_nothing_and_undoes_nothing() -> None:
    async with running_desk(["gateway"], records=()) as desk:
        first = await loaded(desk)
        assert first.code == 0, first.complained
        assert "Acessos de exemplo" in first.said
        assert "marina.costa@ipesistemas.example" in first.said
        entries, logins = await held(desk)
        assert (len(entries), len(logins)) == (len(DESK.records), len(DESK.logins))

        await again(desk)
        assert await held(desk) == (entries, logins)

        renamed: Record = of("area")["fiscal"].model_copy(update={"name": "Fiscal do Norte"})
        await desk.define("area", "fiscal", renamed.model_dump(mode="json"))
        await again(desk)
        assert len((await held(desk))[0]) == len(entries) + 1


async def test_a_record_that_the_directory_refuses_is_one_sentence() -> None:
    async with running_desk([], records=()) as desk:
        environment = desk.desk.environment("gateway")
        await desk.define("customer", "x", {"name": "X"})
        await desk.define("contact", "outro", {
            "name": "Outro", "customer": "x", "addresses": ["rita@belavista.example"],
        })  # fmt: skip
        refused = await python("deploy.sample.load", **environment)
        assert refused.code == 1
        assert "address_taken" in refused.complained
        assert "Traceback" not in refused.complained
