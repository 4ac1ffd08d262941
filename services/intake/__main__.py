"""`python -m services.intake`: wiring."""

from pathlib import Path

from journal.blobs import Blobs
from journal.file_types import FileTypes
from journal.hearing import CHANNELS_SOURCE
from journal.log import log
from journal.service import Service, run
from journal.tokens import KeyRing
from journal.work import Journal
from services.intake import views
from services.intake.channels.addresses import OwnAddresses
from services.intake.channels.bus import BusChannel
from services.intake.channels.email import EmailChannel
from services.intake.channels.finding import Finding
from services.intake.channels.hearing import Hearing
from services.intake.channels.imap import MailboxReader, key_of
from services.intake.channels.inbound import Inbound
from services.intake.channels.ledger import MAIL_SQL, Ledger
from services.intake.channels.portal import Portal
from services.intake.channels.reading import Reader
from services.intake.channels.smtp import Listener
from services.intake.decider import INTAKE
from services.intake.mail.settings import MailSettings
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
    keys = KeyRing.of(settings.desk_secret)
    together = Together(reception)
    service.also(together.run)
    hearing = Hearing(service.followers["notifier"].catch_up_all, service.clock)
    await take_mail(service, together, Finding(service.pool, service.directory, keys, hearing), keys)


async def take_mail(service: Service, together: Together, finding: Finding, keys: KeyRing) -> None:
    """Every way in for mail: SMTP always, LMTP and mailboxes at other servers where they are named."""
    settings, host = MailSettings(), service.settings.service_host
    mailboxes = settings.read_mailboxes()
    await service.make_tables(MAIL_SQL)
    ledger = Ledger(service.pool, service.clock)
    service.also(ledger.run)
    service.also(ledger.watch)
    own = OwnAddresses(service.directory, keys, mailboxes)
    blobs = service.blobs or Blobs.at("file:.local/blobs")
    refused = FileTypes.of(settings.file_types_refused)
    if not settings.authserv_ids:
        log.warning("MAIL_AUTHSERV_ID is not set: analysts' answers by e-mail rest on the token alone")
    reader = Reader(finding, blobs, own, settings.authserv_ids, refused)
    channel = EmailChannel(together, reader, ledger, own, blobs, service.clock)
    bytes_max = settings.mail_bytes_max
    listener = Listener(
        channel, settings.certificate, tls_required=settings.smtp_tls_required, bytes_max=bytes_max
    )
    service.also(lambda: listener.serve(host, settings.smtp_port))
    if settings.lmtp_port:
        service.also(lambda: listener.serve(host, settings.lmtp_port, lmtp=True))
    read = [(mailbox, mailbox.imap) for mailbox in mailboxes if mailbox.imap]
    for mailbox, imap in read:
        url = service.settings.database_url
        service.also(MailboxReader(mailbox, imap, channel, service.clock, url, bytes_max).run)
    inbound = Inbound(service.pool, service.bus, [key_of(imap) for _, imap in read])
    service.hears[CHANNELS_SOURCE] = inbound.taken_in


if __name__ == "__main__":
    run("intake", build)
