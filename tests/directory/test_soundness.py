"""What a record must be by itself, kind by kind; and the one spelling in which it is kept."""

from typing import Any

import pytest

from tests.directory.given import changed, codes, decided, define, defined

LABEL = "a" * 63


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        ("area", {"name": " "}, [("blank", "name")]),
        ("canned_answer", {"title": ""}, [("blank", "title")]),
        ("customer", {"tax_id": "11.222.333/0001-82"}, [("not_a_cnpj", "tax_id")]),
        ("contact", {"addresses": [""]}, [("not_an_address", "addresses.0")]),
        ("contact", {"addresses": ["a@x.example", "Ana <b@x.example>"]}, [("not_an_address", "addresses.1")]),
        ("contact", {"addresses": ["a@b@c"]}, [("not_an_address", "addresses.0")]),
        ("contact", {"addresses": ["a@x.example", "A@X.example"]}, [("named_twice", "addresses.1")]),
        ("contact", {"domains": ["x.example", "X.Example"]}, [("named_twice", "domains.1")]),
        *(
            ("contact", {"domains": [domain]}, [("not_a_domain", "domains.0")])
            for domain in (
                "", "example", "x..example", ".example", "x.example.", "-x.example", "x-.example", "x y.example",
                "ana@x.example", "*.x.example", "café.example", "10.0.0.1", LABEL + "a.example",
                "x_y.example", "x.example\n",
            )
        ),
        ("contract", {"ends_on": "2025-12-31"}, [("ends_before_start", "ends_on")]),
        ("analyst", {"email": "bruno"}, [("not_an_address", "email")]),
        (
            "analyst",
            {"absences": [{"starts_on": "2026-03-10", "ends_on": "2026-03-09"}]},
            [("ends_before_start", "absences.0.ends_on")],
        ),
        (
            "analyst",
            {
                "absences": [
                    {"starts_on": "2026-03-10", "ends_on": "2026-03-12"},
                    {"starts_on": "2026-03-12", "ends_on": "2026-03-20"},
                    {"starts_on": "2026-03-01", "ends_on": "2026-03-02"},
                ]
            },
            [("out_of_order", "absences.1.starts_on"), ("out_of_order", "absences.2.starts_on")],
        ),
        ("calendar", {"time_zone": ""}, [("no_time_zone", "time_zone")]),
        ("calendar", {"weekly": {}}, [("no_hours", "weekly")]),
        ("calendar", {"weekly": {"mon": []}}, [("no_hours", "weekly")]),
        ("calendar", {"weekly": {"mon": [["12:00", "08:00"]]}}, [("not_hours", "weekly.mon")]),
        ("calendar", {"weekly": {"mon": [["08:00", "08:00"]]}}, [("not_hours", "weekly.mon")]),
        (
            "calendar",
            {"weekly": {"tue": [["08:00", "12:00"], ["11:00", "13:00"]]}},
            [("not_hours", "weekly.tue")],
        ),
        ("calendar", {"weekly": {"mon": [["8h", "12h"]]}}, [("not_hours", "weekly.mon")]),
        ("calendar", {"weekly": {"mon": [["08:00", "25:00"]]}}, [("not_hours", "weekly.mon")]),
        ("calendar", {"special": {"2026-12-24": [["12:00", "08:00"]]}}, [("not_hours", "special.2026-12-24")]),
        ("sla_policy", {"first_response_min": 525_601}, [("out_of_range", "first_response_min")]),
        ("sla_policy", {"warning_stages": [0, 100]}, [("out_of_range", f"warning_stages.{n}") for n in (0, 1)]),
        ("sla_policy", {"warning_stages": [75, 50]}, [("out_of_order", "warning_stages.1")]),
        ("sla_policy", {"warning_stages": [50, 50]}, [("out_of_order", "warning_stages.1")]),
        ("sla_policy", {"reminder_days": [3, 7]}, [("out_of_range", "reminder_days.1")]),
        ("sla_policy", {"customer_silence_days": 3}, [("out_of_range", f"reminder_days.{n}") for n in (0, 1)]),
        (
            "sla_policy",
            {"customer_silence_days": 0, "reminder_days": [], "auto_close_days": 367},
            [("out_of_range", "customer_silence_days"), ("out_of_range", "auto_close_days")],
        ),
        ("desk", {"contact_spacing_min": 525_601}, [("out_of_range", "contact_spacing_min")]),
        ("desk", {"contact_spacing_min": 10**20}, [("out_of_range", "contact_spacing_min")]),
        ("sla_policy", {"no_contact_attempts": 101}, [("out_of_range", "no_contact_attempts")]),
        ("sla_policy", {"no_contact_hours": 366 * 24 + 1}, [("out_of_range", "no_contact_hours")]),
        ("sla_policy", {"targets": [{"priority": "high"}]}, [("promises_nothing", "targets.0")]),
        (
            "sla_policy",
            {"targets": [{"priority": "high", "resolution_min": 525_601}]},
            [("out_of_range", "targets.0.resolution_min")],
        ),
        (
            "sla_policy",
            {
                "targets": [
                    {"priority": "high", "resolution_min": 60},
                    {"priority": "high", "first_response_min": 60},
                ]
            },
            [("named_twice", "targets.1")],
        ),
        ("desk", {"address": "suporte"}, [("not_an_address", "address")]),
        ("desk", {"accepts": ["ajuda @desk.example"]}, [("not_an_address", "accepts.0")]),
        ("desk", {"time_zone": "America/Nowhere"}, [("no_time_zone", "time_zone")]),
        ("desk", {"time_zone": "../etc/passwd"}, [("no_time_zone", "time_zone")]),
        (
            "desk",
            {"address": "x", "time_zone": "\x00"},
            [("not_an_address", "address"), ("no_time_zone", "time_zone")],
        ),
        ("desk", {"portal_url": "suporte.example"}, [("not_a_page", "portal_url")]),
        ("desk", {"portal_url": "javascript:alert(1)"}, [("not_a_page", "portal_url")]),
        ("desk", {"portal_url": "https://[suporte"}, [("not_a_page", "portal_url")]),
        ("priority_matrix", {"cells": {}}, [("blank", "cells")]),
        ("priority_matrix", {"cells": {"high": {}}}, [("blank", "cells")]),
        (
            "canned_answer",
            {"texts": {"pt-BR": "Olá {requester}", "en": "Hi {place}, {due}, {zip}"}},
            [("unknown_placeholder:place", "texts.en"), ("unknown_placeholder:zip", "texts.en")],
        ),
        ("canned_answer", {"texts": {"en": " \n"}}, [("blank", "texts.en")]),
        ("mail_template", {"template": "greeting"}, [("no_such_template", "template")]),
        ("mail_template", {"title": "\t"}, [("blank", "title")]),
        (
            "mail_template",
            {"subject": "{number}: {rating_link}", "body": "{place} {third_party}"},
            [("unknown_placeholder:rating_link", "subject"), ("unknown_placeholder:third_party", "body")],
        ),
    ],
)  # fmt: skip
def test_what_would_make_others_stumble_is_no_record(kind: str, fields: Any, wrong: Any) -> None:
    assert codes(decided(changed(kind, **fields))) == wrong


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("customer", {"tax_id": ""}),
        (
            "contact",
            {"domains": ["serra.example", "xn--caf-dma.example", "a-b.c1.example", LABEL + ".example"]},
        ),
        ("contract", {"ends_on": "2026-01-01"}),
        (
            "analyst",
            {
                "absences": [
                    {"starts_on": "2026-03-10", "ends_on": "2026-03-10"},
                    {"starts_on": "2026-03-11", "ends_on": "2026-03-20", "reason": "Férias"},
                ]
            },
        ),
        ("service_kind", {"area": None}),
        ("calendar", {"special": {"2026-12-24": [["08:00", "12:00"]], "2026-12-31": []}}),
        ("sla_policy", {"first_response_min": 525_600, "warning_stages": [1, 99], "reminder_days": [1, 6]}),
        ("sla_policy", {"warning_stages": [], "reminder_days": [], "customer_silence_days": 1}),
        (
            "sla_policy",
            {
                "targets": [
                    {"priority": "high", "resolution_min": 60},
                    {"priority": "high", "classification": "incident", "resolution_min": 60},
                    {"first_response_min": 60},
                ]
            },
        ),
        ("desk", {"portal_url": "https://suporte.example/portal", "accepts": ["ajuda@desk.example"]}),
        ("mail_template", {"template": "resolved", "subject": "", "body": "{rating_link}"}),
        ("mail_template", {"body": "Um { sozinho, {Maiúscula}, { espaço } e {number}"}),
    ],
)
def test_what_is_sound_is_kept(kind: str, fields: Any) -> None:
    outcome = decided(changed(kind, **fields))
    assert isinstance(outcome, list), outcome
    assert len(outcome) == 1


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("customer", {"tax_id": "12abc34501de35"}, {"tax_id": "12.ABC.345/01DE-35"}),
        ("contact", {"domains": ["Serra.Example"]}, {"domains": ["serra.example"]}),
    ],
)
def test_the_same_typed_otherwise_is_no_change(kind: str, typed: Any, kept: Any) -> None:
    command, stands = changed(kind, **typed), defined(kind, changed(kind, **kept).record)
    assert decided(command) == [stands]
    assert decided(command, stands) == []


def test_only_one_desk_is_there() -> None:
    assert codes(decided(define("desk", "other"))) == [("only_desk", "key")]
