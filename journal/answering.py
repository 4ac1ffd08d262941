"""The line in an e-mail to an analyst that says what an answer to it does.

The notifier writes it; by it lifecycle knows an answer that repeats such an e-mail, which is the desk's own, unfolded.
"""

from collections.abc import Mapping

from contracts.envelope import Language

ANSWER_LINE: Mapping[Language, str] = {
    "pt-BR": "Responda a este e-mail só para falar com o solicitante: "
    "a resposta é publicada no atendimento e enviada a ele. "
    "Escreva acima do texto citado: só isso é publicado.",
    "en": "Answer this e-mail only to speak to the requester: "
    "the answer is published on the ticket and sent to them. "
    "Write above the quoted text: only that is published.",
}
"""By the reader's language. Earlier wordings stay among `_KNOWN` when this one changes: mails live long. The first one
is how this one begins."""
_KNOWN = tuple("".join(line.split()) for line in ANSWER_LINE.values())
_TELLING_CHARS = 40
"""Of the line's 134 or 131 characters that are not blank, how many in a row give it away; nobody writes these by chance."""
_PIECES = frozenset(
    line[start : start + _TELLING_CHARS] for line in _KNOWN for start in range(len(line) - _TELLING_CHARS + 1)
)


def repeats_notification(text: str) -> bool:
    """Whether a text holds that line, or enough of it, however a mail program has broken or marked what it quotes."""
    bare = "".join(text.replace(">", " ").split())
    return any(piece in bare for piece in _PIECES)
