"""The work of an import, in portions. Each is one transaction that also says how far it came, so a
worker may die anywhere and the next one goes on; no line is written twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import Agent
from consent.import_back import undoing
from consent.import_file import Sheet, read_sheet
from consent.import_line import Parsed, Reader, Refused
from consent.import_people import People, who_are
from consent.imports import drop_file, finish
from consent.ledger import Entry, append
from consent.models import Act, Clock, Source, Wording
from consent.models.importing import ConsentImport, ImportLine, ImportState, LineReason
from consent.vocabulary import read_vocabulary
from consent.wordings import imported_key, version_of
from contacts.family import hold_contacts
from contacts.models import Contact
from contacts.profile import learn_language
from contacts.stated import NobodyKnowsWhose, find_or_create_stated

AT_ONCE = 250
# A worker gives others a turn after so long.
SLICE_S = 60.0

# What writing changes of a line.
_WRITTEN = (
    *("reason", "contact_id", "is_known", "values", "cells", "written_at", "identity"),
    *("purpose", "topics"),
)


@dataclass
class _Job:
    """What one worker keeps between portions: the file, read once."""

    sheet: Sheet | None = None
    reader: Reader | None = None


def work_on(pk: UUID) -> bool:
    """Go on for a while; whether something is left. Only one at a time: see `tasks.run_import`."""
    ends = time.monotonic() + SLICE_S
    job = _Job()
    while time.monotonic() < ends:
        if not _portion(pk, job):
            return False
    return True


def _portion(pk: UUID, job: _Job) -> bool:
    """The next portion; False when nothing is left."""
    with transaction.atomic():
        batch = ConsentImport.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        work = _WORKS.get(batch.state) if batch else None
        if batch is None or work is None:
            return False
        did = work(batch, job)
        if did:
            batch.done, batch.worked_at = batch.done + did, timezone.now()
            batch.save(update_fields=["done", "worked_at"])
    return did > 0


# -- Checking ---------------------------------------------------------------------------------


def _check(batch: ConsentImport, job: _Job) -> int:
    """Make rows of the next lines of the file; how many."""
    if job.sheet is None or job.reader is None:
        with default_storage.open(batch.file) as stored:
            job.sheet = read_sheet(stored.read())
        job.reader = Reader(job.sheet, read_vocabulary().topics, batch.region)
    rows = job.sheet.rows[batch.done : batch.done + AT_ONCE]
    if not rows:
        drop_file(batch)
        finish(batch, ImportState.CHECKED)
        return 0
    lines = [_line(batch, number, cells, job.reader.read(cells)) for number, cells in rows]
    readable = [line for line in lines if not line.reason]
    people = who_are(line.identity for line in lines if line.identity)
    for line in lines:
        if line.reason and people.is_erasing(line.identity):
            line.reason, line.detail, line.also = LineReason.ERASING, "", []
            _tidy(line)
    said = _said_before(batch, readable)
    for line in readable:
        contact = people.contact_of(line.identity)
        line.contact_id, line.is_known = contact, contact is not None
        before = said.setdefault((line.identity, line.purpose), set())
        topics = set(line.topics) or {""}
        line.reason = LineReason.DUPLICATE if topics <= before else _obstacle(line, people)
        before |= topics
        _tidy(line)
    ImportLine.objects.bulk_create(lines)
    return len(lines)


def _line(
    batch: ConsentImport, number: int, cells: list[str], read: Parsed | Refused
) -> ImportLine:
    line = ImportLine(batch=batch, number=number, cells=cells)
    if isinstance(read, Refused):
        line.reason, line.detail, line.identity = read.reason, read.detail, read.identity
        line.also = [[str(one.reason), one.detail] for one in read.also]
        return line
    return ImportLine(
        batch=batch,
        number=number,
        cells=cells,
        identity=read.identity,
        purpose=read.purpose,
        topics=read.topics,
        values=read.keeps,
    )


def _said_before(
    batch: ConsentImport, lines: Sequence[ImportLine]
) -> dict[tuple[str, str], set[str]]:
    """What earlier lines of the file said of these people."""
    said: dict[tuple[str, str], set[str]] = {}
    earlier = batch.lines.filter(identity__in={line.identity for line in lines}, reason="")
    for identity, purpose, topics in earlier.values_list("identity", "purpose", "topics"):
        said.setdefault((identity, purpose), set()).update(topics or [""])
    return said


def _obstacle(line: ImportLine, people: People) -> str:
    """Why the person must not be granted this, as things stand now; ""."""
    if people.is_erasing(line.identity):
        return LineReason.ERASING
    if people.is_restricted(line.identity):
        return LineReason.RESTRICTED
    agreed = datetime.fromisoformat(line.values["agreed_at"])
    if people.is_unclear(line.identity):
        return LineReason.UNCLEAR
    if people.has_left(line.identity, line.purpose, line.topics, agreed):
        return LineReason.LEFT_LATER
    return ""


def _tidy(line: ImportLine) -> None:
    """A refused line is kept as it was given, to be given back; whoever is being erased leaves
    nothing here, not even as refused."""
    if line.reason:
        line.values, line.contact_id, line.is_known = {}, None, False
    if line.reason == LineReason.ERASING:
        line.cells, line.identity, line.purpose, line.topics = [], "", "", []


# -- Writing ----------------------------------------------------------------------------------


def _write(batch: ConsentImport, _job: _Job) -> int:
    """Contacts and entries of the next lines; how many lines were seen to."""
    waiting = batch.lines.filter(reason="", written_at=None).order_by("number")
    # Locked: an erasure that wants one of them waits, and finds it by its contact afterwards.
    lines = list(waiting.select_for_update()[:AT_ONCE])
    if not lines:
        finish(batch, ImportState.DONE)
        return 0
    # Looked at again: somebody may have left, or asked for something, since the preview.
    people = who_are(line.identity for line in lines)
    shown = _Wordings()
    entries: list[Entry] = []
    for line in lines:
        line.reason = _obstacle(line, people)
        if line.reason:
            _tidy(line)
            continue
        parsed = _parsed(line)
        try:
            contact = _contact_of(parsed)
        except NobodyKnowsWhose:  # it changed hands at this moment
            line.reason = LineReason.UNCLEAR
            _tidy(line)
            continue
        entries += _entries(line, parsed, contact, batch, shown)
        # From here on an erasure finds the line by the contact.
        line.contact_id, line.written_at = contact.pk, timezone.now()
        line.identity, line.values, line.cells = "", {}, []
    append(entries)
    ImportLine.objects.bulk_update(lines, _WRITTEN)
    return len(lines)


def _parsed(line: ImportLine) -> Parsed:
    return Parsed(
        identity=line.identity, purpose=line.purpose, topics=list(line.topics), **line.values
    )


def _contact_of(parsed: Parsed) -> Contact:
    """The person's contact, which stays unmerged until the transaction ends. Of one who is known
    nothing is learned: what WhatsApp says of them is newer."""
    contact, is_new = find_or_create_stated(parsed.person)
    if is_new:
        learn_language(contact, parsed.language)
    return contact


class _Wordings:
    """The versions of what people were shown, each text looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Wording] = {}

    def of(self, text: str, language: str) -> Wording | None:
        if not text:
            return None
        key = (text, language)
        if key not in self._known:
            self._known[key] = version_of(imported_key(text), language, text)
        return self._known[key]


def _entries(
    line: ImportLine, parsed: Parsed, contact: Contact, batch: ConsentImport, shown: _Wordings
) -> list[Entry]:
    language = parsed.language or settings.LANGUAGE_CODE[:2]
    return [
        Entry(
            contact=contact,
            purpose=parsed.purpose,
            topic=topic,
            act=Act.GRANTED,
            source=Source.IMPORT,
            occurred_at=parsed.moment,
            clock=Clock.STATED,
            language=parsed.language,
            wording=shown.of(parsed.wording, language),
            identity=parsed.identity,
            reference=line.reference,
            actor=_actor(batch.confirmed_by),
            evidence=f"{parsed.how}: {parsed.evidence}",
        )
        for topic in parsed.topics or [""]
    ]


# -- Taking back ------------------------------------------------------------------------------


def _take_back(batch: ConsentImport, _job: _Job) -> int:
    """Undo what the next lines gave, where nothing was done since; how many lines."""
    waiting = batch.lines.filter(taken_back_at=None).exclude(written_at=None).order_by("number")
    lines = list(waiting[:AT_ONCE])
    if not lines:
        finish(batch, ImportState.TAKEN_BACK)
        return 0
    now, actor = timezone.now(), _actor(batch.taken_back_by)
    held = hold_contacts([line.contact_id for line in lines if line.contact_id])
    append(
        [
            entry
            for line in lines
            if line.contact_id in held
            for entry in undoing(line, Contact(pk=held[line.contact_id]), batch, actor)
        ]
    )
    ImportLine.objects.filter(pk__in=[line.pk for line in lines]).update(taken_back_at=now)
    return len(lines)


def _actor(agent: Agent | None) -> str:
    """Who answers for it, also when their account is gone."""
    return f"agent:{agent.pk} {agent.name}" if agent else ""


_WORKS: dict[str, Callable[[ConsentImport, _Job], int]] = {
    ImportState.CHECKING: _check,
    ImportState.WRITING: _write,
    ImportState.TAKING_BACK: _take_back,
}
