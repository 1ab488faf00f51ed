"""The reads of the inbox: lists, counts and threads, each with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

from django.db.models import Case, Count, F, Prefetch, Q, QuerySet, When
from django.utils import timezone

from accounts.models import Agent
from contacts.family import family_of
from contacts.models import Contact, Identity, IdentityKind
from contacts.numbers import match_key
from conversations.access import visible_conversations
from conversations.models import (
    THREAD_EVENTS,
    Conversation,
    Event,
    Media,
    Message,
    MessageType,
    Note,
    Reaction,
    Status,
)
from conversations.window import CLOSING_NOW, CLOSING_SOON, WindowState

Row = TypeVar("Row", Note, Event)

# The inbox's views, in the order of its navigation.
VIEWS = ("mine", "unassigned", "all", "closing", "resolved")


def _view_rules(agent: Agent, now: datetime) -> dict[str, Q]:
    """What belongs to each view; lists and counts follow the same rule."""
    unresolved = ~Q(status=Conversation.Status.RESOLVED)
    return {
        "mine": unresolved & Q(assignee=agent),
        "unassigned": unresolved & Q(assignee=None),
        "all": unresolved,
        "closing": unresolved
        & Q(window_expires_at__gt=now, window_expires_at__lt=now + CLOSING_SOON),
        "resolved": Q(status=Conversation.Status.RESOLVED),
    }


def list_conversations(
    agent: Agent,
    view: str = "all",
    query: str = "",
    team_id: int | None = None,
    now: datetime | None = None,
) -> QuerySet[Conversation]:
    """The rows of a view with all that a list row shows, newest first.

    In "closing" what closes next comes first; in "mine", too, and after that the closed windows,
    newest first: there each row has `closes`, the end of its window, None when that is past at
    `now`. `static/js/live/order.js` says the same of rows that move.
    """
    now = now or timezone.now()
    rows = visible_conversations(agent).filter(_view_rules(agent, now)[view])
    if team_id is not None:
        rows = rows.filter(team_id=team_id)
    if query:
        rows = rows.filter(_matches(query))
    rows = with_row_parts(rows)
    if view == "mine":
        is_open = Q(window_expires_at__gt=now)
        return rows.annotate(closes=Case(When(is_open, then=F("window_expires_at")))).order_by(
            F("closes").asc(nulls_last=True),
            Case(When(~is_open, then=F("last_message_at"))).desc(nulls_last=True),
            "id",
        )
    order = ("window_expires_at", "id") if view == "closing" else ("-last_message_at", "-id")
    return rows.order_by(*order)


def window_counts(rows: QuerySet[Conversation], now: datetime) -> dict[WindowState, int]:
    """How many of `rows` have a window in each state at `now`, in one query."""
    end = "window_expires_at"
    urgent_until, soon_until = now + CLOSING_NOW, now + CLOSING_SOON
    rules = {
        WindowState.CLOSED: Q(window_expires_at__lte=now) | Q(window_expires_at=None),
        WindowState.NOW: Q(**{f"{end}__gt": now, f"{end}__lt": urgent_until}),
        WindowState.SOON: Q(**{f"{end}__gte": urgent_until, f"{end}__lt": soon_until}),
        WindowState.OPEN: Q(**{f"{end}__gte": soon_until}),
    }
    counts = {state.value: Count("pk", filter=rule) for state, rule in rules.items()}
    numbers = rows.aggregate(**counts)
    return {state: numbers[state.value] for state in rules}


def with_row_parts(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """What a list row shows, in a fixed number of queries."""
    return rows.select_related(
        *("contact", "assignee", "team", "business_number", "last_message"),
        *("last_message__author", "chat_link"),
    ).prefetch_related(
        Prefetch("contact__identities", Identity.objects.filter(ended_at=None)),
        "labels",
        Prefetch("last_message__media", Media.objects.all()),
    )


def view_counts(agent: Agent) -> dict[str, int]:
    """How many conversations each open view holds, in one query."""
    rules = _view_rules(agent, timezone.now())
    counts = {view: Count("pk", filter=rule) for view, rule in rules.items() if view != "resolved"}
    return visible_conversations(agent).aggregate(**counts)


# Where an item stands in its thread: its time, then its id as text.
ItemKey: TypeAlias = tuple[datetime, str]


@dataclass(frozen=True)
class ThreadItem:
    """One line of a thread: `kind` is message, note or event; `item` the row itself."""

    kind: str
    at: datetime
    item: Message | Note | Event

    @property
    def key(self) -> ItemKey:
        return (self.at, str(self.item.pk))


def thread_items(
    conversation: Conversation, before: ItemKey | None = None, limit: int = 50
) -> list[ThreadItem]:
    """The last `limit` messages before `before` and what happened among them, oldest first,
    quotes resolved. `before` is the key of the oldest message that is shown already.

    Many messages may share one of WhatsApp's seconds, so a place is a time and an id.
    """
    bubbles = conversation.messages.exclude(type=MessageType.REACTION)
    if before:
        at, pk = before
        bubbles = bubbles.filter(Q(sent_at__lt=at) | Q(id__lt=pk), sent_at__lte=at)
    messages = list(with_bubble_parts(bubbles).order_by("-sent_at", "-id")[:limit])
    attach_quotes(messages)
    attach_presses(messages)
    attach_templates_instead(messages)
    attach_newer_attempts(messages)
    items = [ThreadItem("message", m.sent_at, m) for m in messages]
    start = items[-1].key if len(items) == limit else None
    notes = conversation.notes.select_related("author")
    events = conversation.events.filter(name__in=THREAD_EVENTS).select_related("actor")
    beside = [
        ThreadItem("note", n.created_at, n) for n in _between(notes, "created_at", start, before)
    ] + [
        ThreadItem("event", e.occurred_at, e)
        for e in _between(events, "occurred_at", start, before)
    ]
    items += [
        item
        for item in beside
        if (not start or start < item.key) and (not before or item.key < before)
    ]
    return sorted(items, key=lambda item: item.key)


def _between(
    rows: QuerySet[Row], field: str, start: ItemKey | None, before: ItemKey | None
) -> QuerySet[Row]:
    """The rows from the moment of `start` up to that of `before`, both included; None: no limit."""
    if start:
        rows = rows.filter(**{f"{field}__gte": start[0]})
    return rows.filter(**{f"{field}__lte": before[0]}) if before else rows


def with_bubble_parts(rows: QuerySet[Message]) -> QuerySet[Message]:
    """What a bubble shows, in a fixed number of queries."""
    return rows.select_related("author", "template", "conversation__contact").prefetch_related(
        "media",
        Prefetch("reactions", Reaction.objects.exclude(emoji="").select_related("agent")),
        Prefetch("conversation__contact__identities", Identity.objects.filter(ended_at=None)),
    )


def attach_quotes(messages: list[Message]) -> None:
    """Give each message `quoted`: the message it answers, or None. One query for all."""
    wamids = {m.context_wamid for m in messages if m.context_wamid}
    found: dict[tuple[int, str], Message] = {}
    if wamids:
        rows = Message.objects.filter(wamid__in=wamids).select_related("author")
        found = {(m.business_number_id, m.wamid): m for m in rows if m.wamid}
    for message in messages:
        message.quoted = found.get((message.business_number_id, message.context_wamid))  # type: ignore[attr-defined]


def attach_presses(messages: list[Message]) -> None:
    """Give messages that offered buttons `pressed`: the words their answers on this page say."""
    offers = {(m.business_number_id, m.wamid): m for m in messages if not m.is_inbound and m.wamid}
    for message in messages:
        offer = offers.get((message.business_number_id, message.context_wamid))
        if offer and message.type in (MessageType.INTERACTIVE, MessageType.BUTTON):
            offer.pressed = {*getattr(offer, "pressed", ()), message.text}  # type: ignore[attr-defined]


def templates_instead_of(pks: list[UUID]) -> dict[UUID, UUID]:
    """Which template went (or waits to go) instead of each of these messages, by its id."""
    rows = Message.objects.filter(again_of__in=pks, type=MessageType.TEMPLATE)
    rows = rows.exclude(status=Status.BLOCKED).order_by("created_at", "id")
    return dict(rows.values_list("again_of_id", "pk"))


def attach_templates_instead(messages: list[Message]) -> None:
    """Give each message that missed its window `template_instead`: the id of the template that
    went instead, or None. One query for all, none where none missed it."""
    missed = [message for message in messages if message.missed_window]
    found = templates_instead_of([message.pk for message in missed]) if missed else {}
    for message in missed:
        message.template_instead = found.get(message.pk)  # type: ignore[attr-defined]


def attach_newer_attempts(messages: list[Message]) -> None:
    """Give each message that failed `newer_attempt`: the id of the one sent again instead, or
    None. One query for all, none where none failed."""
    failed = [message for message in messages if message.status == Status.FAILED]
    if not failed:
        return
    rows = Message.objects.filter(again_of__in=failed).order_by("created_at", "id")
    found = dict(rows.values_list("again_of_id", "pk"))
    for message in failed:
        message.newer_attempt = found.get(message.pk)  # type: ignore[attr-defined]


def newest_thread_of(contact: Contact) -> Conversation | None:
    """Where the person was heard of last, whichever of our numbers it was on."""
    threads = Conversation.objects.filter(contact__in=family_of(contact))
    return threads.order_by(F("last_message_at").desc(nulls_last=True), "-created_at").first()


def bubble_messages(pks: list[UUID]) -> dict[UUID, Message]:
    """Messages by primary key, ready to be drawn."""
    messages = list(with_bubble_parts(Message.objects.filter(pk__in=pks)))
    attach_quotes(messages)
    attach_templates_instead(messages)
    attach_newer_attempts(messages)
    return {message.pk: message for message in messages}


def events_after(sequence: int, limit: int) -> list[Event]:
    """Dispatched events that came after `sequence`, in order."""
    rows = Event.objects.filter(sequence__gt=sequence, dispatched_at__isnull=False)
    return list(rows.select_related("conversation", "message", "note", "actor")[:limit])


def _matches(query: str) -> Q:
    query = query.strip()
    by_name = Q(contact__name__icontains=query)
    part = query.lstrip("@+").replace(" ", "")
    by_identity = Q(contact__identities__value__icontains=part)
    if part.isdigit():  # a whole number in another spelling than WhatsApp's
        by_identity |= Q(contact__identities__match_key=match_key(IdentityKind.WA_ID, part))
    return Q(pk__in=Conversation.objects.filter(by_name | by_identity).values("pk"))
