"""`python -m services.notifier`: wiring."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from journal.service import Service, run
from journal.tokens import KeyRing
from journal.work import Journal
from services.notifier.commands import Answers
from services.notifier.compose import Composer
from services.notifier.decider import NOTIFIER, Notification
from services.notifier.due import project
from services.notifier.mailroom import Mailroom
from services.notifier.outbox import Outbox
from services.notifier.settings import MailSettings
from services.notifier.subscribers import (
    OF_INTAKE,
    OF_LIFECYCLE,
    OF_SLA,
    on_intake,
    on_lifecycle,
    on_sla,
)
from services.notifier.wording import Words

CACHED_MAX = 2_000
"""A notification is decided on twice within seconds, then never again: few are worth keeping."""


async def build(service: Service) -> None:
    """Follow lifecycle, sla, intake and the directory; send e-mail; answer commands about notifications."""
    settings, mail = service.settings, MailSettings()  # from the environment
    keys = KeyRing.of(settings.desk_secret)
    journal: Journal[Notification] = Journal(
        service.pool, NOTIFIER, service.clock, settings.partitions, project, cached_max=CACHED_MAX
    )
    await service.make_tables(Path(__file__).with_name("views.sql"))
    service.relay_journal(settings.partitions)
    bundle = timedelta(seconds=mail.bundle_s)
    mailroom = Mailroom(service.directory, keys, mail.caps(), bundle, mail.patience())
    service.follow("lifecycle", journal, partial(on_lifecycle, mailroom=mailroom), OF_LIFECYCLE)
    service.follow("sla", journal, partial(on_sla, mailroom=mailroom), OF_SLA)
    service.follow("intake", journal, partial(on_intake, mailroom=mailroom), OF_INTAKE)
    await service.follow_directory(journal)

    composer = Composer(Words(), keys, settings.portal_url, mail.signature())
    service.answer(journal, Answers(service.directory, composer, settings.partitions).handle)
    outbox = Outbox(
        journal,
        mailroom,
        composer,
        mail.transports(),
        mails_per_s=mail.mail_per_s,
        lease_s=mail.mail_lease_s,
        speed=service.clock.speed,
    )
    if mail.mail_connections:
        service.also(outbox.run)


if __name__ == "__main__":
    run("notifier", build)
