"""The words of an e-mail: one template a language gives the sentences, two layouts set them as text and HTML.

A template has blocks of plain text: `title`, `body` (paragraphs between empty lines), and where they
apply `subject`, `details` (a line each, `label: value`), `said` (what stands over a person's words),
`action` (the words of the button) and `url` (where it leads). The desk's own words, where it has some,
stand for the first three. What people wrote reaches the layouts as data alone, and the HTML layout
escapes everything.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup, escape

from contracts.directory import MailTemplate
from contracts.envelope import Language
from journal.log import log
from journal.placeholders import MAIL_TEMPLATE, fill, placeholders
from services.notifier import shown
from services.notifier.branding import ACCENT, WHITE
from services.notifier.labels import label
from services.notifier.shown import lines, one_line

TEMPLATES = Path(__file__).with_name("templates")
SUBJECT_MAX = 200
_NUMBER = re.compile(r"\b[0-9]{4}-[0-9]{6,}\b")
_NO_SUBJECT: Mapping[str, str] = {"pt-BR": "(sem assunto)", "en": "(no subject)"}
OPTIONAL: Mapping[str, Any] = {
    "answer_line": "",
    "attachments": (),
    "accent": ACCENT,
    "on_accent": WHITE,
    "link_color": ACCENT,
    "signature": "",
    "cause": "time",
    "earlier": (),
    "into": "",
    "joined": "",
    "moved": False,
    "origin": "",
    "previous": "",
    "relation": None,
    "reopened_by": "",
    "responsible": None,
    "rule": None,
    "undone": False,
}
"""Facts that not every e-mail of a template has, and that none had which an earlier release requested."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the layouts set: nothing in it is markup. `earlier` is who said what before `text`."""

    subject: str
    title: str
    paragraphs: list[str]
    details: list[tuple[str, str]]
    said: str
    text: str
    action: str
    url: str
    signature: str = ""
    earlier: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A rendered e-mail."""

    subject: str
    text: str
    html: str


class UnfitWordsError(ValueError):
    """The desk's own words for an e-mail cannot be used for this one; the message says why."""


def _wording(template: Template, clean: Mapping[str, Any], text: str) -> Wording:
    context = template.new_context(dict(clean))

    def block(name: str) -> str:
        render = template.blocks.get(name)
        return "".join(render(context)).strip() if render else ""

    usual = f"[{clean['number']}] {clean['subject']}" if "number" in clean else clean["subject"]
    return Wording(
        subject=one_line(block("subject") or usual)[:SUBJECT_MAX],
        title=one_line(block("title")),
        paragraphs=[one_line(each) for each in re.split(r"\n\s*\n", block("body")) if each.strip()],
        details=[_detail(line) for line in block("details").splitlines() if line.strip()],
        said=one_line(block("said")),
        text=text,
        action=one_line(block("action")),
        url=block("url") or clean["link"],
    )


def _in_own_words(own: MailTemplate, usual: Wording, clean: Mapping[str, Any]) -> Wording:
    """The desk's words in place of the usual ones. Raises UnfitWordsError."""
    allowed = dict.fromkeys(MAIL_TEMPLATE.get(own.template, ()), "")
    said = "\n\n".join([*(text for _, text in usual.earlier), usual.text])
    filled = allowed | shown.blanks({**clean, "text": said}, clean["language"])
    if unknown := placeholders(own.subject + own.title + own.body) - allowed.keys():
        raise UnfitWordsError(f"nothing stands for {', '.join(sorted(unknown))}")
    subject, title = one_line(fill(own.subject, filled)), one_line(fill(own.title, filled))
    paragraphs = [each for each in re.split(r"\n\s*\n", lines(fill(own.body, filled))) if each.strip()]
    if not title or not paragraphs:
        raise UnfitWordsError("nothing is left of the title, or of the body")
    if subject and "number" in clean and clean["number"] not in subject:
        # Without its number a mail could not be matched by its subject, nor be found by people.
        subject = f"[{clean['number']}] {subject}"
    says_text = "text" in placeholders(own.body)
    return replace(
        usual,
        subject=subject[:SUBJECT_MAX] or usual.subject,
        title=title[:SUBJECT_MAX],
        paragraphs=paragraphs,
        text="" if says_text else usual.text,
        earlier=() if says_text else usual.earlier,
    )


def _detail(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.strip(), value.strip()


@pass_context
def _instant(context: Context, value: str) -> str:
    return shown.instant(str(value), context["language"], context["time_zone"])


@pass_context
def _day(context: Context, value: str) -> str:
    return shown.day(str(value), context["language"])


@pass_context
def _size(context: Context, octets: int) -> str:
    return shown.size(octets, context["language"])


@pass_context
def _label(context: Context, code: str | None, kind: str) -> str:
    return label(code, kind, context["language"])


def _unbroken(text: str) -> Markup:
    """For HTML: escaped, and no line ends within the number of a ticket."""
    return Markup(_NUMBER.sub(r'<span style="white-space:nowrap">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        # The word templates give plain text; all of it is escaped where it becomes HTML.
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters.update(instant=_instant, day=_day, size=_size, label=_label, unbroken=_unbroken)
    return environment


@dataclass(frozen=True, slots=True)
class Words:
    """The templates, compiled once."""

    environment: Environment = field(default_factory=_environment)

    def write(
        self, template: str, language: Language, facts: Mapping[str, Any], own: MailTemplate | None = None
    ) -> Written:
        """Render a template. `facts` holds its own facts and those of the desk (see compose.py).

        `own` are the desk's own words for it; such as cannot be used are passed over, and logged.

        Raises:
            jinja2.TemplateError: a fact is missing, or the template.
        """
        clean, wording = self._usual(template, language, facts)
        if own is not None:
            try:
                wording = _in_own_words(own, wording, clean)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with them, the e-mail is owed
                log.error("own words unfit", template=template, language=language, error=str(error))
        return self._set(wording, clean)

    def preview(
        self, template: str, language: Language, facts: Mapping[str, Any], own: MailTemplate | None = None
    ) -> Written:
        """The same for who is writing those words, and wants to know.

        Raises:
            UnfitWordsError: they cannot be used for this e-mail.
        """
        clean, wording = self._usual(template, language, facts)
        return self._set(wording if own is None else _in_own_words(own, wording, clean), clean)

    def _usual(
        self, template: str, language: Language, facts: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Wording]:
        clean = {name: _clean(value) for name, value in {**OPTIONAL, **facts}.items()}
        clean |= {"language": language, "subject": clean["subject"] or _NO_SUBJECT[language]}
        wording = _wording(
            self.environment.get_template(f"{language}/{template}.j2"),
            clean,
            lines(str(facts.get("text", ""))),
        )
        earlier = [(one_line(said["analyst"]), lines(said["text"])) for said in facts.get("earlier", ())]
        return clean, replace(wording, earlier=earlier, signature=lines(str(facts.get("signature", ""))))

    def _set(self, wording: Wording, clean: Mapping[str, Any]) -> Written:
        context = {**clean, "w": wording}
        return Written(
            subject=wording.subject,
            text=self.environment.get_template("layout.txt").render(context).strip() + "\n",
            html=self.environment.get_template("layout.html").render(context),
        )


def _clean(value: Any) -> Any:
    """Every text in a fact on one line, however deep."""
    match value:
        case str():
            return one_line(value)
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case list() | tuple():
            return [_clean(each) for each in value]
    return value
