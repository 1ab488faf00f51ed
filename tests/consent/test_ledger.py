"""The ledger: appended to by many at once, changed by nobody, chained at each commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import canonical, states
from consent.gate import permits, subscribed_topics
from consent.ledger import Entry, append
from consent.models import Act, ChainLink, ConsentDetail, ConsentRecord, ConsentState, Source
from contacts.models import Contact
from tests import factories

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(contact: Contact, act: Act = Act.GRANTED, minutes: int = 0, **more: object) -> Entry:
    fields = {"purpose": "marketing", "topic": "news", "words": "START", **more}
    at = NOON + timedelta(minutes=minutes)
    return Entry(contact=contact, act=act, source=Source.MESSAGE, occurred_at=at, **fields)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_entries_are_chained_when_they_are_committed() -> None:
    contact = factories.ContactFactory.create()
    with transaction.atomic():
        append([entry(contact), entry(contact, Act.WITHDRAWN, 1)])
        assert not ChainLink.objects.exists()
    append([entry(contact, minutes=2)])
    previous = canonical.BEGINNING
    links = list(ChainLink.objects.order_by("sequence").select_related("record"))
    assert [link.sequence for link in links] == [1, 2, 3]
    for link in links:
        assert link.previous_hash == previous
        content = link.record.content
        assert link.hash == canonical.link_hash(previous, link.sequence, content)
        previous = link.hash


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_gap() -> None:
    contact = factories.ContactFactory.create()
    append([entry(contact)])
    with transaction.atomic():
        append([entry(contact, Act.WITHDRAWN, 1)])
        connection.check_constraints()  # chains it at once
        transaction.set_rollback(True)
    append([entry(contact, minutes=2)])
    assert list(ChainLink.objects.values_list("sequence", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_at_once_make_one_chain() -> None:
    contacts = factories.ContactFactory.create_batch(50)

    def write(contact: Contact) -> None:
        try:
            for minute in range(4):
                with transaction.atomic():
                    append([entry(contact, minutes=minute), entry(contact, topic="offers")])
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(write, contacts))
    links = list(ChainLink.objects.order_by("sequence").select_related("record"))
    assert [link.sequence for link in links] == list(range(1, 401))
    for before, after in pairwise(links):
        assert after.previous_hash == before.hash


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_consentrecord SET act = 'withdrawn'",
        "DELETE FROM consent_consentrecord",
        "UPDATE consent_consentdetail SET words = 'STOP'",
        "DELETE FROM consent_consentdetail",
        "UPDATE consent_chainlink SET hash = repeat('0', 64)",
        "DELETE FROM consent_chainlink",
    ],
)
def test_the_database_refuses_to_change_an_entry(contact: Contact, statement: str) -> None:
    append([entry(contact)])
    connection.check_constraints()
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ConsentRecord.objects.get().words == "START"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "trigger"),
    [
        ("consent_consentrecord", "consent_records_stay"),
        ("consent_chainlink", "consent_links_stay"),
        ("consent_consentdetail", "consent_details_stay"),
        ("consent_wording", "consent_wordings_stay"),
    ],
)
def test_the_database_refuses_to_empty_the_ledger(table: str, trigger: str) -> None:
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
def test_the_personal_part_goes_when_the_ledger_says_that_it_was_erased(contact: Contact) -> None:
    [record] = append([entry(contact)])
    append([entry(contact, Act.ERASED, 1, topic="", words="")])
    ConsentDetail.objects.filter(record=record).delete()
    told = ConsentRecord.objects.get(pk=record.pk)
    assert (told.words, told.reference, told.act) == ("", "", Act.GRANTED)


@pytest.mark.django_db
def test_the_same_act_told_twice_is_one_entry(contact: Contact) -> None:
    told = entry(contact, reference="wamid.1")
    assert len(append([told, told])) == 1
    assert append([told]) == []
    assert append([entry(contact, Act.WITHDRAWN, 1, reference="wamid.1")])
    assert ConsentRecord.objects.count() == 2


ACTS = st.lists(
    st.tuples(
        st.sampled_from(list(Act)), st.sampled_from(["", "news", "offers"]), st.integers(0, 3)
    ),
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=ACTS, sets=st.integers(1, 4))
def test_what_is_in_force_is_what_a_fold_over_the_ledger_gives(
    told: list[tuple[Act, str, int]], sets: int
) -> None:
    with transaction.atomic():
        contact = factories.ContactFactory.create()
        entries = [entry(contact, act, minutes, topic=topic) for act, topic, minutes in told]
        for start in range(0, len(entries), sets):
            append(entries[start : start + sets])
        assert states.different() == 0
        newest: dict[str, tuple[int, int, Act]] = {}
        for place, (act, topic, minutes) in enumerate(told):
            if act in states.IN_FORCE | states.ENDED:
                newest[topic] = max(newest.get(topic, (-1, -1, act)), (minutes, place, act))
        found = ConsentState.objects.filter(contact=contact)
        assert {state.topic: state.act for state in found} == {
            topic: str(act) for topic, (_minutes, _place, act) in newest.items()
        }
        assert set(subscribed_topics([contact])[contact.pk]) <= {"news", "offers"}
        if "" in newest and newest[""] == max(newest.values()) and newest[""][2] in states.ENDED:
            assert not permits(contact, "marketing").granted
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_what_is_in_force_can_be_made_anew(contact: Contact) -> None:
    append([entry(contact), entry(contact, Act.WITHDRAWN, 1)])
    ConsentState.objects.update(act=Act.GRANTED)
    assert states.different() == 1
    assert states.rebuild() == 1
    assert ConsentState.objects.get().act == Act.WITHDRAWN
    assert states.rebuild() == 0
