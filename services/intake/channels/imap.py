"""Mailboxes at other servers: every message is taken in once, in order, and stays unread.

How far a mailbox was read is written in the transaction of what it wrote, so that nothing is passed over
and nothing taken twice, whenever this stops. Of several replicas one reads a mailbox.
"""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import asyncpg

from journal.clock import Clock
from journal.log import log
from journal.store import Connection
from services.intake.channels.email import EmailChannel
from services.intake.channels.imap_session import Fetched, Session
from services.intake.channels.inbound import LOOK
from services.intake.mail.entered import Place
from services.intake.mail.settings import MAIL_BYTES_MAX, Imap, Mailbox
from services.intake.metrics import MAILBOX_UP

T = TypeVar("T")
TRIES_MAX = 5
"""How often a message is asked for before a person is shown what there is of it. Source: our choice, with `_RETRY_S` up to 15 s."""
MOVED_TOGETHER_MAX = 50
"""Messages moved in one command. Source: our choice."""
_LEFT_TO_OTHERS_S = 5.0
"""Between two questions whether the replica that reads a mailbox still does. Source: our choice."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_RETRY_S, _RETRY_MAX_S = 1.0, 60.0
_LOCK_CLASS = 7_201_002
_ROW = "select uid_validity, first_uid, last_uid, since, anew_uid from views.mailboxes where mailbox = $1"
# Not waited for on the disk: what a power cut forgets is looked at again.
_READ = """
update views.mailboxes set read_at = $2 from set_config('synchronous_commit', 'off', true) where mailbox = $1
"""
_BEGIN = """
insert into views.mailboxes (mailbox, uid_validity, first_uid, last_uid, since, anew_uid)
values ($1, $2, $3::bigint, $3::bigint - 1, $4, $5)
on conflict (mailbox) do update
   set uid_validity = excluded.uid_validity, first_uid = excluded.first_uid, last_uid = excluded.last_uid,
       anew_uid = excluded.anew_uid
"""


def key_of(imap: Imap) -> str:
    """What a mailbox is called in `views.mailboxes`."""
    return f"{imap.user}@{imap.host}/{imap.folder}"


class PutOffError(ConnectionError):
    """A message could not be kept now: its mailbox keeps it."""


@dataclass(slots=True)
class _Mark:
    """How far a mailbox was read; of what lies below `anew`, only what was received `since` is the desk's."""

    uid_validity: int
    first: int
    last: int
    since: datetime = _EVER
    anew: int = 0


class MailboxReader:
    """Reads one mailbox for as long as intake runs."""

    def __init__(
        self,
        mailbox: Mailbox,
        imap: Imap,
        channel: EmailChannel,
        clock: Clock,
        database_url: str,
        bytes_max: int = MAIL_BYTES_MAX,
    ) -> None:
        """Of a message above `bytes_max` only the beginning is fetched."""
        self._address = mailbox.address
        self._imap = imap
        self._key = key_of(imap)
        self._channel = channel
        self._clock = clock
        self._database_url = database_url
        self._bytes_max = bytes_max
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"imap {mailbox.address}")
        self._failures = 0
        self._refusals: dict[Place, list[str]] = {}

    async def run(self) -> None:
        """Read until cancelled; what fails is begun again, ever more patiently."""
        up = MAILBOX_UP.labels(self._address)
        try:
            while True:
                try:
                    await self._read_alone()
                    wait_s = _LEFT_TO_OTHERS_S
                except Exception as error:  # noqa: BLE001 - no server's odd answer may stop the other ways in
                    up.set(0)
                    log.warning("a mailbox cannot be read now", mailbox=self._address, error=repr(error))
                    wait_s = min(_RETRY_MAX_S, _RETRY_S * 2 ** min(self._failures, 10))
                    self._failures += 1
                await asyncio.sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311 - spreads, hides nothing
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _read_alone(self) -> None:
        """Read while no other replica does; returns when one does."""
        connection: Connection = await asyncpg.connect(self._database_url, timeout=10, command_timeout=10)
        try:
            alone = await connection.fetchval(
                "select pg_try_advisory_lock($1::integer, hashtext($2))", _LOCK_CLASS, self._key
            )
            if not alone:
                return
            session = await self._call(lambda: Session(self._imap, self._bytes_max))
            try:
                await connection.add_listener(LOOK, lambda *_: session.wake())
                # It would sleep on, deaf and without the right to read alone.
                connection.add_termination_listener(lambda _: session.wake())
                await self._read(connection, session)
            finally:
                session.close()
                await self._call(session.free)
        finally:
            connection.terminate()

    async def _read(self, connection: Connection, session: Session) -> None:
        mark = await self._mark(connection, session)
        if self._imap.moved_to:
            # Committed, but not moved before this stopped.
            done = await self._call(lambda: session.uids(mark.first, mark.last) if mark.last else [])
            await self._call(lambda: session.move(_ours(session, done, mark)))
        MAILBOX_UP.labels(self._address).set(1)
        while True:
            began = self._clock.now()
            await self._take_new(session, mark)
            # Also notices that the database went, and with it the right to read alone.
            await connection.execute(_READ, self._key, began)
            self._failures = 0
            await self._call(lambda: session.wait(self._imap.poll_s))

    async def _take_new(self, session: Session, mark: _Mark) -> None:
        there = await self._call(lambda: session.arrived(mark.last + 1))
        uids = await self._call(lambda: _ours(session, there, mark))
        for start in range(0, len(uids), MOVED_TOGETHER_MAX):
            done: list[int] = []
            for uid in uids[start : start + MOVED_TOGETHER_MAX]:
                if await self._taken(session, Place(self._key, mark.uid_validity, uid)):
                    done.append(uid)
                mark.last = uid
            await self._call(partial(session.move, done))
        mark.last = max(there, default=mark.last)

    async def _taken(self, session: Session, place: Place) -> bool:
        """Whether a message is in; False when it has gone meanwhile. Raises PutOffError."""
        found, refused = await self._found(session, place)
        if found is None:
            return False
        received_at = found.received_at or self._clock.now()
        if not await self._channel.receive_from(
            found.raw, received_at, place, self._address, found.size, refused
        ):
            raise PutOffError(f"{self._address} {place.uid}")
        if refused:
            # The next one is not waited for as if it were this one still.
            del self._refusals[place]
            self._failures = 0
        return True

    async def _found(self, session: Session, place: Place) -> tuple[Fetched | None, str]:
        """A message; once it was asked for in vain time and again, what there is of it, and the server's last words."""
        said = self._refusals.setdefault(place, [])
        if len(said) >= TRIES_MAX:
            return await self._call(lambda: session.fetch_head(place.uid)), said[-1]
        try:
            found = await self._call(lambda: session.fetch(place.uid))
        except Exception as error:
            said.append(str(error) or repr(error))
            raise
        del self._refusals[place]
        return found, ""

    async def _mark(self, connection: Connection, session: Session) -> _Mark:
        """Where to go on: where it was left; where it begins, for one that was never read or was renumbered."""
        row = await connection.fetchrow(_ROW, self._key)
        if row is not None and row["uid_validity"] == session.uid_validity:
            return _Mark(*row)
        since, anew = _EVER if self._imap.from_start else self._clock.now(), 0
        first = 1 if self._imap.from_start else session.uid_next
        if row is not None:
            log.warning("a mailbox was numbered anew, and is read again", mailbox=self._address)
            # Whoever moves mailboxes may number the new before the old.
            since, anew, first = row["since"], session.uid_next, 1
        await connection.execute(_BEGIN, self._key, session.uid_validity, first, since, anew)
        return _Mark(session.uid_validity, first, first - 1, since, anew)

    async def _call(self, blocking: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, blocking)


def _ours(session: Session, uids: list[int], mark: _Mark) -> list[int]:
    """Those of these messages that the desk is to take in: not old ones that got a new number."""
    renumbered = [uid for uid in uids if uid < mark.anew]
    old = set(renumbered) - set(session.received_since(renumbered, mark.since)) if renumbered else set()
    return [uid for uid in uids if uid not in old]
