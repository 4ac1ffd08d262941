"""Before a clock closes a ticket: inbound mail must have been read past the clock's end.

Ties favour the customer: a reply received at or before the end keeps the ticket open. So intake is made to take
in what has reached the desk by now, and lifecycle to hear intake, before sla hears lifecycle. Where that fails the
closures wait, for a while: they must not wait for ever on a service or a mailbox that is away, and lifecycle
undoes a closure that came too soon.

Source: domain page, Clocks, rule 9.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from journal.bus import Bus
from journal.hearing import CHANNELS_SOURCE, let_hear
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log

PATIENCE_S = 600.0
"""How long closures wait for inbound mail to be read, in real seconds.

Source: judgement: a restart of intake takes seconds, seven days are not measured in minutes, and what was
closed too soon is undone.
"""
AGAIN_S = 2.0
"""Between two attempts that fail."""

HEARING_S = 5.0
"""How long intake, and then lifecycle, may take over it before the attempt has failed. Source: our choice."""

LINGER_S = 0.05
"""How long the other timers wait for an attempt, which goes on without them. Source: as `POLL_S` of the loop."""

HearInbound = Callable[[datetime], Awaitable[None]]
"""Has intake take in what reached the desk up to a desk instant, and lifecycle apply it; raises what INFRASTRUCTURE names."""


def over(bus: Bus) -> HearInbound:
    """Asks the services themselves."""

    async def hear(at: datetime) -> None:
        try:
            await let_hear(bus, "intake", CHANNELS_SOURCE, at, HEARING_S)
        finally:
            # Also where a mailbox cannot be read: what intake has recorded of others counts before any closure.
            await let_hear(bus, "lifecycle", "intake", at, HEARING_S)

    return hear


class Inbound:
    """Up to which instant tickets may be closed."""

    def __init__(
        self,
        hear: HearInbound,
        patience_s: float = PATIENCE_S,
        again_s: float = AGAIN_S,
        linger_s: float = LINGER_S,
        passed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`passed_s` tells the real seconds that have passed since any instant."""
        self.read_to = datetime(1970, 1, 1, tzinfo=UTC)
        """The desk instant up to which all inbound mail was read, as far as is known."""
        self._hear = hear
        self._patience_s = patience_s
        self._again_s = again_s
        self._linger_s = linger_s
        self._passed_s = passed_s
        self._asking: asyncio.Task[None] | None = None
        self._asked: datetime | None = None
        self._unread_since: float | None = None
        self._again_at = 0.0

    async def read(self, until: datetime) -> datetime:
        """Have inbound mail read up to an instant; up to which one closures may ring now.

        That is the same instant where it cannot be read and was waited for long enough.
        """
        if self._asking is None and self._passed_s() >= self._again_at:
            self._asking = asyncio.create_task(self._ask(until))
        if self._asking is not None:
            await asyncio.wait([self._asking], timeout=self._linger_s)
            if self._asking.done():
                asking, self._asking = self._asking, None
                asking.result()
        failed = self._asking is None and self._unread_since is not None
        given_up = failed and self._waited_s() >= self._patience_s
        return until if given_up else self.read_to

    async def _ask(self, until: datetime) -> None:
        # The same instant until it is answered: what takes longer than an attempt is done by another one.
        self._asked = self._asked or until
        began = self._passed_s()
        if began - self._again_at > self._patience_s:
            # No closure has waited for that long: what failed then is another matter.
            self._unread_since = None
        try:
            await self._hear(self._asked)
        except INFRASTRUCTURE as error:
            self._unread(began, error)
        else:
            self.read_to, self._asked, self._unread_since = self._asked, None, None

    def _unread(self, began: float, error: BaseException) -> None:
        if self._unread_since is None:
            self._unread_since = began
            log.warning("closures wait for inbound mail to be read", error=repr(error))
        if (waited_s := self._waited_s()) >= self._patience_s:
            log.error("tickets close though inbound mail may be unread", waited_s=round(waited_s))
        self._again_at = self._passed_s() + self._again_s

    def _waited_s(self) -> float:
        """Since the first attempt in a row that failed began."""
        return self._passed_s() - self._unread_since if self._unread_since is not None else 0.0
