"""How long each kind of data is kept, in words: for records, notices and the admin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from consent.models import Purpose, Topic
from consent.processing import years_by_topic
from consent.retention import Kind, Limits, all_limits, retention

_YEAR = 365


@dataclass(frozen=True)
class Time:
    """What it is, how long, and what else is to be known."""

    kind: str
    what: str
    how_long: str
    note: str


def times() -> list[Time]:
    """Of every kind; narrower rules follow the general one."""
    return list(_times())


def _times() -> Iterator[Time]:
    limits = all_limits()
    names = {topic.key: str(topic) for topic in Topic.objects.all()}
    for kind in retention.kinds.values():
        if not kind.is_set:
            yield Time(kind.name, str(kind.words), _proof(), str(kind.note))
            continue
        own = limits[kind.name]
        yield Time(kind.name, str(kind.words), days_in_words(kind.effective(own)), str(kind.note))
        yield from _narrower(kind, own, names)


def _narrower(kind: Kind, limits: Limits, names: dict[str, str]) -> Iterator[Time]:
    for purpose, days in limits.purposes.items():
        about = f"{kind.words} · {Purpose(purpose).label}"
        yield Time(kind.name, about, days_in_words(days), "")
    for topic, days in limits.topics.items():
        about = f"{kind.words} · {names.get(topic, topic)}"
        yield Time(kind.name, about, days_in_words(days), "")


def days_in_words(days: int | None) -> str:
    """ "90 days", "2 years"; None: until the person is erased."""
    if days is None:
        return gettext("until the person is erased")
    if days and days % _YEAR == 0:
        return years_in_words(days // _YEAR)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def years_in_words(years: int) -> str:
    return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}


def months_in_words(months: int | None) -> str:
    """After how many months without a sign of life a consent ends."""
    if not months:
        return gettext("until withdrawn")
    return ngettext(
        "until withdrawn, or %(count)s month without a sign of life",
        "until withdrawn, or %(count)s months without a sign of life",
        months,
    ) % {"count": months}


def proof_in_words(years: int | None) -> str:
    if years is None:
        return gettext("until the person is erased")
    if years == 0:
        return gettext("to the end of the year in which it ends")
    return gettext("%(years)s after its end, to the end of the year") % {
        "years": years_in_words(years)
    }


def _proof() -> str:
    general, topics = years_by_topic()
    found = sorted(
        {-1 if years is None else years for years in (*general.values(), *topics.values())}
    )
    return "; ".join(proof_in_words(None if years < 0 else years) for years in found)
