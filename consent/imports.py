"""What admins do with an import: upload, confirm, discard, take back. Each a verb, one transaction.

The work between is done by a worker (`import_work.py`).
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError as BrokerError

from accounts.models import Agent
from consent.import_file import read_sheet
from consent.models.importing import AT_WORK, ConsentImport, ImportState
from consent.refused import Refused

log = logging.getLogger(__name__)

RUN_TASK = "consent.run_import"
PERMISSION = "consent.import_consents"


class ImportRefused(Refused):
    """An import cannot be moved on now."""


_MOVED_ON = gettext_lazy("The import has moved on meanwhile; please look again.")
_TWO = gettext_lazy("Somebody else than who uploaded this file must confirm it.")
_NOTHING = gettext_lazy("No line of this file can be written.")
_WHY = gettext_lazy("Please say why it is taken back.")


def begin_import(content: bytes, name: str, by: Agent, region: str = "") -> ConsentImport:
    """Store the file and have its lines checked; raises `BadFile` for what is no such file."""
    sheet = read_sheet(content)
    path = f"imports/{uuid4().hex}.{'zip' if sheet.is_zip else 'csv'}"
    with transaction.atomic():
        batch = ConsentImport.objects.create(
            # Stored before the row is committed: a crash between leaves a file that nobody names,
            # which `import_keeping.forget_orphans` finds.
            file=default_storage.save(path, ContentFile(content)),
            name=name[:200],
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            columns=sheet.columns,
            delimiter=sheet.delimiter,
            region=region,
            uploaded_by=by,
            needs_two=settings.IMPORT_NEEDS_TWO,
            total=len(sheet.rows),
            worked_at=timezone.now(),
        )
        transaction.on_commit(lambda: hand_over(batch.pk))
    log.info("import.begun import=%s lines=%s", batch.pk, batch.total)
    return batch


def confirm(batch: ConsentImport, by: Agent, statement: str) -> ConsentImport:
    """Have the lines written that hold; `statement` is what was typed to answer for it."""
    with transaction.atomic():
        held = _hold(batch, ImportState.CHECKED)
        held.needs_two = held.needs_two or settings.IMPORT_NEEDS_TWO
        if held.needs_two and held.uploaded_by_id == by.pk:
            raise ImportRefused(_TWO)
        good = held.lines.filter(reason="").count()
        if not good:
            raise ImportRefused(_NOTHING)
        held.confirmed_by, held.confirmed_at = by, timezone.now()
        held.statement = statement[:200]
        return _begin(held, ImportState.WRITING, good)


def discard(batch: ConsentImport) -> ConsentImport:
    """Write nothing (more), and forget file and lines at once. What a failed import has written
    stays, done so far, and can be taken back."""
    with transaction.atomic():
        held = _locked(batch)
        broken = held.state == ImportState.FAILED
        if held.state not in (ImportState.CHECKING, ImportState.CHECKED) and not broken:
            raise ImportRefused(_MOVED_ON)
        if broken and held.failed_in != ImportState.CHECKING:
            held.lines.filter(written_at=None).delete()
            held.failed_in, held.ended_at, held.forgotten_at = "", timezone.now(), timezone.now()
            return _move(held, ImportState.DONE)
        drop_file(held)
        held.lines.all().delete()
        held.failed_in, held.ended_at, held.forgotten_at = "", timezone.now(), timezone.now()
        return _move(held, ImportState.DISCARDED)


def take_back(batch: ConsentImport, by: Agent, why: str) -> ConsentImport:
    """Have the ledger say that these consents do not hold: nothing is deleted. Whoever has done
    something since keeps what they did."""
    if not why.strip():
        raise ImportRefused(_WHY)
    with transaction.atomic():
        held = _hold(batch, ImportState.DONE)
        held.taken_back_by, held.taken_back_why = by, why.strip()[:200]
        written = held.lines.exclude(written_at=None).count()
        return _begin(held, ImportState.TAKING_BACK, written)


def go_on(batch: ConsentImport) -> ConsentImport:
    """Begin again where an error ended the work."""
    with transaction.atomic():
        held = _hold(batch, ImportState.FAILED)
        to, held.failed_in, held.error = ImportState(held.failed_in), "", ""
        held.worked_at = timezone.now()
        transaction.on_commit(lambda: hand_over(held.pk))
        return _move(held, to)


def fail(pk: UUID, error: str) -> None:
    """The work came to an error that nobody foresaw."""
    with transaction.atomic():
        held = ConsentImport.objects.select_for_update(of=("self",)).get(pk=pk)
        if held.state in AT_WORK:
            held.failed_in, held.error = held.state, error[:200]
            _move(held, ImportState.FAILED)


def finish(held: ConsentImport, to: ImportState) -> None:
    """The work is done; the row is the caller's, locked."""
    held.ended_at = timezone.now() if to != ImportState.CHECKED else None
    _move(held, to)


def drop_file(held: ConsentImport) -> None:
    """Delete the uploaded file at the commit; the row is the caller's to save."""
    path, held.file = held.file, ""
    if path:
        transaction.on_commit(lambda: default_storage.delete(path))


def hand_over(pk: UUID, countdown_s: float = 0) -> None:
    """Have a worker do it; when the broker is away, the sweeper finds it."""
    try:
        current_app.send_task(RUN_TASK, args=(str(pk),), countdown=countdown_s or None)
    except BrokerError:
        log.warning("import.not_handed_over import=%s", pk)


def _begin(held: ConsentImport, state: ImportState, total: int) -> ConsentImport:
    held.done, held.total, held.worked_at = 0, total, timezone.now()
    held.ended_at = None
    transaction.on_commit(lambda: hand_over(held.pk))
    return _move(held, state)


def _locked(batch: ConsentImport) -> ConsentImport:
    return ConsentImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)


def _hold(batch: ConsentImport, state: ImportState) -> ConsentImport:
    """The row, locked; `ImportRefused` when it is not in `state` (any more)."""
    held = _locked(batch)
    if held.state != state:
        raise ImportRefused(_MOVED_ON)
    return held


def _move(held: ConsentImport, to: ImportState) -> ConsentImport:
    held.state = to
    held.save()
    log.info("import.moved import=%s state=%s", held.pk, to)
    return held


def may_import(user: Any) -> bool:
    """Whether somebody may see and do this."""
    return bool(user.is_active and user.has_perm(PERMISSION))
