"""The journal as `eventsourcing` knows recorders, so that the library's own tests run against it.

One partition stands for the application sequence: positions are notification ids, applied positions are
tracking records. Synchronous outside, as the library is: each recorder has an event loop in a thread.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Self, TypeVar
from uuid import UUID

import asyncpg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    DatabaseError,
    IntegrityError,
    InterfaceError,
    ListenNotifySubscription,
    Notification,
    OperationalError,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Tracking,
    TrackingRecorder,
)

from journal import store
from journal.entry import NewEntry
from journal.errors import Conflict
from journal.store import Pool

T = TypeVar("T")
_PARTITION = 0
_POOL_MAX = 4
_SELECT_EVENTS = (
    "select stream_id, version, topic, data from journal.entries where stream_id = $1 "
    "and ($2::integer is null or version > $2) and ($3::integer is null or version <= $3) "
    "order by version {} limit $4"
)
_SELECT_NOTIFICATIONS = (
    "select stream_id, version, topic, data, position from journal.entries where partition = $1 "
    "and position >= $2 and ($3::bigint is null or position <= $3) "
    "and (cardinality($4::text[]) = 0 or topic = any($4)) order by position limit $5"
)


class _Connected:
    """A pool on one service's database, reached from any thread; closed by its owner."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="recorder", daemon=True)
        self._thread.start()
        self._pool: Pool = self._run(self._open())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and end the thread."""
        self._run(self._pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> Pool:
        return await asyncpg.create_pool(self._url, min_size=1, max_size=_POOL_MAX)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns, run in the recorder's loop; its errors in the library's words."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except Conflict as error:
            raise IntegrityError(str(error)) from error
        except asyncpg.InterfaceError as error:
            raise InterfaceError(str(error)) from error
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
            raise OperationalError(str(error)) from error
        except asyncpg.PostgresError as error:
            raise DatabaseError(str(error)) from error


class JournalAggregateRecorder(_Connected, AggregateRecorder):
    """Streams of the journal as aggregate sequences."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append. Raises IntegrityError where a version is taken; nothing is written then."""
        self._run(self._append(_entries(stored_events), kwargs.get("tracking")))
        return None

    async def _append(self, entries: Sequence[NewEntry], tracking: Tracking | None) -> int:
        now = datetime.now(UTC)
        if tracking is None:
            return await store.append(self._pool, _PARTITION, entries, now)
        return await _tracked(
            self._pool,
            tracking,
            lambda source, span: store.append_applied(self._pool, source, span, _PARTITION, entries, now),
        )

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of a stream, those above version `gt` and up to `lte`."""
        query = _SELECT_EVENTS.format("desc" if desc else "asc")
        rows = self._run(self._pool.fetch(query, _stream_id(originator_id), gt, lte, limit))
        return [StoredEvent(*row) for row in rows]


class JournalApplicationRecorder(JournalAggregateRecorder, ApplicationRecorder):
    """The journal's partition as the application sequence."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append; the positions given. Raises IntegrityError as its parent."""
        last = self._run(self._append(_entries(stored_events), kwargs.get("tracking")))
        return list(range(last - len(stored_events) + 1, last + 1))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Entries from position `start` to `stop`, of these topics where any are named."""
        first = (start or 0) + (not inclusive_of_start)
        rows = self._run(
            self._pool.fetch(_SELECT_NOTIFICATIONS, _PARTITION, first, stop, list(topics), limit)
        )
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """The head's position, None before the first entry."""
        position, _ = self._run(store.heads(self._pool)).get(_PARTITION, (0, b""))
        return position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "JournalSubscription":
        """Entries above position `gt`, then new ones as they are appended."""
        return JournalSubscription(self, gt, topics)

    def listen(self, wake: Callable[[], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` on every append from now on, `lost` when the connection ends; returns what stops it."""

        async def start() -> "asyncpg.Connection[asyncpg.Record]":
            connection = await asyncpg.connect(self._url)
            connection.add_termination_listener(lambda _: lost())
            await connection.add_listener("journal", lambda *_: wake())
            return connection

        connection = self._run(start())
        return lambda: self._run(connection.close())


class JournalTrackingRecorder(_Connected, TrackingRecorder):
    """Applied positions as tracking records.

    The library lets tracking jump ahead and only forbids going back; the journal compares and sets. So
    the position is read, then set from what was read, again while others move it in between.
    """

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move a position forward. Raises IntegrityError where it is there or further already."""
        self._run(_tracked(self._pool, tracking, self._advance))

    async def _advance(self, source: tuple[str, int], span: tuple[int, int]) -> None:
        await store.advance(self._pool, source, span)

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far another application's sequence has been applied, None for not at all."""
        return self._run(store.applied(self._pool, (application_name, _PARTITION))) or None


class JournalProcessRecorder(JournalTrackingRecorder, JournalApplicationRecorder, ProcessRecorder):
    """Both: events, and the position they followed from, in one transaction."""


class JournalSubscription(ListenNotifySubscription[JournalApplicationRecorder]):
    """Follows a recorder's partition: woken by NOTIFY, while it is entered as a context."""

    _silence: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        if not self._has_been_stopped:
            self._silence = self._recorder.listen(self._has_been_notified.set, self._lost)
            # What was appended between the first look and now.
            self._has_been_notified.set()
        return self

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        silence, self._silence = self._silence, None
        if silence is not None:
            silence()
        super().__exit__(*args, **kwargs)

    def _lost(self) -> None:
        if self._silence is not None:
            self._thread_error = OperationalError("the database is gone")
            self.stop()


async def _tracked(
    pool: Pool, tracking: Tracking, move: Callable[[tuple[str, int], tuple[int, int]], Awaitable[T]]
) -> T:
    source, to = (tracking.application_name, _PARTITION), tracking.notification_id
    while True:
        applied = await store.applied(pool, source)
        if to <= applied:
            raise Conflict(f"{tracking} has been applied")
        try:
            return await move(source, (applied, to))
        except Conflict:
            if await store.applied(pool, source) == applied:
                raise


def _entries(stored_events: Sequence[StoredEvent]) -> list[NewEntry]:
    return [
        NewEntry(_stream_id(e.originator_id), e.originator_version, e.topic, e.state) for e in stored_events
    ]


def _stream_id(originator_id: UUID | str) -> UUID:
    if not isinstance(originator_id, UUID):
        raise ProgrammingError(f"a stream is named by a UUID, not {originator_id!r}")
    return originator_id
