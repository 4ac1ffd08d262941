"""The story: three channels, a warning, a breach, a wait, a reopening, automatic closures."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from contracts import commands as c
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Actor
from contracts.intake import SubmissionParked, TicketRegistered
from deploy.auditor.entries import Told
from deploy.demo.lines import line
from deploy.demo.stage import SLACK_S, Stage

HELENA = Actor(role="requester", key="helena.reis", name="Helena Reis")
EMMA = Actor(role="requester", key="emma.clark", name="Emma Clark")
BRUNO = Actor(role="analyst", key="bruno.alves", name="Bruno Alves")
CARLA = Actor(role="analyst", key="carla.mendes", name="Carla Mendes")
DIEGO = Actor(role="analyst", key="diego.rocha", name="Diego Rocha")
BEATRIZ_AT = "beatriz.lima@aurora.example"
HELENA_AT = "helena@mantiqueira.example"
NARA_AT = "nara@pedraazul.example"
DAY = timedelta(days=1)
"""Beatriz's contract promises an answer in 4 working hours, so she waits less than a day for it."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cast:
    """The tickets of the story, by who asks."""

    beatriz: UUID
    helena: UUID
    emma: UUID


async def play(stage: Stage) -> Cast:
    """The whole story, from an opening of the desk on.

    Raises:
        Failed: something did not happen that should have.
    """
    cast = await _arrivals(stage)
    await _first_day(stage, cast)
    await _neglect(stage, cast)
    await _second_day(stage, cast)
    await _silence(stage, cast)
    return cast


async def _arrivals(stage: Stage) -> Cast:
    stage.act("by_mail", address=stage.address)
    await stage.write(BEATRIZ_AT, line("mail_subject"), line("mail_text"))
    told = await stage.watch.until(
        line("by_mail", address=stage.address),
        lambda told: isinstance(e := told.event, TicketRegistered) and e.delivered.channel == "email",
        SLACK_S,
    )
    beatriz = told.event
    assert isinstance(beatriz, TicketRegistered)  # noqa: S101 - what was waited for
    stage.act("by_web")
    helena = await stage.ask(
        HELENA,
        c.SubmitTicket(
            channel="web", requester=HELENA.key, application="folha",
            subject=line("web_subject"), text=line("web_text"), classification="incident",
        ),
    )  # fmt: skip
    stage.act("by_phone")
    emma = await stage.ask(
        DIEGO,
        c.SubmitTicket(
            channel="phone", requester=EMMA.key, application="conecta",
            subject=line("phone_subject"), text=line("phone_text"), classification="incident",
        ),
    )  # fmt: skip
    stage.act("no_contract")
    await stage.write(NARA_AT, line("parked_subject"), line("parked_text"))
    cast = Cast(beatriz.ticket_id, UUID(helena.result["ticket_id"]), UUID(emma.result["ticket_id"]))
    for ticket_id in (cast.beatriz, cast.helena, cast.emma):
        await stage.watch.until("TicketQueued", _is(l.TicketQueued, ticket_id), SLACK_S)
        stage.console.print(f"    {stage.link(stage.watch.numbers[ticket_id])}", highlight=False)
    return cast


async def _first_day(stage: Stage, cast: Cast) -> None:
    stage.act("waits")
    await stage.ask(DIEGO, c.AwaitCustomer(ticket_id=cast.emma, text=line("ask_file")))
    stage.act("resolves")
    await stage.ask(CARLA, c.TakeTicket(ticket_id=cast.helena))
    await stage.ask(CARLA, c.ResolveTicket(ticket_id=cast.helena, text=line("solved")))
    file = await stage.received(cast.helena, "resolved")
    stage.act("reopens", file=file.name)
    await stage.reply_to(file, HELENA_AT, line("not_solved"))
    await stage.watch.until("TicketReopened", _is(l.TicketReopened, cast.helena), SLACK_S)


async def _neglect(stage: Stage, cast: Cast) -> None:
    stage.act("neglected")
    await stage.watch.until(
        "ClockBreached",
        lambda told: _is(sla.ClockBreached, cast.beatriz)(told) and told.event.clock == "first_response",  # type: ignore[union-attr]
        stage.patience_s(4 * DAY),
    )
    stage.act("late_answer")
    await stage.ask(BRUNO, c.TakeTicket(ticket_id=cast.beatriz))
    await stage.ask(BRUNO, c.AwaitCustomer(ticket_id=cast.beatriz, text=line("ask_key")))


async def _second_day(stage: Stage, cast: Cast) -> None:
    await stage.next_morning()
    stage.act("replies")
    await stage.ask(EMMA, c.SubmitReply(ticket_id=cast.emma, text=line("here_file")))
    await stage.watch.until("TicketResumed", _is(l.TicketResumed, cast.emma), SLACK_S)
    await stage.ask(DIEGO, c.ResolveTicket(ticket_id=cast.emma, text=line("solved_api")))
    stage.act("resolves_again")
    await stage.ask(CARLA, c.ResolveTicket(ticket_id=cast.helena, text=line("solved_again")))


async def _silence(stage: Stage, cast: Cast) -> None:
    stage.act("silence")
    patience_s = stage.patience_s(WEEK + DAY)
    await asyncio.gather(
        *(
            stage.watch.until("TicketClosed", _is(l.TicketClosed, ticket_id), patience_s)
            for ticket_id in (cast.helena, cast.emma, cast.beatriz)
        )
    )


def promises(cast: Cast) -> dict[str, Callable[[Told], bool]]:
    """What the demo is to show, and how it is known among what was seen."""
    return {
        "parked_seen": lambda told: (
            isinstance(e := told.event, SubmissionParked) and e.reason == "no_contract"
        ),
        "warned": lambda told: isinstance(told.event, sla.ClockWarned),
        "breached": _is(sla.ClockBreached, cast.beatriz),
        "awaited": _is(l.TicketResumed, cast.emma),
        "reopened": lambda told: (
            _is(l.TicketReopened, cast.helena)(told)
            and isinstance(told.event, l.TicketReopened)
            and told.event.via == "email"
        ),
        "reminded": _is(sla.ReminderDue, cast.beatriz),
        "closed": _closed(cast.helena, "resolved"),
        "closed_silent": _closed(cast.beatriz, "customer_silent"),
    }


def channels_seen(stage: Stage) -> set[str]:
    """The channels through which tickets came."""
    return {
        event.delivered.channel
        for told in stage.watch.seen
        if isinstance(event := told.event, TicketRegistered)
    }


def _is(kind: type[object], ticket_id: UUID) -> Callable[[Told], bool]:
    return lambda told: isinstance(told.event, kind) and getattr(told.event, "ticket_id", None) == ticket_id


def _closed(ticket_id: UUID, reason: str) -> Callable[[Told], bool]:
    return lambda told: (
        isinstance(event := told.event, l.TicketClosed)
        and (event.ticket_id, event.reason) == (ticket_id, reason)
    )
