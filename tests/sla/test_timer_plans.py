"""What the loop asks of its table: answered from an index, however many clocks run."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.sla import views
from services.sla.views import VIEWS_SQL
from tests.servers.backing import Database
from tests.sla.lives import local

NOW = local("2026-03-06 17:00")
CLOCKS = 50_000
READ_MAX = 60
"""Rows that one question may touch where none is due."""

_FILL = """
insert into views.timers
select gen_random_uuid(), (array['first_response', 'auto_close'])[1 + n % 2], 1, 100,
       $1::timestamptz + n * interval '1 second', n % 4
  from generate_series(1, $2::integer) as n
"""


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_while_nothing_is_due_no_question_reads_the_table(
    database: Callable[[str], Awaitable[Database]], mode: str
) -> None:
    """Also by the plan that PostgreSQL makes once for every instant."""
    connection = await asyncpg.connect((await database("sla")).url)
    try:
        await connection.execute(VIEWS_SQL.read_text())
        await connection.execute(_FILL, NOW, CLOCKS)
        await connection.execute("analyze views.timers")
        await connection.execute(f"set plan_cache_mode = {mode}")
        questions: list[tuple[str, str, tuple[Any, ...]]] = [
            (views._CLOSING, "timestamptz, timestamptz", (NOW - timedelta(days=1), NOW)),
            (views._NEXT_DUE, "uuid[]", ([],)),
            (views._PARTITIONS, "timestamptz, timestamptz, uuid[], bigint", (NOW, NOW, [], 1000)),
            (views._TAKE, "timestamptz, timestamptz, smallint[], uuid[], bigint",
             (NOW, NOW, [0, 1, 2, 3], [], 1000)),
        ]  # fmt: skip
        for number, (question, types, arguments) in enumerate(questions):
            await connection.execute(f"prepare q{number} ({types}) as {question}")
            for _ in range(2):
                given = ", ".join(_literal(each) for each in arguments)
                plan = await connection.fetchval(
                    f"explain (analyze, format json) execute q{number} ({given})"
                )
                assert max(_touched(json.loads(plan)[0]["Plan"])) <= READ_MAX, (question, plan)
        assert await views.next_due(connection, []) == NOW + timedelta(seconds=1)
    finally:
        await connection.close()


def _literal(value: Any) -> str:
    match value:
        case bool() | int():
            return str(value)
        case list():
            return "'{" + ",".join(map(str, value)) + "}'"
    return f"'{value.isoformat()}'"


def _touched(node: dict[str, Any]) -> list[int]:
    own = int(node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
    return [own, *(rows for part in node.get("Plans", ()) for rows in _touched(part))]
