"""The evidence file of a contact: all they did, as the chain holds it, for a third party to check.

`docs/consent-ledger.md` says what it proves, and how to check it without this software.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from consent.canonical import canonical, moment
from consent.gate import is_in_force
from consent.heads import Head, sign, sign_head_with_paths
from consent.ledger import PERSONAL
from consent.models import Act, ConsentDetail, ConsentRecord, ConsentState, Purpose, Topic, Wording
from consent.snapshot import snapshot
from consent.states import ENDED, IN_FORCE
from contacts.family import family_of
from contacts.models import Contact

VERSION = 1
# Before what the seal signs, so that no seal can be taken for the signature of a head.
SEALED = b"consent evidence v1\n"


@dataclass(frozen=True)
class KnownAs:
    """An identity of the person, as of now. Times are UTC, "" for none."""

    kind: str
    value: str
    first_seen_at: str
    ended_at: str


@dataclass(frozen=True)
class Known:
    """One of the contacts that are this person, as of now."""

    id: str
    name: str
    identities: tuple[KnownAs, ...]


@dataclass(frozen=True)
class Standing:
    """What holds for a purpose and topic: the newest act, and whether we may write for it."""

    purpose: str
    topic: str
    act: str
    since: str
    in_force: bool
    sequence: int


@dataclass(frozen=True)
class Proven:
    """An entry with its place in the chain. `personal` is None when it was erased."""

    sequence: int
    previous_hash: str
    hash: str
    content: str
    personal: Mapping[str, str] | None
    path: tuple[str, ...]

    @cached_property
    def said(self) -> dict[str, Any]:
        """What `content` says."""
        return dict(json.loads(self.content))


@dataclass(frozen=True)
class Shown:
    """Words that somebody saw."""

    key: str
    language: str
    version: int
    since: str
    text: str


@dataclass(frozen=True)
class Evidence:
    """All that the ledger holds of a person, the oldest entry first, under a head of that moment.

    `topics` says what the keys of topics are called, by language.
    """

    contact: str
    contacts: tuple[Known, ...]
    in_force: tuple[Standing, ...]
    topics: Mapping[str, Mapping[str, str]]
    entries: tuple[Proven, ...]
    wordings: tuple[Shown, ...]
    head: Head
    signature: str

    @cached_property
    def as_json(self) -> str:
        """The file. Its seal signs all the rest: that these are the person's entries, and all."""
        values = {
            "version": VERSION,
            "made_at": self.head.at,
            **asdict(self),
            "key": self.head.key,
        }
        seal = sign(sealed(values))
        return json.dumps({**values, "seal": seal}, ensure_ascii=False, indent=2) + "\n"

    def shown(self, entry: Proven) -> Shown | None:
        """The words that were shown with an entry."""
        said = entry.said["wording"] or {}
        named = (said.get("key"), said.get("language"), said.get("version"))
        return next((w for w in self.wordings if (w.key, w.language, w.version) == named), None)


def sealed(values: Mapping[str, Any]) -> bytes:
    """What the seal of an evidence file is the signature of."""
    return SEALED + canonical({k: v for k, v in values.items() if k != "seal"}).encode()


def evidence_of(contact: Contact) -> Evidence:
    """Whichever of the contacts of a person it is, all of the person. Not within a transaction.

    A contact that was erased has no row any more: one with nothing but its id will do.
    """
    with snapshot():
        found = family_of(contact).prefetch_related("identities").order_by("created_at", "pk")
        family = sorted(found, key=lambda one: one.pk != contact.survivor_id)
        records = _records({contact.survivor_id, *(one.pk for one in family)})
        places = [record.link.sequence - 1 for record in records]
        head, signature, paths = sign_head_with_paths(places)
        shown = {record.wording.pk: record.wording for record in records if record.wording}
        topics = Topic.objects.filter(key__in={record.topic for record in records})
        return Evidence(
            contact=str(contact.survivor_id),
            contacts=tuple(map(_known, family)) or (Known(str(contact.pk), "", ()),),
            in_force=tuple(_in_force(records)),
            topics={topic.key: {"de": topic.name_de, "en": topic.name_en} for topic in topics},
            entries=tuple(_proven(record, paths) for record in records),
            wordings=tuple(map(_shown, shown.values())),
            head=head,
            signature=signature,
        )


def _records(contacts: Iterable[UUID]) -> list[ConsentRecord]:
    chained = ConsentRecord.objects.filter(contact__in=contacts, link__isnull=False)
    return list(chained.select_related("link", "detail", "wording").order_by("link__sequence"))


def _proven(record: ConsentRecord, paths: Mapping[int, Sequence[str]]) -> Proven:
    link = record.link
    personal = _personal(record.detail) if hasattr(record, "detail") else None
    path = tuple(paths[link.sequence - 1])
    return Proven(link.sequence, link.previous_hash, link.hash, record.content, personal, path)


def _personal(detail: ConsentDetail) -> dict[str, str]:
    return {name: getattr(detail, name) for name in ("salt", *PERSONAL)}


def _in_force(records: Sequence[ConsentRecord]) -> list[Standing]:
    """From the entries themselves, by the rule of the gate; nothing is of whom was erased."""
    newest: dict[tuple[str, str], ConsentRecord] = {}
    for record in sorted(records, key=lambda one: (one.occurred_at, one.pk)):
        if record.act in IN_FORCE | ENDED:
            newest[record.purpose, record.topic] = record
    states = {key: _state(record) for key, record in newest.items()}
    erased = {one.contact_id: one.link.sequence for one in records if one.act == Act.ERASED}
    return [
        Standing(
            purpose=purpose,
            topic=topic,
            act=record.act,
            since=moment(record.occurred_at),
            in_force=erased.get(record.contact_id, 0) < record.link.sequence
            and is_in_force(states[purpose, topic], states.get((purpose, ""))),
            sequence=record.link.sequence,
        )
        for (purpose, topic), record in sorted(newest.items(), key=_reading_order)
    ]


def _state(record: ConsentRecord) -> ConsentState:
    return ConsentState(record=record, act=record.act, occurred_at=record.occurred_at)


def _reading_order(item: tuple[tuple[str, str], ConsentRecord]) -> tuple[int, str]:
    (purpose, topic), _record = item
    return (Purpose.values.index(purpose) if purpose in Purpose else len(Purpose), topic)


def _known(contact: Contact) -> Known:
    identities = sorted(contact.identities.all(), key=lambda one: (one.first_seen_at, one.pk))
    return Known(
        str(contact.pk),
        contact.name,
        tuple(
            KnownAs(
                one.kind,
                one.value,
                moment(one.first_seen_at),
                moment(one.ended_at) if one.ended_at else "",
            )
            for one in identities
        ),
    )


def _shown(wording: Wording) -> Shown:
    since = moment(wording.created_at)
    return Shown(wording.key, wording.language, wording.version, since, wording.text)
