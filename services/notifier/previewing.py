"""How an e-mail will read, on facts made up for it: for the page on which the desk writes its own words. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.directory import Desk, MailTemplate
from contracts.envelope import Language
from contracts.notifier import NotificationRequested, Template
from services.notifier.compose import Composer
from services.notifier.to_staff import ANSWERABLE
from services.notifier.wording import Written

_NOBODY = UUID(int=0)
_AT = datetime(2026, 3, 5, 13, 15, tzinfo=UTC)
_FACTS: Mapping[str, Any] = {
    "number": "2026-000123",
    "due_at": _AT.isoformat(),
    "place": 3,
    "expected_on": "2026-03-12",
    "previous": "on_hold",
    "changes": [{"field": "priority", "old": "normal", "new": "high"}],
    "resolution": 1,
    "stage": 75,
    "clock": "first_response",
    "reason": "resolved",
    "revision": 1,
    "status": "5.1.1",
    "count": 20,
    "cap": "address_on_ticket",
    "recipient": "ana.prado@example.com",
    "verified": True,
    "refused": "ticket_closed",
}
_SAID: Mapping[Language, Mapping[str, Any]] = {
    "pt-BR": {
        "subject": "A nota fiscal não é emitida",
        "text": "Corrigimos a alíquota do produto.\nEmita a nota de novo, por favor.",
        "third_party": "Secretaria da Fazenda",
    },
    "en": {
        "subject": "The invoice is not issued",
        "text": "We corrected the product's tax rate.\nPlease issue the invoice again.",
        "third_party": "The tax office",
    },
}
_PEOPLE: Mapping[str, str] = {"analyst": "Bruno Teles", "by": "Marta Lins", "sender": "Ana Prado"}
_WITHOUT_TEXT = frozenset(
    {
        "opened",
        "reminder",
        "resumed",
        "reclassified",
        "awaiting_approval",
        "parked",
        "warning",
        "breach",
        "loop",
        "suspended",
    }
)


def preview(
    composer: Composer, desk: Desk, template: Template, language: Language, record: MailTemplate | None = None
) -> Written:
    """The e-mail in the words of the record, or in the usual ones; the desk is the real one, the ticket is not.

    Raises:
        UnfitWordsError: the record names what this e-mail does not have, or leaves nothing to say.
    """
    asked = sample(template, language)
    return composer.words.preview(template, language, composer.facts(asked, desk), record)


def sample(template: Template, language: Language) -> NotificationRequested:
    """A notification about a ticket that nobody has, with all that its template can say."""
    facts = {**_FACTS, **_PEOPLE, **_SAID[language]}
    if template in _WITHOUT_TEXT:
        del facts["text"]
    if template == "parked":
        facts["reason"] = "unknown_sender"
    return NotificationRequested(
        notification_id=_NOBODY,
        ticket_id=None if template == "parked" else _NOBODY,
        template=template,
        recipient=str(_FACTS["recipient"]),
        recipient_name="Ana Prado",
        language=language,
        message_id="<preview@example.com>",
        answerable_by="bruno" if template in ANSWERABLE else None,
        facts=facts,
        at=_AT,
    )
