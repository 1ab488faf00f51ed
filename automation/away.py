"""Whoever writes when nobody is there is told so: once per conversation and local day."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.utils import timezone

from automation.calendars import day_name, hours_of
from automation.hours import Hours, is_open, next_opening
from automation.models import AwayNotice, NumberHours
from automation.survey_answers import is_survey_answer
from automation.words import FIRST_NAME, HOLIDAY, OPENS_AT, fill, opening_words
from consent.signup import Outcome
from consent.words import Intent
from contacts.models import Contact
from conversations.models import (
    Conversation,
    Direction,
    Event,
    EventName,
    Message,
    MessageType,
    Origin,
)
from conversations.services.automatic import send_automatic
from conversations.services.consent_answers import ANSWER, language_of
from conversations.services.locking import lock_conversation

FOLLOWED = frozenset({EventName.MESSAGE_RECEIVED})
# Whose answer came this short a time ago is there, whatever the calendar says.
STILL_THERE = timedelta(minutes=30)
# What was written longer ago is not answered by a machine any more.
STALE = timedelta(minutes=30)
AWAY = "away"
_SILENT = (MessageType.REACTION,)

log = logging.getLogger(__name__)


def follow_messages(events: Sequence[Event]) -> None:
    """Tell those who wrote outside the hours."""
    now = timezone.now()
    numbers = {row.pk: (row, hours_of(row.calendar)) for row in _answering()}
    if not numbers:
        return
    first: dict[UUID, Message] = {}
    for message in _written([event.message_id for event in events if event.message_id], now):
        row_and_hours = numbers.get(message.business_number_id)
        if row_and_hours is not None and _is_outside(row_and_hours[1], message, now):
            first.setdefault(message.conversation_id, message)
    spared = _spared(first, now)
    for pk in sorted(first.keys() - spared):
        number, hours = numbers[first[pk].business_number_id]
        _tell(pk, first[pk], number, hours, now)


def away_text(number: NumberHours, contact: Contact, now: datetime) -> str:
    """What `contact` is told at `now`."""
    hours = hours_of(number.calendar)
    language = language_of(contact)
    local = now.astimezone(hours.zone)
    holiday = day_name(number.calendar, local.date(), language)
    text = getattr(number, f"away_{language}") or number.away_de
    if holiday:
        text = getattr(number, f"holiday_{language}") or number.holiday_de or text
    opens = next_opening(hours, now)
    at = opens.astimezone(hours.zone) if opens else None
    values = {
        FIRST_NAME: contact.name.split()[0] if contact.name.split() else "",
        OPENS_AT: opening_words(at, local.date(), language),
        HOLIDAY: holiday,
    }
    return fill(text, values)


def _answering() -> list[NumberHours]:
    rows = NumberHours.objects.filter(is_active=True).select_related("calendar")
    return list(rows.prefetch_related("calendar__special_days"))


def _written(ids: Collection[UUID], now: datetime) -> list[Message]:
    """Live words of customers, the oldest first."""
    rows = Message.objects.filter(
        pk__in=ids,
        direction=Direction.INBOUND,
        origin=Origin.LIVE,
        sent_at__gte=now - STALE,
    ).exclude(type__in=_SILENT)
    return [row for row in rows.order_by("sent_at", "pk") if not is_survey_answer(row.payload)]


def _is_outside(hours: Hours, message: Message, now: datetime) -> bool:
    """Nobody was there when it was written, and nobody has come since."""
    return not is_open(hours, message.sent_at) and not is_open(hours, now)


def _spared(first: dict[UUID, Message], now: datetime) -> set[UUID]:
    """Conversations in which somebody answers, or in which a consent word was answered."""
    outbound = Message.objects.filter(conversation__in=first, direction=Direction.OUTBOUND)
    answered = outbound.filter(author__isnull=False, sent_at__gte=now - STILL_THERE)
    kinds = [*Intent, "code", *Outcome]
    answers = [
        uuid5(message.pk, f"{ANSWER}:{kind}") for message in first.values() for kind in kinds
    ]
    words = outbound.filter(client_uuid__in=answers)
    found = answered.values_list("conversation", flat=True)
    return {*found, *words.values_list("conversation", flat=True)}


def _tell(pk: UUID, message: Message, number: NumberHours, hours: Hours, now: datetime) -> None:
    """The row first: it says, by constraint, that this happens once a day."""
    conversation: Conversation = lock_conversation(pk)
    if conversation.business_number_id != number.pk:
        return  # it goes on elsewhere
    today = now.astimezone(hours.zone).date()
    notice, is_new = AwayNotice.objects.get_or_create(conversation=conversation, day=today)
    if not is_new:
        return
    text = away_text(number, conversation.contact, now)
    sent = send_automatic(conversation, text, uuid5(message.pk, AWAY)) if text else None
    if sent is None:
        notice.delete()
        return
    notice.message = sent
    notice.save(update_fields=["message"])
    log.info("away.told conversation=%s message=%s", pk, sent.pk)
