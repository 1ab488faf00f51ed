"""The one question: may this person be written to for this purpose?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consent.gate import Refusal, permits
from consent.models import Act, ConsentRecord
from consent.services import record_inbound_message, record_platform_preference
from contacts.merging import merge_contacts, undo_merge
from contacts.models import Contact, MergeReason
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def says(contact: Contact, words: str, minutes: int = 0) -> None:
    at = NOW + timedelta(minutes=minutes)
    record_inbound_message(contact, words, f"wamid.{words}.{minutes}", at)


def test_who_never_wrote_never_agreed(contact: Contact) -> None:
    assert permits(contact, "service").refusal == Refusal.NO_CONSENT


def test_writing_to_us_is_consent_to_be_answered_once(contact: Contact) -> None:
    says(contact, "Hallo")
    says(contact, "Noch was", 1)
    permission = permits(contact, "service")
    assert permission.granted
    assert permission.record is not None
    assert permission.record.reference == "wamid.Hallo.0"
    assert ConsentRecord.objects.count() == 1
    assert not permits(contact, "marketing").granted


@pytest.mark.parametrize(
    "words", ["STOP", "stopp", "Stopp!", " STOPP. ", "Stopp bitte", "STOP, thank you!"]
)
def test_stop_withdraws_whatever_its_case_and_punctuation(contact: Contact, words: str) -> None:
    says(contact, "START")
    assert permits(contact, "marketing").granted
    says(contact, words, 1)
    assert permits(contact, "marketing").refusal == Refusal.OPTED_OUT
    assert permits(contact, "service").granted


@pytest.mark.parametrize("words", ["please don't stop", "Der Zug hält nicht, stopp ihn", "starten"])
def test_other_sentences_are_no_consent_words(contact: Contact, words: str) -> None:
    says(contact, words)
    assert not ConsentRecord.objects.filter(purpose="marketing").exists()


def test_the_newest_act_counts_also_when_an_old_one_comes_late(contact: Contact) -> None:
    says(contact, "STOP", 10)
    says(contact, "START", 5)
    assert permits(contact, "marketing").refusal == Refusal.OPTED_OUT


def test_whatsapps_own_stop_is_a_withdrawal(contact: Contact) -> None:
    says(contact, "START")
    record_platform_preference(contact, Act.WITHDRAWN, "pref-1", NOW + timedelta(hours=1))
    record_platform_preference(contact, Act.WITHDRAWN, "pref-1", NOW + timedelta(hours=1))
    assert permits(contact, "marketing").refusal == Refusal.OPTED_OUT
    assert ConsentRecord.objects.filter(act="withdrawn").count() == 1


def test_a_withdrawal_of_either_counts_for_the_merged_person(contact: Contact) -> None:
    other = factories.ContactFactory.create()
    says(contact, "START")
    says(other, "STOP", 1)
    merge = merge_contacts(contact, other, MergeReason.BY_HAND)
    for one in (contact, other):
        one.refresh_from_db()
        assert permits(one, "marketing").refusal == Refusal.OPTED_OUT
    says(contact, "START", 2)
    assert permits(contact, "marketing").granted
    undo_merge(merge)
    other.refresh_from_db()
    assert permits(contact, "marketing").granted
    assert permits(other, "marketing").refusal == Refusal.OPTED_OUT


def test_a_merge_changes_no_entry_of_the_ledger(contact: Contact) -> None:
    other = factories.ContactFactory.create()
    says(contact, "Hallo")
    says(other, "START", 1)
    before = list(ConsentRecord.objects.order_by("pk").values())
    undo_merge(merge_contacts(contact, other, MergeReason.BY_HAND))
    assert list(ConsentRecord.objects.order_by("pk").values()) == before
