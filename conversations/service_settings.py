"""How the house works on conversations, as set in the admin."""

from __future__ import annotations

from datetime import datetime, timedelta

from conversations.models import Conversation, ServiceSettings


def service_settings() -> ServiceSettings:
    """The house's rules; an unsaved row of defaults when nobody ever changed them."""
    return ServiceSettings.objects.filter(pk=1).first() or ServiceSettings(pk=1)


def goes_on_elsewhere(conversation: Conversation, spoke_at: datetime, hours: int) -> bool:
    """Whether who writes at `spoke_at` (WhatsApp's clock) begins a new conversation: this one was
    resolved at least `hours` before. With 0 it always goes on here."""
    if not hours or not conversation.is_resolved or conversation.resolved_at is None:
        return False
    return spoke_at - conversation.resolved_at >= timedelta(hours=hours)
