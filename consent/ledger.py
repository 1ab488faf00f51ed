"""Appending to the ledger: the one place that writes it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from consent import canonical
from consent.models import Act, Clock, ConsentDetail, ConsentRecord, Source, Wording
from consent.states import ENDED, project
from contacts.models import Contact

PERSONAL = ("identity", "words", "reference", "actor", "evidence")
LONGEST_WORDS = 4096
# Sent with `contacts` (ids) in the transaction that writes that something ended, or was restricted:
# what waits for them must not leave. An erasure says so by itself.
consents_ended = Signal()


@dataclass(frozen=True)
class Entry:
    """What is to be written: who did what, for which purpose and topic, and what shows it.

    `identity` is the one they were known by in this act; `reference` what it rests on (a wamid, a
    form's code): the same act with the same reference is written once. `actor` is who of us wrote
    it down, if anybody did. `wording` is what the person was shown.
    """

    contact: Contact
    purpose: str
    act: Act
    source: Source
    occurred_at: datetime
    topic: str = ""
    clock: Clock = Clock.WHATSAPP
    business_number: str = ""
    language: str = ""
    wording: Wording | None = None
    identity: str = ""
    words: str = ""
    reference: str = ""
    actor: str = ""
    evidence: str = ""
    # When it was written down; None: now.
    recorded_at: datetime | None = None

    @property
    def reference_hash(self) -> str:
        return canonical.digest(self.reference[:200]) if self.reference else ""

    @property
    def key(self) -> tuple[object, ...]:
        """What is the same of an act that is told twice."""
        return (self.contact.pk, self.purpose, self.topic, self.act, self.reference_hash)


def append(entries: Sequence[Entry]) -> list[ConsentRecord]:
    """Write the entries in their order, each act once, and what is in force because of them.

    In the caller's transaction, or one of its own; the chain is closed at its commit, so writers
    wait for each other no longer than that takes. Raises `IntegrityError` when another transaction
    writes the same act at this moment.
    """
    fresh = _unknown(entries)
    if not fresh:
        return []
    now = timezone.now()
    drafted = [_draft(entry, now) for entry in fresh]
    with transaction.atomic(savepoint=False):
        records = ConsentRecord.objects.bulk_create([record for record, _detail in drafted])
        details = []
        for record, detail in drafted:
            detail.record = record
            details.append(detail)
        ConsentDetail.objects.bulk_create(details)
        project(records)
        ended = {row.contact_id for row in records if row.act in ENDED - {Act.ERASED}}
        if ended:
            consents_ended.send(sender=None, contacts=ended)
    return records


def _unknown(entries: Sequence[Entry]) -> list[Entry]:
    """Those not in the ledger yet, each once."""
    told = [entry for entry in entries if entry.reference]
    known: set[tuple[object, ...]] = set()
    if told:
        rows = ConsentRecord.objects.filter(
            contact__in={entry.contact.pk for entry in told},
            reference_hash__in={entry.reference_hash for entry in told},
        )
        known = set(rows.values_list("contact_id", "purpose", "topic", "act", "reference_hash"))
    fresh = []
    for entry in entries:
        if entry.reference and entry.key in known:
            continue
        known.add(entry.key)
        fresh.append(entry)
    return fresh


def _draft(entry: Entry, now: datetime) -> tuple[ConsentRecord, ConsentDetail]:
    detail = ConsentDetail(
        salt=secrets.token_hex(32),
        identity=entry.identity[:200],
        words=entry.words[:LONGEST_WORDS],
        reference=entry.reference[:200],
        actor=entry.actor[:200],
        evidence=entry.evidence,
    )
    record = ConsentRecord(
        contact=entry.contact,
        purpose=entry.purpose,
        topic=entry.topic,
        act=entry.act,
        source=entry.source,
        business_number=entry.business_number,
        language=entry.language,
        wording=entry.wording,
        occurred_at=entry.occurred_at,
        clock=entry.clock,
        recorded_at=entry.recorded_at or now,
        reference_hash=entry.reference_hash,
    )
    record.content = content_of(record, commitment_of(detail))
    return record, detail


def commitment_of(detail: ConsentDetail) -> str:
    """What stands for the personal part in the chain: its salted hash."""
    personal = {name: getattr(detail, name) for name in PERSONAL}
    return canonical.digest(canonical.canonical({"salt": detail.salt, **personal}))


def content_of(record: ConsentRecord, commitment: str) -> str:
    """The canonical JSON that is chained."""
    shown = record.wording
    return canonical.canonical(
        {
            "v": canonical.VERSION,
            "contact": str(record.contact_id),
            "purpose": record.purpose,
            "topic": record.topic,
            "act": record.act,
            "source": record.source,
            "business_number": record.business_number,
            "language": record.language,
            "wording": shown
            and {
                "key": shown.key,
                "language": shown.language,
                "version": shown.version,
                "sha256": canonical.digest(shown.text),
            },
            "occurred_at": canonical.moment(record.occurred_at),
            "clock": record.clock,
            "recorded_at": canonical.moment(record.recorded_at),
            "reference": record.reference_hash,
            "personal": commitment,
        }
    )
