"""Who is told what of each event of a ticket, in whose language: pure, and every e-mail can be written."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.directory import KINDS, Desk
from contracts.envelope import SYSTEM, Attachment, Event, Language
from contracts.notifier import NotificationRequested, Template
from contracts.words import Status
from journal.directory import Directory
from journal.errors import NotYet
from journal.tokens import make_message_id
from services.notifier import escalation, notices, recipients, to_staff
from services.notifier.compose import Composer
from services.notifier.notices import Notice
from services.notifier.ticket import WROTE_FROM_MAX, Ticket, evolve, joined
from services.notifier.ticket import opened as ticket_of
from services.notifier.wording import Words
from tests.notifier.room import ANA, BRUNO, DOMAIN, KEYS, MARTA, NOON, queued, read, small_directory, ticket
from tests.notifier.room import started as clock_started

T: dict[str, Any] = {"ticket_id": ticket("t"), "at": NOON}
OTHER = uuid4()
FILE = Attachment(name="nota.pdf", content_type="application/pdf", size=2048, sha256="a" * 64)
CLOCK: dict[str, Any] = {**T, "clock": "first_response", "cycle": 1}
EVERYBODY = {"contact:ana", "contact:john"}
COMPOSER = Composer(Words(), KEYS, "http://portal.example.com")


def directory() -> Directory:
    """Fiscal is worked by Bruno and Clara, and led by Nina; Marta manages all. Rita may approve for Serra."""
    made = small_directory()
    contact = {"name": "Rita Melo", "customer": "serra", "addresses": ["rita@serra.example.com"]}
    contract = {
        "customer": "serra",
        "applications": ["notas"],
        "starts_on": "2020-01-01",
        "sla_policy": "padrao",
    }
    nina = {"name": "Nina", "email": "nina@desk.example.com", "areas": ["contabil"], "role": "manager"}
    for kind, key, version, record in (
        ("area", "contabil", 1, {"name": "Contábil"}),
        ("contact", "rita", 1, contact),
        ("contract", "serra-2026", 2, {**contract, "approvers": ["rita"]}),
        ("analyst", "nina", 1, nina),
    ):
        made.put(kind, key, version, True, KINDS[kind].model_validate(record))
    return made


def a_ticket(**changed: Any) -> Ticket:
    made = ticket_of(queued(), 3)
    return replace(made, **{"analyst": "bruno", "status": "in_progress"} | changed)


def told(event: Event, about: Ticket | None = None) -> list[tuple[str, str]]:
    return [
        (each.template, each.to.key) for each in notices.of_ticket(event, about or a_ticket(), directory())
    ]


def facts(event: Event, template: str, about: Ticket | None = None) -> dict[str, Any]:
    found = notices.of_ticket(event, about or a_ticket(), directory())
    return next(each.facts for each in found if each.template == template)


def reclassified(*changes: tuple[str, str | None, str | None]) -> l.TicketReclassified:
    made = [{"field": field, "old": old, "new": new} for field, old, new in changes]
    return l.TicketReclassified.model_validate({**T, "by": MARTA, "changes": made, "reason": "interno"})


def closed(reason: l.CloseReason) -> l.TicketClosed:
    return l.TicketClosed(**T, by=BRUNO, reason=reason, previous="open", text="Por isso.")


ANSWERED = l.AnswerPublished(**T, by=BRUNO, text="Tente.", first=True, attachments=(FILE,))
AWAITED = l.CustomerAwaited(**T, by=BRUNO, text="Qual?", waiting=1, first=False, attachments=(FILE,))
HELD = l.TicketHeld(
    **T, by=BRUNO, third_party="Sefaz", expected_on=date(2026, 3, 9), text="Pedido.", previous="in_progress"
)
RESUMED = l.TicketResumed(**T, by=BRUNO, previous="on_hold", because="analyst")
RESOLVED = l.TicketResolved(**T, by=BRUNO, text="Feito.", resolution=1, first=False, attachments=(FILE,))
REOPENED = l.TicketReopened(**T, by=ANA, resolution=1, via="email", reason="Voltou.")
UNDONE = l.ClosureUndone(**T, by=ANA, closed_at=NOON, reason="customer_silent", previous="waiting_customer")
REPLIED = l.ReplyAdded(
    **T, by=ANA, channel="email", verified=True, sender="Ana", text="E então?", attachments=(FILE,)
)
NOT_PUBLISHED = l.ReplyAdded(
    **T, by=BRUNO, channel="email", verified=False, sender="Bruno", text="Feito.", refused="ticket_closed"
)
BOUNCED = l.BounceAdded(**T, by=SYSTEM, recipient="x@y.example", status="5.1.1", diagnostic="no")
ASSIGNED = l.TicketAssigned(**T, by=MARTA, analyst="bruno", status="in_progress", reason="É seu tema.")
BY_RULE = l.TicketAssigned(**T, by=SYSTEM, analyst="bruno", status="open", rule="round_robin")
NOTED = l.NoteAdded(**T, by=BRUNO, text="@clara @bruno", mentions=("clara", "bruno", "clara", "gone"))
ASKED = l.ApprovalRequested(**T, by=BRUNO, revision=2, previous="in_progress", text="Urge.")
APPROVED = l.ProjectApproved(**T, by=MARTA, revision=2, text="Pode ir.")
SENT_BACK = l.ProjectSentBack(**T, by=MARTA, revision=2, reason="Falta o prazo.")
REJECTED = l.ProjectRejected(**T, by=MARTA, revision=2, reason="Sem verba.")
WARNED = sla.ClockWarned(**CLOCK, stage=50, detected_at=NOON, due_at=NOON)
BREACHED = sla.ClockBreached(**CLOCK, detected_at=NOON, cause="reclassified")
REMINDED = sla.ReminderDue(**{**CLOCK, "clock": "customer_silence"}, stage=1, detected_at=NOON, due_at=NOON)
MERGED = l.TicketMerged(**T, by=BRUNO, into=OTHER, into_number="2026-000099")

TOLD: list[tuple[Event, list[tuple[str, str]]]] = [
    (clock_started(), [("opened", "contact:ana")]),
    (clock_started(clock="resolution"), []),
    (clock_started(cycle=2), []),
    (ASSIGNED, [("assigned", "analyst:bruno")]),
    (ASSIGNED.model_copy(update={"by": BRUNO}), []),
    (BY_RULE, [("assigned", "analyst:bruno")]),
    (l.TicketReturned(**T, by=MARTA, previous="bruno"), []),
    (reclassified(("level", "N1", "N2"), ("kind", None, "x"), ("severity", None, "major")), []),
    (reclassified(("priority", "normal", "high")), [("reclassified", "contact:ana")]),
    (reclassified(("analyst", "bruno", "clara")), [("assigned", "analyst:clara")]),
    (reclassified(("analyst", "bruno", None)), []),
    (reclassified(("analyst", "bruno", "marta")), []),
    (
        reclassified(("area", "fiscal", "contabil"), ("analyst", "bruno", "clara")),
        [("reclassified", "contact:ana"), ("assigned", "analyst:clara")],
    ),
    (ANSWERED, [("answered", "contact:ana")]),
    (l.NoteAdded(**T, by=BRUNO, text="interno"), []),
    (NOTED, [("mentioned", "analyst:clara")]),
    (l.OccurrenceEdited(**T, by=BRUNO, occurrence=1, text="x", public=True), []),
    (REPLIED, [("requester_replied", "analyst:bruno")]),
    (REPLIED.model_copy(update={"late": True}), []),
    (REPLIED.model_copy(update={"late": True, "verified": False}), [("requester_replied", "analyst:bruno")]),
    (NOT_PUBLISHED, [("answer_refused", "analyst:bruno")]),
    (NOT_PUBLISHED.model_copy(update={"late": True}), [("answer_refused", "analyst:bruno")]),
    (l.AutomaticReplyAdded(**T, by=ANA, sender="Ana", text="Férias", reason="auto"), []),
    (BOUNCED, [("bounce", "analyst:bruno")]),
    (
        BOUNCED.model_copy(update={"recipient": "Bruno.Teles@desk.example.com"}),
        [("bounce", "analyst:marta"), ("bounce", "analyst:nina")],
    ),
    (l.ContactAttempted(**T, by=BRUNO, channel="phone", outcome="no_answer", attempt=1), []),
    (l.ContactAttempted(**T, by=BRUNO, channel="phone", outcome="reached", attempt=0, first=True), []),
    (AWAITED, [("awaiting_customer", "contact:ana")]),
    (HELD, [("held", "contact:ana")]),
    (RESUMED, [("resumed", "contact:ana")]),
    (RESUMED.model_copy(update={"because": "requester_replied"}), []),
    (ASKED, [("awaiting_approval", "contact:ana"), ("approval_wanted", "analyst:marta"),
             ("approval_wanted", "analyst:nina"), ("approval_wanted", "contact:rita")]),
    (APPROVED, [("approved", "contact:ana"), ("approved", "analyst:clara")]),
    (SENT_BACK, [("sent_back", "analyst:clara")]),
    (REJECTED, [("rejected", "analyst:clara")]),
    (RESOLVED, [("resolved", "contact:ana")]),
    (l.ResolutionRated(**T, by=ANA, resolution=1, score=5), []),
    (REOPENED, [("reopened", "contact:ana"), ("reopened_analyst", "analyst:bruno")]),
    (REOPENED.model_copy(update={"by": BRUNO}), [("reopened", "contact:ana")]),
    (l.ReopeningDismissed(**T, by=BRUNO, resolution=1, resolved_at=NOON), []),
    (UNDONE, [("reopened", "contact:ana"), ("reopened_analyst", "analyst:bruno")]),
    *[(closed(reason), [("closed", "contact:ana")]) for reason in get_args(l.CloseReason)],
    (MERGED, []),
    (l.TicketAbsorbed(**T, by=BRUNO, merged=OTHER, merged_number="2026-000099", requester="john"), []),
    (l.TicketLinked(**T, by=BRUNO, other=OTHER, other_number="2026-000099", link="related"), []),
    (WARNED, [("warning", "analyst:bruno")]),
    (WARNED.model_copy(update={"clock": "auto_close"}), []),
    (REMINDED, [("reminder", "contact:ana")]),
    (BREACHED.model_copy(update={"clock": "customer_silence"}), []),
]  # fmt: skip


def _name(value: object) -> str:
    return type(value).__name__ if isinstance(value, Event) else ""


@pytest.mark.parametrize(("event", "expected"), TOLD, ids=_name)
@pytest.mark.parametrize("language", get_args(Language))
def test_each_event_tells_those_it_concerns(
    event: Event, expected: list[tuple[str, str]], language: Language
) -> None:
    """The requester reads pt-BR as Ana, English as John; each e-mail is written with nothing missing."""
    requester = "ana" if language == "pt-BR" else "john"
    about = a_ticket(requester=requester, asked_by="clara", merged_into="2026-000099")
    found = notices.of_ticket(event, about, directory())
    assert [(each.template, each.to.key.replace("john", "ana")) for each in found] == expected
    for notice in found:
        if notice.to.key == f"contact:{requester}":
            assert notice.to.language == language
        assert "2026-000123" in written(notice)


@pytest.mark.parametrize(("event", "expected"), TOLD, ids=_name)
def test_what_was_imported_is_told_to_nobody(event: Event, expected: list[tuple[str, str]]) -> None:
    if "imported" in type(event).model_fields:
        assert told(event.model_copy(update={"imported": True})) == []
    else:
        assert event.owner == "sla", f"{expected}: only clocks have no past of their own"


def test_of_a_ticket_that_was_imported_only_what_happens_here_is_told() -> None:
    imported = a_ticket(imported=True)
    assert told(clock_started(), imported) == []
    assert told(ANSWERED, imported) == [("answered", "contact:ana")]
    assert told(WARNED, imported) == [("warning", "analyst:bruno")]


def written(notice: Notice) -> str:
    """The e-mail of a notice, as text. Raises when the template wants a fact that the notice does not have."""
    asked = NotificationRequested(
        notification_id=uuid4(),
        ticket_id=ticket("t"),
        template=notice.template,
        recipient=notice.to.address,
        recipient_name=notice.to.name,
        language=notice.to.language,
        message_id=make_message_id(ticket("t"), "x", KEYS, DOMAIN),
        automatic=notice.automatic,
        facts=notice.facts,
        at=NOON,
    )
    asked = NotificationRequested.model_validate_json(asked.encoded())
    desk = Desk(name="Suporte", address=f"suporte@{DOMAIN}")
    part = read(COMPOSER.compose(asked, desk, NOON).content).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_every_template_of_a_ticket_is_owed_by_some_event() -> None:
    owed = {template for _, expected in TOLD for template, _ in expected}
    assert owed == set(get_args(Template)) - {"parked", "breach", "loop", "suspended"}, (
        "they have tests of their own"
    )


@pytest.mark.parametrize(
    ("event", "status", "answerable"),
    [
        (ASSIGNED, "in_progress", {"bruno"}),
        (BY_RULE, "open", {"bruno"}),
        (REPLIED, "waiting_customer", {"bruno"}),
        (REOPENED, "in_progress", {"bruno"}),
        (WARNED, "on_hold", {"bruno"}),
        (BREACHED, "in_progress", {"bruno", "clara", "marta", "nina"}),
        # A ticket that takes no answers.
        (ASSIGNED, "resolved", set()),
        (REPLIED.model_copy(update={"late": True, "verified": False}), "closed", set()),
        # Something else than an answer to the requester is asked for.
        (NOTED, "in_progress", set()),
        (BOUNCED, "in_progress", set()),
        (ASKED, "awaiting_approval", set()),
        (SENT_BACK, "in_progress", set()),
        (NOT_PUBLISHED, "in_progress", set()),
        # The requester's answer is a reply.
        (ANSWERED, "in_progress", set()),
    ],
)
def test_whose_answer_to_which_e_mail_is_published(
    event: Event, status: Status, answerable: set[str]
) -> None:
    about = a_ticket(status=status, asked_by="clara")
    found = notices.of_ticket(event, about, directory())
    assert found
    keys = {to_staff.answerable_by(each.template, each.to, about) for each in found} - {None}
    assert keys == answerable


def test_no_contact_answers_for_the_desk() -> None:
    ana = recipients.contact("ana", a_ticket(), directory())
    assert ana
    assert to_staff.answerable_by("assigned", ana, a_ticket()) is None
    assert to_staff.answerable_by("assigned", recipients.analyst("bruno", directory()), None) is None


@pytest.mark.parametrize(
    ("event", "templates"),
    [
        (ANSWERED, {"answered"}),
        (AWAITED, {"awaiting_customer"}),
        (HELD, {"held"}),
        (RESUMED, {"resumed"}),
        (RESOLVED, {"resolved"}),
        (REOPENED, {"reopened"}),
        (UNDONE, {"reopened"}),
        (closed("resolved"), {"closed"}),
        (REMINDED, set()),
        (clock_started(), set()),
        (reclassified(("priority", "normal", "high")), set()),
        (ASKED, set()),
        (APPROVED, set()),
    ],
    ids=_name,
)
def test_who_takes_part_is_told_all_that_is_public(event: Event, templates: set[str]) -> None:
    about = a_ticket(participants=(("john", "2026-000122"), ("rita", "2026-000121")))
    found = notices.of_ticket(event, about, directory())
    theirs = [each for each in found if each.to.key == "contact:john"]
    assert {each.template for each in theirs} == templates
    for each in theirs:
        assert each.to.language == "en"
        assert "Your ticket 2026-000122 was merged into this one." in written(each)
        assert "/rate/" not in written(each)
    own = [each for each in found if each.to.key == "contact:ana"]
    assert all("foi unido a este" not in written(each) for each in own)


@pytest.mark.parametrize(
    ("stage", "to"),
    [
        (50, ["bruno"]),
        (60, ["bruno"]),
        (75, ["bruno", "clara"]),
        (90, ["bruno", "clara", "marta", "nina"]),
        (95, ["bruno", "clara", "marta", "nina"]),
    ],
)
def test_a_warning_climbs_from_the_analyst_to_the_area_to_the_managers(stage: int, to: list[str]) -> None:
    event = WARNED.model_copy(update={"stage": stage})
    assert told(event) == [("warning", f"analyst:{each}") for each in to]
    assert facts(event, "warning")["responsible"] == "Bruno Teles"


def test_what_somebody_sees_to_climbs_no_higher_than_whoever_answers_for_it() -> None:
    event = WARNED.model_copy(update={"stage": 90, "acknowledged": True})
    assert told(event) == [("warning", "analyst:bruno")]
    assert facts(event, "warning")["stage"] == 90


def test_what_a_clock_says_at_night_waits_for_the_opening() -> None:
    morning = NOON + timedelta(hours=18)
    for event in (WARNED, BREACHED):
        late = event.model_copy(update={"alert_at": morning})
        found = notices.of_ticket(late, a_ticket(), directory())
        assert {each.not_before for each in found} == {morning}
        assert {each.not_before for each in notices.of_ticket(event, a_ticket(), directory())} == {None}


def test_a_breach_is_told_as_far_up_as_it_goes_and_why() -> None:
    assert told(BREACHED) == [("breach", f"analyst:{each}") for each in ("bruno", "clara", "marta", "nina")]
    for notice in notices.of_ticket(BREACHED, a_ticket(), directory()):
        assert "que ficou menor quando o atendimento foi reclassificado" in written(notice)
    assert escalation.audiences(escalation.BREACH) == ("analyst", "area", "managers")


def test_managers_who_serve_the_area_stand_for_all() -> None:
    about = a_ticket(area="contabil")
    assert ("approval_wanted", "analyst:nina") in told(ASKED, about)
    assert ("approval_wanted", "analyst:marta") not in told(ASKED, about)


def test_nobody_answers_for_it_so_the_area_does_and_else_the_managers() -> None:
    free = a_ticket(analyst=None, status="open")
    assert told(WARNED, free) == [("warning", "analyst:bruno"), ("warning", "analyst:clara")]
    assert facts(WARNED, "warning", free)["responsible"] == ""
    nowhere = replace(free, area="vazia")
    assert told(WARNED, nowhere) == [("warning", "analyst:marta"), ("warning", "analyst:nina")]


@pytest.mark.parametrize("status", ["in_progress", "waiting_customer", "on_hold", "resolved", "closed"])
def test_a_reply_that_nobody_answers_for_is_told_to_the_area_once_work_has_begun(status: str) -> None:
    free = a_ticket(analyst=None, status=status)
    area = [("requester_replied", "analyst:bruno"), ("requester_replied", "analyst:clara")]
    assert told(REPLIED, free) == area
    assert told(REPLIED.model_copy(update={"verified": False}), free) == area
    assert told(REPLIED, replace(free, status="open")) == [], "it is seen in the queue"
    assert told(REPLIED, replace(free, status="open", analyst="bruno")) == area[:1]


def test_a_late_reply_of_somebody_unknown_is_told_with_care() -> None:
    late = REPLIED.model_copy(update={"late": True, "verified": False})
    free = a_ticket(analyst=None, status="closed")
    assert [who for _, who in told(late, free)] == ["analyst:bruno", "analyst:clara"]
    (notice,) = notices.of_ticket(late, a_ticket(status="closed"), directory())
    assert notice.facts["verified"] is False
    assert "não é um contato" in written(notice)


def test_an_analyst_who_has_left_answers_for_nothing() -> None:
    known = directory()
    record = KINDS["analyst"].model_validate(
        {"name": "Bruno Teles", "email": "b@desk.example.com", "areas": ["fiscal"]}
    )
    known.put("analyst", "bruno", 2, False, record)
    found = notices.of_ticket(WARNED, a_ticket(), known)
    assert [each.to.key for each in found] == ["analyst:clara"]
    found = notices.of_ticket(SENT_BACK, a_ticket(asked_by="bruno"), known)
    assert [each.to.key for each in found] == ["analyst:clara"]


def test_who_asks_for_an_approval_is_not_asked_for_it() -> None:
    by_marta = ASKED.model_copy(update={"by": MARTA})
    assert ("approval_wanted", "analyst:marta") not in told(by_marta)
    assert ("approval_wanted", "analyst:nina") in told(by_marta)


def test_a_requester_who_may_approve_is_asked_to_and_not_told_to_wait() -> None:
    about = a_ticket(requester="rita")
    assert [each for each in told(ASKED, about) if each[1] == "contact:rita"] == [
        ("approval_wanted", "contact:rita")
    ]


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        (ASKED, {"contract": "unheard-of"}),
        (ANSWERED, {"requester": "unheard-of"}),
        (ANSWERED, {"participants": (("unheard-of", "2026-000001"),)}),
        (REPLIED, {"analyst": "unheard-of"}),
    ],
    ids=_name,
)
def test_a_record_that_is_not_known_yet_is_waited_for(event: Event, changed: dict[str, Any]) -> None:
    with pytest.raises(NotYet, match="unheard-of"):
        told(event, a_ticket(**changed))


def test_what_is_reclassified_is_told_without_the_internal_part_and_the_reason() -> None:
    event = reclassified(
        ("area", "fiscal", "contabil"), ("level", "N1", "N2"), ("priority", "normal", "high")
    )
    told_facts = facts(event, "reclassified")
    assert told_facts["changes"] == [
        {"field": "area", "old": "Fiscal", "new": "Contábil"},
        {"field": "priority", "old": "normal", "new": "high"},
    ]
    assert "interno" not in str(told_facts)


@pytest.mark.parametrize(
    ("event", "template"),
    [
        (ANSWERED, "answered"),
        (AWAITED, "awaiting_customer"),
        (RESOLVED, "resolved"),
        (REPLIED, "requester_replied"),
    ],
    ids=_name,
)
def test_files_are_told_by_name_and_size(event: Event, template: str) -> None:
    assert facts(event, template)["attachments"] == [{"name": "nota.pdf", "size": 2048, "sha256": "a" * 64}]


def test_a_split_ticket_s_opening_names_the_one_it_came_from() -> None:
    origin = a_ticket(ticket_id=OTHER, number="2026-000100")
    split = joined(ticket_of(queued(linked_to=OTHER, relation="split"), 1), {OTHER: origin})
    assert facts(clock_started(), "opened", split) | {"origin": "2026-000100", "relation": "split"} == facts(
        clock_started(), "opened", split
    )


# --- what a ticket is, after each event ---------------------------------------------------------


def after(*events: Event, about: Ticket | None = None) -> Ticket:
    found = about or ticket_of(queued(), 1)
    for event in events:
        found = evolve(found, event)
    return found


@pytest.mark.parametrize(
    ("events", "waiting"),
    [
        ([], True),
        ([BY_RULE], True),
        ([ASSIGNED], False),
        ([ASSIGNED, l.TicketReturned(**T, by=MARTA, previous="bruno")], True),
        ([ASSIGNED, HELD, l.TicketReturned(**T, by=MARTA, previous="bruno")], False),
        ([ASSIGNED, HELD, l.TicketReturned(**T, by=MARTA, previous="bruno"), RESUMED], True),
        ([AWAITED], False),
        ([ASKED], False),
        ([ASSIGNED, ASKED, APPROVED], False),
        ([RESOLVED, REOPENED], True),
        ([RESOLVED, REOPENED, l.ReopeningDismissed(**T, by=BRUNO, resolution=1, resolved_at=NOON)], False),
        ([closed("withdrawn")], False),
        ([ASSIGNED, closed("customer_silent"), UNDONE], False),
        ([NOTED], True),
    ],
)
def test_a_ticket_waits_while_nobody_works_on_it(events: list[Event], waiting: bool) -> None:
    assert after(*events).waiting is waiting


def test_reclassifying_moves_area_and_analyst() -> None:
    changes = (("priority", "low", "high"), ("area", "fiscal", "contabil"), ("analyst", "bruno", None))
    moved = after(ASSIGNED, reclassified(*changes))
    assert (moved.area, moved.analyst, moved.waiting) == ("contabil", None, True)


def absorbed(requester: str, number: str, merged: UUID = OTHER) -> l.TicketAbsorbed:
    return l.TicketAbsorbed(**T, by=BRUNO, merged=merged, merged_number=number, requester=requester)


def test_a_merged_ticket_s_requester_takes_part_once_and_brings_those_who_took_part_there() -> None:
    there = a_ticket(
        ticket_id=OTHER,
        requester="john",
        participants=(("rita", "2026-000120"), ("ana", "2026-000119")),
    )
    alone = evolve(ticket_of(queued(), 1), absorbed("john", "2026-000122"))
    assert alone.participants == (("john", "2026-000122"),)
    both = joined(alone, {OTHER: there})
    assert both.participants == (("john", "2026-000122"), ("rita", "2026-000120"))
    again = evolve(alone, absorbed("john", "2026-000130"))
    assert joined(again, {OTHER: there}).participants == both.participants
    assert joined(alone, {}) == alone, "not known yet"
    assert after(MERGED).merged_into == "2026-000099"


def test_conversations_that_go_on_in_a_ticket_count_before_its_own_and_a_circle_ends() -> None:
    """`t` was split off OTHER, which was then merged into it, and took in a ticket that had taken in one itself."""
    names = {name: ticket(name) for name in ("first", "second")}
    first = a_ticket(ticket_id=names["first"], requester="rita", wrote_from=("rita@serra.example.com",))
    second = a_ticket(
        ticket_id=names["second"],
        requester="john",
        absorbed=(names["first"],),
        participants=(("rita", "1"),),
        wrote_from=("john@serra.example.com",),
    )
    origin = a_ticket(ticket_id=OTHER, number="2026-000042", absorbed=(ticket("t"),), wrote_from=("a@b",))
    known = {each.ticket_id: each for each in (first, second, origin)}
    split = ticket_of(queued(linked_to=OTHER, relation="split", sender_address="own@serra.example.com"), 1)
    for of, number in ((OTHER, "2026-000042"), (names["second"], "2026-000043")):
        split = evolve(split, absorbed("john", number, of))
    whole = joined(split, known)
    heard = ("a@b", "rita@serra.example.com", "john@serra.example.com", "own@serra.example.com")
    assert (whole.origin, whole.wrote_from) == ("2026-000042", heard)
    assert whole.participants == (("john", "2026-000042"), ("rita", "1"))
    later = replace(split, relation="follow_up", absorbed=())
    assert joined(later, known).wrote_from == ("own@serra.example.com",), "a conversation of its own"
    assert joined(later, known).origin == "2026-000042"


def wrote(address: str, *, verified: bool = True) -> l.ReplyAdded:
    said = {
        "channel": "email",
        "verified": verified,
        "sender": "Ana",
        "text": "E?",
        "sender_address": address,
    }
    return l.ReplyAdded.model_validate({**T, "by": ANA, **said})


def test_a_contact_is_rather_written_to_where_they_wrote_from_as_far_as_it_is_registered() -> None:
    known = directory()
    addresses = ["ana@serra.example.com", "Ana@loja.example.com", "ana@filial.example.com"]
    record = {"name": "Ana Prado", "customer": "serra", "addresses": addresses}
    known.put("contact", "ana", 9, True, KINDS["contact"].model_validate(record))
    about = ticket_of(queued(sender_address="ana@filial.example.com"), 1)
    for event in (
        wrote("ANA@loja.example.com"),
        wrote("ana@fora.example.com"),
        wrote("ana@serra.example.com", verified=False),
        wrote(""),
    ):
        about = evolve(about, event)
    to = recipients.requester(about, known)
    assert to
    assert to.rather == ("Ana@loja.example.com", "ana@filial.example.com"), "the latest first, as registered"
    assert to.address == "ana@serra.example.com"


def test_of_many_addresses_the_latest_are_kept_each_once() -> None:
    found = ticket_of(queued(sender_address="first@serra.example.com"), 1)
    for number in range(WROTE_FROM_MAX):
        found = evolve(found, wrote(f"{number}@serra.example.com"))
    found = evolve(found, wrote("0@serra.example.com"))
    assert found.wrote_from[-1] == "0@serra.example.com"
    assert len(found.wrote_from) == len(set(found.wrote_from)) == WROTE_FROM_MAX
    assert "first@serra.example.com" not in found.wrote_from
