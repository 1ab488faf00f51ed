"""What adds entries to the ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.models import Act, ConsentRecord, Purpose, Source
from contacts.models import Contact

# Whole messages only, case and punctuation aside: "please don't stop" is no withdrawal.
START_WORDS = frozenset({"start"})
STOP_WORDS = frozenset({"stop", "stopp"})
# Longer ones say more than one word.
LONGEST_WORDS = 200
COURTESY = frozenset({"bitte", "danke", "please", "thanks", "thank", "you", "hallo", "hello"})


@dataclass(frozen=True)
class Words:
    """What a customer wrote: the text, the message it stands in, and to which number of ours."""

    contact: Contact
    text: str
    wamid: str
    occurred_at: datetime
    business_number: str = ""


def record_inbound_message(contact: Contact, text: str, wamid: str, occurred_at: datetime) -> None:
    """The same for one message."""
    record_inbound_messages([Words(contact, text, wamid, occurred_at)])


def record_inbound_messages(said: Sequence[Words]) -> None:
    """Whoever writes to us agrees to be answered (`service`); START and STOP speak of marketing.

    Call in the transaction that stores the messages; the same wamid twice is one entry.
    """
    served = _served({words.contact.pk for words in said})
    rows = []
    for words in said:
        if words.contact.pk not in served:
            served.add(words.contact.pk)
            rows.append(_entry(words, Purpose.SERVICE, Act.GRANTED))
        word = _consent_word(words.text)
        if word in START_WORDS:
            rows.append(_entry(words, Purpose.MARKETING, Act.GRANTED))
        elif word in STOP_WORDS:
            rows.append(_entry(words, Purpose.MARKETING, Act.WITHDRAWN))
    if rows:
        ConsentRecord.objects.bulk_create(rows, ignore_conflicts=True)


def _entry(words: Words, purpose: Purpose, act: Act) -> ConsentRecord:
    return ConsentRecord(
        contact=words.contact,
        purpose=purpose,
        act=act,
        source=Source.MESSAGE,
        words=words.text[:4096],
        reference=words.wamid,
        business_number=words.business_number,
        occurred_at=words.occurred_at,
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


def _served(contacts: set[UUID]) -> set[UUID]:
    """Which of these contacts have a service consent in force."""
    newest = (
        ConsentRecord.objects.filter(contact__in=contacts, purpose=Purpose.SERVICE)
        .order_by("contact_id", "-occurred_at", "-id")
        .distinct("contact_id")
        .values_list("contact_id", "act")
    )
    return {contact for contact, act in newest if act == Act.GRANTED}


def _consent_word(text: str) -> str:
    """The one word that is left of a message without punctuation and courtesy, or ""."""
    if len(text) > LONGEST_WORDS:
        return ""
    words = re.sub(r"[^\w\s]", "", text).casefold().split()
    left = [word for word in words if word not in COURTESY]
    return left[0] if len(left) == 1 else ""
