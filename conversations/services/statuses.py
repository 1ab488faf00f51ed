"""The platform says what became of a message: ticks move forward, whatever order they come in."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from conversations.delivery import may_follow
from conversations.events import draft, record_all
from conversations.gateway import StatusUpdate
from conversations.models import (
    Conversation,
    Direction,
    EarlyStatus,
    Event,
    EventName,
    Message,
    MessageType,
    Reaction,
    Status,
)
from conversations.services.answers import ANSWERED, note_answers
from conversations.services.pricing import note_free_entries
from conversations.services.waiting import put_off_withheld
from conversations.sets import update_many

log = logging.getLogger(__name__)

# For how long statuses without a message are looked at again.
LOOKED_AT = timedelta(minutes=30)
_AT_ONCE = 500

_CHANGED = (
    *("wamid", "pricing_category", "pricing_type", "status", "status_reason", "status_detail"),
)


def apply_status(update: StatusUpdate) -> None:
    """The same for one status."""
    apply_statuses([update])


def apply_statuses(updates: Sequence[StatusUpdate]) -> None:
    """Apply statuses to their rows, found by our id (echoed) or wamid; kept when neither is known.

    A row that moves several steps is announced once, with where it ended.
    """
    with transaction.atomic():
        rows = _Rows(updates)
        later, changed, moved, free = [], {}, {}, {}
        was_answered = {row.pk: row.status in ANSWERED for row in rows.by_id.values()}
        for update in updates:
            message = rows.of(update)
            if message is None:
                later.append(update)
                continue
            if message.wamid and update.wamid and message.wamid != update.wamid:
                log.warning("message.second_wamid message=%s", message.pk)
                continue
            if update.free_until is not None:
                free[message.conversation_id] = update.free_until
            if note(message, update):
                changed[message.pk] = message
            if advance(message, update.status, update.reason, update.detail):
                changed[message.pk] = moved[message.pk] = message
        put_off_withheld(moved.values())
        update_many(list(changed.values()), _CHANGED)
        # Answered or no longer: most of what moves was an answer before and still is.
        note_answers(
            row for row in moved.values() if (row.status in ANSWERED) != was_answered[row.pk]
        )
        record_all([event for row in moved.values() if (event := status_event(row))])
        note_free_entries(free)
        keep_for_later(later)


def note(message: Message, update: StatusUpdate) -> bool:
    """Take over what a status says beside the status: the wamid, the price. Whether it was new."""
    before = (message.wamid, message.pricing_category, message.pricing_type)
    message.wamid = message.wamid or update.wamid or None
    price(message, update.pricing)
    return before != (message.wamid, message.pricing_category, message.pricing_type)


def price(message: Message, pricing: Mapping[str, object]) -> None:
    """What the message costs, by the platform's word (reference, section 4)."""
    category, kind = pricing.get("category"), pricing.get("type")
    if isinstance(category, str) and category:
        message.pricing_category = category[:40]
    if isinstance(kind, str) and kind:
        message.pricing_type = kind[:40]


def advance(message: Message, status: str, reason: str = "", detail: str = "") -> bool:
    """Move an unsaved (locked) row on to a platform status; False when it may not follow."""
    if not may_follow(message.status, status):
        return False
    message.status = status
    failed = status == Status.FAILED
    message.status_reason = reason if failed else ""
    message.status_detail = detail if failed else ""
    return True


def move_status(message: Message, status: str, reason: str = "", detail: str = "") -> None:
    """Move a locked row on to a platform status, if it may follow; announce it."""
    if advance(message, status, reason, detail):
        put_off_withheld([message])
        message.save(update_fields=["status", "status_reason", "status_detail", "updated_at"])
        note_answers([message])
        announce_status(message)


def announce_status(message: Message) -> None:
    event = status_event(message)
    if event is not None:
        record_all([event])


def status_event(message: Message) -> Event | None:
    """The unwritten event that tells of the row's status; None for what has no ticks."""
    if message.type == MessageType.REACTION:
        return _unshown(message)  # no bubble has its ticks
    return draft(
        EventName.MESSAGE_STATUS_CHANGED,
        message.conversation,
        message=message,
        data={"status": message.status},
    )


def _unshown(sent: Message) -> Event | None:
    """A reaction of ours that did not leave is not shown any more as if it had."""
    asked = sent.payload.get(MessageType.REACTION)
    if sent.status not in (Status.FAILED, Status.BLOCKED) or not isinstance(asked, dict):
        return None
    bubbles = Message.objects.filter(conversation_id=sent.conversation_id)
    target = bubbles.filter(wamid=asked.get("message_id")).first()
    # Another one may have taken its place meanwhile.
    shown = Reaction.objects.filter(
        message=target, direction=Direction.OUTBOUND, emoji=asked.get("emoji") or None
    )
    if target is None or not shown.delete()[0]:
        return None
    return draft(EventName.MESSAGE_CHANGED, sent.conversation, message=target)


def keep_for_later(updates: Sequence[StatusUpdate]) -> None:
    """Statuses of messages nobody knows yet (they may be ours, about to store their wamid)."""
    EarlyStatus.objects.bulk_create(
        [
            EarlyStatus(
                business_number_id=update.business_number_id,
                wamid=update.wamid[:255],
                status=update.status[:12],
                reason=update.reason[:40],
                detail=update.detail,
                pricing=update.pricing,
                occurred_at=update.occurred_at,
            )
            for update in updates
            if update.wamid
        ],
        ignore_conflicts=True,
    )


def apply_early_statuses(message: Message) -> None:
    """What was said of this wamid before the (locked) row knew it."""
    early = EarlyStatus.objects.filter(
        business_number_id=message.business_number_id, wamid=message.wamid
    )
    for row in sorted(early, key=lambda row: row.status == Status.FAILED):
        price(message, row.pricing)
        message.save(update_fields=["pricing_category", "pricing_type", "updated_at"])
        move_status(message, row.status, row.reason, row.detail)
    early.delete()


def apply_left_behind() -> int:
    """Statuses that were kept while, at the same moment, their wamid was written down; how many
    messages these were. Each of the two did not see what the other had not committed yet.
    """
    known = Message.objects.filter(
        business_number=OuterRef("business_number"),
        wamid=OuterRef("wamid"),
        direction=Direction.OUTBOUND,
    )
    recent = EarlyStatus.objects.filter(created_at__gt=timezone.now() - LOOKED_AT)
    wamids = set(recent.filter(Exists(known)).values_list("wamid", flat=True)[:_AT_ONCE])
    if not wamids:
        return 0
    with transaction.atomic():
        rows = (
            Message.objects.filter(wamid__in=wamids, direction=Direction.OUTBOUND)
            .select_related("conversation")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .order_by("pk")
        )
        messages = list(rows)
        for message in messages:
            apply_early_statuses(message)
    return len(messages)


class _Rows:
    """The outbound rows that statuses speak of, locked in the order of their ids."""

    def __init__(self, updates: Sequence[StatusUpdate]) -> None:
        ids = [found for update in updates if (found := _uuid(update.message_id))]
        wamids = [update.wamid for update in updates if update.wamid]
        rows = list(
            Message.objects.filter(Q(pk__in=ids) | Q(wamid__in=wamids))
            .filter(direction=Direction.OUTBOUND)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        conversations = Conversation.objects.in_bulk({row.conversation_id for row in rows})
        self.by_id, self.by_wamid = {}, {}
        for row in rows:
            row.conversation = conversations[row.conversation_id]
            self.by_id[row.business_number_id, row.pk] = row
            if row.wamid:
                self.by_wamid[row.business_number_id, row.wamid] = row

    def of(self, update: StatusUpdate) -> Message | None:
        number, pk = update.business_number_id, _uuid(update.message_id)
        found = self.by_id.get((number, pk)) if pk else None
        return found or self.by_wamid.get((number, update.wamid))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
