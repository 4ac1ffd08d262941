"""What people wrote, as safe markup: a small part of Markdown for what is written here, mail as it was typed.

Paragraphs with their line breaks, lists, bold, italic, code and links to web pages; everything else shows as
the characters that were typed. The markup is made by one library, whose rules for all else are off, and
cleaned by another, which lets nothing through but this.
"""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

_RULES = (
    "paragraph",
    "list",
    "text",
    "newline",
    "escape",
    "backticks",
    "emphasis",
    "link",
    "autolink",
    "fence",
)
"""Of CommonMark, by the library's own names. HTML, headings, images, quotes, tables and references are off."""
_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "a"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = ("http", "https")
_DEEP = 20
"""Lists within lists, after which the library reads no further. Source: its own default."""


def _reader() -> MarkdownIt:
    reader = MarkdownIt("zero", {"breaks": True, "html": False, "linkify": False, "maxNesting": _DEEP})
    reader.enable([*_RULES, "balance_pairs", "fragments_join"])
    # A link to anything else, to another page of ours too, stays the characters that were typed.
    reader.validateLink = _leads_to_the_web  # type: ignore[method-assign]
    return reader


def _leads_to_the_web(url: str) -> bool:
    return url.lower().startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))


_READER = _reader()


def said(text: str, *, plain: bool = False) -> Markup:
    """A text as it is shown; `plain` as it was typed, its line breaks kept by the style sheet."""
    stripped = text.strip()
    if plain or not stripped:
        return Markup('<div class="said">{}</div>').format(escape(stripped))
    cleaned = nh3.clean(
        _READER.render(stripped),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        link_rel="noopener nofollow",
    )
    return Markup('<div class="said marked">{}</div>').format(Markup(cleaned))  # noqa: S704 - cleaned above
