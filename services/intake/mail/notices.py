"""What companies and programs put under a mail: legal notices, what a virus scanner says, rules and pictures."""

import re
from collections.abc import Sequence
from itertools import groupby

_CHARS_SEEN = 2_000
"""Of a paragraph; a notice says what it is in fewer."""
_SCENERY_CHARS_MAX = 400
# Rules, the pictures of a signature, and the links that Avast and AVG leave.
_SCENERY = re.compile(
    r"[\s*_=>~-]*"
    r"|[\s*_>]*\[(?:(?:image|imagem|cid|logo)\b[^\]]*|[^\]]*\.(?:png|jpe?g|gif))\](?:\s*<[^>]*>)?\s*"
    r"|\s*<(?:https?://(?:www\.)?(?:avast|avg)\.com/[^>]*|#[0-9a-f-]{20,})>\s*",
    re.IGNORECASE,
)
_LINKS = r"[\s.:,-]*(?:<?(?:https?://|www\.)\S+(?:\s+|\Z))*"
_SCANNED = re.compile(
    rf"(?:(?:e-?mail|mensagem)?\s*(?:livre\s+de|sem|não\s+contém)\s+v[íi]rus|virus[- ]free){_LINKS}"
    r"|(?:est[ea]|ess[ea]|this)\s+(?:e-?mail|mensagem|message)\b.{0,60}"
    r"\b(?:verificad|analisad|escanead|examinad|checked|scanned).{0,80}(?:v[íi]rus|avast|avg|mailscanner|barracuda).*"
    r"|nenhum\s+v[íi]rus\s+(?:foi\s+)?(?:encontrado|detectado)\s+n?ess?t?a\s+mensagem.*"
    r"|no\s+virus(?:es)?\s+(?:was\s+|were\s+)?found\s+in\s+this\s+(?:message|e-?mail).*",
    re.IGNORECASE | re.DOTALL,
)
_NOTICE = re.compile(
    r"\W*(?:(?:aviso|nota|termo|declaração|cláusula)\s+(?:legal|de\s+(?:confidencialidade|privacidade|sigilo))"
    r"|confidencialidade|confidentiality(?:\s+(?:notice|note|statement))?|legal\s+(?:notice|disclaimer)"
    r"|(?:e-?mail\s+)?disclaimer)[ \t*_]*(?:[:.\u2013-]|\n|\Z)"
    r"|.{0,80}\b(?:imprim|print).{0,120}\b(?:ambiente|natureza|environment|planet)\b"
    r"|.{0,40}\b(?:opiniões|opinions)\b.{0,80}\b(?:mensagem|e-?mail|message)\b.{0,120}\b(?:autor|author|empresa|company)",
    re.IGNORECASE | re.DOTALL,
)
_CONFIDENTIAL = re.compile(
    r"confiden[ct]|\bsigilo|privileg|intended\s+recipient|addressee"
    r"|não\s+(?:seja|for|é|sendo)\s+o\s+(?:\w+\s+)?destinatário",
    re.IGNORECASE,
)
# An analyst may call something confidential, or speak of an error's text; not of all this in one paragraph.
_SAID_WITH_IT = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"\b(?:n?est[ea]|n?ess[ea]|dest[ea]|dess[ea]|presente|this)\s+(?:e-?mail|mensagem|correio|message|communication)",
        r"destinat[áa]ri|recipient|addressee|intended|endereçad|dirigid",
        r"por\s+(?:engano|erro|equívoco)|indevidamente|in\s+error|by\s+mistake",
        r"proibid|vedad|não\s+autorizad|prohibited|unauthori[sz]ed",
        r"\b(?:apag|elimin|delet|destru)",
        r"divulga|distribui|cópia|copiar|disclos|distribut|copying",
        r"\banexos?\b|\battachments?\b|\bfiles\s+transmitted",
        r"\bpor\s+lei\b|\blegalmente|\blaw\b|\blegally|LGPD",
    )
)
_SAID_WITH_IT_MIN = 2


def without_notices(lines: Sequence[str]) -> list[str]:
    """The lines of which somebody may be the author: up to a legal notice, without scanners, rules and pictures."""
    left = list[str]()
    for blank, group in groupby(lines, key=_is_blank):
        paragraph = list(group)
        if blank:
            left.append("")
            continue
        text = "\n".join(paragraph)[:_CHARS_SEEN].strip(" \t*_")
        if _is_notice(text):
            break
        if not _SCANNED.fullmatch(text):
            left += paragraph
    return left


def _is_blank(line: str) -> bool:
    """Whether it says nothing; `-- ` and `--` do, a signature."""
    return not line.strip() or (
        line.strip() not in {"--", "__"}
        and len(line) <= _SCENERY_CHARS_MAX
        and bool(_SCENERY.fullmatch(line))
    )


def _is_notice(text: str) -> bool:
    if _NOTICE.match(text):
        return True
    said = sum(bool(words.search(text)) for words in _SAID_WITH_IT)
    return said >= _SAID_WITH_IT_MIN and bool(_CONFIDENTIAL.search(text))
