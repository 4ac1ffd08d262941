"""Issue 2, section 6.1: every raw mail of others, through real SMTP, each ends in exactly one disposition."""

import asyncio
import time
from collections import Counter
from hashlib import sha256

import pytest

from contracts import intake as i
from tests.intake.door import ANA, gapless, kept, of_mails, on_the_wire, raw_of, recorded, session
from tests.intake.door import deliver as deliver_mail
from tests.intake.mail.corpus import raw_mails
from tests.running import RunningDesk

MAILS = raw_mails()
SESSIONS = 8


def letters() -> list[tuple[str, bytes]]:
    """(envelope sender, raw): every mail once as it is, once as if Ana had written it."""
    made = []
    for name, raw in MAILS:
        whole = raw
        if name.startswith("crisp/"):
            whole = b"From: quem@exemplo.example\r\nSubject: " + name.encode() + b"\r\n\r\n" + raw
        made.append(("quem@exemplo.example", whole))
        made.append((ANA, b"From: " + ANA.encode() + b"\r\nX-Case: " + name.encode() + b"\r\n" + whole))
    return made


@pytest.mark.skipif(not MAILS, reason="../shared/cases is not there")
async def test_every_mail_of_others_ends_in_exactly_one_disposition(desk: RunningDesk) -> None:
    before = Counter(map(raw_of, await recorded(desk)))
    sent = letters()
    waiting = iter(sent)
    codes: Counter[int] = Counter()

    async def one_session() -> None:
        async with session(desk.smtp_port) as client:
            for sender, raw in waiting:
                codes[await deliver_mail(client, raw, sender)] += 1

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(SESSIONS):
            tasks.create_task(one_session())
    took_s = time.perf_counter() - started
    assert codes == {250: len(sent)}

    events = await recorded(desk)
    assert len(events) - before.total() == len(sent), "messages in = dispositions"
    addresses = Counter(sha256(on_the_wire(raw)).hexdigest() for _, raw in sent)
    found = await of_mails(desk, [raw for _, raw in sent])
    disposed = Counter(map(raw_of, events)) - before
    assert {address: disposed[address] for address in disposed if address} == addresses
    for address, raw in {sha256(w := on_the_wire(raw)).hexdigest(): w for _, raw in sent}.items():
        assert kept(desk, address) == raw
    for event in (event for of_one in found.values() for event in of_one):
        for file in getattr(getattr(event, "delivered", None), "attachments", ()):
            assert len(kept(desk, file.sha256)) == file.size
    assert gapless(events)
    kinds = Counter(type(event).__name__ for of_one in found.values() for event in of_one)
    print(f"\n{len(sent)} mails, {len(sent) / took_s:,.0f}/s over {SESSIONS} sessions: {dict(kinds)}")
    opened = [e for of_one in found.values() for e in of_one if isinstance(e, i.TicketRegistered)]
    assert {event.requester for event in opened} == {"ana"}
    assert len(opened) > len(MAILS) / 2
    assert not [
        e for e in events if isinstance(e, i.SubmissionParked) and e.reason in ("unreadable", "invalid")
    ]
    assert all(raw_of(event) for of_one in found.values() for event in of_one)
