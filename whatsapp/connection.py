"""Connecting a number: registering it for the API, and hearing of its account by webhook."""

from __future__ import annotations

import logging

from whatsapp.health import judged
from whatsapp.models import WhatsAppNumber

log = logging.getLogger(__name__)


def register(number: WhatsAppNumber, pin: str) -> None:
    """Register the number with the PIN (six digits) of its two-step verification.

    Ten times in 72 hours at most. Raises `CheckFailed`; call outside transactions.
    """
    body = {"messaging_product": "whatsapp", "pin": pin}
    judged(number, lambda client: client.post(f"{number.phone_number_id}/register", body))
    log.info("number.registered number=%s", number.pk)


def subscribe(number: WhatsAppNumber) -> None:
    """Have Meta send us the webhooks of the number's account. Twice does no harm.

    Raises `CheckFailed`; call outside transactions.
    """
    judged(number, lambda client: client.post(f"{number.waba_id}/subscribed_apps", {}))
    log.info("account.subscribed number=%s", number.pk)
