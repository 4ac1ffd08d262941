"""What the README tells a newcomer to run does what it says."""

import asyncio
import re
import sys

from deploy.provision import ROOT
from tests.running import running_desk
from tests.servers.backing import connected
from tests.small_desk import RECORDS

README = ROOT / "README.md"
_HEREDOC = re.compile(r"python3 - <<'PY'\n(.*?)\nPY\n", re.DOTALL)


async def test_the_mail_of_the_readme_becomes_a_ticket_and_is_acknowledged() -> None:
    (program,) = _HEREDOC.findall(README.read_text())
    address = re.findall(r"<(\S+@\S+)>", program)[0]
    desk_address = re.findall(r'"To"\] = "(\S+)"', program)[0]
    async with running_desk(records=_with(address, desk_address)) as desk:
        here = program.replace("2525", str(desk.smtp_port))
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", here)
        assert await process.wait() == 0
        async with connected(desk.admin_url("gateway")) as gateway, asyncio.timeout(60):
            while await gateway.fetchval("select subject from views.tickets") != "Nota fiscal não sai":
                await asyncio.sleep(0.05)
            while not (mails := list(desk.maildir.rglob("new/*"))):
                await asyncio.sleep(0.05)
        assert address in str(mails[0])


def test_every_file_that_the_readme_names_is_there() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", README.read_text())
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_make_target_that_the_readme_names_is_there() -> None:
    targets = set(re.findall(r"`make (\w+)", README.read_text()))
    rules = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets
    assert targets <= rules


def _with(contact: str, desk: str) -> list[tuple[str, str, dict[str, object]]]:
    """The small directory, with the addresses that the README names."""
    changes: dict[str, dict[str, object]] = {"contact": {"addresses": [contact]}, "desk": {"address": desk}}
    return [(kind, key, {**record, **changes.get(kind, {})}) for kind, key, record in RECORDS]
