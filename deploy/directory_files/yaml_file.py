"""YAML: kinds, in them keys, in them records; each error and each field with its line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from contracts.directory import KINDS, Kind
from deploy.directory_files.closed import with_holidays
from deploy.directory_files.found import Found, Unreadable, Wrong

FIELDS_MAX = 100_000
"""Fields of one record, each as often as it is named. Source: judgement; the largest record has some 4,000."""


class _Loader(yaml.SafeLoader):
    """Scalars as YAML 1.2 has them: `13:00` is no number of 780, `no` no false, `2026-01-01` as it is written.

    Nothing is read that JSON has no word for.
    """

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, str):
                value.encode()
        except (ValueError, KeyError) as error:
            raise _unfit(f"no value of {node.tag.rpartition(':')[2]}", node) from error
        return value


_JSON = ("null", "bool", "int", "float", "str", "seq", "map")
_Loader.yaml_constructors = {
    tag: yaml.SafeLoader.yaml_constructors[tag]
    for tag in (*(f"tag:yaml.org,2002:{each}" for each in _JSON), None)
}

_Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", "true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", "[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?", list("-+.0123456789")),
    ("merge", "<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)


class _Dumper(yaml.SafeDumper):
    """Says everything where it stands: a file to be edited has no anchors that nobody set."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def read_yaml(text: str, first_year: int, besides: frozenset[str] = frozenset()) -> list[Found]:
    """The records of a file, in its order; `first_year` is the first one of its holidays.

    Raises:
        Unreadable: with all that is wrong of it. Its `besides` are no kinds, and left aside.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        wrongs: list[Wrong] = []
        found = list(_records(loader, root, besides, first_year, wrongs))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise Unreadable.at(line, "file_no_yaml", reason=error.problem or error.context) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable.at(1, "file_no_yaml", reason=str(error).partition("\n")[0]) from error
    finally:
        loader.dispose()
    if wrongs:
        raise Unreadable(wrongs)
    return found


def write_yaml(records: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The same form: records by key, by kind."""
    text: str = yaml.dump(records, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text


def _records(
    loader: _Loader, root: Node | None, besides: frozenset[str], first_year: int, wrongs: list[Wrong]
) -> Iterator[Found]:
    for kind, line, keyed in _pairs(root, wrongs, "file_form"):
        if kind in besides:
            continue
        if kind not in KINDS:
            wrongs.append(_wrong(line, "file_no_kind", kind=kind, known=", ".join(KINDS)))
            continue
        for key, line_of_key, node in _pairs(keyed, wrongs, "file_form"):
            lines: dict[str, int] = {}
            _note(node, "", lines, wrongs)
            record = loader.construct_object(node, deep=True)
            if not isinstance(record, dict):
                wrongs.append(_wrong(line_of_key, "file_form"))
                continue
            active = record.pop("active", True)
            if not isinstance(active, bool):
                wrongs.append(_wrong(lines.get("active", line_of_key), "file_active"))
            try:
                whole = with_holidays(record, first_year) if kind == "calendar" else record
            except ValueError as error:
                wrongs.append(_wrong(lines.get("holidays", line_of_key), "file_holidays", reason=error))
                continue
            yield Found(cast("Kind", kind), key, whole, bool(active), line_of_key, lines)


def _pairs(node: Node | None, wrongs: list[Wrong], code: str) -> Iterator[tuple[str, int, Node]]:
    """The entries of a mapping with the line of each; a name that comes twice is told."""
    if not isinstance(node, MappingNode):
        wrongs.append(_wrong(node.start_mark.line + 1 if node else 1, code))
        return
    seen: set[str] = set()
    for name, value in node.value:
        line = name.start_mark.line + 1
        if not isinstance(name, ScalarNode):
            wrongs.append(_wrong(line, code))
            continue
        if name.value in seen and name.tag != "tag:yaml.org,2002:merge":
            wrongs.append(_wrong(line, "file_twice", name=name.value))
        seen.add(name.value)
        yield name.value, line, value


def _note(node: Node, where: str, lines: dict[str, int], wrongs: list[Wrong]) -> None:
    if len(lines) > FIELDS_MAX:
        raise _unfit(f"more than {FIELDS_MAX} fields in one record", node)
    if isinstance(node, MappingNode):
        for name, line, value in _pairs(node, wrongs, "file_form"):
            lines[f"{where}{name}"] = line
            _note(value, f"{where}{name}.", lines, wrongs)
    elif isinstance(node, SequenceNode):
        for place, value in enumerate(node.value):
            lines[f"{where}{place}"] = value.start_mark.line + 1
            _note(value, f"{where}{place}.", lines, wrongs)


def _unfit(why: str, node: Node) -> yaml.MarkedYAMLError:
    return ConstructorError(None, None, why, node.start_mark)


def _wrong(line: int, code: str, **facts: object) -> Wrong:
    return Unreadable.at(line, code, **facts).wrongs[0]
