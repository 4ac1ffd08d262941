"""Which dates the desk does not work: national and state holidays from the `holidays` package, municipal by hand.

The dates are written into a calendar version, so a later release of the package changes no calendar in force.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date

_LANGUAGE = "pt_BR"
_MUNICIPAL = "Feriado municipal"
_EVERY_YEAR = re.compile(r"\d\d-\d\d", re.ASCII)


def holidays_between(
    first_year: int,
    last_year: int,
    *,
    country: str = "BR",
    state: str | None = "MG",
    optional: Collection[str] = (),
    municipal: Iterable[str] = (),
) -> dict[date, str]:
    """The closed dates from `first_year` to `last_year`, both included, in order, each with its name in pt-BR.

    `optional` names the optional days (ponto facultativo) that this desk keeps, as the package calls them:
    "Carnaval", "Corpus Christi" and so on. `municipal` lists the town's days, "MM-DD" for every year or
    "YYYY-MM-DD" for one.
    Source: domain.md, "Business time": holidays of Brazil, Minas Gerais, and the desk's municipal list.

    Raises:
        ValueError: a state or an optional day that the package does not know, years it does not cover, or
            a municipal day that is no date.
    """
    import holidays  # noqa: PLC0415 - 20 MB, needed only where a calendar is made

    years = range(first_year, last_year + 1)
    try:
        public = holidays.country_holidays(country, subdiv=state, years=years, language=_LANGUAGE)
        offered = holidays.country_holidays(
            country, subdiv=state, years=years, categories=("optional",), language=_LANGUAGE
        )
    except NotImplementedError as unknown:
        raise ValueError(str(unknown)) from unknown
    if first_year < public.start_year or last_year > public.end_year:
        raise ValueError(f"holidays of {country} are known from {public.start_year} to {public.end_year}")
    names = {name for joined in offered.values() for name in joined.split("; ")}
    if strangers := sorted(set(optional) - names):
        raise ValueError(f"no optional days: {', '.join(strangers)}; there are {', '.join(sorted(names))}")
    kept = {day: name for day, name in offered.items() if not set(optional).isdisjoint(name.split("; "))}
    return dict(sorted((_municipal_days(municipal, years) | kept | dict(public)).items()))


def _municipal_days(listed: Iterable[str], years: range) -> dict[date, str]:
    days = (
        date.fromisoformat(f"{year:04}-{text}" if _EVERY_YEAR.fullmatch(text) else text)
        for text in listed
        for year in years
    )
    return {day: _MUNICIPAL for day in days if day.year in years}
