"""What waits and may not leave any more is blocked in the transaction of the withdrawal, or of what
else ended a consent, so that nobody believes it is still on its way. (It could not have left
anyway: the worker asks.)"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.utils import timezone

from consent.ledger import consents_ended
from contacts.models import Contact
from conversations.events import record_all
from conversations.models import Message, Reason, Status
from conversations.policy import may_send
from conversations.refusals import count_refusal
from conversations.services.statuses import status_event

log = logging.getLogger(__name__)

_ENDED = frozenset({Reason.OPTED_OUT, Reason.NO_CONSENT, Reason.CONSENT_EXPIRED, Reason.RESTRICTED})
_NUMBERS = ("business_number", "conversation__business_number")
FIELDS = ("status", "status_reason", "status_detail", "retry_at", "updated_at")


def connect() -> None:
    """Listen to the ledger."""
    consents_ended.connect(_block, dispatch_uid="conversations.withdrawals")


def _block(contacts: Collection[UUID], **_: Any) -> None:
    block_refused(contacts)


def block_refused(contacts: Collection[UUID]) -> int:
    """Block what is queued for these people and not agreed to any more; how many.

    What another transaction holds is left to it: a worker that claims it asks policy itself.
    """
    merged = Contact.objects.filter(pk__in=contacts, merged_into__isnull=False)
    people = {*contacts, *merged.values_list("merged_into_id", flat=True)}
    rows = Message.objects.filter(status=Status.QUEUED, conversation__contact__in=people).order_by(
        "pk"
    )
    held = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    count = 0
    now = timezone.now()
    for message in held.select_related("template", "conversation__contact", *_NUMBERS):
        verdict = may_send(message, now)
        if verdict.reason in _ENDED:
            _stop(message, verdict.reason)
            count += 1
    return count


def _stop(message: Message, reason: Reason) -> None:
    message.status, message.status_reason, message.status_detail = Status.BLOCKED, reason, ""
    message.retry_at = None
    message.save(update_fields=FIELDS)
    event = status_event(message)
    record_all([event] if event else [])
    count_refusal(reason)
    log.info("message.blocked message=%s reason=%s", message.pk, reason)
