"""What an e-mail counts towards, and how far each cap is used up within one work."""

from dataclasses import replace

from services.notifier.caps import USUAL, Reached, Tally, counted
from services.notifier.ticket import Ticket, opened
from tests.notifier.room import queued, ticket

ANA = "Ana@serra.example.com"
BY_MAIL: Ticket = opened(queued(), 1)
TO_ANA, OF_TICKET = counted("closed", True, ANA, BY_MAIL)


def test_what_a_machine_writes_about_a_ticket_counts_by_address_and_ticket() -> None:
    assert counted("closed", True, ANA, BY_MAIL) == [
        ("address_on_ticket", f"{ticket('t')} ana@serra.example.com"),
        ("ticket", str(ticket("t"))),
    ]


def test_an_acknowledgement_counts_by_address_if_the_ticket_came_by_mail() -> None:
    assert counted("opened", True, ANA, BY_MAIL) == [("address", "ana@serra.example.com")]
    assert counted("opened", True, ANA, replace(BY_MAIL, message_id="")) == []


def test_what_people_write_and_the_alarm_of_a_loop_count_towards_nothing() -> None:
    assert counted("answered", False, ANA, BY_MAIL) == []
    assert counted("loop", True, ANA, BY_MAIL) == []
    assert counted("parked", True, ANA, None) == []


def test_what_a_work_adds_is_on_top_of_what_was_there() -> None:
    tally = Tally(USUAL, {TO_ANA: 18})
    assert tally.reached([TO_ANA], "first") == [Reached("address_on_ticket", 18, 20)]
    tally.add([TO_ANA], "first")
    assert tally.reached([TO_ANA], "second") == [Reached("address_on_ticket", 19, 20)]


def test_an_occasion_of_a_ticket_counts_once_and_is_told_to_all_or_to_none() -> None:
    tally = Tally(USUAL, {OF_TICKET: 59})
    for _ in range(3):
        assert tally.reached([OF_TICKET], "one occasion") == [Reached("ticket", 59, 60)]
        tally.add([OF_TICKET], "one occasion")
    assert tally.added[OF_TICKET] == 1
    assert tally.reached([OF_TICKET], "the next") == [Reached("ticket", 60, 60)]
