"""Codes that say "later": a template that WhatsApp withholds waits for minutes or days, and is
tried again a few times.

Only for codes by which nothing reached anybody (`Park` in `error_table.py`), so that what is tried
again is never sent twice. It does not matter whether WhatsApp said so at once or by webhook.
"""

from __future__ import annotations

from conversations.gateway import TryLater
from conversations.models import DeliveryAttempt, Message, Status, TemplateCategory
from whatsapp.errors import meaning, waiting_words_of, words_of

# Attempts of one message that are tied together (`again_of`); more are not looked at.
LONGEST_CHAIN = 50


def put_off(message: Message, reason: str) -> TryLater | None:
    """Until when `message`, refused with `reason` just now, is parked; None: it stays refused.

    None for codes that do not say "later", for what is no template (its window would close), for a
    code to sign in with (nobody waits for it), and when it was refused often enough.
    """
    known = meaning(int(reason)) if reason.isdigit() and len(reason) < 10 else None
    template = message.template
    if known is None or known.park is None or message.is_free_form or template is None:
        return None
    if template.category == TemplateCategory.AUTHENTICATION:
        return None
    before = _refusals_before(message, reason)
    if before + 1 >= known.park.tries:
        return None
    return TryLater(
        reason,
        waiting_words_of(known),
        known.park.first_s * known.park.growth**before,
        given_up=words_of(int(reason)),
        is_parked=True,
    )


def _refusals_before(message: Message, reason: str) -> int:
    """How often it was refused like this before: at once, or by webhook as an earlier attempt."""
    earlier = _earlier(message)
    at_once = DeliveryAttempt.objects.filter(message__in=[message, *earlier], reason=reason)
    by_webhook = [
        row for row in earlier if row.status == Status.FAILED and row.status_reason == reason
    ]
    return at_once.count() + sum(row.wamid is not None for row in by_webhook)


def _earlier(message: Message) -> list[Message]:
    """What `message` is sent again instead of, the newest first."""
    found: list[Message] = []
    pk = message.again_of_id
    while pk is not None and len(found) < LONGEST_CHAIN:
        row = Message.objects.only("status", "status_reason", "wamid", "again_of").get(pk=pk)
        found.append(row)
        pk = row.again_of_id
    return found
