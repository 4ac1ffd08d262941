"""Tickets of an earlier system as an import file has them: eight steps each, one ticket in five still open."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FIRST = datetime(2023, 1, 2, 12, tzinfo=UTC)
BRUNO = {"role": "analyst", "key": "bruno", "name": "Bruno Teles"}
ANA = {"role": "requester", "key": "ana", "name": "Ana Prado"}
DESK = {"role": "system", "key": "desk"}
LIVING_EACH = 5
"""One ticket in so many is not closed."""


def ticket(place: int, **changes: Any) -> dict[str, Any]:
    """The ticket of that place: 40 a day, from 2023 on, with what was usual to happen to one."""
    opened_at = FIRST + timedelta(minutes=36 * place)
    steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("assigned", BRUNO, {"analyst": "bruno"}),
        ("noted", BRUNO, {"text": "Parece o mesmo de ontem."}),
        ("answered", BRUNO, {"text": f"Recebemos o chamado {place}. Qual a versão instalada, por favor?"}),
        ("awaited", BRUNO, {"text": "Aguardamos a versão."}),
        ("replied", ANA, {"text": "É a 4.12, de março."}),
        ("resumed", ANA, {}),
        ("resolved", BRUNO, {"text": "Corrigido o cadastro do NCM; a nota sai."}),
        ("closed", DESK, {"reason": "resolved"}),
    ]
    if place % LIVING_EACH == 0:
        steps = steps[:4]
    told = [
        {"what": what, "at": (opened_at + timedelta(minutes=10 * n)).isoformat(), "by": by, **facts}
        for n, (what, by, facts) in enumerate(steps, start=1)
    ]
    return {
        "reference": f"OTRS-{place:06d}",
        "opened_at": opened_at.isoformat(),
        "channel": "email",
        "requester": "ana",
        "application": "notas",
        "subject": f"Nota {place} recusada",
        "text": "Desde ontem o sistema recusa a nota com a mensagem “CFOP inválido”.",
        "classification": "incident",
        "steps": told,
        **changes,
    }


def events(told: Iterable[dict[str, Any]]) -> int:
    """How many events of lifecycle these tickets become: the queue, each step, the end of the import."""
    return sum(len(each["steps"]) + 2 for each in told)


def written(file: Path, told: Iterable[dict[str, Any] | str]) -> Path:
    """A file of these lines."""
    with file.open("w", encoding="utf-8") as lines:
        for each in told:
            lines.write((each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n")
    return file
