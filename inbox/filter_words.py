"""A filter as people read it: the names behind its ids, its chips, and what can be picked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import Agent
from consent.models import Topic
from conversations.access import visible_numbers, visible_teams
from conversations.filter_fields import ANY, FIELDS, ME, NONE, OP_WORDS, FilterField, Op
from conversations.filters import Condition, Filter
from conversations.models import ChatLink, Label

# The names of rows, by field and then by the value in the URL.
Names = dict[str, dict[str, str]]
# What a list of a field's values offers beside its rows.
_SPECIAL = {
    "assignee": (ME, NONE),
    "team": (NONE,),
    "label": (NONE,),
    "link": (ANY, NONE),
}
MAX_CHOICES = 300


@dataclass(frozen=True)
class Chip:
    """A condition as it stands over the list, and the query of the URL without it."""

    words: str
    without: str


def names_for(agent: Agent, wanted: Filter | None) -> Names:
    """The teams this agent sees, and what `wanted` speaks of; all there is to pick for None. One
    query."""
    found: Names = {"team": {}}
    parts = [_named("team", visible_teams(agent), "name")]
    for key, rows, name in _sources(agent):
        if wanted is None:
            parts.append(_named(key, rows, name).order_by("word")[:MAX_CHOICES])
            continue
        values = [v for one in wanted.conditions if one.key == key for v in one.values]
        if values:
            column = "key" if key == "topic" else "pk"
            ids = values if key == "topic" else [value for value in values if value.isdigit()]
            parts.append(_named(key, rows.filter(**{f"{column}__in": ids}), name))
    first, *others = parts
    for key, value, word in first.union(*others, all=True) if others else first:
        found.setdefault(key, {})[value] = word
    found["team"] = dict(sorted(found["team"].items(), key=lambda pair: pair[1].casefold()))
    return found


def team_names(names: Names) -> dict[int, str]:
    return {int(pk): name for pk, name in names["team"].items()}


def chips(narrowed: Filter, names: Names, query_without: Any) -> list[Chip]:
    """A chip per condition; `query_without(condition)` is the list without it."""
    return [Chip(condition_words(one, names), query_without(one)) for one in narrowed.conditions]


def condition_words(condition: Condition, names: Names) -> str:
    """As in "Status: open, pending", "Label: not Refund", "Opened: last 7 days"."""
    said = ", ".join(value_words(condition.of, condition.op, v, names) for v in condition.values)
    if condition.op == Op.NOT:
        said = _("not %(values)s") % {"values": said}
    elif condition.op in (Op.FROM, Op.BEFORE, Op.LONGER):
        said = f"{OP_WORDS[condition.op]} {said}"
    return f"{condition.of.words}: {said}"


def value_words(field: FilterField, op: Op, value: str, names: Names) -> str:
    """One value, also of a row that is gone."""
    if op == Op.WITHIN:
        return ngettext("last %(n)s day", "last %(n)s days", int(value)) % {"n": value}
    if op in (Op.FROM, Op.BEFORE):
        return date_format(parse_date(value), "SHORT_DATE_FORMAT")  # type: ignore[arg-type]
    own = dict(field.choices)
    if value in own:
        return str(own[value])
    if value in (ME, NONE, ANY):
        return special_words(field.key, value)
    if field.key == "waiting":
        return _("%(n)s min") % {"n": value}
    if field.key == "language":
        return value
    return names.get(field.key, {}).get(value) or _("(no longer there)")


def special_words(key: str, value: str) -> str:
    if value == ME:
        return _("me")
    if value == ANY:
        return _("any link")
    nothing = {
        "assignee": _("nobody"),
        "team": _("no team"),
        "label": _("no label"),
        "link": _("no link"),
    }
    return nothing.get(key, _("unknown"))


def builder(agent: Agent) -> list[dict[str, Any]]:
    """The fields of the filter builder with all that can be picked, as its script needs them."""
    names = names_for(agent, None)
    return [
        {
            "key": field.key,
            "words": str(field.words),
            "many": field.takes_many,
            "ops": [{"key": op.value, "words": _op_words(op, field)} for op in field.ops],
            "choices": list(_choices(field, names)),
        }
        for field in FIELDS.values()
    ]


def _op_words(op: Op, field: FilterField) -> str:
    if op == Op.IS and not field.takes_many:
        return _("is")
    return str(OP_WORDS[op])


def _choices(field: FilterField, names: Names) -> Iterable[dict[str, str]]:
    for value, words in field.choices:
        yield {"value": value, "words": str(words)}
    for value in _SPECIAL.get(field.key, ()):
        yield {"value": value, "words": special_words(field.key, value)}
    rows = names.get(field.key, {})
    for value, word in sorted(rows.items(), key=lambda pair: pair[1].casefold()):
        yield {"value": value, "words": word}


def _sources(agent: Agent) -> list[tuple[str, QuerySet[Any], str]]:
    german = (get_language() or "").startswith("de")
    return [
        ("assignee", Agent.objects.filter(is_active=True), "name"),
        ("label", Label.objects.all(), "name"),
        ("topic", Topic.objects.all(), "name_de" if german else "name_en"),
        ("number", visible_numbers(agent), "name"),
        ("link", ChatLink.objects.all(), "name"),
    ]


def _named(key: str, rows: QuerySet[Any], name: str) -> QuerySet[Any, Any]:
    pk = "key" if key == "topic" else "pk"
    named: QuerySet[Any, Any] = rows.order_by().annotate(
        what=Value(key, CharField()), value=Cast(pk, CharField()), word=Cast(name, CharField())
    )
    return named.values_list("what", "value", "word")
