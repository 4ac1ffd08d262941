"""The fixed words of the field, as e-mails say them: by kind and code, in both languages. Pure."""

from collections.abc import Mapping

from contracts.envelope import Language

LABELS: Mapping[str, Mapping[str, Mapping[Language, str]]] = {
    "field": {
        "area": {"pt-BR": "Área", "en": "Area"},
        "classification": {"pt-BR": "Classificação", "en": "Classification"},
        "priority": {"pt-BR": "Prioridade", "en": "Priority"},
        "criticality": {"pt-BR": "Criticidade", "en": "Criticality"},
    },
    "classification": {
        "question": {"pt-BR": "Dúvida", "en": "Question"},
        "request": {"pt-BR": "Solicitação", "en": "Request"},
        "project": {"pt-BR": "Projeto", "en": "Project"},
        "incident": {"pt-BR": "Incidente", "en": "Incident"},
    },
    "priority": {
        "low": {"pt-BR": "Baixa", "en": "Low"},
        "normal": {"pt-BR": "Normal", "en": "Normal"},
        "high": {"pt-BR": "Alta", "en": "High"},
        "urgent": {"pt-BR": "Urgente", "en": "Urgent"},
    },
    "criticality": {
        "low": {"pt-BR": "Baixa", "en": "Low"},
        "medium": {"pt-BR": "Média", "en": "Medium"},
        "high": {"pt-BR": "Alta", "en": "High"},
        "critical": {"pt-BR": "Crítica", "en": "Critical"},
    },
    "clock": {
        "first_response": {"pt-BR": "primeira resposta", "en": "first response"},
        "next_response": {"pt-BR": "próxima resposta", "en": "next response"},
        "resolution": {"pt-BR": "solução", "en": "resolution"},
    },
}


def label(code: str | None, kind: str, language: Language) -> str:
    """The words for a code of that kind; one without words, such as an area's name, stands for itself."""
    words = LABELS.get(kind, {}).get(code or "")
    return words[language] if words else code or "-"
