"""How far a clock's alarm is carried: to the analyst, then the area, then the manager. Pure."""

from typing import Literal

Audience = Literal["analyst", "area", "managers"]

LADDER: tuple[tuple[int, Audience], ...] = ((0, "analyst"), (75, "area"), (90, "managers"))
"""From which per cent of the target each hears of it, besides those before.

Source: domain page, Clocks, rule 6: stages of 50, 75 and 90 %. By per cent, so that a policy with other
stages climbs the same way.
"""
BREACH = 100
"""Per cent of the target at which it is missed."""


def audiences(stage: int) -> tuple[Audience, ...]:
    """Who hears of a clock that has used up that many per cent of its target."""
    return tuple(audience for per_cent, audience in LADDER if stage >= per_cent)
