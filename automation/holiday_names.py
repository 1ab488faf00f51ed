"""Public holidays by country and subdivision, from the library `holidays`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays
from holidays.registry import COUNTRIES

# What the library calls our languages; a country without one of them answers in its own.
_LANGUAGES = {"de": "de", "en": "en_US"}


@lru_cache(maxsize=512)
def names_in(country: str, subdivision: str, year: int, language: str) -> Mapping[date, str]:
    """The public holidays of a year; none for a country we do not know."""
    if not country:
        return {}
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=year,
        expand=False,
        language=_LANGUAGES.get(language),
    )
    return {day: name for day, name in found.items() if day.year == year}


def holiday_name(country: str, subdivision: str, day: date, language: str) -> str:
    """What `day` is called there; "" for a working day."""
    return names_in(country, subdivision, day.year, language).get(day, "")


@lru_cache(maxsize=1)
def regions() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Every country with its subdivisions, to choose from: `DE`, `DE-SH`. Countries whose customers
    we meet first come first."""
    by_code = {names[1]: _spaced(names[0]) for names in COUNTRIES.values()}
    supported = holidays.list_supported_countries(include_aliases=False)
    first = [code for code in ("DE", "AT", "CH") if code in supported]
    rest = sorted(set(supported) - set(first), key=lambda code: by_code.get(code, code))
    return tuple(
        _region(code, by_code.get(code, code), supported[code]) for code in (*first, *rest)
    )


def is_region(country: str, subdivision: str) -> bool:
    supported = holidays.list_supported_countries(include_aliases=False)
    return country in supported and (not subdivision or subdivision in supported[country])


def _region(code: str, name: str, parts: list[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    called = _names_of_parts(code)
    inside = ((f"{code}-{part}", f"{name}: {called.get(part, part)}") for part in parts)
    return name, ((code, name), *sorted(inside, key=lambda choice: choice[1]))


def _names_of_parts(country: str) -> dict[str, str]:
    aliases = getattr(holidays.country_holidays(country), "subdivisions_aliases", {})
    return {code: name for name, code in aliases.items()}


def _spaced(name: str) -> str:
    """`UnitedKingdom` as people write it."""
    return "".join(f" {c}" if c.isupper() and at else c for at, c in enumerate(name))
