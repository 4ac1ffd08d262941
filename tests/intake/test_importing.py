"""Tickets of an earlier system: what may be brought here, on which terms, and why something may not."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contracts
from contracts import intake as i
from contracts.directory import Analyst, Contact, Contract, ServiceKind
from contracts.envelope import SYSTEM, Attachment
from contracts.imported import ImportedTicket, Step
from contracts.lifecycle import TRANSITIONS
from journal.directory import Directory
from journal.errors import Refused
from services.intake.importing import LEADS_TO, NEEDS, Books
from services.intake.submission import Submission, imported_stream
from tests.intake.arrivals import RECORDS, directory, submission, terms

README = Path(contracts.__file__).with_name("README.md")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OPENED = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WHO = {"replied": "requester", "rated": "requester"}
SAYS: dict[str, dict[str, Any]] = {
    "assigned": {"analyst": "bruno"},
    "answered": {"text": "Feito."},
    "noted": {"text": "Ver o log."},
    "replied": {"text": "E agora?"},
    "awaited": {"text": "Qual versão?"},
    "held": {"third_party": "Operadora"},
    "resumed": {},
    "resolved": {"text": "Resolvido."},
    "reopened": {},
    "rated": {"score": 5},
    "closed": {"reason": "resolved"},
}
BOOKS = Books(directory())


def step(what: str, hours: float = 1, **changes: Any) -> Step:
    by = {"role": WHO.get(what, "analyst"), "key": "bruno"}
    facts = {"what": what, "at": OPENED + timedelta(hours=hours), "by": by, **SAYS[what]}
    return Step.model_validate(facts | changes)


def ticket(*steps: Step, **changes: Any) -> ImportedTicket:
    facts = {
        "reference": "OTRS-1",
        "opened_at": OPENED,
        "channel": "email",
        "requester": "ana",
        "application": "folha",
        "subject": "Nota",
        "text": "Não sai.",
        "steps": steps,
    }
    return ImportedTicket.model_validate(facts | changes)


def brought(told: ImportedTicket, books: Books = BOOKS) -> Any:
    return submission.when(told, now=NOW, by=SYSTEM, facts=books)


def imported(told: ImportedTicket, contract: str = "serra-folha", **changes: Any) -> i.TicketImported:
    facts = {
        "ticket_id": imported_stream(told.reference),
        "number": "",
        "ticket": told,
        "customer": "serra",
        "area": "pessoas",
        "terms": terms(contract),
        "at": NOW,
        "by": SYSTEM,
    }
    return i.TicketImported.model_validate(facts | changes)


def reasons(outcome: Any) -> list[tuple[str, int | None]]:
    assert isinstance(outcome, Refused), outcome
    assert outcome.code == "import_faulty"
    assert {fault["reference"] for fault in outcome.facts["faults"]} == {"OTRS-1"}
    return [(fault["reason"], fault["step"]) for fault in outcome.facts["faults"]]


WHOLE = ticket(
    step("assigned", 1),
    step("answered", 2),
    step("awaited", 3),
    step("replied", 4),
    step("resumed", 4, by={"role": "requester", "key": "ana"}),
    step("held", 5),
    step("resumed", 6),
    step("resolved", 7),
    step("rated", 8),
    step("reopened", 9),
    step("resolved", 10),
    step("closed", 100, by={"role": "system", "key": "desk"}),
    step("noted", 101),
    step("replied", 102),
    step("rated", 103),
)


def test_a_whole_history_is_brought_once() -> None:
    expected = imported(WHOLE)
    assert brought(WHOLE) == [expected]
    again = submission.given(expected)
    assert again.when(WHOLE, now=NOW, by=SYSTEM, facts=BOOKS) == []
    assert again.decider.fold(again.history) == Submission("opened")


def test_instants_stand_in_utc() -> None:
    there = timezone(timedelta(hours=-3))
    told = ticket(step("noted", at=(OPENED + DAY).astimezone(there)), opened_at=OPENED.astimezone(there))
    (event,) = brought(told)
    assert b"-03:00" not in event.encoded()
    assert event == imported(told)


OLD = Contract(
    customer="serra",
    applications=("folha", "ponto"),
    starts_on=date(2020, 1, 1),
    ends_on=date(2021, 12, 31),
    sla_policy="padrao",
)
OLDER = OLD.model_copy(update={"starts_on": date(2018, 1, 1), "ends_on": date(2019, 12, 31)})


def with_old_contracts() -> Directory:
    made = directory(("contract", "serra-velho", OLD), ("contract", "serra-antigo", OLDER))
    made.put("contract", "serra-antigo", 2, False, OLDER)
    return made


@pytest.mark.parametrize(
    ("opened_at", "contract", "version"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), "serra-folha", 1),
        (datetime(2020, 6, 1, 12, tzinfo=UTC), "serra-velho", 1),
        (datetime(2018, 6, 1, 12, tzinfo=UTC), "serra-antigo", 2),
        (datetime(2024, 6, 1, 12, tzinfo=UTC), "serra-folha", 1),
        (datetime(2022, 1, 1, 2, 59, tzinfo=UTC), "serra-velho", 1),
    ],
    ids=[
        "in force",
        "then in force",
        "then in force, out of use now",
        "none then: the newest",
        "the local day",
    ],
)
def test_the_terms_are_of_the_contract_then_in_force_else_of_the_newest(
    opened_at: datetime, contract: str, version: int
) -> None:
    (event,) = brought(ticket(opened_at=opened_at), Books(with_old_contracts()))
    assert (event.terms.contract, event.terms.contract_version) == (contract, version)


def test_only_a_contract_for_that_application_counts() -> None:
    assert reasons(brought(ticket(application="caixa"))) == [("no_contract", None)]


def out_of_use() -> Directory:
    made = Directory()
    for kind, key, record in RECORDS:
        made.put(kind, key, 1, kind in ("desk", "calendar", "sla_policy"), record)
    return made


def test_what_is_out_of_use_still_stands_for_what_has_been() -> None:
    closed = ticket(step("assigned"), step("closed"))
    assert brought(closed, Books(out_of_use())) == [imported(closed)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"requester": "ninguem"}, "no_such_contact"),
        ({"application": "outra"}, "no_such_application"),
        ({"requester": "eva"}, "no_contract"),
        ({"kind": "outro"}, "no_such_kind"),
        ({"opened_at": NOW + timedelta(seconds=1)}, "in_the_future"),
        ({"opened_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}, "in_the_future"),
        ({"opened_at": datetime(1999, 12, 31, 23, 59, tzinfo=UTC)}, "too_old"),
        ({"opened_at": datetime(1, 1, 1, tzinfo=UTC)}, "too_old"),
    ],
)
def test_what_the_directory_does_not_know_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert reasons(brought(ticket(**changes))) == [(reason, None)]


def test_a_kind_of_the_desk_is_kept() -> None:
    known = Books(directory(("service_kind", "duvida", ServiceKind(name="Dúvida"))))
    told = ticket(kind="duvida")
    assert brought(told, known) == [imported(told)]


def test_a_contract_by_a_policy_that_is_not_here_is_refused() -> None:
    lost = Books(directory(without=("sla_policy padrao",)))
    assert reasons(brought(ticket(), lost)) == [("no_sla_policy", None)]


def test_all_faults_of_a_ticket_are_told_together() -> None:
    told = ticket(step("answered", text=""), step("rated", 2), requester="ninguem", kind="outro")
    assert reasons(brought(told)) == [
        ("no_such_contact", None),
        ("no_such_kind", None),
        ("no_text", 1),
        ("no_such_transition", 2),
    ]


@pytest.mark.parametrize(
    ("what", "changes", "reason"),
    [
        ("assigned", {"analyst": None}, "no_analyst"),
        ("answered", {"text": " \n"}, "no_text"),
        ("noted", {"text": ""}, "no_text"),
        ("replied", {"text": ""}, "no_text"),
        ("awaited", {"text": ""}, "no_text"),
        ("resolved", {"text": ""}, "no_text"),
        ("held", {"third_party": ""}, "no_third_party"),
        ("closed", {"reason": None}, "no_reason"),
        ("answered", {"by": {"role": "system", "key": "desk"}}, "wrong_role"),
        ("answered", {"by": {"role": "requester", "key": "ana"}}, "wrong_role"),
        ("replied", {"by": {"role": "analyst", "key": "bruno"}}, "wrong_role"),
        ("noted", {"by": {"role": "requester", "key": "ana"}}, "wrong_role"),
        ("closed", {"by": {"role": "auditor", "key": "ivo"}}, "wrong_role"),
    ],
)
def test_a_step_says_what_it_is_about(what: str, changes: dict[str, Any], reason: str) -> None:
    assert reasons(brought(ticket(step(what, **changes)))) == [(reason, 1)]


def test_a_rating_has_its_score() -> None:
    told = ticket(step("resolved"), step("rated", 2, score=None))
    assert reasons(brought(told)) == [("no_score", 2)]


def test_a_file_is_as_good_as_a_text() -> None:
    file = Attachment(name="tela.png", content_type="image/png", size=3, sha256="a" * 64)
    told = ticket(step("answered", text="", attachments=(file,)))
    assert brought(told) == [imported(told)]


@pytest.mark.parametrize(
    "told",
    [
        ticket(step("noted", -1)),
        ticket(step("noted", 2), step("noted", 1)),
    ],
    ids=["before the opening", "before the step before"],
)
def test_instants_do_not_decrease(told: ImportedTicket) -> None:
    assert reasons(brought(told)) == [("before_the_last", len(told.steps))]


def test_nothing_is_in_the_future() -> None:
    told = ticket(step("noted", at=NOW), step("noted", at=NOW + timedelta(microseconds=1)))
    assert reasons(brought(told)) == [("in_the_future", 2)]


def test_who_has_a_ticket_that_lives_is_of_the_desk() -> None:
    gone = step("assigned", analyst="quem-saiu")
    assert reasons(brought(ticket(gone))) == [("no_such_analyst", None)]
    handed_over, closed = ticket(gone, step("assigned", 2)), ticket(gone, step("closed", 2))
    assert brought(handed_over) == [imported(handed_over)]
    assert brought(closed) == [imported(closed)]
    out = directory()
    out.put("analyst", "bruno", 2, False, Analyst(name="Bruno", email="b@desk.example"))
    assert reasons(brought(ticket(step("assigned")), Books(out))) == [("no_such_analyst", None)]


def test_what_no_entry_of_the_journal_holds_is_refused() -> None:
    told = ticket(*(step("noted", text="x" * 50_000) for _ in range(20)))
    assert reasons(brought(told)) == [("too_large", None)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(sorted(SAYS)), max_size=12))
def test_a_history_is_brought_exactly_if_every_step_is_one_of_the_table(steps: list[str]) -> None:
    """Told once more by hand: the statuses of the domain page, step by step."""
    status: Any = "open"
    resolved, first_wrong = False, None
    for place, what in enumerate(steps, start=1):
        to = "in_progress" if what == "assigned" and status == "open" else LEADS_TO.get(what, status)
        allowed = to == status if what not in LEADS_TO else to in TRANSITIONS[status]
        allowed = allowed or (what == "assigned" and status == "open")
        if what in LEADS_TO and to == status:
            allowed = False
        if status == "closed":
            allowed = what in ("noted", "replied", "rated")
        if what == "resumed":
            allowed = status in ("waiting_customer", "on_hold")
        if what == "reopened":
            allowed = status == "resolved"
        if what == "rated":
            allowed = allowed and resolved
        if not allowed:
            first_wrong = place
            break
        status, resolved = to, resolved or to == "resolved"
    told = ticket(*(step(what, place) for place, what in enumerate(steps)))
    outcome = brought(told)
    if first_wrong is None:
        assert outcome == [imported(told)]
    else:
        assert reasons(outcome) == [("no_such_transition", first_wrong)]


def test_another_customers_contract_is_not_taken() -> None:
    made = directory(("contact", "ana", Contact(name="Ana", customer="vale", addresses=("a@vale.example",))))
    (event,) = brought(ticket(), Books(made))
    assert (event.customer, event.terms.contract) == ("vale", "vale")


def test_the_example_of_the_contracts_readme_is_brought() -> None:
    blocks = re.findall(r"```json\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = (json.loads(block) for block in blocks if '"reference"' in block)
    told = ImportedTicket.model_validate(
        example | {"requester": "ana", "application": "folha"}, extra="forbid"
    )
    assert brought(told) == [imported(told)]


def test_the_table_of_the_contracts_readme_is_the_one_that_is_applied() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    steps = {what: (needs, becomes) for what, needs, becomes in rows if what in SAYS}
    assert steps.keys() == SAYS.keys() == set(get_args(Step.model_fields["what"].annotation))
    assert {what: m[1] for what, (needs, _) in steps.items() if (m := re.match("`(\\w+)`", needs))} == NEEDS
    becoming = {what: m[1] for what, (_, becomes) in steps.items() if (m := re.match("`(\\w+)`$", becomes))}
    assert becoming == LEADS_TO
