"""Split, merge and link, as far as one ticket decides on it; what follows for two is in test_two_tickets.py."""

from datetime import date
from typing import Any, get_args
from uuid import UUID

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Contract
from contracts.words import Link
from journal.errors import Refused
from journal.testing import NOON, Spec
from services.lifecycle.facts import Facts
from services.lifecycle.joining import SEEN_FROM_THERE, Absorb, LinkBack, UnlinkBack, split_id
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    BRUNO,
    CLOSED,
    CONTRACT,
    FACTS,
    IN_PROGRESS,
    LIVE,
    MERGED,
    NUMBER,
    OPEN,
    OTHER,
    OTHER_NUMBER,
    QUEUED,
    RECEIVED,
    TERMS,
    TICKET,
    TICKET_CLOSED,
    closed,
    come_of,
    directory,
    do,
    happened,
    status_of,
    then,
    ticket,
)

SPLIT = c.SplitTicket(ticket_id=TICKET, subject="Relatório", text="E um relatório?")
MERGE = c.MergeTicket(ticket_id=TICKET, into=OTHER, reason="É o mesmo pedido")
LINK = c.LinkTickets(ticket_id=TICKET, other=OTHER, link="blocks")
UNLINK = c.UnlinkTickets(ticket_id=TICKET, other=OTHER)
THE_OTHER = ticket.given(QUEUED.model_copy(update={"ticket_id": OTHER, "number": OTHER_NUMBER}))


def beside(other: Spec[Ticket] = THE_OTHER, other_id: UUID = OTHER) -> Facts:
    return Facts(FACTS.directory, other_id, come_of(other))


def split_off(n: int = 1, **changes: str) -> l.TicketSplit:
    facts: dict[str, Any] = {
        "new_ticket_id": split_id(TICKET, n),
        "opened_at": RECEIVED,
        "channel": "email",
        "customer": "serra",
        "requester": "ana",
        "application": "notas",
        "classification": "question",
        "terms": TERMS,
        "subject": "Relatório",
        "text": "E um relatório?",
    }
    return happened(l.TicketSplit, **facts | changes)


# Split


@pytest.mark.parametrize("status", LIVE)
def test_a_second_demand_keeps_opening_channel_requester_and_terms(status: str) -> None:
    classification = come_of(LIVE[status]).classification
    assert do(LIVE[status], SPLIT) == [split_off(classification=classification)]
    assert status_of(then(LIVE[status], SPLIT)) == status


def test_it_may_be_of_another_application_and_classification() -> None:
    asked = SPLIT.model_copy(update={"application": "folha", "classification": "request"})
    assert do(OPEN, asked) == [split_off(application="folha", classification="request")]


def test_each_that_is_split_off_is_another_ticket() -> None:
    assert do(then(OPEN, SPLIT), SPLIT) == [split_off(2)]
    assert len({split_id(TICKET, 1), split_id(TICKET, 2), split_id(OTHER, 1)}) == 3


def test_of_a_closed_ticket_nothing_is_split_off() -> None:
    assert do(CLOSED, SPLIT) == TICKET_CLOSED


def test_its_application_is_one_the_desk_supports() -> None:
    asked = SPLIT.model_copy(update={"application": "nada"})
    assert do(OPEN, asked) == Refused("no_such_application", application="nada")


def test_its_application_is_one_the_contract_covered_when_the_ticket_opened() -> None:
    asked = SPLIT.model_copy(update={"application": "ponto"})
    assert do(OPEN, asked) == Refused("no_contract", application="ponto")
    wider = CONTRACT.model_copy(update={"applications": ("notas", "ponto")})
    assert do(OPEN, asked, facts=Facts(directory(("contract", "serra-2026", wider)))) == Refused(
        "no_contract", application="ponto"
    )
    pinned = directory()
    pinned.put("contract", "serra-2026", 1, True, wider)
    assert do(OPEN, asked, facts=Facts(pinned)) == [split_off(application="ponto")]
    ended = Contract.model_validate({**wider.model_dump(), "ends_on": date(2026, 3, 1)})
    pinned.put("contract", "serra-2026", 1, True, ended)
    assert do(OPEN, asked, facts=Facts(pinned)) == Refused("no_contract", application="ponto")


# Merge


@pytest.mark.parametrize("status", LIVE)
def test_a_merged_ticket_closes_and_says_as_what_it_goes_on(status: l.Status) -> None:
    merged = happened(l.TicketMerged, into=OTHER, into_number=OTHER_NUMBER, reason="É o mesmo pedido")
    # What the customer is told of the end holds none of the desk's reasons.
    end = closed("merged", status, by=BRUNO, text="")
    assert do(LIVE[status], MERGE, facts=beside()) == [merged, end]


def test_the_one_that_lives_says_so_too_and_stays_as_it_is() -> None:
    told = THE_OTHER.when(Absorb(OTHER, TICKET, NUMBER, "ana"), by=BRUNO, facts=FACTS)
    expected = l.TicketAbsorbed(
        ticket_id=OTHER, at=NOON, by=BRUNO, merged=TICKET, merged_number=NUMBER, requester="ana"
    )
    assert told == [expected]
    assert come_of(THE_OTHER.given(expected)) == come_of(THE_OTHER)


def test_merging_twice_does_nothing() -> None:
    assert do(MERGED, MERGE, facts=beside()) == []


def test_what_was_merged_goes_on_as_one_ticket_alone() -> None:
    third = beside(other_id=UUID(int=9))
    assert do(MERGED, MERGE, facts=third) == Refused("ticket_merged", number=NUMBER, into=OTHER_NUMBER)


@pytest.mark.parametrize("command", [MERGE, LINK], ids=["merge", "link"])
def test_the_other_ticket_is_there_and_of_the_same_customer(command: c.OnTicket) -> None:
    for facts in (FACTS, beside(ticket)):
        assert do(OPEN, command, facts=facts) == Refused("no_such_ticket")
    rival = ticket.given(QUEUED.model_copy(update={"number": OTHER_NUMBER, "customer": "vale"}))
    assert do(OPEN, command, facts=beside(rival)) == Refused("other_customer", number=OTHER_NUMBER)


@pytest.mark.parametrize("command", [MERGE, LINK], ids=["merge", "link"])
def test_a_ticket_is_not_joined_with_itself(command: c.OnTicket) -> None:
    assert do(OPEN, command, facts=beside(OPEN, TICKET)) == Refused("same_ticket", number=NUMBER)


def test_a_ticket_is_merged_into_one_that_lives() -> None:
    dead = THE_OTHER.given(closed())
    assert do(OPEN, MERGE, facts=beside(dead)) == Refused("other_closed", number=OTHER_NUMBER)
    assert do(CLOSED, MERGE, facts=beside()) == TICKET_CLOSED


# Link


def linked(link: Link = "blocks") -> l.TicketLinked:
    return happened(l.TicketLinked, other=OTHER, other_number=OTHER_NUMBER, link=link)


def unlinked(link: Link = "blocks") -> l.TicketUnlinked:
    return happened(l.TicketUnlinked, other=OTHER, other_number=OTHER_NUMBER, link=link)


@pytest.mark.parametrize("link", get_args(Link))
def test_a_link_says_what_tickets_have_to_do_with_each_other_from_both_sides(link: Link) -> None:
    asked = LINK.model_copy(update={"link": link})
    assert do(IN_PROGRESS, asked, facts=beside()) == [linked(link)]
    back = LinkBack(TICKET, OTHER, OTHER_NUMBER, SEEN_FROM_THERE[link])
    assert IN_PROGRESS.when(back, by=BRUNO, facts=FACTS) == [linked(SEEN_FROM_THERE[link])]
    assert SEEN_FROM_THERE[SEEN_FROM_THERE[link]] == link


def test_a_closed_ticket_is_linked_too() -> None:
    assert do(CLOSED, LINK, facts=beside()) == [linked()]


def test_the_same_link_again_is_no_change_another_replaces_it() -> None:
    has = IN_PROGRESS.given(linked())
    assert do(has, LINK, facts=beside()) == []
    other = LINK.model_copy(update={"link": "related"})
    assert do(has, other, facts=beside()) == [unlinked(), linked("related")]
    assert len(come_of(has.given(unlinked(), linked("related"))).links) == 1


def test_a_link_is_taken_back() -> None:
    has = IN_PROGRESS.given(linked())
    assert do(has, UNLINK, facts=beside()) == [unlinked()]
    assert has.when(UnlinkBack(TICKET, OTHER), by=BRUNO, facts=FACTS) == [unlinked()]
    assert come_of(has.given(unlinked())).links == ()


def test_what_is_not_linked_is_not_unlinked() -> None:
    assert do(IN_PROGRESS, UNLINK, facts=beside()) == []
    third = happened(l.TicketLinked, other=UUID(int=9), other_number="2026-000009", link="related")
    has_another = IN_PROGRESS.given(third)
    assert do(has_another, UNLINK, facts=beside()) == []
    assert come_of(has_another.given(linked(), unlinked())).links == come_of(has_another).links
