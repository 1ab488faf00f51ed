"""How long what a file said is kept: until it is in the ledger; refused lines, as the rule says."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db.models import Exists, Func, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.holds import anybody_kept, kept_contacts
from consent.import_people import in_lines
from consent.imports import discard
from consent.models.importing import ConsentImport, ImportLine, ImportState
from consent.personal_data import DONE, Person, Portion, delete_portion
from consent.retention import Kind, Limits, Rows, retention
from contacts.models import Identity, IdentityKind
from contacts.numbers import also_written, variants

log = logging.getLogger(__name__)

# Nobody confirmed it, or it failed and nobody saw to it.
_WAITS = (ImportState.CHECKED, ImportState.FAILED)
# It stays failed, since what is still in force should not be: only its refused lines go.
_HALF_BACK = Q(state=ImportState.FAILED, failed_in=ImportState.TAKING_BACK)
_OVER = (ImportState.DONE, ImportState.TAKEN_BACK)
FOLDER = "imports"
# A file that no row names may still be on its way to one.
_ORPHAN = timedelta(days=1)


def register() -> None:
    """Called once, when Django is ready."""
    retention.add(Kind("imports", 95, _("What imported files said"), _imports, days=30))


def _due(limits: Limits, at: datetime) -> QuerySet[ConsentImport]:
    """What nobody confirmed, and what is over; not where a line is of somebody who is kept."""
    rows = ConsentImport.objects.annotate(
        since=Coalesce("ended_at", Greatest("uploaded_at", "confirmed_at"))
    )
    if limits.general is None:
        return rows.none()
    before = at - timedelta(days=limits.general)
    waits = Q(state__in=_WAITS) & ~_HALF_BACK
    over = (Q(state__in=_OVER, ended_at__isnull=False) | _HALF_BACK) & Q(forgotten_at=None)
    rows = rows.filter(waits | over, since__lt=before)
    return rows.exclude(Exists(_lines_of_kept())) if anybody_kept() else rows


def _lines_of_kept() -> QuerySet[ImportLine]:
    kept = kept_contacts()
    known = Identity.objects.filter(contact__in=kept).exclude(kind=IdentityKind.USERNAME)
    spelled = {in_lines(kind, value) for kind, value in known.values_list("kind", "value")}
    return naming(spelled, Q(contact_id__in=kept)).filter(batch=OuterRef("pk"), written_at=None)


def _forget(batches: list[ConsentImport]) -> None:
    """What was written holds nothing but whom it is about, which taking it back goes by."""
    for batch in batches:
        if batch.state not in _OVER and batch.failed_in != ImportState.TAKING_BACK:
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


def lines_of(person: Person) -> QuerySet[ImportLine]:
    """By the contact, or by what they were known by."""
    known = [one for one in person.identifiers if one.kind != IdentityKind.USERNAME]
    spelled = {in_lines(one.kind, one.value) for one in known}
    return naming(spelled, Q(contact_id__in=person.contacts))


def naming(identities: set[str], otherwise: Q) -> QuerySet[ImportLine]:
    """Lines of these identities, or of which `otherwise` holds. Of lines whose identity could not
    be read, those with a cell that holds one of them, however a number is written there. What is
    cut off (4,91712E+11), or a name alone, finds nobody."""
    theirs = otherwise | Q(identity__in=identities)
    words = {word for identity in identities for word in _spellings(identity)}
    if words:
        # Short ones must be the whole of a cell; long ones may stand among others.
        parts = (w if w.isdigit() and len(w) > 9 else f"(^|\n){re.escape(w)}($|\n)" for w in words)
        pattern = "|".join(sorted(parts))
        theirs |= Q(identity="", bare__regex=pattern) & ~Q(reason="")
    return ImportLine.objects.alias(bare=_BareCells("cells")).filter(theirs)


def _spellings(identity: str) -> list[str]:
    """As `_BareCells` makes them of cells."""
    if not identity.isdigit():
        return [identity]
    return [
        word
        for digits in variants(identity)
        for word in (digits, f"00{digits}", *also_written(digits))
    ]


class _BareCells(Func):
    """The cells as lines of letters and digits and dots: once as they are, once digits alone."""

    template = (
        "(SELECT string_agg(regexp_replace(cell, '[^0-9A-Za-z.]', '', 'g') || E'\\n'"
        " || regexp_replace(cell, '[^0-9]', '', 'g'), E'\\n')"
        " FROM jsonb_array_elements_text(CASE jsonb_typeof(%(expressions)s)"
        " WHEN 'array' THEN %(expressions)s ELSE '[]' END) AS cell)"
    )
    output_field = TextField()


def count_lines(person: Person) -> int:
    return lines_of(person).count()


def erase_lines(person: Person) -> Portion:
    portion = delete_portion(lines_of(person))
    return portion if portion.looked_at else DONE
