"""Hearing the notifier out: a report can be here before intake knows of the mail that it is about."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from journal.clock import Clock
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log

HEARING_S = 20.0
"""How long a report waits for the notifier. Source: our choice; a client waits ten minutes (RFC 5321 section 4.5.3.2.6)."""
PUT_OFF_MAX = timedelta(minutes=10)
"""After which a report is taken in without: in a mailbox it would hold up all mail behind it. Source: our choice."""


class Hearing:
    """Has intake apply whatever the notifier has recorded by now."""

    def __init__(self, hear: Callable[[], Awaitable[None]], clock: Clock) -> None:
        self._hear = hear
        self._clock = clock

    async def for_one_received(self, at: datetime) -> None:
        """Returns when the notifier is heard out, or cannot be and the mail has waited long enough.

        Raises:
            one of INFRASTRUCTURE: it does not answer now; the mail is to be put off.
        """
        try:
            async with asyncio.timeout(HEARING_S):
                await self._hear()
        except INFRASTRUCTURE as error:
            if self._clock.now() - at < PUT_OFF_MAX:
                raise
            log.warning("a report is taken in without hearing the notifier", error=repr(error))
