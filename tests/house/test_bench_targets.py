"""Every figure with a target is measured by a bench, and has a row in the table of bench/README.md."""

import re

from bench.__main__ import TARGETS
from deploy.provision import ROOT

BENCH = ROOT / "bench"


def test_every_target_has_a_row_with_its_number() -> None:
    table = (BENCH / "README.md").read_text().partition("## As measured")[0]
    wanted: dict[str, str] = {}
    for line in table.splitlines():
        if line.startswith("| `"):
            keys, _, numbers = line.strip("| ").split(" | ")
            wanted |= zip(re.findall(r"`(\w+)`", keys), numbers.split(", "), strict=False)
    said = {key: f"{sign} {number:,g}" for key, (sign, number) in TARGETS.items()}
    assert {key: wanted.get(key) for key in said} == said


def test_every_target_is_measured_by_a_bench() -> None:
    benches = [each for each in BENCH.glob("*.py") if each.name != "__main__.py"]
    text = "\n".join(each.read_text() for each in benches)
    assert [key for key in TARGETS if f'"{key}": ' not in text and f'("{key}", ' not in text] == []
