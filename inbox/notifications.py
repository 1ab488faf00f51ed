"""Notifications: written in the worker that tells of events, shown in the page, read there.

A batch of events is one pass: the rows are inserted together, each agent once per event, so told
again after a crash it changes nothing. Whoever has the conversation on screen is not told of it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone, translation

from accounts.models import Agent
from accounts.preferences import preferences_of
from contacts.models import Identity
from conversations.access import visible_conversations
from conversations.models import Conversation, Event, EventName, Mention
from inbox import live, push
from inbox.frames import encode
from inbox.models import Notification, NotificationKind
from inbox.notification_rules import Wanted, wanted_of
from inbox.notification_words import ICONS, title_of
from inbox.preview import LENGTH, preview
from inbox.watching import agents_watching

logger = logging.getLogger(__name__)

PAGE = 20


# -- Writing --------------------------------------------------------------------------------------


def notify_of(events: list[Event], **_more: object) -> None:
    """The listener of `events_dispatched`."""
    wanted = wanted_of(events)
    if not wanted:
        return
    watching = agents_watching({one.event.conversation_id for one in wanted})
    wanted = _without_what_they_see(wanted, watching)
    with transaction.atomic():
        fresh = _insert(wanted, watching)
        transaction.on_commit(partial(_announce, fresh))


def _without_what_they_see(wanted: list[Wanted], watching: dict[UUID, set[int]]) -> list[Wanted]:
    """A customer's message that appears before the agent's eyes is no news; of several messages
    of one customer the last one counts."""
    last: dict[tuple[int, UUID], Wanted] = {}
    rest = []
    for one in wanted:
        if one.kind != NotificationKind.REPLIED_IN_MINE:
            rest.append(one)
        elif one.agent not in watching.get(one.event.conversation_id, ()):
            last[one.agent, one.event.conversation_id] = one
    return [*rest, *last.values()]


def _insert(wanted: list[Wanted], watching: dict[UUID, set[int]]) -> list[Notification]:
    """The rows that were not there yet."""
    sequences = {one.event.sequence or 0 for one in wanted}
    there = set(
        Notification.objects.filter(sequence__in=sequences).values_list("agent", "sequence")
    )
    now = timezone.now()
    rows = []
    for one in wanted:
        event = one.event
        if (one.agent, event.sequence) in there:
            continue
        seen = now if one.agent in watching.get(event.conversation_id, ()) else None
        rows.append(
            Notification(
                agent_id=one.agent,
                kind=one.kind,
                conversation_id=event.conversation_id,
                actor_id=event.actor_id,
                sequence=event.sequence or 0,
                created_at=event.occurred_at,
                seen_at=seen,
                read_at=seen,
            )
        )
    _drop_older(rows)
    return Notification.objects.bulk_create(rows)


def _drop_older(rows: list[Notification]) -> None:
    """Ten messages of one customer are one line in the list."""
    replied = [row for row in rows if row.kind == NotificationKind.REPLIED_IN_MINE]
    if not replied:
        return
    older = Q()
    for row in replied:
        older |= Q(agent=row.agent_id, conversation=row.conversation_id)
    unread = Notification.objects.filter(kind=NotificationKind.REPLIED_IN_MINE, read_at=None)
    unread.filter(older).delete()


# -- Telling --------------------------------------------------------------------------------------


def _announce(rows: list[Notification]) -> None:
    """To the open pages of each agent, and to their browsers where none is open."""
    news = [row for row in rows if row.read_at is None]
    if not news:
        return
    agents = Agent.objects.select_related("preferences")
    people = agents.in_bulk(
        {row.agent_id for row in news} | {r.actor_id for r in news if r.actor_id}
    )
    threads = _threads({row.conversation_id for row in news})
    notes = _notes({row.sequence for row in news if row.kind == NotificationKind.MENTIONED})
    counts = unread_counts({row.agent_id for row in news})
    for row in news:
        conversation = threads.get(row.conversation_id)
        agent = people.get(row.agent_id)
        if conversation is None or agent is None:
            continue
        actor = people.get(row.actor_id) if row.actor_id else None
        customer = conversation.contact.display_name
        with translation.override(agent.language):
            title = title_of(row.kind, actor.name if actor else "", customer)
            text = ""
            if preferences_of(agent).show_text:
                text = notes.get(row.sequence) or preview(conversation.last_message).text
            frame = {
                "type": "notification",
                "kind": row.kind,
                "conversation": str(row.conversation_id),
                "title": title,
                "customer": customer,
                "text": text[:LENGTH],
                "count": counts.get(agent.pk, 0),
            }
            # One frame each: a busy agent's three are three.
            live.publish_to({agent.pk: encode(frame)})
    push.push_later(news)


def _threads(pks: Collection[UUID]) -> dict[UUID, Conversation]:
    rows = Conversation.objects.filter(pk__in=pks).select_related("contact", "last_message")
    identities = Prefetch("contact__identities", Identity.objects.filter(ended_at=None))
    return {row.pk: row for row in rows.prefetch_related(identities, "last_message__media")}


def _notes(sequences: Collection[int]) -> dict[int, str]:
    """The first words of notes, by the number of their event."""
    if not sequences:
        return {}
    rows = Event.objects.filter(sequence__in=sequences, name=EventName.NOTE_CREATED)
    found = rows.values_list("sequence", "note__text")
    return {number or 0: " ".join((text or "")[: LENGTH * 2].split()) for number, text in found}


# -- Reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A notification as the list shows it."""

    row: Notification
    title: str
    customer: str
    icon: str


def unread_counts(agents: Iterable[int]) -> dict[int, int]:
    """How many unread notifications each of these agents has."""
    unread = Notification.objects.filter(agent__in=agents, read_at=None).order_by()
    return dict(unread.values("agent").annotate(n=Count("pk")).values_list("agent", "n"))


def unread_count(agent: Agent) -> int:
    return unread_of(agent).count()


def unread_of(agent: Agent) -> QuerySet[Notification]:
    return Notification.objects.filter(agent=agent, read_at=None).order_by()


def visible_notifications(agent: Agent) -> QuerySet[Notification]:
    """The agent's own, of conversations they may (still) see."""
    rows = Notification.objects.filter(agent=agent)
    return rows.filter(conversation__in=visible_conversations(agent))


def lines_of(agent: Agent, before: int | None) -> tuple[list[Line], int | None]:
    """A page of the list, newest first, and where the next one begins; None: nowhere."""
    rows = visible_notifications(agent)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    identities = Prefetch(
        "conversation__contact__identities", Identity.objects.filter(ended_at=None)
    )
    rows = rows.select_related("conversation__contact", "actor").prefetch_related(identities)
    found = list(rows.order_by("-id")[: PAGE + 1])
    shown = found[:PAGE]
    return [_line(row) for row in shown], shown[-1].pk if len(found) > PAGE else None


def _line(row: Notification) -> Line:
    customer = row.conversation.contact.display_name
    title = title_of(row.kind, row.actor.name if row.actor else "", customer)
    return Line(
        row, title, "" if customer in title else customer, ICONS[NotificationKind(row.kind)]
    )


def mark_seen(agent: Agent) -> None:
    """The list was opened: the lines are no longer new, but stay unread."""
    Notification.objects.filter(agent=agent, seen_at=None).update(seen_at=timezone.now())


def read_all(agent: Agent) -> None:
    """All of the agent's notifications are read."""
    now = timezone.now()
    if Notification.objects.filter(agent=agent, read_at=None).update(read_at=now):
        tell_count(agent.pk)


def read_in(agent_id: int, conversation: UUID) -> bool:
    """The conversation is on screen: what spoke of it is read; whether anything was not."""
    now = timezone.now()
    mine = {"agent": agent_id, "read_at": None}
    told = Notification.objects.filter(conversation=conversation, **mine).update(read_at=now)
    Mention.objects.filter(note__conversation=conversation, **mine).update(read_at=now)
    if told:
        tell_count(agent_id)
    return bool(told)


def tell_count(agent_id: int) -> None:
    """The bell of all the agent's pages."""
    count = unread_counts([agent_id]).get(agent_id, 0)
    frame = encode({"type": "notifications", "count": count})
    transaction.on_commit(partial(live.publish_to, {agent_id: frame}))
