"""Authentication-Results: only of the trusted server, only DMARC, and for the sender that the desk reads."""

import pytest

from services.intake.mail.authenticity import dmarc_failure, dmarc_passed
from services.intake.mail.parse import parse
from tests.intake.mail.corpus import mail

TRUSTED = frozenset({"mx.desk.example"})
ANA = "ana@serra.example"
FAILS = "mx.desk.example; dmarc=fail (p=reject) header.from=serra.example"
PASSES = "mx.desk.example; spf=pass smtp.mailfrom=serra.example; dmarc=pass header.from=serra.example"


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
        (["mx.desk.example; spf=pass (dmarc=pass; ; dmarc=pass"], ""),
        (["mx.desk.example; dmarc=pass header.from=outra.example"], "dmarc=pass, for outra.example"),
        (["mx.desk.example; dmarc=pass header.from=SERRA.example"], ""),
        ([""], ""),
        ([";;;;=;dmarc"], ""),
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
    ],
)
def test_who_is_proven(fields: list[str], passed: bool) -> None:
    headers = parse(mail(f"From: {ANA}", *(f"Authentication-Results: {field}" for field in fields))).headers
    assert dmarc_passed(headers, TRUSTED, ANA) == passed
    assert not dmarc_passed(headers, frozenset(), ANA), "nobody is trusted"
