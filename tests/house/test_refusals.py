"""Whatever a service refuses with, a person reads why and what to do next, in both languages.

The codes are found in the source: every `Refused("code", fact=...)` of the services and the journal.
"""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from contracts.intake import ParkReason

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "services" / "gateway" / "locale"
LANGUAGES = ("pt-BR", "en")
RAISING = {"Refused": ROOT, "Fault": ROOT / "services" / "directory"}
"""What is called with a code first, and where: a refusal, and what is wrong with a record, which becomes one."""
BY_VARIABLE = {
    "journal/parked.py": {"not_yet", "still_fails"},
    "services/intake/opening.py": set(get_args(ParkReason)) - {"unreadable", "invalid"},
}
"""Codes that are chosen before they are raised. Nobody asks for what is unreadable or invalid: that is mail."""
BY_REPLY = {"malformed", "unavailable", "not_allowed", "unknown_command"}
"""Codes that `journal/commands.py` and the gateway answer with, without raising."""

Sites = dict[str, list[tuple[str, set[str]]]]


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "journal").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if path.is_relative_to(RAISING.get(node.func.id, path / "nowhere")):
                yield path.relative_to(ROOT).as_posix(), node


def codes_of(node: ast.expr) -> set[str] | None:
    """The codes that the first argument may be; None where it is a variable."""
    match node:
        case ast.Constant(value=str(code)):
            return {code}
        case ast.IfExp(body=ast.Constant(value=str(one)), orelse=ast.Constant(value=str(other))):
            return {one, other}
    return None


def facts_of(node: ast.Call) -> set[str]:
    """The facts that go with a refusal: keywords, or for a `Fault` the keys of its mapping, else any."""
    names = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
    given = [keyword.value for keyword in node.keywords if keyword.arg == "facts"] + node.args[2:3]
    for each in given:
        if not isinstance(each, ast.Dict):
            return {"*"}
        names |= {str(key.value) for key in each.keys if isinstance(key, ast.Constant)}
    return names


@pytest.fixture(scope="module")
def sites() -> Sites:
    """Every code, with where it is raised and with which facts."""
    found: Sites = defaultdict(list)
    for where, call in calls():
        for code in (codes_of(call.args[0]) if call.args else None) or ():
            found[code].append((where, facts_of(call)))
    return found


@pytest.fixture(scope="module")
def locales() -> dict[str, dict[str, str]]:
    return {name: json.loads((LOCALES / f"{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}


def test_codes_are_written_out_or_listed_here() -> None:
    variable = {where for where, call in calls() if call.args and codes_of(call.args[0]) is None}
    assert variable == set(BY_VARIABLE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language: str, sites: Sites, locales: dict[str, dict[str, str]]) -> None:
    codes = sites.keys() | set().union(*BY_VARIABLE.values()) | BY_REPLY
    assert {code for code in codes if not locales[language].get(f"refused.{code}")} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_only_facts_that_come_with_its_code(
    language: str, sites: Sites, locales: dict[str, dict[str, str]]
) -> None:
    missing = []
    for code, raised in sites.items():
        sentence = locales[language].get(f"refused.{code}", "")
        named = {field for _, field, _, _ in Formatter().parse(sentence) if field}
        missing += [
            (code, where, named - facts - {"code"})
            for where, facts in raised
            if "*" not in facts and named - facts - {"code"}
        ]
    assert missing == []


def test_both_languages_have_the_same_sentences(locales: dict[str, dict[str, str]]) -> None:
    told = {name: {code for code in locales[name] if code.startswith("refused.")} for name in LANGUAGES}
    assert told["pt-BR"] == told["en"]
