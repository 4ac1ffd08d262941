"""DKIM: what the desk signs verifies, as others verify it, and nothing of it can be changed."""

import base64
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dkim
import pytest

from services.notifier.dkim import Signature
from services.notifier.settings import MailSettings
from tests.notifier.room import COMPOSER, DOMAIN, NOON
from tests.notifier.test_composing import DESK, asked

Dns = Callable[..., bytes]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def dns(key_file: Path) -> Dns:
    """What the desk's administrator publishes."""
    argv = ["openssl", "rsa", "-in", str(key_file), "-pubout", "-outform", "DER"]
    public = base64.b64encode(subprocess.run(argv, check=True, capture_output=True).stdout)

    def txt(name: bytes, timeout: float = 5) -> bytes:
        assert name == b"s2026._domainkey." + DOMAIN.encode() + b"."
        return b"v=DKIM1; k=rsa; p=" + public

    return txt


@pytest.fixture
def signed(key_file: Path) -> bytes:
    composer = replace(COMPOSER, signature=Signature.read("s2026", key_file))
    text = "Ação\n\n.\n..ponto no começo\n  \n" + "linha comprida " * 200
    facts = {**asked().facts, "text": text, "attachments": []}
    return composer.compose(asked("answered", facts=facts, automatic=False), DESK, NOON).content


def test_others_verify_it_with_the_published_key(signed: bytes, dns: Dns) -> None:
    assert signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=desk.example.com;")
    assert dkim.verify(signed, dnsfunc=dns)
    folded = signed.replace(b"Content-Language: pt-BR", b"content-language:  pt-BR  ")
    assert dkim.verify(folded, dnsfunc=dns), "servers on the way may change blanks"


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"Subject: ", b"Subject: x"),
        lambda mail: mail.replace(b"Reply-To: ", b"Reply-To: x"),
        lambda mail: mail.replace(b"References: <", b"References: <x"),
        lambda mail: mail.replace(b"\r\nFrom: ", b"\r\nFrom: Mallory <m@evil.example>\r\nFrom: "),
        lambda mail: mail + b"more\r\n",
        lambda mail: mail.replace(b"</html>", b"<b>x</b></html>"),
    ],
    ids=["subject", "reply-to", "references", "a second From", "appended", "body"],
)
def test_what_is_changed_on_the_way_does_not_verify(
    signed: bytes, dns: Dns, change: Callable[[bytes], bytes]
) -> None:
    changed = change(signed)
    assert changed != signed
    assert not dkim.verify(changed, dnsfunc=dns)


def test_a_key_is_read_at_the_start_or_refused(key_file: Path, tmp_path: Path) -> None:
    def settings(file: str, selector: str) -> MailSettings:
        return MailSettings(mail_out="maildir:///x", dkim_key_file=file, dkim_selector=selector)

    signature = settings(str(key_file), "s2026").signature()
    assert signature is not None
    assert "PRIVATE" not in repr(signature)
    assert settings("", "").signature() is None
    (tmp_path / "no.pem").write_text("nothing")
    for file, selector in (
        (str(key_file), ""),
        ("", "s"),
        (str(tmp_path / "no.pem"), "s"),
        (str(key_file), "a b"),
    ):
        with pytest.raises(ValueError, match="DKIM_"):
            settings(file, selector).signature()
    with pytest.raises(OSError, match="absent"):
        settings(str(tmp_path / "absent.pem"), "s").signature()
