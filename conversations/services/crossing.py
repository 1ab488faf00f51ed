"""Two agents answer at once: the second one hears of the first one's reply before theirs goes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Agent
from conversations.errors import ConversationError
from conversations.models import Conversation, Direction, Message, MessageType


class Crossed(ConversationError):
    """A colleague's reply came since; nothing was queued."""

    code = "crossed"

    def __init__(self, other: Message) -> None:
        self.other = other
        super().__init__(_sentence(other))


def require_not_crossed(conversation: Conversation, seen: Sequence[UUID], by: Agent) -> None:
    """Raises `Crossed` when a colleague answered after the messages `seen`, which stood on screen
    when `by` began to write. Under the conversation's lock, so one of two is always second.

    Our own clock counts: WhatsApp's of what came in may be ahead.
    """
    if not seen:
        return
    on_screen = Message.objects.filter(pk__in=seen, conversation=conversation)
    last = on_screen.aggregate(last=Max("created_at"))["last"]
    if last is None:
        return
    others = Message.objects.filter(
        conversation=conversation,
        direction=Direction.OUTBOUND,
        author__isnull=False,
        created_at__gt=last,
    ).exclude(author=by)
    other = (
        others.exclude(pk__in=seen)
        .exclude(type=MessageType.REACTION)
        .select_related("author")
        .order_by("-created_at")
        .first()
    )
    if other is not None:
        raise Crossed(other)


def _sentence(other: Message) -> str:
    assert other.author is not None
    seconds = max(1, int((timezone.now() - other.created_at).total_seconds()))
    if seconds < 60:
        sentence = _("%(name)s answered %(count)s s ago.")
        return sentence % {"name": other.author.name, "count": seconds}
    if seconds < 3600:
        sentence = _("%(name)s answered %(count)s min ago.")
        return sentence % {"name": other.author.name, "count": seconds // 60}
    return _("%(name)s has answered meanwhile.") % {"name": other.author.name}
