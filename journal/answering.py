"""The line in an e-mail to an analyst that says what an answer to it does.

The notifier writes it; by it lifecycle knows an answer that repeats such an e-mail, which is the desk's own, unfolded.
"""

from collections.abc import Mapping

from contracts.envelope import Language

ANSWER_LINE: Mapping[Language, str] = {
    "pt-BR": "Responda a este e-mail só para falar com o solicitante: "
    "a resposta é publicada no atendimento e enviada a ele.",
    "en": "Answer this e-mail only to speak to the requester: "
    "the answer is published on the ticket and sent to them.",
}
"""By the reader's language. Earlier wordings stay among `_KNOWN` when this one changes: mails live long."""
_KNOWN = tuple("".join(line.split()) for line in ANSWER_LINE.values())


def repeats_notification(text: str) -> bool:
    """Whether a text holds that line, however a mail program has broken or marked what it quotes."""
    bare = "".join(text.replace(">", " ").split())
    return any(line in bare for line in _KNOWN)
