"""E-mail in: one message from its bytes to its disposition, whatever the bytes and whatever brought it."""

from dataclasses import replace
from datetime import datetime

from journal import telemetry
from journal.blobs import Blobs
from journal.clock import Clock
from journal.log import log
from services.intake.channels.addresses import OwnAddresses
from services.intake.channels.ledger import AlreadyReadError, Ledger
from services.intake.channels.reading import Carried, Reader
from services.intake.mail.entered import Entered, Place
from services.intake.metrics import DISPOSITIONS, MESSAGES, PUT_OFF
from services.intake.reception import Outcome, passes
from services.intake.submission import Arrival, Submission
from services.intake.together import Together


class EmailChannel:
    """The desk's mail: every message that comes in ends in exactly one disposition, or is not accepted."""

    def __init__(
        self,
        together: Together,
        reader: Reader,
        ledger: Ledger,
        own: OwnAddresses,
        blobs: Blobs,
        clock: Clock,
    ) -> None:
        self._together = together
        self._reader = reader
        self._ledger = ledger
        self._blobs = blobs
        self._clock = clock
        self.own = own

    async def receive(self, raw: bytes, mail_from: str, rcpt_to: tuple[str, ...]) -> bool:
        """Whether a message is safe here, disposition and all; otherwise its sender must keep it."""
        recipients = tuple(map(_storable, rcpt_to))
        return await self._received(raw, self._clock.now(), _storable(mail_from), recipients)

    async def receive_from(
        self,
        raw: bytes,
        received_at: datetime,
        place: Place,
        mailbox: str,
        size: int = 0,
        refused: str = "",
    ) -> bool:
        """The same of a message in a mailbox, which its server received then; `size` or `refused` where `raw` is not all of it."""
        at = min(received_at, self._clock.now())
        return await self._received(
            raw, at, None, (), mailbox=mailbox, place=place, size=size, refused=refused
        )

    async def _received(
        self,
        raw: bytes,
        received_at: datetime,
        mail_from: str | None,
        rcpt_to: tuple[str, ...],
        *,
        mailbox: str = "",
        place: Place | None = None,
        size: int = 0,
        refused: str = "",
    ) -> bool:
        MESSAGES.labels("email").inc()
        outcome: Outcome
        entered: Entered | None = None
        try:
            main = self.own.mailbox_of(rcpt_to)
            mailbox = mailbox or main
            with self._together.coming():
                address = await self._blobs.put(raw)
                entered = await self._ledger.enter(mailbox, received_at, address, place)
            mail = Carried(raw, address, mailbox, received_at, mail_from, rcpt_to, place, size, refused)
            outcome = await self._disposed(mail, entered)
        except Exception as error:  # noqa: BLE001 - the sender's server keeps what we could not
            outcome = error
        if isinstance(outcome, Submission):
            DISPOSITIONS.labels("email", outcome.disposition).inc()
            return True
        PUT_OFF.labels("email").inc()
        log.warning("mail not kept", error=type(outcome).__name__)
        if entered:
            await self._ledger.put_off(entered)
        return False

    async def _disposed(self, mail: Carried, entered: Entered) -> Outcome:
        trace = telemetry.child(telemetry.start(), "channel email")
        forms: list[Arrival] = []
        try:
            with self._together.coming():
                arrival = replace(await self._reader.arrival(mail), entered=entered)
        except Exception as error:
            if passes(error):
                raise
            log.error("a mail cannot be read", raw=mail.address, error=type(error).__name__)
            failure = error
        else:
            outcome = await self._together.take_in(arrival, trace)
            if isinstance(outcome, Submission | AlreadyReadError) or passes(outcome):
                return outcome
            log.error("a mail cannot be decided on", raw=mail.address, error=type(outcome).__name__)
            failure, forms = outcome, [arrival]
        shell = replace(self._reader.shell(mail), entered=entered)
        return await self._together.reception.park(failure, trace, *forms, shell)


def _storable(address: str) -> str:
    """An address as SMTP gave it: bytes that are no UTF-8 came through as lone surrogates."""
    return address.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
