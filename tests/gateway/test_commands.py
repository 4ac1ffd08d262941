"""Every command over HTTP, done and refused, by real services: who may send it, and what they are answered."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from contracts.envelope import COMMANDS
from services.gateway.api.calls import BY_PEOPLE
from services.gateway.words import sentences
from tests.gateway.people import DONE, RECORDS, Answer, Caller, admit
from tests.running import RunningDesk, running_desk

pytestmark = pytest.mark.timeout(300)
NOT_ALLOWED, NOT_HERE = "not_allowed", "not_here"
HTTP = {DONE: 200, NOT_ALLOWED: 403, NOT_HERE: 404}
"""How an answer of each code is told; any other code is a refusal: 422."""

Said = tuple[str, str, dict[str, Any]]
"""Who, which command, with what besides the ticket."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent to a fresh ticket after `before`, by whom, and how it is answered.

    `$ticket`, `$other` and `$foreign` stand for the fresh ticket, another one, and one of another customer.
    """

    who: str
    command: str
    body: dict[str, Any]
    expected: str = DONE
    before: tuple[Said, ...] = ()

    def __str__(self) -> str:
        return f"{self.command}-{self.expected}-{self.who}"


def case(who: str, command: str, expected: str = DONE, *before: Said, **body: Any) -> Case:
    return Case(who, command, body, expected, before)


def said(who: str, command: str, **body: Any) -> Said:
    return who, command, body


RESOLVED = said("bruno", "ResolveTicket", text="Feito.")
CLOSED = said("bruno", "CloseTicket", reason="withdrawn")
HELD = said("bruno", "HoldTicket", third_party="Banco", expected_on="2099-01-01")
REOPENED = said("ana", "ReopenTicket", text="Obrigada!")
ANSWERED = said("bruno", "PublishAnswer", text="Veja isto.")
A_PROJECT = said("bruno", "ReclassifyTicket", classification="project")
PLAN = {
    "objective": "Trocar o caixa",
    "activities": [
        {"id": 1, "title": "Instalar", "owner": "bruno", "starts_on": "2026-12-01", "ends_on": "2026-12-02"}
    ],
}
PLANNED = said("bruno", "PlanProject", plan=PLAN)
ASKED = said("marta", "RequestApproval")
APPROVED = said("omar", "ApproveProject", revision=1)
TO_DECIDE = (A_PROJECT, PLANNED, ASKED)

LIFECYCLE = [
    case("bruno", "TakeTicket"),
    case("ana", "TakeTicket", NOT_ALLOWED),
    case("rita", "TakeTicket", NOT_ALLOWED),
    case("bruno", "TakeTicket", "ticket_resolved", RESOLVED),
    case("bruno", "TakeTicket", "ticket_closed", CLOSED),
    case("bruno", "AssignTicket", analyst="nina", reason="conhece a nota"),
    case("bruno", "AssignTicket", "not_of_area", analyst="nina"),
    case("bruno", "AssignTicket", analyst="leo", reason="só ele conhece"),
    case("bruno", "AssignTicket", "analyst_absent", analyst="leo"),
    case("bruno", "AssignTicket", "no_such_analyst", analyst="rita"),
    case("bruno", "ReturnTicket", DONE, said("bruno", "TakeTicket"), reason="não é comigo"),
    case("bruno", "ReturnTicket", "ticket_resolved", RESOLVED, reason="x"),
    case("bruno", "ReturnTicket", "malformed"),
    case("bruno", "ReclassifyTicket", criticality="high", severity="major", kind="uso"),
    case("bruno", "ReclassifyTicket", "no_such_area", area="nenhuma"),
    case("bruno", "ReclassifyTicket", "kind_not_of_area", kind="acesso"),
    case("bruno", "ReclassifyTicket", "priority_needs_reason", priority="high"),
    case("bruno", "ReclassifyTicket", "priority_by_hand_or_matrix", priority="low", by_matrix=True, reason="x"),
    case("bruno", "ReclassifyTicket", "project_awaits_approval", *TO_DECIDE, classification="question"),
    case("bruno", "PublishAnswer", text="Veja isto."),
    case("bruno", "PublishAnswer", "ticket_resolved", RESOLVED, text="x"),
    case("bruno", "AddNote", DONE, CLOSED, text="@nina veja"),
    case("ana", "AddNote", NOT_ALLOWED, text="x"),
    case("bruno", "AddNote", "malformed", text=""),
    case("bruno", "EditOccurrence", DONE, ANSWERED, occurrence=1, text="Veja aquilo."),
    case("bruno", "EditOccurrence", "no_such_occurrence", occurrence=1, text="x"),
    case("nina", "EditOccurrence", "not_the_author", ANSWERED, occurrence=1, text="x"),
    case("marta", "EditOccurrence", DONE, ANSWERED, occurrence=1, text="Melhor assim."),
    case("bruno", "AwaitCustomer", text="Qual nota?"),
    case("bruno", "AwaitCustomer", "no_such_transition", HELD, text="x"),
    case("bruno", "HoldTicket", third_party="Banco", expected_on="2099-01-01"),
    case("bruno", "HoldTicket", "expected_in_the_past", third_party="Banco", expected_on="2020-01-01"),
    case("bruno", "HoldTicket", "no_such_transition", RESOLVED, third_party="x", expected_on="2099-01-01"),
    case("bruno", "ResumeTicket", DONE, HELD),
    case("bruno", "ResumeTicket", "not_waiting"),
    case("bruno", "LogContact", channel="phone", outcome="no_answer"),
    case(
        "bruno", "LogContact", "too_soon", said("bruno", "LogContact", channel="phone", outcome="no_answer"),
        channel="phone", outcome="no_answer",
    ),
    case("bruno", "LogContact", "not_at_that_time", channel="phone", outcome="reached", at="2020-01-01T12:00:00Z"),
    case("bruno", "ResolveTicket", text="Feito."),
    case("bruno", "ResolveTicket", "project_not_approved", A_PROJECT, PLANNED, text="x"),
    case("bruno", "ResolveTicket", "activities_open", *TO_DECIDE, APPROVED, text="x"),
    case("ana", "ReopenTicket", DONE, RESOLVED, text="Ainda não."),
    case("ana", "ReopenTicket", "not_resolved", text="x"),
    case("caio", "ReopenTicket", NOT_HERE, RESOLVED, text="x"),
    case("bruno", "DismissReopening", DONE, RESOLVED, REOPENED),
    case("bruno", "DismissReopening", "nothing_to_dismiss"),
    case("ana", "CloseTicket", DONE, reason="withdrawn"),
    case("ana", "CloseTicket", "close_reason_not_by_hand", reason="out_of_contract"),
    case("bruno", "CloseTicket", "close_reason_not_by_hand", reason="merged"),
    case("bruno", "CloseTicket", "not_resolved", reason="resolved"),
    case("bruno", "CloseTicket", "not_on_hold", reason="third_party"),
    case("bruno", "CloseTicket", DONE, HELD, reason="third_party"),
    case("ana", "RateResolution", DONE, RESOLVED, resolution=1, score=5),
    case("ana", "RateResolution", "not_the_latest_resolution", RESOLVED, resolution=2, score=5),
    case("bruno", "RateResolution", NOT_ALLOWED, RESOLVED, resolution=1, score=5),
    case("bruno", "SplitTicket", subject="Outra coisa", text="Também isto."),
    case("bruno", "SplitTicket", "no_such_application", subject="x", text="y", application="nenhuma"),
    case("bruno", "MergeTicket", into="$other"),
    case("bruno", "MergeTicket", "same_ticket", into="$ticket"),
    case("bruno", "MergeTicket", "other_customer", into="$foreign"),
    case("bruno", "MergeTicket", NOT_HERE, into=str(uuid4())),
    case("bruno", "TakeTicket", "ticket_merged", said("bruno", "MergeTicket", into="$other")),
    case("bruno", "LinkTickets", other="$other", link="blocks"),
    case("bruno", "LinkTickets", "same_ticket", other="$ticket"),
    case("bruno", "LinkTickets", "other_customer", other="$foreign"),
    case("bruno", "UnlinkTickets", DONE, said("bruno", "LinkTickets", other="$other"), other="$other"),
    case("ana", "UnlinkTickets", NOT_ALLOWED, other="$other"),
    case("bruno", "PlanProject", DONE, A_PROJECT, plan=PLAN),
    case("bruno", "PlanProject", "not_a_project", plan=PLAN),
    case("bruno", "PlanProject", "ticket_closed", CLOSED, plan=PLAN),
    case("bruno", "RequestApproval", DONE, A_PROJECT, PLANNED),
    case("bruno", "RequestApproval", "no_plan", A_PROJECT),
    case("bruno", "RequestApproval", "already_approved", *TO_DECIDE, APPROVED),
    case("omar", "ApproveProject", DONE, *TO_DECIDE, revision=1),
    case("davi", "ApproveProject", DONE, *TO_DECIDE, revision=1),
    case("marta", "ApproveProject", "own_request", *TO_DECIDE, revision=1),
    case("ana", "ApproveProject", "not_an_approver", *TO_DECIDE, revision=1),
    case("caio", "ApproveProject", NOT_HERE, *TO_DECIDE, revision=1),
    case("bruno", "ApproveProject", NOT_ALLOWED, *TO_DECIDE, revision=1),
    case("omar", "ApproveProject", "plan_moved", *TO_DECIDE, revision=2),
    case("omar", "ApproveProject", "not_awaiting_approval", A_PROJECT, PLANNED, revision=1),
    case("omar", "SendBackProject", DONE, *TO_DECIDE, revision=1, reason="caro"),
    case("omar", "SendBackProject", "plan_moved", *TO_DECIDE, revision=9, reason="x"),
    case("omar", "RejectProject", DONE, *TO_DECIDE, revision=1, reason="não agora"),
    case("marta", "RejectProject", "own_request", *TO_DECIDE, revision=1, reason="x"),
    case("bruno", "MarkActivity", DONE, *TO_DECIDE, APPROVED, activity=1),
    case("bruno", "MarkActivity", "no_such_activity", *TO_DECIDE, APPROVED, activity=7),
    case("bruno", "MarkActivity", "project_not_approved", A_PROJECT, PLANNED, activity=1),
]  # fmt: skip

OTHERS = [
    case("ana", "SubmitTicket", channel="web", requester="ana", application="notas", subject="x", text="y"),
    case("ana", "SubmitTicket", NOT_ALLOWED, channel="web", requester="davi", application="notas", subject="x", text="y"),
    case("ana", "SubmitTicket", "no_contract", channel="web", requester="ana", application="caixa", subject="x", text="y"),
    case("ana", "SubmitTicket", DONE, CLOSED, channel="web", requester="ana", application="notas", subject="x", text="y", follows="$ticket"),
    case("ana", "SubmitTicket", "not_closed", channel="web", requester="ana", application="notas", subject="x", text="y", follows="$ticket"),
    case("ana", "SubmitTicket", NOT_HERE, channel="web", requester="ana", application="notas", subject="x", text="y", follows="$foreign"),
    case("bruno", "SubmitTicket", channel="phone", requester="ana", application="notas", subject="x", text="y"),
    case("ana", "SubmitReply", ticket_id="$ticket", text="Mais isto."),
    case("caio", "SubmitReply", NOT_HERE, ticket_id="$ticket", text="x"),
    case("bruno", "SubmitReply", NOT_ALLOWED, ticket_id="$ticket", text="x"),
    case("bruno", "AcceptParked", "not_parked", submission_id="$ticket", requester="ana", application="notas"),
    case("rita", "AcceptParked", NOT_ALLOWED, submission_id="$ticket", requester="ana", application="notas"),
    case("bruno", "RejectParked", "not_parked", submission_id="$ticket", detail="x"),
    case("marta", "DefineRecord", kind="area", key="fiscal", record={"name": "Fiscal"}),
    case("marta", "DefineRecord", "version_moved", kind="area", key="fiscal", record={"name": "y"}, expected_version=0),
    case("marta", "DefineRecord", "unknown_reference", kind="application", key="y", record={"name": "y", "area": "z"}),
    case("marta", "DefineRecord", "malformed", kind="customer", key="y", record={"name": "y", "tax_id": "1"}),
    case("marta", "DefineRecord", "address_taken", kind="contact", key="y", record={"name": "y", "customer": "serra", "addresses": ["davi@serra.example.com"]}),
    case("marta", "DefineRecord", "still_in_use", kind="area", key="fiscal", record={"name": "Fiscal"}, active=False),
    case("bruno", "DefineRecord", NOT_ALLOWED, kind="area", key="fiscal", record={"name": "x"}),
    case("marta", "DefineRecords", records=[{"kind": "area", "key": "nova", "record": {"name": "Nova"}}], dry_run=True),
    case("marta", "DefineRecords", "records_refused", records=[{"kind": "area", "key": "nova", "record": {}}]),
    case("bruno", "DefineRecords", NOT_ALLOWED, records=[{"kind": "area", "key": "nova", "record": {"name": "x"}}]),
    case("bruno", "RetryNotification", "no_such_notification", notification_id="$ticket"),
    case("ana", "RetryNotification", NOT_ALLOWED, notification_id="$ticket"),
    case("bruno", "RestoreAddress", "address_not_suspended", address="ana@serra.example.com", reason="voltou"),
    case("ana", "RestoreAddress", NOT_ALLOWED, address="ana@serra.example.com", reason="voltou"),
    case("marta", "PreviewTemplate", template="opened", language="en"),
    case("bruno", "PreviewTemplate", NOT_ALLOWED, template="opened", language="en"),
    case("rita", "ExplainClock", ticket_id="$ticket", clock="first_response"),
    case("bruno", "ExplainClock", "no_such_clock", ticket_id="$ticket", clock="resolution"),
    case("ana", "ExplainClock", NOT_ALLOWED, ticket_id="$ticket", clock="first_response"),
    case("bruno", "AcknowledgeAlert", "no_alert", ticket_id="$ticket", clock="first_response"),
    case("ana", "AcknowledgeAlert", NOT_ALLOWED, ticket_id="$ticket", clock="first_response"),
    case("marta", "PreviewRebase", ticket_ids=["$ticket"]),
    case("marta", "PreviewRebase", "no_such_sla_policy", ticket_ids=["$ticket"], sla_policy="nenhuma"),
    case("marta", "RebaseTickets", ticket_ids=["$ticket"], reason="novo acordo"),
    case("marta", "RebaseTickets", "no_such_sla_policy", ticket_ids=["$ticket"], sla_policy="nenhuma", reason="x"),
    case("bruno", "RebaseTickets", NOT_ALLOWED, ticket_ids=["$ticket"], reason="x"),
]  # fmt: skip

HARD_TO_BRING_ABOUT = {
    "AcknowledgeAlert",
    "AcceptParked",
    "RejectParked",
    "RestoreAddress",
    "RetryNotification",
}
"""Commands that are refused here, and done in test_commands_after.py, where something real has gone before."""
PARKED_ENTRIES = [form for form in BY_PEOPLE if form.__name__ in ("RetryDeadLetter", "SettleDeadLetter")]


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    services = ("intake", "lifecycle", "sla", "notifier", "gateway")
    async with running_desk(services, records=RECORDS) as desk:
        await admit(desk)
        yield desk


async def opened(people: dict[str, Caller], who: str = "ana") -> str:
    """A ticket of that requester; its id, once the pages know it and that its clock runs."""
    body = {"channel": "web", "requester": who, "application": "notas", "subject": "Nota", "text": "Não sai."}
    answer = await people[who].call("intake.SubmitTicket", body)
    assert answer.code == DONE, answer
    ticket = await people["bruno"].ticket(answer.body["result"]["number"], clock="first_response")
    return str(ticket["ticket_id"])


async def send(people: dict[str, Caller], said: Said, places: dict[str, str]) -> Answer:
    who, name, body = said
    form = next(form for form in COMMANDS.values() if form.__name__ == name)
    if form.owner == "lifecycle":
        body = {"ticket_id": "$ticket", **body}
    for place, requester in (("$other", "ana"), ("$foreign", "caio")):
        if place in str(body) and place not in places:
            places[place] = await opened(people, requester)
    filled = {
        key: [places.get(each, each) if isinstance(each, str) else each for each in value]
        if isinstance(value, list)
        else places.get(value, value)
        if isinstance(value, str)
        else value
        for key, value in body.items()
    }
    return await people[who].call(form.topic, filled)


@pytest.mark.parametrize("case", [*LIFECYCLE, *OTHERS], ids=str)
async def test_a_command_over_http(case: Case, people: dict[str, Caller]) -> None:
    places = {"$ticket": await opened(people)}
    for before in case.before:
        answer = await send(people, before, places)
        assert answer.code == DONE, (before, answer)
    answer = await send(people, (case.who, case.command, case.body), places)
    async with asyncio.timeout(60):
        while answer.code == "not_closed" != case.expected:  # intake has not heard of the closing yet
            await asyncio.sleep(0.1)
            answer = await send(people, (case.who, case.command, case.body), places)
    assert answer.code == case.expected, answer.body
    assert answer.status == HTTP.get(case.expected, 422)


@pytest.mark.parametrize("form", PARKED_ENTRIES, ids=lambda form: form.topic)
async def test_parked_entries_are_a_managers(form: Any, people: dict[str, Caller]) -> None:
    body = {"source": "intake", "partition": 0, "position": 1, "reason": "x"}
    assert (await people["bruno"].call(form.topic, body)).code == NOT_ALLOWED
    expected = {"no_such_dead_letter", "not_followed"}
    assert (await people["marta"].call(form.topic, body)).code in expected


def test_every_command_is_shown_done_and_refused() -> None:
    names = {form.__name__ for form in BY_PEOPLE} - {form.__name__ for form in PARKED_ENTRIES}
    cases = [*LIFECYCLE, *OTHERS]
    assert names - {each.command for each in cases if each.expected == DONE} == HARD_TO_BRING_ABOUT
    assert names - {each.command for each in cases if each.expected != DONE} == set()


def test_every_refusal_shown_is_told_in_words() -> None:
    codes = {each.expected for each in (*LIFECYCLE, *OTHERS)} - {DONE, NOT_HERE}
    assert {code for code in codes if f"refused.{code}" not in sentences("en")} == set()
