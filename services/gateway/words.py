"""Everything a person reads, in Portuguese (first) and English: sentences by code, dates, durations, sizes."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from contracts.envelope import FILE_SIZE_MAX, Language

LANGUAGES: tuple[Language, ...] = ("pt-BR", "en")
_FOLDER = Path(__file__).with_name("locale")
_KB = 1000
_KIND = {"to": "status", "reason": "close_reason", "kind": "record", "field": "field"}
"""Kinds of words that a refusal's facts are of, where they are called otherwise."""
_SHORT: dict[Language, str] = {"pt-BR": "dd/MM/yyyy HH:mm", "en": "d MMM yyyy, HH:mm"}
_SHORT_DATE: dict[Language, str] = {"pt-BR": "dd/MM/yyyy", "en": "d MMM yyyy"}


@cache
def sentences(language: Language) -> dict[str, str]:
    """All sentences of a language, by code."""
    text = (_FOLDER / f"{language}.json").read_text(encoding="utf-8")
    return cast("dict[str, str]", json.loads(text))


class Words:
    """One language and one time zone, as the templates use them."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self.language = language
        self.zone = zone
        self._sentences = sentences(language)
        self._locale = language.replace("-", "_")

    def __call__(self, code: str, /, **facts: object) -> str:
        """The sentence of a code with its facts. Raises KeyError for a code that no catalogue has."""
        return self._sentences[code].format(**facts)

    def has(self, code: str) -> bool:
        """Whether there is a sentence of that code."""
        return code in self._sentences

    def one_of(self, kind: str, value: str | None) -> str:
        """The word for a value of a closed list (`status`, `priority` …); the value itself if it is new."""
        return self._sentences.get(f"{kind}.{value}", value or "")

    def refusal(self, code: str, facts: dict[str, object]) -> str:
        """Why a command was refused, and what to do next; where that depends on the ticket's status, what to do from it."""
        known = {key: self.one_of(_KIND.get(key, key), str(value)) for key, value in facts.items()}
        wanted = (f"refused.{code}.{facts.get('status')}", f"refused.{code}", "refused.other")
        sentence = next(self._sentences[name] for name in wanted if name in self._sentences)
        return sentence.format_map(_Known({**known, "code": code}))

    def instant(self, at: datetime | None) -> str:
        """Date and time of day, in the desk's time zone."""
        return format_datetime(at, _SHORT[self.language], self.zone, self._locale) if at else "—"

    def instant_long(self, at: datetime) -> str:
        """The same to the second."""
        return format_datetime(at, f"{_SHORT[self.language]}:ss", self.zone, self._locale)

    def date(self, day: date | None) -> str:
        """A local date."""
        return format_date(day, _SHORT_DATE[self.language], self._locale) if day else "—"

    def moment(self, text: str) -> str:
        """A date or an instant as data says it, `2026-03-02`, as people read it."""
        if len(text) == len("2026-03-02"):
            return self.date(date.fromisoformat(text))
        return self.instant(datetime.fromisoformat(text))

    def time(self, at: datetime | None) -> Markup:
        """A `<time>` element."""
        if at is None:
            return Markup("—")
        return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), self.instant(at))

    def duration(self, span: timedelta) -> str:
        """A length of time in the largest unit that says enough."""
        return format_timedelta(abs(span), threshold=1.2, locale=self._locale)

    def exact(self, span: timedelta) -> str:
        """A length of time to the second, as clocks add it up."""
        minutes, seconds = divmod(span // timedelta(seconds=1), 60)
        whole = f"{minutes // 60} h {minutes % 60:02} min"
        return f"{whole} {seconds:02} s" if seconds else whole

    def seconds(self, count: float | None) -> str:
        """Seconds of working time, to the second; a dash for none."""
        return "—" if count is None else self.exact(timedelta(seconds=round(count)))

    def percent(self, share: float | None) -> str:
        """A part of the whole, to a tenth of a per cent; a dash for none."""
        return "—" if share is None else str(format_percent(share, "#,##0.0%", locale=self._locale))

    def decimal(self, number: float | None) -> str:
        """A number to a tenth; a dash for none."""
        return "—" if number is None else str(format_decimal(number, "0.0", locale=self._locale))

    def size(self, count: int) -> str:
        """A file's size; of one that cannot be true, the most that one could be."""
        count = min(count, FILE_SIZE_MAX)
        if count < _KB * _KB:
            return f"{format_decimal(max(round(count / _KB), 1), locale=self._locale)} kB"
        return f"{format_decimal(round(count / _KB / _KB, 1), locale=self._locale)} MB"


class _Known(dict[str, str]):
    """Facts of a refusal: one that a service left out must not keep the sentence from being shown."""

    def __missing__(self, key: str) -> str:
        return "…"


def preferred(accept_language: str) -> Language:
    """The language of an `Accept-Language` header: Portuguese unless English is asked for before it."""
    for tag in _tags(accept_language):
        if tag.startswith("pt"):
            return "pt-BR"
        if tag.startswith("en"):
            return "en"
    return "pt-BR"


def _tags(accept_language: str) -> Iterable[str]:
    """Language tags, the most wanted first. Source: RFC 9110, section 12.5.4."""
    weighed = []
    for part in accept_language.lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighed, key=lambda pair: pair[0])]
