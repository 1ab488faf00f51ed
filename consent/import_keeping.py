"""How long what a file said is kept: until it is in the ledger; refused lines, for 30 days."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from consent.imports import ImportRefused, discard
from consent.models.importing import ConsentImport, ImportLine, ImportState
from consent.personal_data import DONE, Person, Portion, delete_portion

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
FOLDER = "imports"
# A file that no row names may still be on its way to one.
_ORPHAN = timedelta(days=1)


def forget_old() -> int:
    """What is over for so long is forgotten, what nobody confirmed discarded; how many."""
    before = timezone.now() - KEPT_FOR
    count = 0
    for batch in ConsentImport.objects.filter(
        uploaded_at__lt=before, state__in=(ImportState.CHECKED, ImportState.FAILED)
    ):
        try:
            discard(batch)
            count += 1
        except ImportRefused:
            continue  # confirmed at this moment, or half written
    over = ConsentImport.objects.filter(
        state__in=(ImportState.DONE, ImportState.TAKEN_BACK), forgotten_at=None, ended_at__lt=before
    )
    for batch in over:
        with transaction.atomic():
            # What was written holds nothing but whom it is about, which taking it back goes by.
            batch.lines.filter(written_at=None).delete()
            ConsentImport.objects.filter(pk=batch.pk).update(forgotten_at=timezone.now())
        log.info("import.forgotten import=%s", batch.pk)
        count += 1
    return count


def forget_orphans() -> int:
    """Files of uploads that came to no end; how many."""
    try:
        names = default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return 0
    named = set(ConsentImport.objects.exclude(file="").values_list("file", flat=True))
    count = 0
    for name in names:
        path = f"{FOLDER}/{name}"
        old = timezone.now() - default_storage.get_modified_time(path) > _ORPHAN
        if path not in named and old:
            default_storage.delete(path)
            count += 1
    return count


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
