"""Whatever is changed in the ledger is found, also when a superuser does it past the triggers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection, transaction

from consent import heads
from consent.ledger import Entry, append
from consent.models import Act, ConsentDetail, ConsentRecord, Source, Wording
from consent.verify import verify_ledger
from contacts.models import Contact
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.LEDGER_HEADS_DIR = tmp_path / "heads"
    return tmp_path / "heads"


@pytest.fixture
def ledger() -> list[ConsentRecord]:
    """Six entries of three people, one with words that were shown."""
    shown = Wording.objects.create(key="optin", language="de", version=1, text="Ja, gerne.")
    records = []
    for place in range(6):
        contact = factories.ContactFactory.create() if place % 2 == 0 else records[-1].contact
        records += append([entry(contact, place, wording=shown if place == 3 else None)])
    return records


def entry(contact: Contact, place: int, **more: object) -> Entry:
    fields = {"purpose": "marketing", "act": Act.GRANTED, "topic": f"topic-{place}", **more}
    at = NOON + timedelta(minutes=place)
    return Entry(  # type: ignore[arg-type]
        contact=contact, source=Source.MESSAGE, occurred_at=at, words="START", **fields
    )


@pytest.fixture
def superuser() -> Iterator[None]:
    """No trigger runs and no foreign key is checked."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")


def tamper(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)


def why() -> str:
    broken = verify_ledger().broken
    return str(broken) if broken else ""


def test_an_untouched_ledger_holds(ledger: list[ConsentRecord]) -> None:
    heads.publish_head()
    append([entry(ledger[0].contact, 9)])
    out = StringIO()
    call_command("verify_consent_ledger", stdout=out)
    assert out.getvalue() == "7 entries, the chain holds\n"


def test_an_empty_ledger_holds() -> None:
    heads.publish_head()
    assert verify_ledger().broken is None


FIRST = "(SELECT min(id) FROM consent_consentrecord)"
TAMPERINGS = {
    "an act": (f"UPDATE consent_consentrecord SET act = 'withdrawn' WHERE id = {FIRST} + 1", 2),
    "a time": (
        f"UPDATE consent_consentrecord SET occurred_at = now() WHERE id = {FIRST} + 2",
        3,
    ),
    "whose it is": (
        "UPDATE consent_consentrecord SET contact_id ="
        f" (SELECT contact_id FROM consent_consentrecord WHERE id = {FIRST})"
        f" WHERE id = {FIRST} + 4",
        5,
    ),
    "the content": (
        "UPDATE consent_consentrecord SET act = 'withdrawn', content = replace(content,"
        f" '\"granted\"', '\"withdrawn\"') WHERE id = {FIRST} + 1",
        2,
    ),
    "what was said": (
        f"UPDATE consent_consentdetail SET words = 'Ja' WHERE record_id = {FIRST} + 3",
        4,
    ),
    "what was shown": ("UPDATE consent_wording SET text = 'Alles erlaubt.'", 4),
    "a personal part, away": (
        f"DELETE FROM consent_consentdetail WHERE record_id = {FIRST} + 1",
        2,
    ),
    "a record, away": (f"DELETE FROM consent_consentrecord WHERE id = {FIRST} + 3", 4),
    "a record with its link, away": (
        "DELETE FROM consent_chainlink WHERE sequence = 3;"
        f"DELETE FROM consent_consentdetail WHERE record_id = {FIRST} + 2;"
        f"DELETE FROM consent_consentrecord WHERE id = {FIRST} + 2",
        4,
    ),
    "a hash": ("UPDATE consent_chainlink SET hash = repeat('a', 64) WHERE sequence = 5", 5),
    "two places": (
        "UPDATE consent_chainlink SET sequence = 0 WHERE sequence = 2;"
        "UPDATE consent_chainlink SET sequence = 2 WHERE sequence = 3;"
        "UPDATE consent_chainlink SET sequence = 3 WHERE sequence = 0",
        2,
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_a_superuser_changes_is_found(ledger: list[ConsentRecord], name: str) -> None:
    statements, first_broken = TAMPERINGS[name]
    tamper(*statements.split(";"))
    assert why().startswith(f"entry {first_broken}: "), name
    with pytest.raises(SystemExit):
        call_command("verify_consent_ledger", stdout=StringIO(), stderr=StringIO())


def test_an_entry_that_was_put_in_past_the_chain_is_found(ledger: list[ConsentRecord]) -> None:
    tamper(
        "INSERT INTO consent_consentrecord (contact_id, purpose, topic, act, source,"
        " business_number, language, occurred_at, clock, recorded_at, reference_hash, content)"
        " SELECT contact_id, purpose, 'offers', act, source, business_number, language,"
        " occurred_at, clock, recorded_at, '', content FROM consent_consentrecord"
        f" WHERE id = {FIRST}"
    )
    assert "has no place in the chain" in why()


def test_what_is_in_force_is_checked_against_the_ledger(ledger: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consentstate SET act = 'withdrawn' WHERE topic = 'topic-1'")
    assert why() == "1 consents in force are not what the ledger says"
    call_command("rebuild_consent_states", stdout=StringIO())
    assert why() == ""


def test_a_ledger_cut_short_is_found_by_a_head(ledger: list[ConsentRecord]) -> None:
    cut = (
        "DELETE FROM consent_consentstate WHERE topic = 'topic-5'",
        "DELETE FROM consent_chainlink WHERE sequence = 6",
        f"DELETE FROM consent_consentdetail WHERE record_id = {FIRST} + 5",
        f"DELETE FROM consent_consentrecord WHERE id = {FIRST} + 5",
    )
    heads.publish_head()
    tamper(*cut)
    assert why().startswith("entry 6: it is missing, and ledger-head-")


def test_a_chain_made_anew_is_found_by_a_head(ledger: list[ConsentRecord]) -> None:
    heads.publish_head()
    tamper("DELETE FROM consent_chainlink")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT consent_chain_record(r) FROM consent_consentrecord r ORDER BY id DESC"
        )
    assert "says that it was another" in why()


def test_a_head_that_somebody_else_signed_is_refused(
    ledger: list[ConsentRecord], folder: Path
) -> None:
    path = heads.publish_head()
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "sequence": 5}))
    assert "a published head is not ours" in why()


def test_heads_of_an_earlier_key_still_count(
    ledger: list[ConsentRecord], settings: LazySettings
) -> None:
    heads.publish_head()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-that-is-used-from-now-on" * 2
    heads.publish_head()
    assert why() == ""
    settings.SECRET_KEY_FALLBACKS = []
    assert "signed with another key" in why()
    settings.LEDGER_EARLIER_KEYS = [
        json.loads(path.read_text())["key"] for path in heads.heads_folder().iterdir()
    ]
    assert why() == ""
    settings.LEDGER_EARLIER_KEYS = [
        json.loads(path.read_text())["key"] for path in heads.heads_folder().iterdir()
    ]
    assert why() == ""


def test_an_erasure_leaves_a_chain_that_holds(ledger: list[ConsentRecord]) -> None:
    contact = ledger[0].contact
    append([entry(contact, 7, act=Act.ERASED, topic="")])
    ConsentDetail.objects.filter(record__in=ledger[:2]).delete()
    assert why() == ""


def test_an_erasure_covers_nothing_that_came_after_it(ledger: list[ConsentRecord]) -> None:
    contact = ledger[0].contact
    append([entry(contact, 7, act=Act.ERASED, topic="")])
    [after] = append([entry(contact, 8)])
    tamper(f"DELETE FROM consent_consentdetail WHERE record_id = {after.pk}")
    assert why() == "entry 8: its personal part is gone without an erasure"
