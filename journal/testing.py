"""Specifications of deciders: `spec(decider).given(*events).when(cause) == [...]`. Pure."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic

from contracts.envelope import SYSTEM, Actor, Event
from journal.decider import Context, Decider, State
from journal.errors import Refused

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spec(Generic[State]):
    """A decider, and what has happened on its stream."""

    decider: Decider[State]
    history: tuple[Event, ...] = field(default=())

    def given(self, *events: Event) -> "Spec[State]":
        """The same, with these events as its further history."""
        return replace(self, history=(*self.history, *events))

    def when(
        self, cause: object, *, now: datetime = NOON, by: Actor = SYSTEM, facts: Any = None
    ) -> list[Event] | Refused:
        """What the cause leads to: its events, or the refusal as a value, so that either can be compared."""
        try:
            return self.decider.decide(cause, self.decider.fold(self.history), Context(now, by, facts))
        except Refused as refusal:
            return refusal


def spec(decider: Decider[State]) -> Spec[State]:
    """A specification without a history."""
    return Spec(decider)
