"""Answer, note, edit, ask the customer: occurrences, and what counts as the first answer."""

from itertools import pairwise

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Analyst
from contracts.envelope import Actor
from journal.errors import Refused
from services.lifecycle.facts import Facts
from tests.lifecycle.stories import (
    ANSWER,
    APPROVED,
    AWAIT,
    BRUNO,
    CLOSED,
    FILE,
    IN_PROGRESS,
    LIA,
    MARTA,
    NOTE,
    NUMBER,
    OPEN,
    RESOLVE,
    RESOLVED,
    STATES,
    TICKET,
    TICKET_CLOSED,
    TICKET_RESOLVED,
    WAITING,
    answered,
    assigned,
    attempted,
    awaited,
    come_of,
    directory,
    do,
    happened,
    held,
    noted,
    resolved,
    resumed,
    then,
)


def no_way(status: str, to: str) -> Refused:
    return Refused("no_such_transition", number=NUMBER, status=status, to=to)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", [assigned(), answered()]),
        ("in_progress", [answered()]),
        ("waiting_customer", [answered(2, first=False)]),
        ("on_hold", [answered()]),
        ("awaiting_approval", [answered()]),
        ("resolved", TICKET_RESOLVED),
        ("closed", TICKET_CLOSED),
    ],
)
def test_answering_in_each_status(status: str, expected: object) -> None:
    assert do(STATES[status], ANSWER) == expected


@pytest.mark.parametrize("status", ["in_progress", "waiting_customer", "on_hold", "awaiting_approval"])
def test_an_answer_changes_no_status(status: str) -> None:
    assert come_of(then(STATES[status], ANSWER)).status == status


def test_an_answer_keeps_its_files() -> None:
    with_file = ANSWER.model_copy(update={"attachments": (FILE,)})
    assert do(IN_PROGRESS, with_file) == [answered().model_copy(update={"attachments": (FILE,)})]


@pytest.mark.parametrize("status", STATES)
def test_a_note_is_kept_in_every_status_and_changes_none(status: str) -> None:
    events = do(STATES[status], NOTE)
    assert events == [noted(len(come_of(STATES[status]).said) + 1)]
    assert come_of(then(STATES[status], NOTE)).status == status


def test_a_note_takes_no_ticket_from_the_queue() -> None:
    assert come_of(then(OPEN, NOTE)).analyst is None


def test_a_note_keeps_its_files() -> None:
    with_file = NOTE.model_copy(update={"attachments": (FILE,)})
    assert do(CLOSED, with_file) == [noted(2).model_copy(update={"attachments": (FILE,)})]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@lia pode ver?", ("lia",)),
        ("Veja com @lia.", ("lia",)),
        ("Veja com @lia, @marta e @lia!", ("lia", "marta")),
        ("(@bruno)", ("bruno",)),
        ("escreva a ana@lia.example", ()),
        ("@ninguem", ()),
        ("@@lia", ()),
        ("@rita.luz viu", ("rita.luz",)),
        ("@rita.luz-.", ("rita.luz",)),
        ("@ lia", ()),
    ],
)
def test_a_note_says_which_analysts_it_mentions(text: str, mentions: tuple[str, ...]) -> None:
    facts = Facts(directory(("analyst", "rita.luz", Analyst(name="Rita", email="rita@desk.example"))))
    note = c.AddNote(ticket_id=TICKET, text=text)
    expected = noted(text=text).model_copy(update={"mentions": mentions})
    assert do(IN_PROGRESS, note, facts=facts) == [expected]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", [assigned(), awaited(first=True)]),
        ("in_progress", [awaited(first=True)]),
        (
            "waiting_customer",
            no_way("waiting_customer", "waiting_customer"),
        ),
        ("on_hold", no_way("on_hold", "waiting_customer")),
        ("resolved", no_way("resolved", "waiting_customer")),
        ("closed", TICKET_CLOSED),
    ],
)
def test_asking_the_customer_in_each_status(status: str, expected: object) -> None:
    assert do(STATES[status], AWAIT) == expected


def test_each_wait_is_counted_from_one() -> None:
    again = WAITING.given(resumed())
    assert do(again, AWAIT) == [awaited(2, occurrence=2)]


def test_the_first_human_public_word_is_the_first_answer_and_no_other() -> None:
    for first in (answered(), awaited(first=True), resolved(first=True)):
        assert come_of(IN_PROGRESS.given(first)).answered
    said = IN_PROGRESS.given(answered())
    assert do(said, ANSWER) == [answered(2, first=False)]
    assert do(said, AWAIT) == [awaited(occurrence=2)]
    assert do(said, RESOLVE) == [resolved(occurrence=2)]


def test_notes_and_changes_of_status_are_never_the_first_answer() -> None:
    for never in (noted(), held(), resumed(), assigned("lia"), attempted(), attempted(0)):
        assert not come_of(IN_PROGRESS.given(never)).answered


def test_what_the_desk_writes_is_numbered_without_a_gap() -> None:
    story = OPEN
    for command in (NOTE, ANSWER, AWAIT, c.ResumeTicket(ticket_id=TICKET), NOTE, RESOLVE, NOTE):
        story = then(story, command)
    numbers = [event.occurrence for event in story.history if hasattr(event, "occurrence")]
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert all(later == before + 1 for before, later in pairwise(numbers))


def edit(occurrence: int) -> c.EditOccurrence:
    return c.EditOccurrence(ticket_id=TICKET, occurrence=occurrence, text="Melhor assim")


def edited(occurrence: int, *, public: bool, by: Actor = BRUNO) -> l.OccurrenceEdited:
    return happened(l.OccurrenceEdited, by=by, occurrence=occurrence, text="Melhor assim", public=public)


@pytest.mark.parametrize(
    ("said", "public"),
    [(answered(), True), (noted(), False), (awaited(first=True), True), (resolved(first=True), True)],
    ids=["answer", "note", "question", "resolution"],
)
def test_who_wrote_it_edits_it_and_the_old_text_stays_in_history(said: l.OfTicket, public: bool) -> None:
    story = IN_PROGRESS.given(said)
    assert do(story, edit(1)) == [edited(1, public=public)]
    after = then(story, edit(1))
    assert after.history[:-1] == story.history
    assert come_of(after) == come_of(story)


def test_managers_edit_what_anybody_of_the_desk_wrote_analysts_only_their_own() -> None:
    story = IN_PROGRESS.given(answered())
    assert do(story, edit(1), MARTA) == [edited(1, public=True, by=MARTA)]
    assert do(story, edit(1), LIA) == Refused("not_the_author", number=NUMBER)


def test_what_is_not_there_is_not_edited() -> None:
    story = IN_PROGRESS.given(noted(), answered(2))
    assert do(story, edit(2)) == [edited(2, public=True)]
    assert do(story, edit(3)) == Refused("no_such_occurrence", number=NUMBER, occurrence=3)
    assert do(OPEN, edit(1)) == Refused("no_such_occurrence", number=NUMBER, occurrence=1)


def test_a_word_that_should_not_be_read_is_edited_on_a_closed_ticket_too() -> None:
    assert do(CLOSED, edit(1)) == [edited(1, public=True)]


def test_occurrences_of_before_they_were_numbered_count_as_they_come() -> None:
    old = IN_PROGRESS.given(answered(0), noted(0))
    assert do(old, NOTE) == [noted(3)]
    assert do(old, edit(2)) == [edited(2, public=False)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", [assigned(), resolved(first=True)]),
        ("in_progress", [resolved(first=True)]),
        ("waiting_customer", [resolved(occurrence=2)]),
        ("on_hold", [resolved(first=True)]),
        ("awaiting_approval", no_way("awaiting_approval", "resolved")),
        ("resolved", []),
        ("closed", TICKET_CLOSED),
    ],
)
def test_resolving_in_each_status(status: str, expected: object) -> None:
    assert do(STATES[status], RESOLVE) == expected


def test_a_resolution_keeps_its_files_and_says_which_it_is() -> None:
    with_file = RESOLVE.model_copy(update={"attachments": (FILE,)})
    assert do(IN_PROGRESS, with_file) == [resolved(first=True).model_copy(update={"attachments": (FILE,)})]
    assert come_of(RESOLVED).resolution == 1
    assert come_of(APPROVED).resolution == 0
