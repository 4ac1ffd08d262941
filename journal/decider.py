"""The pure heart of a service: what happens because of a cause, and what a stream has become."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from contracts.envelope import SYSTEM, Actor, Event

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know besides its cause and its stream.

    The instant, who asks, and `facts` that its service looked up for it.
    """

    now: datetime
    by: Actor = SYSTEM
    facts: Any = None


@dataclass(frozen=True, slots=True)
class Decider(Generic[State]):
    """The rules of one kind of stream.

    `decide(cause, state, context)` lists the events that follow from a command or from another
    service's event, none when they already did; it raises `Refused` for commands only. `evolve(state,
    event)` is the state after an event. All pure. Events of the topics in `silent` leave every state as it
    is, so that a history is folded without reading them.
    """

    initial: State
    decide: Callable[[object, State, Context], list[Event]]
    evolve: Callable[[State, Event], State]
    silent: frozenset[str] = frozenset()

    def fold(self, events: Iterable[Event]) -> State:
        """The state after a whole history."""
        state = self.initial
        for event in events:
            state = self.evolve(state, event)
        return state
