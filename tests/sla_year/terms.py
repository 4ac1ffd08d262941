"""The desk of the simulated year: four customers under four policies and two calendars, as directory records.

2018 in São Paulo: its clock goes back on 18 February and forward on 4 November. In the middle of the year a second
version of some policies and calendars is published, each on a day of its own.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from contracts.directory import KINDS
from contracts.intake import Terms
from journal.directory import Directory

YEAR = 2018
BEGIN = datetime(YEAR, 1, 1, 3, tzinfo=UTC)
ZONE = "America/Sao_Paulo"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED = [
    "2018-01-01", "2018-02-12", "2018-02-13", "2018-03-30", "2018-04-21", "2018-05-01", "2018-05-31",
    "2018-09-07", "2018-10-12", "2018-11-02", "2018-11-15", "2018-12-25", "2019-01-01",
]  # fmt: skip
OFFICE: dict[str, Any] = {
    "time_zone": ZONE,
    "weekly": {day: [["08:00", "10:45"], ["13:00", "17:30"]] for day in WEEK[:5]},
    "closed": CLOSED,
    "special": {"2018-02-14": [["13:00", "17:30"]], "2018-06-16": [["09:00", "12:00"]]},
}
LONG: dict[str, Any] = {
    "time_zone": ZONE,
    "weekly": {day: [["07:00", "22:00"]] for day in WEEK[:6]}
    | {"sat": [["00:00", "24:00"]], "sun": [["00:00", "06:30"]]},
    "closed": ["2018-12-25"],
    "special": {"2018-12-31": [["07:00", "09:10"], ["09:10", "09:40"], ["20:00", "24:00"]]},
}
"""Open through the hour that Sunday 18 February repeats, and through the one that 4 November skips."""
POLICIES: dict[str, dict[str, Any]] = {
    "bronze": {"name": "Bronze", "calendar": "office", "first_response_min": 1440},
    "silver": {
        "name": "Silver",
        "calendar": "office",
        "first_response_min": 480,
        "next_response_min": 600,
        "resolution_min": 2175,
        "warning_stages": [50, 90],
        "targets": [
            {"classification": "incident", "first_response_min": 120, "resolution_min": 870},
            {"priority": "urgent", "first_response_min": 60, "resolution_min": 435},
            {"classification": "incident", "priority": "urgent", "first_response_min": 30},
            {"criticality": "critical", "next_response_min": 90},
        ],
    },
    "gold": {
        "name": "Gold",
        "calendar": "long",
        "first_response_min": 240,
        "next_response_min": 240,
        "resolution_min": 2000,
        "pauses": {
            "first_response": [],
            "next_response": ["on_hold"],
            "resolution": ["waiting_customer", "awaiting_approval"],
        },
        "targets": [{"classification": "project", "resolution_min": 6000}],
    },
    "copper": {
        "name": "Copper",
        "calendar": "office",
        "first_response_min": 600,
        "targets": [
            {"classification": "incident", "resolution_min": 1305, "next_response_min": 360},
            {"priority": "urgent", "resolution_min": 437},
            {"classification": "incident", "priority": "urgent", "resolution_min": 205},
            {"criticality": "critical", "next_response_min": 150},
        ],
    },
}
"""Copper has a target of resolution, and of the next response, for some tickets only."""
CALENDARS = {"office": OFFICE, "long": LONG}
NEWER: dict[tuple[str, str], tuple[datetime, dict[str, Any]]] = {
    ("calendar", "office"): (
        datetime(YEAR, 6, 20, 18, 7, 11, tzinfo=UTC),
        {
            **OFFICE,
            "weekly": {day: [["09:00", "12:10"], ["13:30", "18:00"]] for day in WEEK[:4]} | {"fri": []},
            "closed": [*CLOSED, "2018-07-09", "2018-11-20"],
        },
    ),
    ("sla_policy", "silver"): (
        datetime(YEAR, 7, 4, 14, 30, tzinfo=UTC),
        {
            **POLICIES["silver"],
            "next_response_min": 300,
            "warning_stages": [25, 60, 80],
            "pauses": {"first_response": [], "next_response": ["on_hold"], "resolution": ["on_hold"]},
            "targets": [{"priority": "urgent", "first_response_min": 45, "resolution_min": 1000}],
        },
    ),
    ("sla_policy", "copper"): (
        datetime(YEAR, 8, 1, 3, tzinfo=UTC),
        {
            **POLICIES["copper"],
            "calendar": "long",
            "targets": [
                {"classification": "request", "resolution_min": 2400},
                {"classification": "incident", "priority": "high", "resolution_min": 800},
                {"priority": "low", "next_response_min": 500},
            ],
        },
    ),
}
"""The second version of each of these, and when it was published; those of the others stay the first."""
CUSTOMERS = {"serra": "bronze", "mar": "silver", "rio": "gold", "lago": "copper"}
"""Each customer, and the policy of its contract."""
AREAS = ("fiscal", "pessoas", "infra")
ANALYSTS = ("bruno", "clara", "davi", "marta")


def version(kind: str, key: str, at: datetime) -> tuple[int, dict[str, Any]]:
    """The version of a policy or calendar that is in force then, and its record."""
    newer = NEWER.get((kind, key))
    if newer is not None and newer[0] <= at:
        return 2, newer[1]
    return 1, (POLICIES if kind == "sla_policy" else CALENDARS)[key]


def terms_at(customer: str, at: datetime) -> Terms:
    """What a ticket of that customer pins when it opens then."""
    policy = CUSTOMERS[customer]
    policy_version, record = version("sla_policy", policy, at)
    calendar = str(record["calendar"])
    return Terms(
        contract=customer,
        contract_version=1,
        sla_policy=policy,
        sla_policy_version=policy_version,
        calendar=calendar,
        calendar_version=version("calendar", calendar, at)[0],
    )


def policy_of(terms: Terms) -> dict[str, Any]:
    """The record of the policy that a ticket pinned."""
    return _of("sla_policy", terms.sla_policy, terms.sla_policy_version)


def hours() -> Iterator[tuple[tuple[str, int], dict[str, Any]]]:
    """Every version of every calendar."""
    for key in CALENDARS:
        for number in (1, 2) if ("calendar", key) in NEWER else (1,):
            yield (key, number), _of("calendar", key, number)


def _of(kind: str, key: str, number: int) -> dict[str, Any]:
    return NEWER[kind, key][1] if number == 2 else version(kind, key, BEGIN)[1]


def records() -> list[tuple[str, str, int, dict[str, Any], datetime]]:
    """Kind, key, version and record of everything the desk knows, and since when, in that order."""
    newer = [(kind, key, 2, record, at) for (kind, key), (at, record) in NEWER.items()]
    first = [(kind, key, 1, record, BEGIN) for kind, key, record in _at_first()]
    return first + sorted(newer, key=lambda each: each[-1])


def _at_first() -> list[tuple[str, str, dict[str, Any]]]:
    found: list[tuple[str, str, dict[str, Any]]] = [
        ("desk", "desk", {"name": "Suporte", "address": "suporte@desk.example.com", "time_zone": ZONE}),
        ("application", "notas", {"name": "Notas", "area": "fiscal"}),
    ]
    found += [("calendar", key, record) for key, record in CALENDARS.items()]
    found += [("sla_policy", key, record) for key, record in POLICIES.items()]
    found += [("area", key, {"name": key.title()}) for key in AREAS]
    for key in ANALYSTS:
        role = "manager" if key == "marta" else "analyst"
        found.append(
            ("analyst", key, {"name": key.title(), "email": f"{key}@desk.example.com", "role": role})
        )
    for key, policy in CUSTOMERS.items():
        contract = {
            "customer": key,
            "applications": ["notas"],
            "starts_on": date(2017, 1, 1),
            "sla_policy": policy,
        }
        contact = {"name": f"Pessoa {key}", "customer": key, "addresses": [f"p@{key}.example.com"]}
        found += [
            ("customer", key, {"name": key.title()}),
            ("contract", key, contract),
            ("contact", f"p-{key}", contact),
        ]
    return found


def directory() -> Directory:
    """The same, as services keep it."""
    known = Directory()
    for kind, key, number, record, _ in records():
        known.put(kind, key, number, True, KINDS[kind].model_validate(record))
    return known
