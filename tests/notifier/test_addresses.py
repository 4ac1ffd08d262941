"""An address whose mail keeps coming back: what counts, what suspends it, what is owed to it, and the way back."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts import notifier as n
from contracts.commands import RestoreAddress
from contracts.envelope import Event
from journal.errors import Refused
from services.notifier import addresses
from services.notifier.addresses import KEPT_MAX, PATIENT, SUSPENDED, Bounced, Patience
from services.notifier.decider import NOTIFIER
from tests.notifier.room import BRUNO, NOON
from tests.notifier.test_deciding import ABANDONED, ID, OWED, REQUESTED, RETRY, TICKET, when

ADDRESS = "ana@serra.example.com"
FIRST, SECOND, THIRD = uuid4(), uuid4(), uuid4()
RESTORE = RestoreAddress(address="ANA@serra.example.com", reason="O servidor voltou.")


def bounce(of: UUID, days: float = 0) -> Bounced:
    return Bounced("Ana@serra.example.com", of, TICKET, "5.1.1", NOON + timedelta(days=days))


def counted(of: UUID, days: float = 0) -> n.AddressBounced:
    return n.AddressBounced(
        address=ADDRESS, notification_id=of, ticket_id=TICKET, status="5.1.1", at=NOON + timedelta(days=days)
    )


def suspended(days: float = 0) -> n.AddressSuspended:
    return n.AddressSuspended(
        address=ADDRESS, ticket_id=TICKET, bounces=3, status="5.1.1", at=NOON + timedelta(days=days)
    )


def restored(days: float = 0) -> n.AddressRestored:
    return n.AddressRestored(
        address=ADDRESS, at=NOON + timedelta(days=days), by=BRUNO, reason="O servidor voltou."
    )


def came_back(*history: Event, cause: Bounced, patience: Patience = PATIENT) -> list[Event]:
    return when(*history, cause=cause, facts=patience)


def test_the_last_one_that_is_borne_suspends() -> None:
    assert came_back(cause=bounce(FIRST)) == [counted(FIRST)]
    assert came_back(counted(FIRST), cause=bounce(SECOND)) == [counted(SECOND)]
    third = came_back(counted(FIRST), counted(SECOND), cause=bounce(THIRD))
    assert third == [counted(THIRD), suspended()]


def test_the_same_e_mail_counts_once() -> None:
    assert came_back(counted(FIRST), cause=bounce(FIRST)) == []


def test_what_came_back_long_ago_counts_no_longer() -> None:
    known = counted(FIRST), counted(SECOND, 1)
    assert came_back(*known, cause=bounce(THIRD, 30)) == [counted(THIRD, 30)]
    assert came_back(*known, cause=bounce(THIRD, 29.9)) == [counted(THIRD, 29.9), suspended(29.9)]


def test_an_address_is_suspended_once() -> None:
    known = counted(FIRST), counted(SECOND), suspended()
    assert came_back(*known, cause=bounce(THIRD)) == [counted(THIRD)]


def test_an_address_has_one_stream_however_it_is_written() -> None:
    assert addresses.stream_of(" Ana@Serra.example.com ") == addresses.stream_of(ADDRESS)
    assert addresses.stream_of("john@serra.example.com") != addresses.stream_of(ADDRESS)


def test_what_happens_to_an_e_mail_leaves_its_address_as_it_is() -> None:
    assert addresses.evolve(addresses.UNHEARD, REQUESTED) == addresses.UNHEARD


def test_only_so_many_are_remembered() -> None:
    notification = NOTIFIER.fold([counted(uuid4(), each) for each in range(KEPT_MAX + 1)])
    assert len(notification.address.bounces) == KEPT_MAX
    assert notification.address.bounces[0][1] == NOON + timedelta(days=1)


def test_a_person_restores_what_is_suspended_and_the_count_begins_anew() -> None:
    known = counted(FIRST), counted(SECOND), suspended()
    assert when(*known, cause=RESTORE) == [restored()]
    anew = *known, restored(1)
    assert came_back(*anew, cause=bounce(THIRD, 1)) == [counted(THIRD, 1)], "sent before it was restored"
    assert came_back(*anew, cause=bounce(THIRD, 2)) == [counted(THIRD, 2)]
    for history in ((), anew):
        with pytest.raises(Refused, match="address_not_suspended"):
            when(*history, cause=RESTORE)


def test_what_is_owed_to_a_suspended_address_is_requested_and_given_up_at_once() -> None:
    waiting = replace(OWED, not_before=NOON + timedelta(hours=1), bundled_into=uuid4())
    given_up = ABANDONED.model_copy(update={"attempt": 0, "error": SUSPENDED})
    assert when(cause=waiting, facts=SUSPENDED) == [REQUESTED, given_up]
    assert when(REQUESTED, given_up, cause=waiting, facts=SUSPENDED) == []


def test_what_was_given_up_is_not_sent_again_while_its_address_is_suspended() -> None:
    with pytest.raises(Refused, match="address_suspended"):
        when(REQUESTED, ABANDONED, cause=RETRY, facts=SUSPENDED)
    (retried,) = when(REQUESTED, ABANDONED, cause=RETRY)
    assert isinstance(retried, n.NotificationRetried)
    assert retried.notification_id == ID


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (set(), "Home@serra.example.com"),
        ({"home@serra.example.com"}, "old@serra.example.com"),
        ({"home@serra.example.com", "old@serra.example.com"}, ADDRESS),
        ({"home@serra.example.com", "old@serra.example.com", ADDRESS}, ADDRESS),
    ],
    ids=["the latest", "the one before", "the usual one", "the usual one, which then shows on the ticket"],
)
def test_people_are_written_to_where_they_last_wrote_from_and_mail_arrives(
    gone: set[str], expected: str
) -> None:
    rather = ("Home@serra.example.com", "old@serra.example.com")
    assert addresses.written_to(rather, ADDRESS, gone) == expected
