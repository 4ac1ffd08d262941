"""`python -m services.intake`: wiring."""

import os
from pathlib import Path

from journal.blobs import Blobs
from journal.service import Service, run
from journal.tokens import KeyRing
from journal.work import Journal
from services.intake import views
from services.intake.channels.bus import BusChannel
from services.intake.channels.email import EmailChannel
from services.intake.channels.finding import Finding
from services.intake.channels.portal import Portal
from services.intake.channels.smtp import Listener
from services.intake.decider import INTAKE
from services.intake.reception import Reception
from services.intake.submission import Submission
from services.intake.together import Together

SUBMISSIONS_CACHED_MAX = 1_000
"""A submission is looked at once or twice, and holds what was said: few are kept."""


async def build(service: Service) -> None:
    """Take in from every channel; follow who lives, what was sent, and the directory."""
    settings = service.settings
    await service.make_tables(Path(__file__).with_name("views.sql"))
    journal: Journal[Submission] = Journal(
        service.pool,
        INTAKE,
        service.clock,
        settings.partitions,
        views.project,
        cached_max=SUBMISSIONS_CACHED_MAX,
    )
    service.relay_journal(settings.partitions)
    await service.follow_directory(journal)
    reception = Reception(journal, service.directory)
    service.follow("lifecycle", journal, reception.on_lifecycle, views.OF_LIFECYCLE)
    service.follow("notifier", journal, views.on_notifier, views.OF_NOTIFIER)
    service.answer(journal, Portal(reception, service.directory).handle)
    channels = BusChannel(service.bus, service.pool, reception, service.directory, service.clock)
    service.also(channels.run)
    service.also(channels.tidy)
    blobs = service.blobs or Blobs.at("file:.local/blobs")
    keys = KeyRing.of(settings.desk_secret)
    together = Together(reception)
    service.also(together.run)
    finding = Finding(service.pool, service.directory, keys)
    mail = Listener(EmailChannel(together, finding, service.directory, blobs, service.clock, keys))
    port = int(os.environ.get("SMTP_PORT", "2525"))
    service.also(lambda: mail.serve(settings.service_host, port))


if __name__ == "__main__":
    run("intake", build)
