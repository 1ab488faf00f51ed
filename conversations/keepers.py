"""What this room keeps for a time (`consent/retention.py`): how to find what is over.

Content, files and notes go only from threads that are resolved and whose window is closed; what is
on its way, or in doubt, stays until that is settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from consent.keepers import before
from consent.models import Purpose
from consent.retention import Kind, Limits, Rows, retention
from conversations import dispatch
from conversations.models import (
    Conversation,
    Direction,
    Event,
    Media,
    MediaStatus,
    Message,
    Note,
    Status,
    TemplateCategory,
)
from conversations.models.event import THREAD_EVENTS
from conversations.services.forget import (
    clear_removed,
    forget_files,
    forget_notes,
    forget_texts,
    forget_uploads,
)

_UNDER_WAY = (Status.QUEUED, Status.SENDING, Status.UNCONFIRMED)
_ONLY_CLOSED = _("Only in threads that are resolved and whose window has closed.")


def register() -> None:
    """Called once, when Django is ready."""
    retention.add(
        Kind("events", 30, _("Events that no thread shows"), _events, days=30),
        Kind("uploads", 40, _("Uploads that nobody sent"), _uploads, days=2),
        Kind("media", 50, _("Media files"), _media, is_narrow=True, note=_ONLY_CLOSED),
        Kind("text", 60, _("Content of messages"), _texts, is_narrow=True, note=_ONLY_CLOSED),
        Kind("notes", 70, _("Notes"), _notes, note=_ONLY_CLOSED),
    )
    retention.activities.append(_active_since)
    retention.lives.append(_alive_since)


# -- Threads --------------------------------------------------------------------------------------


def _is_over(at: datetime, thread: str) -> Q:
    """The thread is resolved, and nothing may be answered any more."""
    closed = Q(**{f"{thread}__window_expires_at": None})
    closed |= Q(**{f"{thread}__window_expires_at__lte": at})
    return closed & Q(**{f"{thread}__status": Conversation.Status.RESOLVED})


def _older(limits: Limits, at: datetime, message: str = "") -> Q:
    """By the narrowest rule: that of the template's topic, of its purpose, the general one."""
    template = f"{message}template"
    topics = list(limits.topics)
    own_topic = Q(**{f"{template}__topic__in": topics, f"{template}__isnull": False})
    marketing = Q(**{f"{template}__category": TemplateCategory.MARKETING})
    # Q(a=None) would be "unknown" for messages without a template: they are named.
    plain = Q(**{f"{template}__isnull": True})
    over = Q(pk=None)
    for topic, days in limits.topics.items():
        over |= Q(**{f"{template}__topic": topic}) & _before(at, days)
    rest = plain | Q(**{f"{template}__topic__isnull": True}) | ~own_topic
    general = limits.general
    by_marketing = limits.purposes.get(Purpose.MARKETING, general)
    by_service = limits.purposes.get(Purpose.SERVICE, general)
    over |= rest & marketing & _before(at, by_marketing)
    over |= rest & (plain | ~marketing) & _before(at, by_service)
    return over


def _before(at: datetime, days: int | None) -> Q:
    return Q(pk=None) if days is None else Q(created_at__lt=at - timedelta(days=days))


def _due_texts(limits: Limits, at: datetime) -> QuerySet[Message]:
    """Since they came to us: what a phone remembered from years ago is not gone the next night."""
    rows = Message.objects.filter(text_removed_at=None).annotate(since=F("created_at"))
    if limits.shortest is None:
        return rows.none()
    return (
        rows.filter(created_at__lt=at - timedelta(days=limits.shortest))
        .filter(_is_over(at, "conversation"))
        .exclude(status__in=_UNDER_WAY)
        .filter(_older(limits, at))
    )


def _due_media(limits: Limits, at: datetime) -> QuerySet[Media]:
    rows = Media.objects.filter(message__isnull=False).annotate(since=F("created_at"))
    if limits.shortest is None:
        return rows.none()
    gone = (MediaStatus.PENDING, MediaStatus.REMOVED)
    return (
        rows.exclude(status__in=gone)
        .filter(_is_over(at, "message__conversation"))
        .exclude(message__status__in=_UNDER_WAY)
        .filter(_older(limits, at, "message__"))
    )


def _due_notes(limits: Limits, at: datetime) -> QuerySet[Note]:
    rows = Note.objects.filter(_is_over(at, "conversation")).annotate(since=F("created_at"))
    limit = before(at, limits.general)
    return rows.none() if limit is None else rows.filter(created_at__lt=limit)


_texts = Rows(
    _due_texts,
    forget_texts,
    person="conversation__contact",
    locks=("self", "conversation"),
)
_media = Rows(
    _due_media,
    forget_files,
    person="message__conversation__contact",
    locks=("self", "message__conversation"),
    before=clear_removed,
    at_once=100,
)
_notes = Rows(
    _due_notes,
    forget_notes,
    person="conversation__contact",
    locks=("self", "conversation"),
)


# -- Beside the threads ---------------------------------------------------------------------------


def _due_events(limits: Limits, at: datetime) -> QuerySet[Event]:
    """Outbox rows that no thread shows; the newest stays, numbering goes on from it."""
    rows = Event.objects.annotate(since=F("dispatched_at"))
    limit = before(at, limits.general)
    if limit is None:
        return rows.none()
    return (
        rows.filter(dispatched_at__lt=limit)
        .exclude(name__startswith="conversation.")
        .exclude(name__in=THREAD_EVENTS)
        .exclude(sequence=dispatch.last_sequence())
    )


def _remove_events(rows: list[Event]) -> None:
    Event.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _due_uploads(limits: Limits, at: datetime) -> QuerySet[Media]:
    rows = Media.objects.filter(message=None, uploaded_by__isnull=False)
    limit = before(at, limits.general)
    return (
        rows.annotate(since=F("created_at")).filter(created_at__lt=limit)
        if limit
        else rows.annotate(since=F("created_at")).none()
    )


_events = Rows(_due_events, _remove_events, person="conversation__contact", at_once=2000)
_uploads = Rows(_due_uploads, forget_uploads, at_once=100)


# -- Who is still there ---------------------------------------------------------------------------


def _active_since(since: datetime) -> QuerySet[Conversation]:
    """Threads in which something was said since then, or that are not over."""
    return Conversation.objects.filter(
        Q(last_message_at__gte=since)
        | Q(created_at__gte=since)
        | Q(window_expires_at__gte=since)
        | ~Q(status=Conversation.Status.RESOLVED)
    )


def _alive_since(contacts: Iterable[UUID], since: datetime) -> set[UUID]:
    """Of these contacts, who wrote since then, or read what we wrote."""
    of_theirs = Conversation.objects.filter(contact__in=contacts)
    wrote = of_theirs.filter(last_inbound_at__gte=since)
    read = Message.objects.filter(
        conversation__contact__in=contacts,
        direction=Direction.OUTBOUND,
        status__in=(Status.READ, Status.PLAYED),
        sent_at__gte=since,
    )
    return set(wrote.values_list("contact_id", flat=True)) | set(
        read.values_list("conversation__contact_id", flat=True)
    )
