"""The ledger of mail: every message in, and what became of it. The two must agree, mailbox by mailbox.

A row is written when a message has come in, before anything of it is read; its disposition is written in the
transaction of the entry that says so. What stays without one was put off (its sender was told to keep it),
came again, or is lost: then somebody is told.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from contracts import intake as i
from contracts.envelope import Event
from journal.clock import Clock
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.store import Connection, Pool
from services.intake.comparing import DIFFERING_SQL, SETTLED_AFTER, compared
from services.intake.mail.entered import Entered, Place
from services.intake.metrics import UNACCOUNTED
from services.intake.submission import Disposition, Submission, evolve

MAIL_SQL = Path(__file__).with_name("mail.sql")
TOGETHER_MAX = 200
"""Rows in one statement. Source: our choice."""
LOOKED_BACK = timedelta(days=7)
"""How long a difference alerts. Source: RFC 5321 section 4.5.4.1, clients try for four to five days."""
_LOOK_EVERY_S = 60.0

# Not waited for on the disk: the entry that follows is, and brings it along.
_ENTER = """
insert into views.mail_in (id, mailbox, received_at, raw)
select m.* from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) m,
       set_config('synchronous_commit', 'off', true)
"""
_SETTLE = """
update views.mail_in m set dispositions = m.dispositions + 1, disposition = d.disposition
  from unnest($1::uuid[], $2::text[]) as d (id, disposition) where m.id = d.id
"""
_PUT_OFF = "update views.mail_in set put_off = true where id = $1"
_ADVANCE = """
update views.mailboxes set last_uid = $3 where mailbox = $1 and uid_validity = $2 and last_uid < $3
"""
UNACCOUNTED_SQL = """
select count(*) from views.mail_in m
 where m.dispositions <> 1 and not m.put_off and m.received_at >= $1 and m.received_at < $2
   and (m.dispositions > 1 or not exists (
       select from views.mail_in again
        where again.raw = m.raw and again.received_at > m.received_at and again.dispositions = 1))
"""

_COMPARE_EVERY_S = 3_600.0
"""Source: our choice; it reads the entries of a week, where a look at the rows reads those without a disposition."""
_COMPARED_IN_S = 600.0
"""What the comparison may take: more than a work's statement, since it waits for no one. Source: our choice, 1 s for 50,000 entries."""
_DIFFERING = f"select coalesce(sum(differing), 0) from ({DIFFERING_SQL}) compared"  # noqa: S608 - ours


class AlreadyReadError(Exception):
    """Another replica has taken this message out of its mailbox."""


async def settle(connection: Connection, taken: Sequence[tuple[Entered | None, Sequence[Event]]]) -> None:
    """Write what became of messages, in the transaction that records it.

    Raises:
        AlreadyReadError: one was taken out of its mailbox before.
    """
    mails = [(entered, events) for entered, events in taken if entered is not None]
    for place in (entered.place for entered, _ in mails if entered.place):
        done = await connection.execute(_ADVANCE, place.mailbox, place.uid_validity, place.uid)
        if done != "UPDATE 1":
            raise AlreadyReadError(f"{place.mailbox} {place.uid}")
    # Of a copy that was decided on after all, the journal says first that it is one: that is what is counted there.
    settled = [(entered.id, disposition_of(events[-1])) for entered, events in mails if events]
    if settled:
        ids, dispositions = zip(*settled, strict=True)
        await connection.execute(_SETTLE, ids, dispositions)


def disposition_of(event: Event) -> Disposition | None:
    """What an event says became of a message."""
    if isinstance(event, i.DuplicateReceived):
        return "duplicate"
    found = evolve(Submission(), event).disposition
    return None if found == "absent" else found


class Ledger:
    """Enters messages, many in one statement, and watches that each has found its disposition."""

    def __init__(self, pool: Pool, clock: Clock, compared_in_s: float = _COMPARED_IN_S) -> None:
        self._pool = pool
        self._clock = clock
        self._compared_in_s = compared_in_s
        self._queue: asyncio.Queue[tuple[tuple[UUID, str, datetime, str], asyncio.Future[None]]]
        self._queue = asyncio.Queue()

    async def enter(self, mailbox: str, received_at: datetime, raw: str, place: Place | None) -> Entered:
        """A message has come in: its row is there when this returns. Raises what the database raises."""
        entered = Entered(uuid4(), place)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._queue.put(((entered.id, mailbox, received_at, raw), written))
        await written
        return entered

    async def put_off(self, entered: Entered) -> None:
        """Its sender was told to keep it."""
        try:
            await self._pool.execute(_PUT_OFF, entered.id)
        except INFRASTRUCTURE as error:
            # It is looked for in vain until it comes again, or until somebody has looked.
            log.warning("the ledger does not know that a mail was put off", error=repr(error))

    async def run(self) -> None:
        """Write rows until cancelled."""
        while True:
            waiting = [await self._queue.get()]
            while len(waiting) < TOGETHER_MAX and not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            error: Exception | None = None
            try:
                await self._pool.execute(_ENTER, *zip(*(row for row, _ in waiting), strict=True))
            except Exception as failure:  # noqa: BLE001 - it goes to everyone who waits
                error = failure
            for _, written in waiting:
                if written.done():
                    continue
                if error is None:
                    written.set_result(None)
                else:
                    written.set_exception(error)

    async def unsettled(self) -> int:
        """How many messages of the last days have no disposition or several, by the rows alone."""
        return int(await self._pool.fetchval(UNACCOUNTED_SQL, *self._days()))

    async def differing(self) -> int:
        """How many messages of the last days rows and journal do not tell of alike."""
        values = compared(*self._days(), "UTC")
        return int(await self._pool.fetchval(_DIFFERING, *values, timeout=self._compared_in_s))

    def _days(self) -> tuple[datetime, datetime]:
        now = self._clock.now()
        return now - LOOKED_BACK, now - SETTLED_AFTER

    async def watch(self) -> None:
        """Count what is not accounted for until cancelled; a difference is an alert, never silence.

        Rows alone every minute, rows against the journal at once and then every hour. While one of them cannot be
        counted it is tried every minute, and the gauge says no number.
        """
        told = 0
        differing: int | None = None
        compare_at = 0.0
        while True:
            began = asyncio.get_running_loop().time()
            if began >= compare_at:
                differing = await _counted(self.differing)
                compare_at = began + _COMPARE_EVERY_S if differing is not None else began
            unsettled = await _counted(self.unsettled)
            if differing is None or unsettled is None:
                UNACCOUNTED.set(math.nan)
            else:
                count = unsettled + differing
                UNACCOUNTED.set(count)
                if count > told:
                    log.error("mail is not accounted for: atendimento mail ledger", messages=count)
                told = count
            await asyncio.sleep(_LOOK_EVERY_S)


async def _counted(count: Callable[[], Awaitable[int]]) -> int | None:
    """The count; None while the database does not answer, or not in time."""
    try:
        return await count()
    except INFRASTRUCTURE as error:
        log.error(
            "the ledger cannot be read: whether all mail is accounted for is unknown", error=repr(error)
        )
        return None
