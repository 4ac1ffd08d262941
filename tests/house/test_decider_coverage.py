"""Every branch of every rule is run by the specifications of its service.

Which modules hold rules is read from the imports: a service's `decider.py`, and what it imports of that service.
To add a service, name its specifications in `SPECIFIED`.
"""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPECIFIED: dict[str, tuple[str, ...]] = {
    "intake": (
        "test_decider.py",
        "test_importing.py",
        "test_joining.py",
    ),
    "directory": (
        "test_cnpj.py",
        "test_contacts.py",
        "test_decider.py",
        "test_records.py",
        "test_references.py",
        "test_soundness.py",
    ),
    "lifecycle": (
        "test_access.py",
        "test_answered_late.py",
        "test_answering_by_mail.py",
        "test_arriving.py",
        "test_assigning.py",
        "test_closing.py",
        "test_contact.py",
        "test_contesting.py",
        "test_holding.py",
        "test_importing.py",
        "test_joining.py",
        "test_projects.py",
        "test_reclassifying.py",
        "test_rules_of_areas.py",
        "test_saying.py",
        "test_statuses.py",
        "test_undoing.py",
    ),
    "notifier": (
        "test_addresses.py",
        "test_caps.py",
        "test_deciding.py",
        "test_noticing.py",
    ),
    "sla": (
        "test_alerts.py",
        "test_answered_late.py",
        "test_clocks.py",
        "test_counting.py",
        "test_dismissing.py",
        "test_importing.py",
        "test_questions.py",
        "test_rebase_effects.py",
        "test_rebasing.py",
        "test_rules.py",
        "test_undoing.py",
        "test_unreachable.py",
        "test_waiting.py",
    ),
}
"""By service, the given/when/then specifications of its rules, in tests/<service>; none of them needs a server."""


def rules_of(service: str) -> set[str]:
    """The files of a service that its decider imports, however indirectly, and the decider itself."""
    package = f"services.{service}"
    wanted, found = [f"{package}.decider"], set[str]()
    while wanted:
        module = wanted.pop()
        path = ROOT / Path(*module.split(".")).with_suffix(".py")
        if path.name == f"{service}.py" or module in found or not path.exists():
            continue
        found.add(module)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
                wanted += [f"{node.module}", *(f"{node.module}.{name.name}" for name in node.names)]
    return {f"{module.replace('.', '/')}.py" for module in found}


def uncovered(service: str, folder: Path) -> dict[str, str]:
    """What the specifications of a service leave out of its rules, by file: lines, and branches as `from→to`."""
    rules, data, told = rules_of(service), folder / "coverage", folder / "coverage.json"
    specs = [f"tests/{service}/{name}" for name in SPECIFIED[service]]
    coverage = [sys.executable, "-m", "coverage"]
    pytest_run = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *specs,
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    run = subprocess.run(
        [*coverage, "run", "--branch", f"--data-file={data}", f"--include={','.join(rules)}", *pytest_run],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    subprocess.run(
        [*coverage, "json", "-q", f"--data-file={data}", "-o", told], cwd=ROOT, env=environment, check=True
    )
    files = json.loads(told.read_text(encoding="utf-8"))["files"]
    assert {Path(name).as_posix() for name in files} == rules
    missing = {}
    for name, file in files.items():
        branches = [f"{start}→{end}" for start, end in file["missing_branches"]]
        lines = [str(line) for line in file["missing_lines"]]
        if lines or branches:
            missing[name] = " ".join(lines + branches)
    return missing


@pytest.mark.parametrize("service", SPECIFIED)
def test_every_branch_of_every_rule_is_run(service: str, tmp_path: Path) -> None:
    assert uncovered(service, tmp_path) == {}


def test_the_rules_of_lifecycle_are_found_by_their_imports() -> None:
    assert {"decider", "ending", "planning", "project", "ticket", "facts"} <= {
        Path(name).stem for name in rules_of("lifecycle")
    }
    assert "services/lifecycle/loads.py" not in rules_of("lifecycle")
