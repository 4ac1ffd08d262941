"""The sending loop: takes what is due, sends it outside of any transaction, records what came of it.

At least once: should the process end between the server's acceptance and the record, the same e-mail goes
out again with the same Message-ID, by which mail programs and servers know a copy.
"""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

from contracts import notifier as n
from contracts.directory import Desk
from contracts.envelope import Event, partition_of
from journal import telemetry
from journal.errors import Conflict, NotYet
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.work import Journal, Work
from services.notifier import due, views
from services.notifier.addresses import SUSPENDED, Bounced, folded
from services.notifier.compose import Composer
from services.notifier.decider import Accepted, Deferred, Notification, Outcome, Rejected
from services.notifier.due import Job
from services.notifier.mail import RefusedForGood, Transport, TryLater, Unreachable
from services.notifier.mailroom import Mailroom
from services.notifier.metrics import ABANDONED, DEFERRED, SENT
from services.notifier.own_words import OwnWords

LEASE_S = 120.0
"""How long a sender has for what it took, in real seconds, unless told otherwise; then the rows are due again."""
BATCH_PART = 1 / 3
"""After this part of the lease no further mail is begun: with the last one's own limit it stays within it."""
TAKEN_MAX = 50
IDLE_S = 0.2
UNREACHABLE_S = 5.0
"""A pause for a server that takes nothing; those not tried stay due, without an attempt to their name."""


class Outbox:
    """Sends what is due, over as many connections at once as there are transports."""

    def __init__(
        self,
        journal: Journal[Notification],
        mailroom: Mailroom,
        composer: Composer,
        transports: Sequence[Transport],
        *,
        mails_per_s: float = 200.0,
        lease_s: float = LEASE_S,
        speed: float = 1.0,
    ) -> None:
        self._journal = journal
        self._mailroom = mailroom
        self._own_words = OwnWords(mailroom.directory)
        self._composer = composer
        self._transports = transports
        self._mails_per_s = mails_per_s
        self._batch_s = lease_s * BATCH_PART
        self._lease = timedelta(seconds=lease_s * speed)

    async def run(self) -> None:
        """Send until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                try:
                    tried, reachable = await self.send_due()
                except (*INFRASTRUCTURE, Conflict, NotYet) as error:
                    log.warning("outbox waits", error=repr(error))
                    await asyncio.sleep(1)
                    continue
                if not reachable:
                    await asyncio.sleep(UNREACHABLE_S)
                elif not tried:
                    await asyncio.sleep(IDLE_S)
                else:
                    await asyncio.sleep(max(0.0, tried / self._mails_per_s - (loop.time() - began)))
        finally:
            await asyncio.gather(*(transport.close() for transport in self._transports))

    async def send_due(self) -> tuple[int, bool]:
        """Take, send and record one batch: how many were tried, and whether the other side takes mail at all."""
        desk = self._mailroom.directory.desk
        jobs = await self._take()
        if not jobs:
            return 0, True
        self._own_words.refresh()
        suspended = await views.suspended(self._journal.pool, [job.asked.recipient for job in jobs])
        held = [job for job in jobs if folded(job.asked.recipient) in suspended]
        outcomes: list[tuple[Job, Outcome]] = [
            (job, Rejected(job.asked.notification_id, SUSPENDED)) for job in held
        ]
        waiting = [job for job in reversed(jobs) if job not in held]
        ends_at = asyncio.get_running_loop().time() + self._batch_s
        try:
            reachable = await asyncio.gather(
                *(self._send(transport, desk, waiting, outcomes, ends_at) for transport in self._transports)
            )
        finally:
            # When the service stops, too: what was accepted must not go out again.
            if outcomes:
                await self._record(outcomes)
            if waiting:
                # Those that there was no time, or no server, for.
                given_back = [job.asked.notification_id for job in waiting]
                await due.release(self._journal.pool, given_back, self._journal.clock.now())
        return len(outcomes), all(reachable)

    async def _take(self) -> list[Job]:
        now = self._journal.clock.now()
        return await due.take(self._journal.pool, now, now + self._lease, TAKEN_MAX)

    async def _send(
        self,
        transport: Transport,
        desk: Desk,
        waiting: list[Job],
        outcomes: list[tuple[Job, Outcome]],
        ends_at: float,
    ) -> bool:
        """Send from the pile over one connection, until it is empty; False when nothing can be sent at all."""
        while waiting and asyncio.get_running_loop().time() < ends_at:
            job = waiting.pop()
            outcome, reachable = await self._attempt(transport, desk, job)
            outcomes.append((job, outcome))
            if not reachable:
                return False
        return True

    async def _attempt(self, transport: Transport, desk: Desk, job: Job) -> tuple[Outcome, bool]:
        notification_id = job.asked.notification_id
        try:
            asked = job.asked
            own = self._own_words.of(asked.template, asked.language)
            mail = self._composer.compose(asked, desk, self._journal.clock.now(), own)
            return Accepted(notification_id, await transport.deliver(mail), job.unsettled), True
        except RefusedForGood as refusal:
            return Rejected(notification_id, str(refusal), refusal.gone), True
        except ValueError as refusal:
            return Rejected(notification_id, str(refusal)), True
        except TryLater as trouble:
            deferred = Deferred(notification_id, str(trouble), random.random())  # noqa: S311 - jitter
            return deferred, not isinstance(trouble, Unreachable)
        except Exception as error:  # noqa: BLE001 - one mail's fault, of any kind, must not be that of others
            log.exception("cannot be sent", notification_id=str(notification_id), error=repr(error))
            return Deferred(notification_id, f"fault: {type(error).__name__}", random.random()), True  # noqa: S311

    async def _record(self, outcomes: Sequence[tuple[Job, Outcome]]) -> None:
        """Record the results of a batch in one transaction, however long that takes: they have happened."""
        while True:
            try:
                await self._record_once(outcomes)
            except Conflict:
                # Another sender had the row after our lease; what it recorded stands.
                continue
            except INFRASTRUCTURE as error:
                log.warning("cannot record", error=repr(error))
                await asyncio.sleep(1)
            else:
                return

    async def _record_once(self, outcomes: Sequence[tuple[Job, Outcome]]) -> None:
        async with self._journal.work() as work:
            await work.load(job.asked.notification_id for job, _ in outcomes)
            decided: list[tuple[Event, str]] = []
            for job, outcome in outcomes:
                stream = job.asked.notification_id
                events = work.decide(
                    stream,
                    outcome,
                    trace=telemetry.child(job.trace, f"notifier {type(outcome).__name__}"),
                    partition=partition_of(job.asked.ticket_id or stream, self._journal.partitions),
                )
                decided += [(event, job.asked.template) for event in events]
                if events and isinstance(outcome, Rejected) and outcome.gone:
                    await self._bounce(work, job, outcome.gone)
            await work.commit()
        for event, template in decided:
            _count(event, template)

    async def _bounce(self, work: Work[Notification], job: Job, status: str) -> None:
        """A hand-over that was refused since there is no such address is worth a delivery report."""
        asked = job.asked
        partition = partition_of(asked.ticket_id or asked.notification_id, self._journal.partitions)
        bounced = Bounced(asked.recipient, asked.notification_id, asked.ticket_id, status, work.now)
        await self._mailroom.bounce(work, [(bounced, job.trace)], partition)


def _count(event: Event, template: str) -> None:
    match event:
        case n.NotificationSent():
            SENT.labels(template).inc()
        case n.NotificationFailed():
            DEFERRED.inc()
        case n.NotificationAbandoned():
            ABANDONED.inc()
            log.error("given up", notification_id=str(event.notification_id), attempt=event.attempt)
