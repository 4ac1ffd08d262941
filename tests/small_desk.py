"""A small directory for tests: one customer, its people and contract, one area and its analysts; all fictional."""

from typing import Any

RECORDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "calendar",
        "padrao",
        {
            "time_zone": "America/Sao_Paulo",
            "weekly": {
                day: [["08:00", "10:45"], ["13:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")
            },
        },
    ),
    ("sla_policy", "padrao", {"name": "Padrão", "calendar": "padrao"}),
    ("area", "fiscal", {"name": "Fiscal"}),
    ("application", "notas", {"name": "Notas", "area": "fiscal"}),
    (
        "desk",
        "desk",
        {
            "name": "Suporte Exemplo",
            "address": "suporte@desk.example.com",
            "default_application": "notas",
        },
    ),
    ("customer", "serra", {"name": "Padaria Serra Azul"}),
    (
        "contact",
        "ana",
        {"name": "Ana Prado", "customer": "serra", "addresses": ["ana.prado@serra.example.com"]},
    ),
    (
        "contract",
        "serra-2026",
        {
            "customer": "serra",
            "applications": ["notas"],
            "starts_on": "2020-01-01",
            "sla_policy": "padrao",
        },
    ),
    (
        "analyst",
        "bruno",
        {"name": "Bruno Teles", "email": "bruno.teles@desk.example.com", "areas": ["fiscal"]},
    ),
    (
        "analyst",
        "marta",
        {"name": "Marta Lins", "email": "marta.lins@desk.example.com", "role": "manager"},
    ),
)
"""Kind, key, record, in an order in which each names only what stands before it."""
