"""The desk of the simulated year: three customers under three policies and two calendars, as directory records.

2018 in São Paulo: its clock goes back on 18 February and forward on 4 November.
"""

from datetime import date
from typing import Any

from contracts.directory import KINDS
from journal.directory import Directory

YEAR = 2018
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
}
CALENDARS = {"office": OFFICE, "long": LONG}
CUSTOMERS = {"serra": "bronze", "mar": "silver", "rio": "gold"}
"""Each customer, and the policy of its contract."""
AREAS = ("fiscal", "pessoas", "infra")
ANALYSTS = ("bruno", "clara", "davi", "marta")


def records() -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, key and record of everything the desk knows."""
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
    for kind, key, record in records():
        known.put(kind, key, 1, True, KINDS[kind].model_validate(record))
    return known
