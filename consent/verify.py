"""Whether the ledger is what was written: every entry, its personal part, its place, its heads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from consent import canonical, states
from consent.heads import BadHead, published_heads
from consent.ledger import PERSONAL, commitment_of, content_of
from consent.models import Act, ConsentDetail, ConsentRecord, Wording
from consent.snapshot import snapshot

_AT_ONCE = 5_000
_RECORD = (
    *("contact_id", "purpose", "topic", "act", "source", "business_number", "language"),
    *("occurred_at", "clock", "recorded_at", "reference_hash", "content"),
)
_WORDING = ("key", "language", "version", "text")
_DETAIL = ("salt", *PERSONAL)
_LINKS = f"""
    SELECT link.sequence, link.previous_hash, link.hash, record.id, wording.id, detail.record_id,
        {", ".join(f"record.{name}" for name in _RECORD)},
        {", ".join(f"wording.{name}" for name in _WORDING)},
        {", ".join(f"detail.{name}" for name in _DETAIL)}
    FROM consent_chainlink link
    LEFT JOIN consent_consentrecord record ON record.id = link.record_id
    LEFT JOIN consent_wording wording ON wording.id = record.wording_id
    LEFT JOIN consent_consentdetail detail ON detail.record_id = record.id
    ORDER BY link.sequence
"""  # noqa: S608 (our own names)
_UNCHAINED = """
    SELECT min(record.id) FROM consent_consentrecord record
    LEFT JOIN consent_chainlink link ON link.record_id = record.id WHERE link.sequence IS NULL
"""


@dataclass(frozen=True)
class Broken:
    """The first place where the ledger is not what was written. `sequence` 0: not one entry's."""

    sequence: int
    why: str

    def __str__(self) -> str:
        return f"entry {self.sequence}: {self.why}" if self.sequence else self.why


@dataclass(frozen=True)
class Verdict:
    """How many entries were looked at, and what is broken, if anything."""

    entries: int
    broken: Broken | None


@dataclass(frozen=True)
class _Link:
    """A row of the chain with everything that hangs on it."""

    sequence: int
    previous_hash: str
    hash: str
    record: ConsentRecord | None
    detail: ConsentDetail | None


def verify_ledger() -> Verdict:
    """Look at every entry once, in order, as they are at this moment. Not within a transaction."""
    heads = _Heads()  # before the snapshot: what they speak of is in it
    with snapshot():
        return _verify(heads)


def _verify(heads: _Heads) -> Verdict:
    previous, count = canonical.BEGINNING, 0
    erased: dict[UUID, int] = {}
    without_detail: list[tuple[int, UUID]] = []
    for link in _links():
        count += 1
        why = _why_broken(link, count, previous) or heads.why_broken(link.sequence, link.hash)
        if why:
            return Verdict(count, Broken(link.sequence, why))
        previous = link.hash
        assert link.record is not None
        if link.record.act == Act.ERASED:
            erased[link.record.contact_id] = link.sequence
        if link.detail is None:
            without_detail.append((link.sequence, link.record.contact_id))
    for sequence, contact in without_detail:
        if erased.get(contact, 0) <= sequence:
            return Verdict(count, Broken(sequence, "its personal part is gone without an erasure"))
    return Verdict(count, heads.cut_short() or _unchained() or _states())


def _why_broken(link: _Link, place: int, previous: str) -> str:
    """What is wrong with an entry and its link; "" when nothing is."""
    record = link.record
    if link.sequence != place:
        return f"entry {place} is missing"
    if link.previous_hash != previous:
        return "it does not follow the entry before"
    if record is None:
        return "its record is missing"
    if link.hash != canonical.link_hash(previous, link.sequence, record.content):
        return "its content is not what was chained"
    try:
        commitment = json.loads(record.content)["personal"]
    except (ValueError, KeyError, TypeError):
        return "its content is not readable"
    if record.content != content_of(record, commitment):
        return "its fields are not what its content says"
    if link.detail is not None and commitment_of(link.detail) != commitment:
        return "its personal part is not what was committed to"
    return ""


class _Heads:
    """The heads that were published, as the chain is walked past them."""

    def __init__(self) -> None:
        self._bad = ""
        self._hashes: dict[int, tuple[str, str]] = {}
        try:
            for path, head in published_heads():
                self._hashes[head.sequence] = (head.hash, path.name)
        except BadHead as error:
            self._bad = f"a published head is not ours ({error})"
        self._hashes.pop(0, None)

    def why_broken(self, sequence: int, link_hash: str) -> str:
        if self._bad:
            return self._bad
        said = self._hashes.pop(sequence, None)
        if said and said[0] != link_hash:
            return f"{said[1]} says that it was another"
        return ""

    def cut_short(self) -> Broken | None:
        """Heads of entries that are not there."""
        if self._bad:
            return Broken(0, self._bad)
        if not self._hashes:
            return None
        sequence = min(self._hashes)
        return Broken(sequence, f"it is missing, and {self._hashes[sequence][1]} says it was there")


def _links() -> Iterator[_Link]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_LINKS)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from map(_link, rows)


def _link(row: tuple[Any, ...]) -> _Link:
    sequence, previous_hash, link_hash, record_id, wording_id, detail_id, *values = row
    record = detail = None
    if record_id is not None:
        fields, values = values[: len(_RECORD)], values[len(_RECORD) :]
        record = ConsentRecord(pk=record_id, **dict(zip(_RECORD, fields, strict=True)))
        shown, values = values[: len(_WORDING)], values[len(_WORDING) :]
        if wording_id is not None:
            record.wording = Wording(pk=wording_id, **dict(zip(_WORDING, shown, strict=True)))
        if detail_id is not None:
            detail = ConsentDetail(record=record, **dict(zip(_DETAIL, values, strict=True)))
    return _Link(sequence, previous_hash, link_hash, record, detail)


def _unchained() -> Broken | None:
    with connection.cursor() as cursor:
        cursor.execute(_UNCHAINED)
        [first] = cursor.fetchone()
    return None if first is None else Broken(0, f"record {first} has no place in the chain")


def _states() -> Broken | None:
    wrong = states.different()
    if not wrong:
        return None
    return Broken(0, f"{wrong} consents in force are not what the ledger says")
