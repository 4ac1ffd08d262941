"""The words of an e-mail: one template a language gives the sentences, two layouts set them as text and HTML.

A template has blocks of plain text: `title`, `body` (paragraphs between empty lines), and where they
apply `subject`, `details` (a line each, `label: value`), `said` (what stands over a person's words) and
`action` (the words of the button). What people wrote reaches the layouts as data alone, and the HTML
layout escapes everything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context, select_autoescape
from jinja2.runtime import Context

from contracts.envelope import Language

TEMPLATES = Path(__file__).with_name("templates")
SUBJECT_MAX = 200
_INSTANTS: Mapping[str, tuple[str, str]] = {
    "pt-BR": ("pt_BR", "EEEE, d 'de' MMMM 'de' y, 'às' HH:mm"),
    "en": ("en_GB", "EEEE, d MMMM y, 'at' HH:mm"),
}
_NO_SUBJECT: Mapping[str, str] = {"pt-BR": "(sem assunto)", "en": "(no subject)"}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the layouts set: nothing in it is markup."""

    subject: str
    title: str
    paragraphs: list[str]
    details: list[tuple[str, str]]
    said: str
    text: str
    action: str
    url: str


@dataclass(frozen=True, slots=True)
class Written:
    """A rendered e-mail."""

    subject: str
    text: str
    html: str


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


def one_line(text: str) -> str:
    """The text without line ends, control characters and doubled spaces: fit for a header or a label."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _readable(text: str) -> str:
    kept = re.sub(r"[^\S\n]+\n", "\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(_UNPRINTABLE.sub(" ", line) for line in kept.split("\n")).strip("\n")


def _detail(line: str) -> tuple[str, str]:
    label, _, value = line.partition(": ")
    return label.strip(), value.strip()


@pass_context
def _instant(context: Context, value: str) -> str:
    """An ISO instant in the desk's time zone and the recipient's language."""
    locale, form = _INSTANTS[context["language"]]
    local = datetime.fromisoformat(str(value)).astimezone(ZoneInfo(context["time_zone"]))
    return format_datetime(local, form, locale=locale)


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
    environment.filters["instant"] = _instant
    return environment


@dataclass(frozen=True, slots=True)
class Words:
    """The templates, compiled once."""

    environment: Environment = field(default_factory=_environment)

    def write(self, template: str, language: Language, facts: Mapping[str, Any]) -> Written:
        """Render a template. `facts` holds its own facts and those of the desk (see compose.py).

        Raises:
            jinja2.TemplateError: a fact is missing, or the template.
        """
        clean = {name: one_line(v) if isinstance(v, str) else v for name, v in facts.items()}
        clean |= {"language": language, "subject": clean["subject"] or _NO_SUBJECT[language]}
        text = _readable(str(facts.get("text", "")))
        wording = _wording(self.environment.get_template(f"{language}/{template}.j2"), clean, text)
        context = {**clean, "w": wording}
        return Written(
            subject=wording.subject,
            text=self.environment.get_template("layout.txt").render(context).strip() + "\n",
            html=self.environment.get_template("layout.html").render(context),
        )
