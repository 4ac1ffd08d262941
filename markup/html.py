"""HTML of others: safe to show, and as plain text to read."""

import re
from collections import Counter
from collections.abc import Callable
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import nh3

__all__ = ["escape", "sanitise", "to_text"]

_SCHEMES = {"http", "https", "mailto", "tel"}
_DROPPED_WHOLE = {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"}
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "img": {"src", "alt", "width", "height"}, "a": {"href", "title"}}
_CID = re.compile(r"cid:(.*)", re.IGNORECASE | re.DOTALL)

NESTING_MAX = 400
"""Source: measured, nh3 0.3.8: 5,000 open `div` take 0.03 s, 20,000 take 0.5 s; 400 cost nothing."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_NEVER_DEEP = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"),
    *("p", "li", "td", "th", "tr", "dd", "dt", "option"),  # the next one closes the one before
}


def sanitise(html: str, attachment_url: Callable[[str], str | None]) -> str:
    """`html` fit to be shown within a page of ours: no script, no style, nothing fetched from outside.

    Images that came with the message are shown; remote ones become a link with their description.

    Args:
        html: As it came.
        attachment_url: From a Content-ID without brackets to the address of that attachment; None when unknown.
    """
    if _nesting(html) > NESTING_MAX:
        return f"<pre>{escape(_without_tags(html))}</pre>"
    tidy = nh3.clean(
        html,
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED_WHOLE,
        url_schemes=_SCHEMES | {"cid"},
        url_relative="deny",
    )
    images = _Images(attachment_url)
    images.feed(tidy)
    images.close()
    ours = images.ours
    return nh3.clean(
        "".join(images.out),
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: (
            value if (tag, name) != ("img", "src") or value in ours else None
        ),
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def to_text(html: str) -> str:
    """What `html` says, readable as plain text: paragraphs, lists, links with their address, quotes behind `> `."""
    if _nesting(html) > NESTING_MAX:
        return _without_tags(html)
    reader = _Reader()
    reader.feed(
        nh3.clean(html, attributes=_ATTRIBUTES, clean_content_tags=_DROPPED_WHOLE, url_schemes=_SCHEMES)
    )
    reader.close()
    return reader.text()


def _nesting(html: str) -> int:
    """An upper estimate of how deep the elements nest, in one pass."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        tag = name.lower()
        if tag in _NEVER_DEEP:
            continue
        if not closing:
            opened[tag] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened[tag]:
            opened[tag] -= 1
            depth -= 1
    return deepest


def _without_tags(html: str) -> str:
    return unescape(re.sub(r"<[^<>]*>?", " ", html)).strip()


class _Images(HTMLParser):
    """Writes tidy HTML anew, each image either ours or a link."""

    def __init__(self, attachment_url: Callable[[str], str | None]) -> None:
        super().__init__(convert_charrefs=False)
        self.attachment_url = attachment_url
        self.out: list[str] = []
        self.ours: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "img":
            self.out.append(self.get_starttag_text() or "")
            return
        values = dict(attrs)
        source, described = values.get("src") or "", escape(values.get("alt") or "")
        if inline := _CID.fullmatch(source):
            # Percent-encoded or not. Source: RFC 2392 section 2.
            if url := self.attachment_url(inline[1]) or self.attachment_url(unquote(inline[1])):
                self.ours.add(url)
                self.out.append(f'<img src="{escape(url)}" alt="{described}"{_size(values)}>')
            else:
                self.out.append(described)
        elif source.lower().startswith(("http:", "https:")):
            self.out.append(f'<a href="{escape(source)}">[{described or escape(source[:80])}]</a>')
        else:
            self.out.append(described)

    def handle_endtag(self, tag: str) -> None:
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")


def _size(values: dict[str, str | None]) -> str:
    known = ((name, values.get(name) or "") for name in ("width", "height"))
    return "".join(f' {name}="{value}"' for name, value in known if value.isascii() and value.isdigit())


_PARAGRAPHS = {
    "p",
    "table",
    "ul",
    "ol",
    "dl",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "figure",
}
_LINES = _PARAGRAPHS | {"div", "li", "tr", "dt", "dd", "header", "footer", "article", "aside", "center", "hr"}
_QUOTE_DEPTH_MAX = 10


class _Reader(HTMLParser):
    """Collects the text of tidy HTML line by line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quoted = self.preformatted = 0
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LINES:
            self._end_line(blank=tag in _PARAGRAPHS)
        values = dict(attrs)
        match tag:
            case "br":
                self._end_line(forced=True)
            case "blockquote":
                self.quoted += 1
            case "pre":
                self.preformatted += 1
            case "li":
                self.line.append("- ")
            case "td" | "th" if self.line:
                self.line.append("\t")
            case "img":
                self.line.append(f"[{values['alt']}]" if values.get("alt") else "")
            case "a":
                self.links.append((values.get("href") or "", len(self.line)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.links:
            self._end_link(*self.links.pop())
        if tag == "blockquote":
            self._end_line()
            self.quoted = max(0, self.quoted - 1)
        if tag in _LINES:
            self._end_line(blank=tag in _PARAGRAPHS)
        if tag == "pre":
            self.preformatted = max(0, self.preformatted - 1)

    def handle_data(self, data: str) -> None:
        if not self.preformatted:
            self.line.append(re.sub(r"[ \t\r\n\f]+", " ", data))
            return
        first, *others = data.split("\n")
        self.line.append(first)
        for other in others:
            self._end_line(forced=True)
            self.line.append(other)

    def text(self) -> str:
        """Everything read, at most one empty line in a row."""
        self._end_line()
        joined = "\n".join(self.lines).replace("\xa0", " ").strip("\n")
        return re.sub(r"\n{3,}", "\n\n", joined)

    def _end_link(self, href: str, since: int) -> None:
        shown = "".join(self.line[since:]).strip()
        address = href.removeprefix("mailto:")
        if address and shown and address.rstrip("/") != shown.rstrip("/"):
            self.line.append(f" <{address}>")

    def _end_line(self, *, blank: bool = False, forced: bool = False) -> None:
        line = "".join(self.line)
        line = line.rstrip() if self.preformatted else re.sub(r" {2,}", " ", line).strip(" ")
        self.line = []
        prefix = "> " * min(self.quoted, _QUOTE_DEPTH_MAX)
        if line or forced:
            self.lines.append((prefix + line).rstrip())
        if blank and self.lines:
            empty = prefix.rstrip()
            if not self.lines[-1].strip("> "):
                # One empty line between two paragraphs, marked as deep as the shallower of them.
                empty = min(self.lines.pop(), empty, key=len)
            self.lines.append(empty)
