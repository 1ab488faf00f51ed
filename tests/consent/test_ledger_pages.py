"""The admin's pages of the ledger and of wordings: filters, versions, changes, ways to them."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent
from consent.ledger import Entry, append
from consent.models import Act, Source, Wording
from consent.wording_changes import Part, changes
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "admin:consent_consentrecord_changelist"


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    admin.language = "en"
    admin.save()
    client.force_login(admin)
    return client


def say(contact: Contact, topic: str, day: str = "2026-03-31T12:00", **more: object) -> int:
    at = timezone.make_aware(datetime.fromisoformat(day))
    [record] = append(
        [Entry(contact, "marketing", Act.GRANTED, Source.MESSAGE, at, topic=topic, **more)]  # type: ignore[arg-type]
    )
    return record.pk


def found(browser: Client, **asked: object) -> set[int]:
    answer = browser.get(reverse(LIST), asked)
    assert answer.status_code == 200, answer.headers.get("Location")
    return {row.pk for row in answer.context["cl"].result_list}


def test_by_contact_whichever_of_them_it_was(browser: Client, admin: Agent) -> None:
    anna = factories.ContactFactory.create(name="Anna Lind", wa_id="491712345678")
    twin, other = factories.ContactFactory.create_batch(2, name="Otto")
    mine, twins = say(anna, "news"), say(twin, "news")
    say(other, "news")
    merge_contacts(anna, twin, MergeReason.BY_HAND, admin)
    for asked in (anna.pk, twin.pk, "anna l", "+49 171 2345678"):
        assert found(browser, contact=str(asked)) == {mine, twins}, asked
    assert found(browser, contact=str(uuid4())) == set()
    assert found(browser, contact="%") == set()


def test_by_topic_number_source_and_days(browser: Client) -> None:
    contact = factories.ContactFactory.create()
    news = say(contact, "news", "2026-03-31T23:59", business_number="+4943155500")
    general = say(contact, "", "2026-04-01T00:00", business_number="+4943155599")
    assert found(browser, topic="news") == {news}
    assert found(browser, topic="-") == {general}
    assert found(browser, number="0431 55500") == {news}
    assert found(browser, number="+49 431 55500") == {news}
    assert found(browser, number="43155599") == {general}
    assert found(browser, source__exact="import") == set()
    assert found(browser, occurred_at_from="2026-03-31", occurred_at_to="31.03.2026") == {news}
    assert found(browser, occurred_at_from="1.4.2026") == {general}
    assert found(browser, occurred_at_from="yesterday", occurred_at_to="99.99.9999") == {
        news,
        general,
    }


def test_a_wordings_page_shows_what_changed_and_who_carries_it(browser: Client) -> None:
    first = Wording.objects.create(key="k", language="de", version=1, text="Wir schreiben oft.")
    second = Wording.objects.create(
        key="k", language="de", version=2, text="Wir schreiben <b>selten</b>."
    )
    pk = say(factories.ContactFactory.create(), "news", wording=second)
    page = browser.get(reverse("admin:consent_wording_change", args=[second.pk])).content.decode()
    assert "<del>oft.</del>" in page
    assert "<ins>&lt;b&gt;selten&lt;/b&gt;.</ins>" in page
    assert reverse("admin:consent_wording_change", args=[first.pk]) in page
    assert found(browser, wording__id__exact=second.pk) == {pk}
    page = browser.get(reverse("admin:consent_wording_change", args=[first.pk])).content.decode()
    assert "This is the first version." in page
    assert browser.get(reverse("admin:consent_wording_changelist")).status_code == 200


def test_changes_word_by_word() -> None:
    assert changes("a b c", "a x c d") == [
        Part("same", "a "),
        Part("gone", "b"),
        Part("new", "x"),
        Part("same", " c"),
        Part("new", " d"),
    ]
    assert changes("", "") == []
    long = "wort " * 5000
    assert changes(f"{long}\nalt", f"{long}\nneu")[-1] == Part("new", "neu")


def test_a_contacts_page_leads_to_ledger_evidence_and_requests(
    browser: Client, contact: Contact
) -> None:
    page = reverse("admin:contacts_contact_change", args=[contact.pk])
    text = browser.get(page).content.decode()
    for name, target in (
        ("consent_ledger", f"{reverse(LIST)}?contact={contact.pk}"),
        ("evidence_pdf", reverse("admin:consent_evidence_pdf", args=[contact.pk])),
        ("evidence_json", reverse("admin:consent_evidence_json", args=[contact.pk])),
        ("data_requests", f"{reverse('admin:consent_datarequest_changelist')}?q={contact.pk}"),
    ):
        address = reverse(f"admin:contacts_contact_{name}", args=[contact.pk])
        assert address in text
        assert browser.get(address)["Location"] == target
        assert browser.get(target).status_code == 200
