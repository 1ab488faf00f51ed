"""How long what a file said is kept: until it is in the ledger; refused lines, as the rule says."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.holds import anybody_kept, kept_contacts
from consent.imports import discard
from consent.models.importing import ConsentImport, ImportLine, ImportState
from consent.personal_data import DONE, Person, Portion, delete_portion
from consent.retention import Kind, Limits, Rows, retention
from contacts.models import Identity

log = logging.getLogger(__name__)

# Nobody confirmed it, or it could not be checked.
_WAITS = Q(state=ImportState.CHECKED) | Q(state=ImportState.FAILED, failed_in=ImportState.CHECKING)
_OVER = (ImportState.DONE, ImportState.TAKEN_BACK)
FOLDER = "imports"
# A file that no row names may still be on its way to one.
_ORPHAN = timedelta(days=1)


def register() -> None:
    """Called once, when Django is ready."""
    retention.add(Kind("imports", 95, _("What imported files said"), _imports, days=30))


def _due(limits: Limits, at: datetime) -> QuerySet[ConsentImport]:
    """What nobody confirmed, and what is over; not where a line is of somebody who is kept."""
    rows = ConsentImport.objects.annotate(since=Coalesce("ended_at", "uploaded_at"))
    if limits.general is None:
        return rows.none()
    before = at - timedelta(days=limits.general)
    waits = _WAITS & Q(uploaded_at__lt=before)
    over = Q(state__in=_OVER, forgotten_at=None, ended_at__lt=before)
    rows = rows.filter(waits | over)
    return rows.exclude(Exists(_lines_of_kept())) if anybody_kept() else rows


def _lines_of_kept() -> QuerySet[ImportLine]:
    kept = kept_contacts()
    known = Identity.objects.filter(contact__in=kept).values_list("value", flat=True)
    theirs = Q(contact_id__in=kept) | Q(identity__in={value.lstrip("+") for value in known})
    return ImportLine.objects.filter(theirs, batch=OuterRef("pk"), written_at=None)


def _forget(batches: list[ConsentImport]) -> None:
    """What was written holds nothing but whom it is about, which taking it back goes by."""
    for batch in batches:
        if batch.state not in _OVER:
            discard(batch)
        else:
            batch.lines.filter(written_at=None).delete()
            ConsentImport.objects.filter(pk=batch.pk).update(forgotten_at=timezone.now())
        log.info("import.forgotten import=%s", batch.pk)


def forget_orphans() -> None:
    """Files of uploads that came to no end."""
    try:
        names = default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return
    named = set(ConsentImport.objects.exclude(file="").values_list("file", flat=True))
    for name in names:
        path = f"{FOLDER}/{name}"
        old = timezone.now() - default_storage.get_modified_time(path) > _ORPHAN
        if path not in named and old:
            default_storage.delete(path)


_imports = Rows(_due, _forget, at_once=20, before=forget_orphans)


# -- For erasures -----------------------------------------------------------------------------


def why_not_now(_person: Person) -> str:
    """A file that is being checked may hold lines of the person, and nobody can look into it."""
    if not ConsentImport.objects.exclude(file="").exists():
        return ""
    return gettext(
        "A file of consents is being checked. Please try again when that is done, or discard it."
    )


def lines_of(person: Person) -> Q:
    """By the contact, or by what they were known by."""
    return Q(contact_id__in=person.contacts) | Q(identity__in=person.ids)


def count_lines(person: Person) -> int:
    return ImportLine.objects.filter(lines_of(person)).count()


def erase_lines(person: Person) -> Portion:
    portion = delete_portion(ImportLine.objects.filter(lines_of(person)))
    return portion if portion.looked_at else DONE
