"""Everything about a person as a ZIP: `index.html` to read, `data.json` to take along, the files.

Written row by row and part by part, so a long history needs no memory. A worker that dies leaves
nothing behind but a file that the next one removes; the export then begins anew.
"""

from __future__ import annotations

import json
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from consent.exports import forget_export, new_path
from consent.models.data_request import DataRequest, RequestState
from consent.personal_data import Person, Table, registry
from consent.retention import time_of
from consent.rights import finish
from contacts.models import Contact

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
# Progress is written down, and the request looked at, this often.
SIGN_EVERY = timedelta(seconds=2)
_ROWS_AT_ONCE = 500


class Stopped(Exception):
    """The request is not to be worked on any more."""


def make_export(request_id: UUID) -> None:
    """Write the file of a running request; call it again after a crash. One at a time."""
    request = _begin(request_id)
    contact = Contact.objects.filter(pk=request.contact_id).first()
    if contact is None:
        raise RuntimeError("the contact of an export is not there")
    person = Person.of(contact)
    signs = _Signs(request)
    with tempfile.TemporaryFile() as spool:
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
            language = contact.language or settings.LANGUAGE_CODE
            with translation.override("de" if language.startswith("de") else "en"):
                _write(archive, "index.html", readable(person, contact), signs)
            _write(archive, "data.json", as_json(person), signs)
            for make in registry.attachments:
                for attachment in make(person):
                    _attach(archive, attachment.path, attachment.open, signs)
        spool.seek(0)
        signs.now()
        default_storage.save(request.file, File(spool))
    _end(request)


def as_json(person: Person) -> Iterator[str]:
    """`{"made_at": …, "tables": {"contacts.Contact": [{…}], …}}` in pieces, rows in order."""
    dumps = DjangoJSONEncoder(ensure_ascii=False, indent=1).encode
    yield f'{{"made_at": {dumps(timezone.now())},\n"tables": {{'
    for place, table in enumerate(registry.of_person()):
        yield f"{',' if place else ''}\n{json.dumps(table.label)}: ["
        for at, row in enumerate(rows_of(table, person)):
            yield f"{',' if at else ''}\n{dumps(row)}"
        yield "]"
    yield "}}\n"


def rows_of(table: Table, person: Person) -> Iterator[dict[str, Any]]:
    """What is given out of a table."""
    if table.export is not None:
        yield from table.export(person)
    elif table.rows is not None:
        rows: QuerySet[Any] = table.rows(person)
        yield from rows.order_by("pk").values(*table.exported()).iterator(_ROWS_AT_ONCE)


def readable(person: Person, contact: Contact) -> Iterator[str]:
    """The page, in pieces, in the active language."""
    context = {
        "name": contact.display_name,
        "site": settings.SITE_NAME,
        "made_at": timezone.now(),
        "language": translation.get_language(),
        "chapters": [(chapter.order, chapter.title) for chapter in registry.chapters],
    }
    head, _sep, foot = render_to_string("consent/export.html", context).partition("<!-- here -->")
    yield head
    for chapter in registry.chapters:
        title = {"order": chapter.order, "title": chapter.title}
        yield render_to_string("consent/export_chapter.html", title)
        yield from chapter.pieces(person)
        yield "</section>\n"
    yield foot


class _Signs:
    """Signs of life: progress written down now and then; raises `Stopped` when nobody wants it."""

    def __init__(self, request: DataRequest) -> None:
        self.request = request
        self._told_at = timezone.now()
        self.done = 0

    def count(self) -> None:
        self.done += 1
        if timezone.now() - self._told_at >= SIGN_EVERY:
            self.now()

    def now(self) -> None:
        self._told_at = timezone.now()
        running = DataRequest.objects.filter(
            pk=self.request.pk, state=RequestState.RUNNING, file=self.request.file
        )
        if not running.update(done=min(self.done, self.request.total), worked_at=self._told_at):
            raise Stopped


def _write(archive: zipfile.ZipFile, name: str, pieces: Iterator[str], signs: _Signs) -> None:
    with archive.open(_info(name), "w", force_zip64=True) as out:
        for piece in pieces:
            out.write(piece.encode())
            signs.count()


def _attach(
    archive: zipfile.ZipFile, name: str, opener: Callable[[], IO[bytes]], signs: _Signs
) -> None:
    """A file that is not there (any more) is left out; the page says what there was."""
    try:
        source = opener()
    except FileNotFoundError:
        log.warning("export.file_missing request=%s", signs.request.pk)
        return
    with source, archive.open(_info(name), "w", force_zip64=True) as out:
        while chunk := source.read(CHUNK):
            out.write(chunk)
            signs.count()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _begin(request_id: UUID) -> DataRequest:
    """Take the place of whoever died over it: the path is known before anything lies there."""
    with transaction.atomic():
        request = DataRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
        if request.state != RequestState.RUNNING:
            raise Stopped
        forget_export(request)
        contact = Contact.objects.filter(pk=request.contact_id).first()
        person = Person.of(contact) if contact else None
        request.file, request.done = new_path(request), 0
        request.total = _how_much(person) if person else 0
        request.worked_at = timezone.now()
        request.save()
    return request


def _how_much(person: Person) -> int:
    found = (table.rows(person).count() for table in registry.of_person() if table.rows)
    return 2 * sum(found)


def _end(request: DataRequest) -> None:
    with transaction.atomic():
        held = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if held.state != RequestState.RUNNING or held.file != request.file:
            default_storage.delete(request.file)
            raise Stopped
        held.done = held.total
        kept_for = time_of("exports")
        held.expires_at = None if kept_for is None else timezone.now() + kept_for
        finish(held)
    log.info("export.done request=%s", request.pk)
