"""What tests of retention share."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from consent.models import RetentionRule, Topic
from consent.retention import limits_of, retention
from conversations.models import Conversation

Row = TypeVar("Row", bound=Model)


def gone(kind: str) -> int:
    """Remove what is due of a kind; how much that was."""
    keeper = retention.kinds[kind].keeper
    return sum(found.count for found in keeper.portions(limits_of(kind), timezone.now()))


def due(kind: str) -> int:
    """What a dry run would count of a kind."""
    return retention.kinds[kind].keeper.look(limits_of(kind), timezone.now()).count


def rule(kind: str, days: int | None, purpose: str = "", topic: str | None = None) -> None:
    of = Topic.objects.get(key=topic) if topic else None
    RetentionRule.objects.update_or_create(
        kind=kind, purpose=purpose, topic=of, defaults={"days": days}
    )


def aged(row: Row, days: float, field: str = "created_at") -> Row:
    """The same row, so many days older."""
    moment = timezone.now() - timedelta(days=days)
    type(row)._default_manager.filter(pk=row.pk).update(**{field: moment})
    row.refresh_from_db()
    return row


def resolved(conversation: Conversation, days: float = 400) -> Conversation:
    """Resolved long ago, with its window closed."""
    moment = timezone.now() - timedelta(days=days)
    Conversation.objects.filter(pk=conversation.pk).update(
        status=Conversation.Status.RESOLVED,
        resolved_at=moment,
        window_expires_at=moment,
        last_inbound_at=moment,
        last_message_at=moment,
        created_at=moment,
    )
    conversation.refresh_from_db()
    return conversation
