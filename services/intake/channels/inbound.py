"""Whether all that reached the desk up to an instant was taken in: sla asks before it closes a ticket.

What comes by SMTP or as a command is in when it is acknowledged. What lies in a mailbox at another server, or on
the stream CHANNELS, may have been there for long before intake comes to look.

Source: domain page, Clocks, rule 9.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from journal.bus import CHANNELS, Bus
from journal.store import Pool

WAIT_S = 3.0
"""How long a look at a mailbox is waited for; whoever asks asks again. Source: our choice, below sla's `HEARING_S`."""
LOOK = "mailboxes"
"""The PostgreSQL channel on which the replica that reads a mailbox, whichever it is, is told to look now."""
_EVERY_S = 0.05
_UNREAD = """
select count(*) from unnest($1::text[]) as asked (mailbox) left join views.mailboxes m using (mailbox)
 where m.read_at is null or m.read_at < $2
"""


class Inbound:
    """What the desk's ways in hold that intake has not taken in yet."""

    def __init__(self, pool: Pool, bus: Bus, mailboxes: Sequence[str]) -> None:
        """`mailboxes` are named as in `views.mailboxes`, whichever replica reads them."""
        self._pool = pool
        self._bus = bus
        self._mailboxes = list(mailboxes)

    async def taken_in(self, at: datetime) -> None:
        """Return once intake has what was there at the instant, and what the stream CHANNELS holds now.

        Raises:
            TimeoutError: not now: a mailbox cannot be read, or there is much in it.
            nats.errors.Error: the bus does not say what it holds.
        """
        async with asyncio.timeout(WAIT_S):
            await self._bus.until_taken(CHANNELS, "intake")
            await self._read(at)

    async def _read(self, at: datetime) -> None:
        """Return once a look that began at the instant or later has been completed at each mailbox."""
        if not await self._unread(at):
            return
        await self._pool.execute(f"notify {LOOK}")
        while await self._unread(at):  # noqa: ASYNC110 - another process may be the one that reads
            await asyncio.sleep(_EVERY_S)

    async def _unread(self, at: datetime) -> int:
        return await self._pool.fetchval(_UNREAD, self._mailboxes, at)  # type: ignore[no-any-return]
