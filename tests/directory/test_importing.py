"""`atendimento directory import` and `export` on a desk that runs, as a person uses them."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contracts.directory import KINDS
from deploy.directory_files.yaml_file import write_yaml
from deploy.sample.records import DESK_YAML
from tests.cli.atendimento import Outcome, atendimento, describe
from tests.directory.given import RECORDS
from tests.directory.test_files import MORE
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

MUCH = {**MORE, "contract": {}, "desk": {"contact_spacing_min": 0}}
"""Every kind with awkward values that are also sound."""
WHOLE: dict[str, dict[str, Any]] = {
    kind: {key: {**text, **MUCH.get(kind, {})}} for kind, (key, text) in RECORDS.items()
}
WHOLE["contact"]["rui"] = {
    "name": "Rui",
    "customer": "serra",
    "addresses": ["rui@serra.example"],
    "active": False,
}


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(["directory"], records=()) as running:
        describe(running)
        yield running


async def head(desk: RunningDesk) -> int:
    async with connected(desk.auditor_url("directory")) as directory:
        return int(await directory.fetchval("select coalesce(max(position), 0) from journal.entries"))


class Files:
    """A folder of files, and the program run on them."""

    def __init__(self, desk: RunningDesk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder

    async def run(self, verb: str, name: str, *more: str) -> Outcome:
        return await atendimento(self.desk.state, "directory", verb, str(self.folder / name), *more)

    async def given(self, name: str, text: str | dict[str, Any], *more: str) -> Outcome:
        (self.folder / name).write_text(text if isinstance(text, str) else write_yaml(text))
        return await self.run("import", name, *more)


@pytest.fixture
def files(desk: RunningDesk, tmp_path: Path) -> Files:
    return Files(desk, tmp_path)


@pytest.fixture
async def whole(files: Files) -> Files:
    done = await files.given("whole.yaml", WHOLE)
    assert done.code == 0, done.complained
    return files


async def test_a_dry_run_shows_what_would_change_and_changes_nothing(files: Files, whole: Files) -> None:
    before = await head(files.desk)
    text = {"area": {"fiscal": {"name": "Fiscal"}, "nova": {"name": "Nova"}}}
    tried = await files.given("a.yaml", text, "--dry-run")
    assert tried.code == 0, tried.complained
    assert "Simulação, nada foi gravado: 1 novos, 1 alterados, 0 iguais." in tried.said
    row = next(line for line in tried.said.splitlines() if "assignment" in line)
    assert "least_open" in row
    assert await head(files.desk) == before
    english = await atendimento(
        files.desk.state, "--lang", "en", "directory", "import", str(files.folder / "a.yaml"), "--dry-run"
    )
    assert "Dry run, nothing was recorded: 1 new, 1 changed, 0 the same." in english.said


async def test_what_is_exported_changes_nothing_when_it_is_imported(files: Files, whole: Files) -> None:
    before = await head(files.desk)
    assert (await files.run("export", "all.yaml")).code == 0
    same = await files.run("import", "all.yaml")
    assert same.code == 0, same.complained
    assert "0 novos, 0 alterados" in same.said
    assert "rui" in (files.folder / "all.yaml").read_text()
    assert await head(files.desk) == before


@pytest.mark.parametrize("kind", KINDS)
async def test_and_so_does_a_csv_of_each_kind(files: Files, whole: Files, kind: str) -> None:
    assert (await files.run("export", "one.csv", "--kind", kind)).code == 0
    same = await files.run("import", "one.csv", "--kind", kind)
    assert same.code == 0, same.complained
    # As many as the file has: other tests of this desk may have defined more by now.
    with (files.folder / "one.csv").open(newline="") as exported:
        count = len(list(csv.DictReader(exported)))
    assert count
    assert f"0 novos, 0 alterados, {count} iguais" in same.said


async def test_one_faulty_record_keeps_the_file_out_and_each_fault_has_its_line(
    files: Files, whole: Files
) -> None:
    before = await head(files.desk)
    refused = await files.given(
        "bad.yaml",
        """area:
  vendas: {name: Vendas}
customer:
  vale:
    name: Vale Verde
    tax_id: 11.222.333/0001-82
contact:
  caio:
    name: Caio
    customer: vale
    adresses: [caio@vale.example]
    addresses:
      - caio@vale.example
      - ANA@serra.example
application:
  "loja nova": {name: Loja, area: comercio}
""",
    )
    assert (refused.code, refused.said) == (1, "")
    assert "Traceback" not in refused.complained
    lines = [line.removeprefix(f"{files.folder}/") for line in refused.complained.splitlines()]
    assert lines == [
        "bad.yaml:16: application loja nova, key: só pode ter letras sem acento, números e . _ @ + -, "
        "começar por letra ou número, e ter até 100",
        "bad.yaml: nada foi gravado (1 erros).",
    ]
    (files.folder / "bad.yaml").write_text(
        (files.folder / "bad.yaml").read_text().replace('"loja nova"', "loja")
    )
    refused = await files.run("import", "bad.yaml")
    lines = [line.removeprefix(f"{files.folder}/") for line in refused.complained.splitlines()]
    assert lines == [
        "bad.yaml:6: customer vale, tax_id: não é um CNPJ: confira os dígitos verificadores",
        "bad.yaml:11: contact caio, adresses: não é um campo deste tipo",
        "bad.yaml:14: contact caio, addresses.1: ANA@serra.example já é do contato ana",
        "bad.yaml:16: application loja, area: não há area comercio em uso, nem no arquivo",
        "bad.yaml: nada foi gravado (4 erros).",
    ]
    assert await head(files.desk) == before


async def test_a_csv_is_refused_by_its_rows_and_taken_whole(files: Files, whole: Files) -> None:
    rows = "key;name;customer;addresses\nlia;Lia;serra;lia@serra.example\nleo;;serra;leo\n"
    refused = await files.given("people.csv", rows, "--kind", "contact")
    assert refused.code == 1
    assert ":3: contact leo, name: está em branco" not in refused.complained
    assert ":3: contact leo, name: falta" in refused.complained
    done = await files.given("people.csv", rows.replace("leo;;serra;leo", "leo;Leo;serra;leo@serra.example"),
                             "--kind", "contact")  # fmt: skip
    assert "2 novos" in done.said
    gone = await files.given("gone.csv", "key,name,customer,addresses,active\nleo,Leo,serra,leo@serra.example,não\n",
                             "--kind", "contact")  # fmt: skip
    assert "active" in gone.said
    assert "1 alterados" in gone.said


async def test_what_is_in_use_does_not_go(files: Files, whole: Files) -> None:
    refused = await files.given(
        "out.yaml", {"customer": {"serra": {**WHOLE["customer"]["serra"], "active": False}}}
    )
    assert refused.code == 1
    assert "contact ana" in refused.complained
    assert "contract serra-2026" in refused.complained


@pytest.mark.parametrize(
    ("name", "text", "more", "said"),
    [
        ("none.yaml", None, (), "Não consigo ler"),
        ("a.csv", "key\n", (), "CSV é de um tipo só"),
        ("a.csv", "key\n", ("--kind", "contact"), "não traz cadastro algum"),
        ("a.yaml", "area: {}\n", ("--kind", "people"), "Não há o tipo people"),
        ("a.yaml", "area: {a: [}\n", (), "não é YAML"),
    ],
)
async def test_a_file_that_is_none_is_one_sentence(
    files: Files, name: str, text: str | None, more: tuple[str, ...], said: str
) -> None:
    outcome = await (files.run("import", name, *more) if text is None else files.given(name, text, *more))
    assert outcome.code == 1
    assert said in outcome.complained
    assert "Traceback" not in outcome.complained


async def test_a_file_in_another_encoding_is_told_with_its_line(files: Files) -> None:
    (files.folder / "l1.yaml").write_bytes(
        "area:\n  a: {name: Fiscal}\n  b: {name: Pós-venda}\n".encode("latin-1")
    )
    outcome = await files.run("import", "l1.yaml")
    assert "linha 3: o arquivo não está em UTF-8" in outcome.complained


async def test_a_file_larger_than_a_request_is_told_what_to_do(files: Files, whole: Files) -> None:
    many = {f"a{n}": {"title": "T", "texts": {"en": "x" * 40_000}} for n in range(30)}
    outcome = await files.given("large.yaml", {"canned_answer": many})
    assert outcome.code == 1
    assert "30 cadastros em 117" in outcome.complained
    assert "no máximo 1024 KiB. Divida o arquivo" in outcome.complained


async def test_without_a_desk_there_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("area: {a: {name: A}}\n")
    outcome = await atendimento(tmp_path, "directory", "import", str(tmp_path / "a.yaml"))
    assert (outcome.code, outcome.complained.count("\n")) == (1, 1)
    assert "Nenhum atendimento em execução" in outcome.complained


async def test_the_sample_desk_is_a_file_like_any_other(tmp_path: Path) -> None:
    text = DESK_YAML.read_text().partition("\n# For a desk on one machine")[0]
    async with running_desk(["directory"], records=()) as running:
        describe(running)
        done = await Files(running, tmp_path).given("desk.yaml", text)
        assert done.code == 0, done.complained
        assert "53 novos" in done.said
