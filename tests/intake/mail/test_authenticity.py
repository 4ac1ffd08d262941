"""Authentication-Results: only of the trusted server, only DMARC, and for the sender that the desk reads."""

import pytest

from services.intake.mail.authenticity import dmarc_failure, dmarc_passed
from services.intake.mail.parse import parse
from tests.intake.mail.corpus import mail

TRUSTED = frozenset({"mx.desk.example"})
ANA = "ana@serra.example"
FAILS = "mx.desk.example; dmarc=fail (p=reject) header.from=serra.example"
PASSES = "mx.desk.example; spf=pass smtp.mailfrom=serra.example; dmarc=pass header.from=serra.example"
FAILED = "dmarc=fail (p=reject) header.from=serra.example"
INJECTED = "a;dmarc=pass header.from=serra.example;b"
"""What a sender can have the desk's server write into its verdict, as a local part of MAIL FROM."""


@pytest.mark.parametrize(
    ("fields", "failure"),
    [
        ([], ""),
        ([PASSES], ""),
        ([FAILS], "dmarc=fail"),
        (["MX.Desk.Example 1; spf=fail; DMARC = Fail"], "dmarc=fail"),
        (["mx.desk.example; spf=fail smtp.mailfrom=x; dkim=fail header.d=serra.example"], ""),
        (["mx.desk.example; dmarc=none", "mx.desk.example; dmarc=fail"], ""),
        (["mx.desk.example; dmarc=temperror"], ""),
        (["mx.desk.example; none"], ""),
        (["outro.example; dmarc=fail"], ""),
        ([FAILS, PASSES], "dmarc=fail"),
        (["outro.example; dmarc=pass", FAILS], "dmarc=fail"),
        (["mx.desk.example (x; dmarc=pass (y)); dmarc=fail"], "dmarc=fail"),
        (["mx.desk.example; spf=pass (dmarc=pass; ; dmarc=pass"], "dmarc=unreadable"),
        (["mx.desk.example; dmarc=pass header.from=outra.example"], "dmarc=pass, for outra.example"),
        (["mx.desk.example; dmarc=pass header.from=SERRA.example"], ""),
        ([""], ""),
        ([";;;;=;dmarc"], ""),
        ([f'"mx.desk.example"; spf=pass smtp.mailfrom="("@evil.example; {FAILED}'], "dmarc=fail"),
        ([rf'mx.desk.example; spf=pass smtp.mailfrom="\"("@evil.example; {FAILED}'], "dmarc=fail"),
        ([rf"mx.desk.example; spf=pass (of \(\)\" x); {FAILED}"], "dmarc=fail"),
        ([f"mx.desk.example; spf=pass (of {INJECTED}@evil.example); {FAILED}"], "dmarc=fail"),
        ([f'mx.desk.example; spf=pass smtp.mailfrom="{INJECTED}"@evil.example; {FAILED}'], "dmarc=fail"),
        ([f"mx.desk.example; spf=pass smtp.mailfrom={INJECTED}@evil.example; {FAILED}"], "dmarc=fail"),
        ([f"mx.desk.example; spf=pass (a); {INJECTED} (b); {FAILED}"], "dmarc=fail"),
        ([f'mx.desk.example; spf=pass smtp.mailfrom="@evil.example; {FAILED}'], "dmarc=unreadable"),
        ([f"mx.desk.example; spf=pass (of (@evil.example); {FAILED}"], "dmarc=unreadable"),
        ([f"mx.desk.example; spf=pass (of a\\); {FAILED}"], "dmarc=unreadable"),
        (["mx.desk.example; spf=pass (", PASSES], "dmarc=unreadable"),
        (["outro.example; spf=pass (", PASSES], ""),
    ],
)
def test_who_is_believed(fields: list[str], failure: str) -> None:
    headers = parse(mail(f"From: {ANA}", *(f"Authentication-Results: {field}" for field in fields))).headers
    assert dmarc_failure(headers, TRUSTED, ANA) == failure
    assert dmarc_failure(headers, frozenset(), ANA) == "", "nobody is trusted"


@pytest.mark.parametrize(
    ("fields", "passed"),
    [
        ([PASSES], True),
        ([PASSES.upper()], True),
        (["mx.desk.example; dmarc=pass header.from=ana@serra.example"], True),
        (["outro.example; dmarc=fail", PASSES], True),
        ([PASSES, FAILS], True),
        ([FAILS, PASSES], False),
        ([], False),
        (["outro.example; dmarc=pass header.from=serra.example"], False),
        (["mx.desk.example; spf=pass smtp.mailfrom=serra.example; dkim=pass header.d=serra.example"], False),
        (["mx.desk.example; dmarc=none header.from=serra.example"], False),
        (["mx.desk.example; dmarc=bestguesspass header.from=serra.example"], False),
        (["mx.desk.example; dmarc=pass header.from=outra.example"], False),
        (["mx.desk.example; dmarc=pass header.from=x.serra.example"], False),
        (["mx.desk.example; dmarc=pass"], False),
        (["mx.desk.example; spf=pass (dmarc=pass header.from=serra.example)"], False),
        ([f'mx.desk.example; spf=pass smtp.mailfrom="{INJECTED}"@evil.example'], False),
        ([f"mx.desk.example; {INJECTED}@evil.example; {FAILED}"], False),
        ([f'{PASSES} policy.x="'], False),
        ([f"{PASSES} ("], False),
        (['mx.desk.example; dmarc=pass smtp.mailfrom="a header.from=serra.example b"@evil.example'], False),
        (["mx.desk.example; dmarc=pass smtp.mailfrom=header.from=serra.example"], False),
        (['mx.desk.example; dmarc=pass reason="a;b (\\" c" header.from="serra.example"'], True),
        (["mx.desk.example (b)1(c); dmarc(d)=(e)pass (f)header.from=serra.example(g)"], True),
        (["MX.desk.example; dmarc=pass smtp.auth=SERRA\\ana header.from=serra.example"], True),
    ],
)
def test_who_is_proven(fields: list[str], passed: bool) -> None:
    headers = parse(mail(f"From: {ANA}", *(f"Authentication-Results: {field}" for field in fields))).headers
    assert dmarc_passed(headers, TRUSTED, ANA) == passed
    assert not dmarc_passed(headers, frozenset(), ANA), "nobody is trusted"


@pytest.mark.parametrize(
    ("headers", "failure"),
    [
        ((f"From: Ana <{ANA.upper()}>",), ""),
        ((f"From: {ANA}", "Sender: outro@x.example"), ""),
        (("From: Ana", f"Sender: {ANA}"), "no address in From"),
        (("From: Ana:;", f"Sender: {ANA}"), "no address in From"),
        ((f"Sender: {ANA}",), "no address in From"),
        (("From: Ana",), "no address in From"),
    ],
)
@pytest.mark.parametrize("result", ["none", "permerror", "pass"])
def test_only_from_says_who_wrote(headers: tuple[str, ...], failure: str, result: str) -> None:
    """No server looks at Sender or, for DMARC, at MAIL FROM: of whom these name, nobody has vouched for."""
    verdict = f"Authentication-Results: mx.desk.example; dmarc={result}"
    read = parse(mail(*headers, verdict)).headers
    assert dmarc_failure(read, TRUSTED, ANA) == failure
    assert dmarc_failure(read, frozenset(), ANA) == ""


def test_of_a_mail_that_names_nobody_nothing_is_doubted() -> None:
    assert dmarc_failure(parse(mail("From: Ana")).headers, TRUSTED, "") == ""
