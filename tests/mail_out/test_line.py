"""The line to the mail server: TLS and logins against a real server, and never a password in the open."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notifier.mail import Mail, TryLater, Unreachable
from services.notifier.smtp import MailServer, SmtpTransport
from tests.intake.certificate import make_certificate
from tests.notifier.room import ticket
from tests.notifier.sink import Sink, sink

LOGIN, IN_URL = ("desk", "s3cret:/@"), "desk:s3cret%3A%2F%40"
MAIL = Mail(ticket("n"), "b@desk.example.com", "ana@x.example", b"Subject: x\r\n\r\nHello\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
async def server(tls: ssl.SSLContext) -> AsyncIterator[Sink]:
    async with sink(LOGIN, tls) as made:
        yield made


def to(port: int, login: str = IN_URL, scheme: str = "smtp", **asked: object) -> SmtpTransport:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return SmtpTransport(MailServer.parse(f"{scheme}://{login}@127.0.0.1:{port}?{query}"))


async def test_a_login_goes_over_starttls_and_the_line_is_kept(
    server: Sink, certificate: tuple[Path, Path]
) -> None:
    transport = to(server.port, ca=certificate[0])
    for _ in range(3):
        assert (await transport.deliver(MAIL)).startswith("OK queued")
    await transport.close()
    assert (server.encrypted, len(server.sessions)) == ([True] * 3, 1)


async def test_a_line_that_is_tls_from_the_start(tls: ssl.SSLContext, certificate: tuple[Path, Path]) -> None:
    async with sink(LOGIN, tls, implicit=True) as server:
        transport = to(server.port, scheme="smtps", ca=certificate[0])
        await transport.deliver(MAIL)
        await transport.close()
        assert len(server.taken) == 1


async def test_a_wrong_password_holds_all_mail_and_is_told_to_nobody(
    server: Sink, certificate: tuple[Path, Path]
) -> None:
    with pytest.raises(Unreachable, match="535") as refused:
        await to(server.port, "desk:wr0ng-pass", ca=certificate[0]).deliver(MAIL)
    assert "wr0ng-pass" not in str(refused.value)
    assert "s3cret" not in repr(MailServer.parse(f"smtps://{IN_URL}@x"))
    assert server.taken == []


async def test_a_server_that_cannot_prove_who_it_is_gets_neither_password_nor_mail(server: Sink) -> None:
    with pytest.raises(TryLater, match=r"(?i)certificate"):
        await to(server.port).deliver(MAIL)
    assert server.attempts == 0


async def test_a_server_that_offers_no_tls_gets_no_password() -> None:
    async with sink(LOGIN) as server:
        with pytest.raises(TryLater, match="STARTTLS"):
            await to(server.port).deliver(MAIL)
        assert server.attempts == 0


@pytest.mark.parametrize("asked", ["starttls=auto", "starttls=never"])
@pytest.mark.parametrize("login", ["desk:secret", "desk"])
def test_a_password_on_an_open_line_is_refused_at_the_start(login: str, asked: str) -> None:
    with pytest.raises(ValueError, match="open line"):
        MailServer.parse(f"smtp://{login}@mail.example?{asked}")


async def test_without_a_login_tls_is_used_where_it_is_offered(
    tls: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    async with sink(tls=tls) as offers, sink() as plain:
        for server in (offers, plain):
            url = f"smtp://127.0.0.1:{server.port}?ca={certificate[0]}"
            transport = SmtpTransport(MailServer.parse(url))
            await transport.deliver(MAIL)
            await transport.close()
        assert (offers.encrypted, plain.encrypted) == ([True], [False])
