"""What the ledger of one person shows: where it stands, and every entry in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from consent.gate import records_of, states_of
from consent.models import Act, ConsentRecord, Source, Topic
from consent.states import ENDED, IN_FORCE
from contacts.models import Contact

MOST = 300


@dataclass(frozen=True)
class Standing:
    """One purpose or topic: `seal` is on, off or wait; `since` the record that made it so."""

    name: str
    seal: str
    since: ConsentRecord

    @property
    def how(self) -> str:
        return _how(self.since)


@dataclass(frozen=True)
class BookEntry:
    """One record: what happened, how, and how it looks."""

    record: ConsentRecord
    name: str
    seal: str
    how: str

    @property
    def short_hash(self) -> str:
        link = getattr(self.record, "link", None)
        return f"{link.hash[:4]}…{link.hash[-4:]}" if link else ""


@dataclass(frozen=True)
class Book:
    """The ledger of one person, up to a moment; entries newest first, at most `MOST` of them."""

    standings: list[Standing]
    entries: list[BookEntry]
    count: int


def book_of(contact: Contact, until: datetime | None, purpose: str) -> Book:
    """What is known of the person; `until` leaves out what was done later, `purpose` ("": all)
    what was done for others."""
    rows = records_of(contact).select_related("detail", "link", "wording")
    if until is not None:
        rows = rows.filter(occurred_at__lt=until)
    records = list(rows.order_by("-occurred_at", "-id"))
    names = {topic.key: str(topic) for topic in Topic.objects.all()}
    shown = [record for record in records if not purpose or record.purpose == purpose]
    entries = [
        BookEntry(record, name_of(record, names), _seal(record), _how(record))
        for record in shown[:MOST]
    ]
    return Book(_standings(records, names), entries, len(shown))


def standings_of(contact: Contact) -> list[Standing]:
    """Where each purpose and topic stands now, without reading the whole ledger of the person."""
    names = {topic.key: str(topic) for topic in Topic.objects.all()}
    return _standings(_deciding(contact), names)


def standings_of_both(one: Contact, other: Contact) -> list[Standing]:
    """Where each purpose and topic would stand if the two were one person: of all that both did,
    the newest act decides, as the gate does for people who were merged."""
    records = [*_deciding(one), *_deciding(other)]
    records.sort(key=lambda record: (record.occurred_at, record.pk), reverse=True)
    names = {topic.key: str(topic) for topic in Topic.objects.all()}
    return _standings(records, names)


def name_of(record: ConsentRecord, names: dict[str, str]) -> str:
    """What the record is about: its topic, or its purpose in general."""
    return names.get(record.topic, record.topic) or record.get_purpose_display()


def _deciding(contact: Contact) -> list[ConsentRecord]:
    """The entries that can decide where something stands, the newest first."""
    deciding = [state.record_id for state in states_of(contact)]
    rows = records_of(contact).filter(Q(pk__in=deciding) | Q(act=Act.REQUESTED))
    return list(rows.select_related("detail").order_by("-occurred_at", "-id"))


def _standings(records: Sequence[ConsentRecord], names: dict[str, str]) -> list[Standing]:
    """Of each purpose and topic where it stands, by records from the newest to the oldest."""
    newest: dict[tuple[str, str], ConsentRecord] = {}
    for record in records:
        if record.act in IN_FORCE | ENDED:
            newest.setdefault((record.purpose, record.topic), record)
    for record in records:
        if record.act == Act.REQUESTED:
            newest.setdefault((record.purpose, record.topic), record)
    found = []
    for (purpose, topic), record in newest.items():
        general = newest.get((purpose, ""))
        if topic and general is not None and _overrules(general, record):
            found.append(Standing(name_of(record, names), "off", general))
        else:
            found.append(Standing(name_of(record, names), _seal(record), record))
    return sorted(found, key=lambda one: (one.since.purpose != "service", one.name))


def _overrules(general: ConsentRecord, record: ConsentRecord) -> bool:
    """Whether leaving in general ended what was agreed to for a topic before."""
    later = (general.occurred_at, general.pk) > (record.occurred_at, record.pk)
    return record.act in IN_FORCE and general.act in ENDED and later


def _seal(record: ConsentRecord) -> str:
    if record.act in IN_FORCE:
        return "on"
    return "off" if record.act in ENDED else "wait"


def _how(record: ConsentRecord) -> str:
    """By what it was done, in the reader's words; what the customer wrote is quoted."""
    if record.source == Source.MESSAGE and record.words:
        return _("by their own message “%(words)s”") % {"words": record.words[:80]}
    return {
        Source.MESSAGE: _("by their own message"),
        Source.FORM: _("by the sign-up form"),
        Source.PLATFORM: _("by WhatsApp's own setting"),
        Source.AGENT: _("an agent, on the customer's word"),
        Source.IMPORT: _("imported with evidence"),
        Source.API: _("by another system"),
        Source.SYSTEM: _("by itself"),
        Source.OWN_PAGE: _("on their own page"),
        Source.EMAIL: _("by a link in an e-mail"),
    }[Source(record.source)]
