"""Who may, as far as it depends on the ticket: requesters act for their own customer alone."""

import pytest

from contracts import commands as c
from contracts.directory import Contact
from contracts.envelope import SYSTEM, Actor, Command
from contracts.policy import RULES, permits
from journal.errors import Refused
from services.lifecycle.facts import Facts
from tests.lifecycle.stories import (
    ANA,
    AUDITOR,
    BRUNO,
    CAIO,
    FACTS,
    MARTA,
    NOBODY,
    REOPEN,
    RESOLVED,
    RIVAL,
    STATES,
    TICKET,
    WITHDRAW,
    come_of,
    directory,
    do,
    not_allowed,
    ticket,
)
from tests.lifecycle.test_statuses import SOME_OF_EACH

RATE = c.RateResolution(ticket_id=TICKET, resolution=1, score=5)
OWN = [REOPEN, WITHDRAW, RATE]


@pytest.mark.parametrize("command", OWN, ids=lambda command: type(command).__name__)
def test_a_requester_acts_on_the_tickets_of_their_customer(command: Command) -> None:
    for by in (ANA, CAIO):
        assert isinstance(do(RESOLVED, command, by), list)


@pytest.mark.parametrize("by", [RIVAL, NOBODY], ids=["of another customer", "unknown"])
@pytest.mark.parametrize("command", OWN, ids=lambda command: type(command).__name__)
def test_a_requester_acts_on_no_other_ticket(command: Command, by: Actor) -> None:
    for state in STATES.values():
        assert do(state, command, by) == not_allowed(by)


def test_a_contact_that_is_out_of_use_acts_no_more() -> None:
    left = directory()
    gone = Contact(name="Ana Prado", customer="serra", addresses=("ana@serra.example",))
    left.put("contact", "ana", 2, False, gone)
    assert do(RESOLVED, REOPEN, ANA, facts=Facts(left)) == not_allowed(ANA)


@pytest.mark.parametrize("command", SOME_OF_EACH, ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("by", [ANA, BRUNO, MARTA, AUDITOR], ids=lambda by: by.role)
def test_the_table_of_roles_holds_in_every_status(command: Command, by: Actor) -> None:
    allowed = permits(by, command)
    assert allowed == (by.role in RULES[type(command)])
    for state in STATES.values():
        assert (do(state, command, by) == not_allowed(by)) == (not allowed)


def test_auditors_change_nothing() -> None:
    for command in SOME_OF_EACH:
        for state in STATES.values():
            assert do(state, command, AUDITOR) == not_allowed(AUDITOR)


def test_the_desk_itself_needs_no_contact() -> None:
    assert isinstance(RESOLVED.when(REOPEN, by=SYSTEM, facts=FACTS), list)


def test_what_no_rule_knows_is_refused() -> None:
    assert do(RESOLVED, c.RetryNotification(notification_id=TICKET), MARTA) == Refused("unknown_command")


def test_a_ticket_that_is_not_there_pins_nothing() -> None:
    with pytest.raises(LookupError):
        _ = come_of(ticket).pinned
