"""What an admin, a start and a timetable do with our numbers and with webhook events."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from conversations.events import nudge
from whatsapp.models import EventState, WebhookEvent, WhatsAppNumber
from whatsapp.nudge import DRAIN_BULK_TASK, DRAIN_TASK

log = logging.getLogger(__name__)


def requeue_unknown(phone_number_id: str) -> int:
    """Process what came for a number before it was configured; how many events that is.

    Every event of an unknown number is looked at again, since one body may speak of several.
    """
    unknown = WebhookEvent.objects.filter(
        state=EventState.UNKNOWN_NUMBER, phone_number_id=phone_number_id
    )
    return _requeue(list(unknown.values_list("pk", flat=True)))


def process_again(event_ids: Iterable[int]) -> int:
    """Put events back in line, whatever became of them; what they did is not done twice."""
    return _requeue(list(event_ids))


def _requeue(event_ids: list[int]) -> int:
    with transaction.atomic():
        count = WebhookEvent.objects.filter(pk__in=event_ids).update(
            state=EventState.PENDING, attempts=0, retry_at=None
        )
        if count:
            transaction.on_commit(_wake_ingest)
    return count


def _wake_ingest() -> None:
    for task in (DRAIN_TASK, DRAIN_BULK_TASK):
        nudge(task)


def ensure_number_from_settings() -> WhatsAppNumber | None:
    """The first business number, as the environment names it; None when it names none.

    Made once. Later a changed token or WABA in the environment is taken over; everything else
    belongs to the admin.
    """
    phone_number_id = settings.WHATSAPP_PHONE_NUMBER_ID
    if not phone_number_id:
        return None
    wanted = {
        "waba_id": settings.WHATSAPP_BUSINESS_ACCOUNT_ID,
        "access_token": settings.WHATSAPP_ACCESS_TOKEN,
    }
    with transaction.atomic():
        number, created = WhatsAppNumber.objects.select_for_update(of=("self",)).get_or_create(
            phone_number_id=phone_number_id, defaults={"name": phone_number_id, **wanted}
        )
        changed = [name for name, value in wanted.items() if value != getattr(number, name)]
        if changed:
            for name in changed:
                setattr(number, name, wanted[name])
            number.save(update_fields=changed)
    if created:
        log.info("number.configured number=%s", number.pk)
        requeue_unknown(phone_number_id)
    return number
