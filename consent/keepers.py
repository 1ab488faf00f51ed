"""What this room keeps for a time: exports, sign-ups, personal parts of the ledger, contacts; and
the house's own logs, which no room above would look after."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent import rights
from consent.exports import forget_export
from consent.ledger import Entry, append
from consent.models import (
    Act,
    Clock,
    ConsentDetail,
    ConsentRecord,
    ConsentState,
    Purpose,
    SignUp,
    Source,
)
from consent.models.data_request import OPEN, DataRequest
from consent.processing import years_by_topic
from consent.retention import Found, Kind, Limits, Rows, retention
from consent.states import IN_FORCE
from contacts.models import Contact

# Whole years: contacts are looked at as a whole, and nobody is forgotten over a long winter.
FEWEST_DAYS_OF_CONTACTS = 365


def register() -> None:
    """Called once, when Django is ready."""
    retention.add(
        Kind("exports", 80, _("Exports of a person's data"), _exports, days=7),
        Kind("sign-ups", 90, _("Sign-ups that were never confirmed"), _sign_ups, days=30),
        Kind(
            "ledger",
            100,
            _("Personal part of consents that have ended"),
            _ledger,
            is_set=False,
            note=_("The years of proof are set for each purpose and topic."),
        ),
        Kind(
            "contacts",
            110,
            _("Contacts without any activity"),
            _contacts,
            least=FEWEST_DAYS_OF_CONTACTS,
            note=_("They are erased as if they had asked for it; subscribers are not."),
        ),
        Kind("logs", 120, _("Log files of the house"), Logs(), days=30),
    )


def before(at: datetime, days: int | None) -> datetime | None:
    """What came earlier is due; None: nothing is."""
    return None if days is None else at - timedelta(days=days)


# -- Exports, sign-ups ----------------------------------------------------------------------------


def _due_exports(limits: Limits, at: datetime) -> QuerySet[DataRequest]:
    """By the day they were promised for, or by the rule when it is shorter now."""
    rows = DataRequest.objects.exclude(file="").annotate(since=F("ended_at"))
    # The contact is no foreign key here: this is what kept people are told by.
    rows = rows.annotate(whose=F("contact_id")).filter(ended_at__isnull=False)
    over = Q(expires_at__lt=at)
    if (limit := before(at, limits.general)) is not None:
        over |= Q(ended_at__lt=limit)
    return rows.filter(over)


def _remove_exports(rows: list[DataRequest]) -> None:
    for row in rows:
        forget_export(row)
        row.save(update_fields=["file", "expires_at"])


def _due_sign_ups(limits: Limits, at: datetime) -> QuerySet[SignUp]:
    rows = SignUp.objects.filter(used_at=None).annotate(since=F("expires_at"))
    limit = before(at, limits.general)
    return rows.none() if limit is None else rows.filter(expires_at__lt=limit)


def _remove_sign_ups(rows: list[SignUp]) -> None:
    SignUp.objects.filter(pk__in=[row.pk for row in rows]).delete()


_exports = Rows(_due_exports, _remove_exports, person="whose", at_once=50)
_sign_ups = Rows(_due_sign_ups, _remove_sign_ups)


# -- The personal part of the ledger --------------------------------------------------------------


def _due_ledgers(_limits: Limits, at: datetime) -> QuerySet[Contact]:
    """Contacts of people of whom nothing is in force, and whose last entries are so old that the
    years of proof are over, each purpose and topic by its own."""
    person = Coalesce("contact__merged_into_id", "contact_id")
    whole = Coalesce("merged_into_id", "id")
    details = ConsentDetail.objects.filter(record__contact=OuterRef("pk"))
    in_force = ConsentState.objects.annotate(person=person).filter(
        person=OuterRef("person"), act__in=IN_FORCE
    )
    proving = ConsentRecord.objects.annotate(person=person).filter(
        _still_proves(at), person=OuterRef("person")
    )
    return (
        Contact.objects.annotate(person=whole, since=F("created_at"))
        .filter(Exists(details.exclude(record__act=Act.ERASED)))
        .exclude(Exists(in_force))
        .exclude(Exists(proving))
    )


def _still_proves(at: datetime) -> Q:
    """Entries whose years, to the end of the last, are not over. What an erasure said itself is
    no proof of a consent."""
    this_year = timezone.localtime(at).year
    general, topics = years_by_topic()
    still = Q(pk=None)
    for purpose, years in general.items():
        others = [topic for (of, topic) in topics if of == purpose]
        still |= Q(purpose=purpose) & ~Q(topic__in=others) & _not_before(this_year, years)
    for (purpose, topic), years in topics.items():
        still |= Q(purpose=purpose, topic=topic) & _not_before(this_year, years)
    unknown = ~Q(purpose__in=list(general))
    return (still | unknown) & ~Q(act=Act.ERASED)


def _not_before(this_year: int, years: int | None) -> Q:
    if years is None:
        return Q()
    first = datetime(this_year - years, 1, 1, tzinfo=timezone.get_current_timezone())
    return Q(recorded_at__gte=first)


def _remove_ledgers(rows: list[Any]) -> None:
    """The ledger says `erased` first, and then only the personal part may go."""
    now = timezone.now()
    newest = dict(
        ConsentRecord.objects.filter(contact__in=[row.pk for row in rows])
        .order_by("contact_id", "pk")
        .values_list("contact_id", "pk")
    )
    append(
        [
            Entry(
                contact=row,
                purpose=Purpose.SERVICE,
                act=Act.ERASED,
                source=Source.SYSTEM,
                occurred_at=now,
                clock=Clock.OURS,
                reference=f"retention:{newest[row.pk]}",
            )
            for row in rows
        ]
    )
    parts = ConsentDetail.objects.filter(record__contact__in=[row.pk for row in rows])
    parts.exclude(record__act=Act.ERASED).delete()


_ledger = Rows(_due_ledgers, _remove_ledgers, person="pk", at_once=100)


# -- Contacts -------------------------------------------------------------------------------------


def _due_contacts(limits: Limits, at: datetime) -> QuerySet[Contact]:
    """People of whom nothing was heard, and who were not written to. Who subscribes to something
    is no stranger, however quiet."""
    rows = Contact.objects.filter(merged_into=None).annotate(since=F("updated_at"))
    limit = before(at, limits.general)
    if limit is None:
        return rows.none()
    rows = rows.filter(created_at__lt=limit)
    person = Coalesce("contact__merged_into_id", "contact_id")
    records = ConsentRecord.objects.filter(recorded_at__gte=limit)
    subscribed = ConsentState.objects.filter(purpose=Purpose.MARKETING, act__in=IN_FORCE)
    for found in (records, subscribed):
        theirs = found.annotate(person=person).filter(person=OuterRef("pk"))
        rows = rows.exclude(Exists(theirs))
    for active in retention.activities:
        theirs = active(limit).annotate(person=person).filter(person=OuterRef("pk"))
        rows = rows.exclude(Exists(theirs))
    asking = DataRequest.objects.filter(state__in=OPEN).values("contact_id")
    return rows.exclude(pk__in=asking)


def _remove_contacts(rows: list[Contact]) -> None:
    """The erasure does the rest, and proves it."""
    for row in rows:
        rights.erase_by_rule(row)


_contacts = Rows(_due_contacts, _remove_contacts, person="pk", at_once=100)


# -- Log files ------------------------------------------------------------------------------------


class Logs:
    """A keeper of the files in the data folder's `logs`; one that is written to is never old."""

    def look(self, limits: Limits, at: datetime) -> Found:
        return sum((Found(1, since) for _path, since in self._due(limits, at)), Found())

    def portions(self, limits: Limits, at: datetime) -> Iterator[Found]:
        for path, since in list(self._due(limits, at)):
            path.unlink(missing_ok=True)
            yield Found(1, since)

    @staticmethod
    def _due(limits: Limits, at: datetime) -> Iterator[tuple[Path, datetime]]:
        folder, limit = Path(settings.DATA_DIR) / "logs", before(at, limits.general)
        if limit is None or not folder.is_dir():
            return
        for entry in os.scandir(folder):
            if not entry.is_file(follow_symlinks=False):
                continue
            since = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            if since < limit:
                yield Path(entry.path), since
