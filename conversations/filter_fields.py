"""The fields a list can be narrowed by: how their values are written, and what they mean as SQL.

What depends on the moment is asked of `Asked.now`; `static/js/live/belongs.js` says of single rows
what it can say without asking.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Agent
from consent.gate import people_subscribed_to
from conversations.models import Conversation, ConversationRead, Priority
from conversations.window import CLOSING_NOW, CLOSING_SOON

NONE, ANY, ME = "none", "any", "me"
YES, NO = "yes", "no"


class Op(StrEnum):
    """How a field is compared."""

    IS = "is"
    NOT = "not"
    FROM = "from"
    BEFORE = "before"
    WITHIN = "within"  # the last … days
    LONGER = "longer"  # than … minutes


OP_WORDS: dict[Op, str | Promise] = {
    Op.IS: _("is one of"),
    Op.NOT: _("is none of"),
    Op.FROM: pgettext_lazy("filter: on this day or later", "from"),
    Op.BEFORE: pgettext_lazy("filter: earlier than this day", "before"),
    Op.WITHIN: _("within the last"),
    Op.LONGER: _("longer than"),
}


@dataclass(frozen=True)
class Asked:
    """Who asks, and when: "me", "unread" and the windows depend on it."""

    agent: Agent
    now: datetime


Reader = Callable[[str], str | None]
Rule = Callable[[Op, tuple[str, ...], Asked], Q]


@dataclass(frozen=True)
class FilterField:
    """A field by its name in the URL. The first of `ops` needs no word there."""

    key: str
    words: str | Promise
    ops: tuple[Op, ...]
    reader: Reader | dict[Op, Reader]
    rule: Rule
    takes_many: bool = True
    # The field's own values with their words, where they are not rows of the database.
    choices: tuple[tuple[str, str | Promise], ...] = ()

    def read(self, op: Op, text: str) -> str | None:
        """The value as it is written in URLs; None for what is none."""
        reader = self.reader[op] if isinstance(self.reader, dict) else self.reader
        return reader(text)


def _one_of(*values: str) -> Reader:
    return lambda text: text.lower() if text.lower() in values else None


def _number(text: str) -> str | None:
    """The id of a row."""
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _number_or(*words: str) -> Reader:
    return lambda text: text if text in words else _number(text)


def _minutes(text: str) -> str | None:
    return text if _number(text) == text and 0 < int(text) <= 60 * 24 * 365 else None


def _days(text: str) -> str | None:
    return text if _number(text) == text and 0 < int(text) <= 3660 else None


def _date(text: str) -> str | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day.isoformat() if 2000 <= day.year < 2200 else None


def _matching(pattern: str) -> Reader:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: text if compiled.fullmatch(text) else None


def _ids(values: tuple[str, ...]) -> list[int]:
    return [int(value) for value in values if value.isdigit()]


def _status(_op: Op, values: tuple[str, ...], _asked: Asked) -> Q:
    return Q(status__in=values)


def _assignee(_op: Op, values: tuple[str, ...], asked: Asked) -> Q:
    wanted = _ids(values) + ([asked.agent.pk] if ME in values else [])
    rule = Q(assignee__in=wanted) if wanted else Q(pk__in=())
    return rule | Q(assignee=None) if NONE in values else rule


def _key(column: str) -> Rule:
    """A foreign key that may be empty."""

    def rule(_op: Op, values: tuple[str, ...], _asked: Asked) -> Q:
        found = Q(**{f"{column}__in": _ids(values)})
        if NONE in values:
            found |= Q(**{f"{column}__isnull": True})
        if ANY in values:
            found |= Q(**{f"{column}__isnull": False})
        return found

    return rule


def _label(_op: Op, values: tuple[str, ...], _asked: Asked) -> Q:
    through: Any = Conversation.labels.through
    labelled = through.objects.values("conversation_id")
    rule = Q(pk__in=labelled.filter(label__in=_ids(values)))
    return rule | ~Q(pk__in=labelled) if NONE in values else rule


def _topic(_op: Op, values: tuple[str, ...], _asked: Asked) -> Q:
    return Q(contact__in=people_subscribed_to(values))


def _language(_op: Op, values: tuple[str, ...], _asked: Asked) -> Q:
    rule = Q()
    for value in values:
        rule |= (
            Q(contact__language="") if value == NONE else Q(contact__language__istartswith=value)
        )
    return rule


def _window(_op: Op, values: tuple[str, ...], asked: Asked) -> Q:
    closed = Q(window_expires_at=None) | Q(window_expires_at__lte=asked.now)
    is_open = Q(window_expires_at__gt=asked.now)
    rules = {
        "open": is_open,
        "urgent": is_open & Q(window_expires_at__lt=asked.now + CLOSING_NOW),
        "closing": is_open & Q(window_expires_at__lt=asked.now + CLOSING_SOON),
        "closed": closed,
    }
    rule = Q()
    for value in values:
        rule |= rules[value]
    return rule


def _priority(_op: Op, values: tuple[str, ...], _asked: Asked) -> Q:
    return Q(priority__in=[PRIORITIES[value] for value in values])


def _waiting(_op: Op, values: tuple[str, ...], asked: Asked) -> Q:
    return Q(waiting_since__lt=asked.now - timedelta(minutes=int(values[0])))


def _sla(_op: Op, values: tuple[str, ...], asked: Asked) -> Q:
    rules = {
        "breached": Q(sla_due_at__lte=asked.now),
        "soon": Q(sla_warn_at__lte=asked.now, sla_due_at__gt=asked.now),
        "running": Q(sla_due_at__gt=asked.now),
    }
    rule = Q()
    for value in values:
        rule |= rules[value]
    return rule


def _moment(column: str) -> Rule:
    """A time by days; "from" and "before" are days where the agent is."""

    def rule(op: Op, values: tuple[str, ...], asked: Asked) -> Q:
        if op == Op.WITHIN:
            return Q(**{f"{column}__gte": asked.now - timedelta(days=int(values[0]))})
        day = datetime.combine(date.fromisoformat(values[0]), datetime.min.time())
        start = timezone.make_aware(day)
        return Q(**{f"{column}__gte" if op == Op.FROM else f"{column}__lt": start})

    return rule


def _unread(_op: Op, values: tuple[str, ...], asked: Asked) -> Q:
    """For the one who asks: beyond their marker, else by what is unread for all."""
    if set(values) >= {YES, NO}:
        return Q()
    mine = ConversationRead.objects.filter(agent=asked.agent)
    behind = mine.filter(seen_count__lt=F("conversation__inbound_count"))
    unread = Q(pk__in=behind.values("conversation_id")) | (
        Q(unread__gt=0) & ~Q(pk__in=mine.values("conversation_id"))
    )
    return unread if YES in values else ~unread


PRIORITIES = {priority.name.lower(): priority for priority in Priority}
_WINDOWS = (
    ("open", pgettext_lazy("window", "open")),
    ("closing", _("closes in less than 2 hours")),
    ("urgent", _("closes in less than 30 minutes")),
    ("closed", pgettext_lazy("window", "closed")),
)
_SLA = (("breached", _("missed")), ("soon", _("ends soon")), ("running", _("is running")))
_WAITS = (
    ("15", _("15 minutes")),
    ("60", _("1 hour")),
    ("240", _("4 hours")),
    ("1440", _("1 day")),
    ("4320", _("3 days")),
    ("20160", _("14 days")),
)
_LANGUAGE_NAMES = (*settings.LANGUAGES, (NONE, _("unknown")))
_CHOICE = (Op.IS, Op.NOT)
_DATES: dict[Op, Reader] = {Op.WITHIN: _days, Op.FROM: _date, Op.BEFORE: _date}


def _fields() -> tuple[FilterField, ...]:
    keyed, text = _number_or(NONE), _matching(r"[A-Za-z0-9_.-]{1,40}")
    language = _matching(r"none|[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?")
    return (
        FilterField(
            "status",
            _("Status"),
            _CHOICE,
            _one_of(*Conversation.Status.values),
            _status,
            choices=tuple(Conversation.Status.choices),
        ),
        FilterField("assignee", _("Assignee"), _CHOICE, _number_or(ME, NONE), _assignee),
        FilterField("team", _("Team"), _CHOICE, keyed, _key("team")),
        FilterField("label", _("Label"), _CHOICE, keyed, _label),
        FilterField("topic", _("Subscribed topic"), _CHOICE, text, _topic),
        FilterField("number", _("Our number"), _CHOICE, _number, _key("business_number")),
        FilterField(
            "language", _("Language"), _CHOICE, language, _language, choices=_LANGUAGE_NAMES
        ),
        FilterField(
            "window",
            _("Window"),
            _CHOICE,
            _one_of(*(key for key, _words in _WINDOWS)),
            _window,
            choices=_WINDOWS,
        ),
        FilterField(
            "priority",
            _("Priority"),
            _CHOICE,
            _one_of(*PRIORITIES),
            _priority,
            choices=tuple((key, priority.label) for key, priority in PRIORITIES.items()),
        ),
        FilterField(
            "waiting",
            _("Waiting"),
            (Op.LONGER,),
            _minutes,
            _waiting,
            takes_many=False,
            choices=_WAITS,
        ),
        FilterField(
            "sla",
            _("Service level"),
            _CHOICE,
            _one_of(*(key for key, _words in _SLA)),
            _sla,
            choices=_SLA,
        ),
        FilterField(
            "unread",
            _("Unread"),
            (Op.IS,),
            _one_of(YES, NO),
            _unread,
            takes_many=False,
            choices=((YES, _("yes")), (NO, _("no"))),
        ),
        FilterField("link", _("Came by"), _CHOICE, _number_or(NONE, ANY), _key("chat_link")),
        FilterField(
            "created", _("Opened"), tuple(_DATES), _DATES, _moment("created_at"), takes_many=False
        ),
        FilterField(
            "last",
            _("Last message"),
            tuple(_DATES),
            _DATES,
            _moment("last_message_at"),
            takes_many=False,
        ),
    )


FIELDS: dict[str, FilterField] = {one.key: one for one in _fields()}
