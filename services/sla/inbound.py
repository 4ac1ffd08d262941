"""Before a clock closes a ticket: inbound mail must have been read past the clock's end.

Ties favour the customer: a reply received at or before the end keeps the ticket open. So lifecycle is made to
hear intake, as of now, before sla hears lifecycle. Where that fails the closures wait, for a while: they must
not wait for ever on a service that is away, and lifecycle undoes a closure that came too soon.

Source: domain page, Clocks, rule 9.
"""

import asyncio
from collections.abc import Awaitable, Callable

from journal.follower import INFRASTRUCTURE
from journal.log import log

PATIENCE_S = 600.0
"""How long closures wait for inbound mail to be read, in real seconds.

Source: judgement: a restart of intake takes seconds, seven days are not measured in minutes, and what was
closed too soon is undone.
"""
AGAIN_S = 2.0
"""Between two attempts that fail: the other timers share the loop with them."""

HEARING_S = 5.0
"""How long lifecycle may take over it before the attempt has failed. Source: as `AGAIN_S`."""

HearInbound = Callable[[], Awaitable[None]]
"""Has lifecycle apply whatever intake has recorded by now; raises what INFRASTRUCTURE names."""


class Inbound:
    """Whether tickets may be closed now."""

    def __init__(self, hear: HearInbound, patience_s: float = PATIENCE_S, again_s: float = AGAIN_S) -> None:
        self._hear = hear
        self._patience_s = patience_s
        self._again_s = again_s
        self._unheard_since: float | None = None
        self._again_at = 0.0

    async def read(self) -> bool:
        """Whether inbound mail has been read up to now, or was waited for long enough."""
        now = asyncio.get_running_loop().time()
        if now < self._again_at:
            return False
        try:
            await self._hear()
        except INFRASTRUCTURE as error:
            return self._unheard(now, error)
        self._unheard_since = None
        return True

    def _unheard(self, now: float, error: BaseException) -> bool:
        if self._unheard_since is None:
            self._unheard_since = now
            log.warning("closures wait for inbound mail to be read", error=repr(error))
        waited_s = now - self._unheard_since
        if waited_s >= self._patience_s:
            log.error("tickets close though inbound mail may be unread", waited_s=round(waited_s))
            return True
        self._again_at = asyncio.get_running_loop().time() + self._again_s
        return False
