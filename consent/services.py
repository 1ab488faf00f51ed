"""What adds entries to the ledger."""

from __future__ import annotations

import re
from datetime import datetime

from consent.models import Act, ConsentRecord, Purpose, Source
from contacts.models import Contact

# Whole messages only, case and punctuation aside: "please don't stop" is no withdrawal.
START_WORDS = frozenset({"start"})
STOP_WORDS = frozenset({"stop", "stopp"})
COURTESY = frozenset({"bitte", "danke", "please", "thanks", "thank", "you", "hallo", "hello"})


def record_inbound_message(contact: Contact, text: str, wamid: str, occurred_at: datetime) -> None:
    """Whoever writes to us agrees to be answered (`service`); START and STOP speak of marketing.

    Call in the transaction that stores the message; the same wamid twice is one entry.
    """
    acts = [(Purpose.SERVICE, Act.GRANTED)] if _needs_service(contact) else []
    word = _consent_word(text)
    if word in START_WORDS:
        acts.append((Purpose.MARKETING, Act.GRANTED))
    elif word in STOP_WORDS:
        acts.append((Purpose.MARKETING, Act.WITHDRAWN))
    ConsentRecord.objects.bulk_create(
        [
            ConsentRecord(
                contact=contact,
                purpose=purpose,
                act=act,
                source=Source.MESSAGE,
                words=text[:4096],
                reference=wamid,
                occurred_at=occurred_at,
            )
            for purpose, act in acts
        ],
        ignore_conflicts=True,
    )


def record_platform_preference(
    contact: Contact, act: Act, reference: str, occurred_at: datetime, words: str = ""
) -> None:
    """WhatsApp's own stop and resume of marketing messages (`user_preferences`, error 131050)."""
    ConsentRecord.objects.bulk_create(
        [
            ConsentRecord(
                contact=contact,
                purpose=Purpose.MARKETING,
                act=act,
                source=Source.PLATFORM,
                words=words,
                reference=reference,
                occurred_at=occurred_at,
            )
        ],
        ignore_conflicts=True,
    )


def _needs_service(contact: Contact) -> bool:
    newest = (
        ConsentRecord.objects.filter(contact=contact, purpose=Purpose.SERVICE)
        .order_by("-occurred_at", "-id")
        .values_list("act", flat=True)
        .first()
    )
    return newest != Act.GRANTED


def _consent_word(text: str) -> str:
    """The one word that is left of a message without punctuation and courtesy, or ""."""
    words = re.sub(r"[^\w\s]", "", text).casefold().split()
    left = [word for word in words if word not in COURTESY]
    return left[0] if len(left) == 1 else ""
