"""The recorder tests that `eventsourcing` ships, against the journal on a real PostgreSQL."""

from collections.abc import Awaitable, Callable
from unittest import TestCase
from uuid import uuid4

import pytest
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from eventsourcing.tests import persistence as shipped

from journal.recorders import (
    JournalAggregateRecorder,
    JournalApplicationRecorder,
    JournalProcessRecorder,
    JournalTrackingRecorder,
)
from tests.servers.backing import Database, connected

Make = Callable[[str], Awaitable[Database]]


@pytest.fixture
async def db(database: Make) -> Database:
    return await database("lifecycle")


class OnJournal(TestCase):
    """Gives a shipped case a database of its own, and closes its recorders before that is dropped."""

    @pytest.fixture(autouse=True)
    def provide(self, db: Database) -> None:
        self.url = db.url


class TestAggregateRecorder(shipped.AggregateRecorderTestCase, OnJournal):
    def create_recorder(self) -> JournalAggregateRecorder:
        recorder = JournalAggregateRecorder(self.url)
        self.addCleanup(recorder.close)
        return recorder


class TestApplicationRecorder(shipped.ApplicationRecorderTestCase[JournalApplicationRecorder], OnJournal):
    def create_recorder(self) -> JournalApplicationRecorder:
        recorder = JournalApplicationRecorder(self.url)
        self.addCleanup(recorder.close)
        return recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(shipped.TrackingRecorderTestCase, OnJournal):
    def create_recorder(self) -> JournalTrackingRecorder:
        recorder = JournalTrackingRecorder(self.url)
        self.addCleanup(recorder.close)
        return recorder


class TestProcessRecorder(shipped.ProcessRecorderTestCase, OnJournal):
    def create_recorder(self) -> JournalProcessRecorder:
        recorder = JournalProcessRecorder(self.url)
        self.addCleanup(recorder.close)
        return recorder


class TestProcessRecorderAsApplicationRecorder(
    shipped.ApplicationRecorderTestCase[JournalProcessRecorder], OnJournal
):
    def create_recorder(self) -> JournalProcessRecorder:
        recorder = JournalProcessRecorder(self.url)
        self.addCleanup(recorder.close)
        return recorder


class TestNonInterleaving(shipped.NonInterleavingNotificationIDsBaseCase, OnJournal):
    """Two writers at once never interleave their positions: twelve races on one journal."""

    def create_recorder(self) -> JournalApplicationRecorder:
        return self.recorder

    def test(self) -> None:
        with JournalApplicationRecorder(self.url) as self.recorder:
            for race in range(1, 13):
                super().test()
                assert self.recorder.max_notification_id() == race * 2 * self.insert_num


def stored(version: int = 1) -> StoredEvent:
    return StoredEvent(uuid4(), version, "topic", b"{}")


def test_a_conflict_leaves_events_and_tracking_as_they_were(db: Database) -> None:
    with JournalProcessRecorder(db.url) as recorder:
        first = stored()
        recorder.insert_events([first], tracking=Tracking("upstream", 5))
        with pytest.raises(IntegrityError):
            recorder.insert_events([stored(), first], tracking=Tracking("upstream", 6))
        with pytest.raises(IntegrityError):
            recorder.insert_events([stored()], tracking=Tracking("upstream", 4))
        assert (recorder.max_tracking_id("upstream"), recorder.max_notification_id()) == (5, 1)


def test_streams_are_named_by_uuid(db: Database) -> None:
    with JournalAggregateRecorder(db.url) as recorder, pytest.raises(ProgrammingError):
        recorder.select_events("not-a-uuid")


def test_a_closed_recorder_says_so(db: Database) -> None:
    recorder = JournalAggregateRecorder(db.url)
    recorder._run(recorder._pool.close())
    with pytest.raises(InterfaceError):
        recorder.insert_events([stored()])
    recorder.close()


def test_a_subscription_ends_with_an_error_when_the_database_goes(
    db: Database, request: pytest.FixtureRequest
) -> None:
    with JournalApplicationRecorder(db.url) as recorder, recorder.subscribe() as subscription:
        recorder.insert_events([stored()])
        assert next(subscription).id == 1

        async def cut() -> None:
            async with connected(db.admin_url) as admin:
                await admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = $1 and pid <> pg_backend_pid()".replace("$1", f"'{db.name}'")
                )

        recorder._run(cut())
        with pytest.raises(OperationalError):
            next(subscription)
