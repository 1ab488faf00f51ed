"""The one question other rooms ask: may this person be written to for this purpose?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from consent.models import Act, ConsentRecord
from contacts.family import family_of
from contacts.models import Contact


class Refusal(StrEnum):
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True)
class Permission:
    """The answer, and the ledger entry it rests on (None when there never was one)."""

    refusal: Refusal | None
    record: ConsentRecord | None

    @property
    def granted(self) -> bool:
        return self.refusal is None


def permits(contact: Contact, purpose: str) -> Permission:
    """Whether a consent for `purpose` is in force now; the newest act of the person decides,
    whichever of the contacts that turned out to be theirs it was recorded for.

    Acts carry the customer's clock, so one "of the future" counts: a withdrawal must not wait
    for our clock to catch up.
    """
    record = records_of(contact).filter(purpose=purpose).order_by("-occurred_at", "-id").first()
    if record is None:
        return Permission(Refusal.NO_CONSENT, None)
    if record.act == Act.WITHDRAWN:
        return Permission(Refusal.OPTED_OUT, record)
    return Permission(None, record)


def records_of(contact: Contact) -> QuerySet[ConsentRecord]:
    """The person's entries in the ledger. None moves in a merge: each stays what it was."""
    return ConsentRecord.objects.filter(contact__in=family_of(contact))
