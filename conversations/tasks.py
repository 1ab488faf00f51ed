"""Background work. Every task takes ids, looks whether there is something to do, and may die."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from conversations import dispatch
from conversations.events import nudge
from conversations.gateway import gateway
from conversations.models import Conversation, Direction, Event, Message
from conversations.services.deliver import (
    claim_for_delivery,
    due_messages,
    expire_leases,
    give_up_waiting,
    settle,
)
from conversations.services.media import fetch, overdue_media
from conversations.services.reply import DELIVER_TASK

KEEP_EVENTS = timedelta(days=30)


@shared_task(name=DELIVER_TASK)
def deliver_message(message_id: str) -> None:
    claim = claim_for_delivery(UUID(message_id))
    if claim is not None:
        settle(claim, gateway().send(claim.message))


@shared_task(name="conversations.dispatch_events")
def dispatch_events() -> None:
    dispatch.dispatch_events()


@shared_task(name="conversations.sweep_outbound")
def sweep_outbound() -> None:
    """What a crash or a dead broker left behind on the way out."""
    expire_leases()
    give_up_waiting()
    for pk in due_messages():
        if not nudge(DELIVER_TASK, str(pk)):
            return


@shared_task(name="conversations.fetch_media")
def fetch_media(media_id: str) -> None:
    fetch(UUID(media_id))


@shared_task(name="conversations.sweep_media")
def sweep_media() -> None:
    for pk in overdue_media():
        if not nudge("conversations.fetch_media", str(pk)):
            return


@shared_task(name="conversations.mark_read_on_channel")
def mark_read_on_channel(conversation_id: str) -> None:
    """Blue ticks for the customer; marking the last message marks all before it."""
    message = (
        Message.objects.filter(conversation_id=conversation_id, direction=Direction.INBOUND)
        .select_related("business_number")
        .order_by("-sent_at", "-id")
        .first()
    )
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if message is not None and conversation is not None and conversation.unread == 0:
        gateway().mark_read(message)


@shared_task(name="conversations.prune_events")
def prune_events() -> None:
    """Old outbox rows that no thread shows; the newest stays, numbering goes on from it."""
    old = Event.objects.filter(dispatched_at__lt=timezone.now() - KEEP_EVENTS)
    old.exclude(name__startswith="conversation.").exclude(
        sequence=dispatch.last_sequence()
    ).delete()
