"""Addresses in MAIL and RCPT: read fast where they are plain, and never differently."""

from aiosmtpd.smtp import SMTP
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.channels.smtp import DeskSMTP

PIECES = [*"<>@.,:;() \t\"\\[]-+='", "ana", "A1", "é", "desk.example", "SIZE=1", "BODY=8BITMIME"]
ADDRESSES = st.emails()


@given(
    st.one_of(
        st.lists(st.sampled_from(PIECES)).map("".join),
        ADDRESSES.map("<{}>".format),
        ADDRESSES.map("<{}> size=20480 BODY=8BITMIME".format),
        ADDRESSES.map("{} SIZE=1".format),
    )
)
@example("<ana.prado@serra.example.com>")
@example("<ana.prado@serra.example.com>  SMTPUTF8")
@example("<ana..prado@serra.example.com>")
@example("<ana@[127.0.0.1]>")
@example("<>")
def test_addresses_are_read_as_the_library_reads_them(said: str) -> None:
    session = DeskSMTP.__new__(DeskSMTP)
    assert session._getaddr(said) == by_the_library(session, said)


def by_the_library(session: SMTP, said: str) -> tuple[str | None, str | None]:
    """What it reads; where it stumbles, nothing."""
    try:
        return SMTP._getaddr(session, said)
    except IndexError:
        return None, None
