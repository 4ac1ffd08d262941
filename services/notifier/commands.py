"""What people ask of the notifier: to send something again, and how an e-mail will read."""

from dataclasses import dataclass
from typing import Any

from contracts.commands import Previewed, PreviewTemplate, RestoreAddress, RetryNotification
from contracts.envelope import Command, Request, partition_of
from journal import telemetry
from journal.directory import Directory
from journal.errors import Refused
from journal.work import Work
from services.notifier import views
from services.notifier.addresses import SUSPENDED, folded, stream_of
from services.notifier.compose import Composer
from services.notifier.decider import Notification
from services.notifier.previewing import preview
from services.notifier.wording import UnfitWordsError


@dataclass(frozen=True, slots=True)
class Answers:
    """What the answers take."""

    directory: Directory
    composer: Composer
    partitions: int

    async def handle(self, work: Work[Notification], command: Command, request: Request) -> dict[str, Any]:
        """The answer to one command.

        Raises:
            Refused: `unknown_command`, `unfit_words` with why, or what the decider refuses.
        """
        match command:
            case RetryNotification():
                return await self._retry(work, command, request)
            case RestoreAddress():
                return await self._restore(work, command, request)
            case PreviewTemplate():
                return self._preview(command)
        raise Refused("unknown_command")

    async def _retry(
        self, work: Work[Notification], command: RetryNotification, request: Request
    ) -> dict[str, Any]:
        stream = command.notification_id
        await work.load([stream])
        trace = telemetry.child(request.trace, "notifier RetryNotification")
        partition = partition_of(work.state(stream).ticket_id or stream, self.partitions)
        taken = await views.suspended(await work.connection(), [work.state(stream).recipient])
        facts = SUSPENDED if taken else None
        work.decide(stream, command, by=request.by, facts=facts, trace=trace, partition=partition)
        return {"notification_id": str(stream), "status": work.state(stream).status}

    async def _restore(
        self, work: Work[Notification], command: RestoreAddress, request: Request
    ) -> dict[str, Any]:
        stream = stream_of(command.address)
        await work.load([stream])
        work.decide(
            stream, command, by=request.by, trace=telemetry.child(request.trace, "notifier RestoreAddress")
        )
        return {"address": folded(command.address)}

    def _preview(self, command: PreviewTemplate) -> dict[str, Any]:
        desk = self.directory.desk
        try:
            written = preview(self.composer, desk, command.template, command.language, command.record)
        except UnfitWordsError as unfit:
            raise Refused("unfit_words", why=str(unfit)) from unfit
        return Previewed(subject=written.subject, text=written.text, html=written.html).model_dump()
