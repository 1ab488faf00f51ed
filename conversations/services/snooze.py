"""Snooze: out of sight until a time, or until the customer writes, and then back by itself."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.errors import Malformed
from conversations.events import draft, record, record_all
from conversations.models import Conversation, EventName
from conversations.services.locking import lock_conversation
from conversations.services.reading import unread_again
from conversations.services.standing import (
    BY_TIME,
    reopen_if_resolved,
    require_only_one,
    require_writer,
    wake_if_snoozed,
)
from conversations.sets import update_many

log = logging.getLogger(__name__)

LONGEST = timedelta(days=366)
_AT_ONCE = 200
_PAST = _("This time is over. Please choose a later one.")
_TOO_FAR = _("A conversation can be snoozed for a year at most.")


def snooze_conversation(conversation: Conversation, until: datetime | None, by: Agent) -> None:
    """Snooze until `until` (aware); None: until the customer writes, which ends any snooze.

    Raises `Malformed` for a time that is over or more than a year away.
    """
    require_writer(by)
    _check(until)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if conversation.is_snoozed and conversation.snoozed_until == until:
            return
        require_only_one(conversation)
        fields = reopen_if_resolved(conversation, by)
        conversation.status = Conversation.Status.SNOOZED
        conversation.snoozed_until = until
        conversation.save(update_fields=[*fields, "status", "snoozed_until", "updated_at"])
        data: dict[str, object] = {"until": until.isoformat() if until else None}
        record(EventName.CONVERSATION_SNOOZED, conversation, by=by, data=data)


def wake_conversation(conversation: Conversation, by: Agent) -> None:
    """End a snooze by hand; nothing when there is none."""
    require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        fields = wake_if_snoozed(conversation, by)
        if fields:
            conversation.save(update_fields=[*fields, "updated_at"])


def wake_due(now: datetime | None = None) -> int:
    """End the snoozes whose time has come; how many. May be killed anywhere and run twice at once:
    what is done is not snoozed any more, and what another holds is left to it or the next run."""
    now = now or timezone.now()
    woken = 0
    while rows := _wake_some(now):
        woken += rows
    return woken


def _wake_some(now: datetime) -> int:
    with transaction.atomic():
        due = Conversation.objects.filter(
            status=Conversation.Status.SNOOZED, snoozed_until__lte=now
        ).order_by("snoozed_until", "pk")
        rows = list(due.select_for_update(of=("self",), no_key=True, skip_locked=True)[:_AT_ONCE])
        for row in rows:
            row.status, row.snoozed_until = Conversation.Status.OPEN, None
            row.unread = max(row.unread, 1)  # or nobody would notice
        update_many(rows, ("status", "snoozed_until", "unread"))
        unread_again(rows)
        record_all(
            [draft(EventName.CONVERSATION_WOKEN, row, data={"why": BY_TIME}) for row in rows]
        )
    if rows:
        log.info("conversation.woken count=%s", len(rows))
    return len(rows)


def _check(until: datetime | None) -> None:
    if until is None:
        return
    now = timezone.now()
    if until <= now:
        raise Malformed({"until": [_PAST]})
    if until > now + LONGEST:
        raise Malformed({"until": [_TOO_FAR]})
