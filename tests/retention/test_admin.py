"""The admin's pages of time limits, runs, holds and documents: who may, what they show and do."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from accounts.models import Agent
from consent.beginning import add_what_is_missing
from consent.holds import set_hold
from consent.ledger import Entry, append
from consent.models import (
    Act,
    Company,
    LegalHold,
    Processor,
    PurposeBasis,
    RetentionRule,
    RetentionRun,
    Source,
    Topic,
    Wording,
)
from consent.rights import ask
from consent.topic_wording import agreed_to, keep_topic_versions
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests import factories
from tests.retention.helpers import aged, resolved, rule

pytestmark = pytest.mark.django_db(transaction=True)
RULES = "admin:consent_retentionrule_changelist"
DRY = "admin:consent_retentionrule_dry_run"


@pytest.fixture(autouse=True)
def _beginning(db: None) -> None:
    add_what_is_missing()


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    return client


def hold_page(contact: Contact) -> str:
    return reverse("admin:consent_legalhold_of", args=[contact.pk])


# -- Rules and runs -------------------------------------------------------------------------------


def test_the_list_names_every_kind_with_its_time(browser: Client) -> None:
    page = browser.get(reverse(RULES)).content.decode()
    for words in (
        "Raw data from WhatsApp (webhooks)",
        "90 days",
        "Content of messages",
        "until the person is erased",
    ):
        assert words in page


def test_a_general_rule_is_changed_and_not_deleted(browser: Client) -> None:
    general = RetentionRule.objects.get(kind="webhooks", purpose="", topic=None)
    page = reverse("admin:consent_retentionrule_change", args=[general.pk])
    assert browser.post(page, {"days": "60"}).status_code == 302
    general.refresh_from_db()
    assert general.days == 60
    delete = reverse("admin:consent_retentionrule_delete", args=[general.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [general.pk], "post": "yes"}
    browser.post(reverse(RULES), chosen)
    assert RetentionRule.objects.filter(pk=general.pk).exists()


@pytest.mark.parametrize("days", ["7", "-1", "999999999", "many", "1e3"])
def test_fewer_days_than_the_product_needs_are_refused(browser: Client, days: str) -> None:
    general = RetentionRule.objects.get(kind="webhooks", purpose="", topic=None)
    page = reverse("admin:consent_retentionrule_change", args=[general.pk])
    answer = browser.post(page, {"days": days})
    assert answer.status_code == 200
    general.refresh_from_db()
    assert general.days == 90


def test_a_narrower_rule_comes_and_goes(browser: Client) -> None:
    add = reverse("admin:consent_retentionrule_add")
    said = {"kind": "text", "purpose": "marketing", "topic": "", "days": "90"}
    assert browser.post(add, said).status_code == 302
    narrow = RetentionRule.objects.get(kind="text", purpose="marketing")
    assert browser.post(add, said).status_code == 200  # there is one already
    assert browser.post(add, {**said, "purpose": "", "topic": ""}).status_code == 200
    both = {**said, "topic": str(Topic.objects.get(key="news").pk)}
    assert browser.post(add, both).status_code == 200
    assert browser.post(add, {**said, "kind": "events"}).status_code == 200
    assert browser.post(add, {**said, "kind": "<script>"}).status_code == 200
    delete = reverse("admin:consent_retentionrule_delete", args=[narrow.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 302
    assert not RetentionRule.objects.filter(kind="text", purpose="marketing").exists()


def test_a_dry_run_counts_and_removes_nothing(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    rule("text", 30)
    aged(factories.MessageFactory.create(conversation=resolved(conversation)), 400)
    assert browser.get(reverse(DRY)).status_code == 200
    assert not RetentionRun.objects.exists()
    answer = browser.post(reverse(DRY))
    run = RetentionRun.objects.get()
    assert (run.is_dry, run.by, run.total) == (True, admin, 1)
    page = browser.get(answer["Location"]).content.decode()
    assert "Dry run: nothing was removed" in page
    assert Message.objects.get().text_removed_at is None
    assert (
        "dry run" in browser.get(reverse("admin:consent_retentionrun_changelist")).content.decode()
    )
    assert browser.put(reverse(DRY)).status_code == 405
    page_of_run = reverse("admin:consent_retentionrun_change", args=[run.pk])
    assert browser.post(page_of_run).status_code == 405
    nobody = reverse("admin:consent_retentionrun_change", args=["nobody"])
    assert browser.get(nobody).status_code == 404


@pytest.mark.parametrize("who", ["agent", "read_only", "lead"])
def test_only_admins_may(client: Client, request: pytest.FixtureRequest, who: str) -> None:
    somebody: Agent = request.getfixturevalue(who)
    client.force_login(somebody)
    contact = factories.ContactFactory.create()
    pages = [
        reverse(RULES),
        reverse(DRY),
        hold_page(contact),
        reverse("admin:consent_company_record"),
        reverse("admin:consent_company_agreement_pdf"),
        reverse("admin:consent_company_changelist"),
    ]
    for page in pages:
        assert client.get(page).status_code in (302, 403), page
        assert client.post(page).status_code in (302, 403, 405), page
    assert not RetentionRun.objects.exists()
    assert not LegalHold.objects.exists()


# -- Holds ----------------------------------------------------------------------------------------


def test_a_hold_is_set_shown_and_lifted(browser: Client, contact: Contact) -> None:
    page = reverse("admin:contacts_contact_change", args=[contact.pk])
    leads = browser.get(reverse("admin:contacts_contact_legal_hold", args=[contact.pk]))
    assert leads["Location"] == hold_page(contact)
    assert "no legal hold" in browser.get(hold_page(contact)).content.decode()
    assert browser.post(hold_page(contact), {"reason": " "}).status_code == 422
    browser.post(hold_page(contact), {"reason": "<b>4 O 12/26</b>"})
    hold = LegalHold.objects.get()
    shown = browser.get(hold_page(contact)).content.decode()
    assert "&lt;b&gt;4 O 12/26" in shown
    assert "Under a legal hold" in browser.get(page).content.decode()
    assert not LogEntry.objects.filter(change_message__contains="4 O 12").exists()
    lift = reverse("admin:consent_legalhold_lift", args=[hold.pk])
    assert browser.get(lift).status_code == 405
    browser.post(lift)
    hold.refresh_from_db()
    assert not hold.is_in_force
    assert browser.post(lift).status_code == 302  # twice says so, and does nothing
    assert "Under a legal hold" not in browser.get(page).content.decode()


def test_a_request_says_why_nothing_may_be_erased(
    browser: Client, contact: Contact, admin: Agent
) -> None:
    set_hold(contact, "Lawsuit", admin)
    request = ask(contact, "erasure", admin)
    page = reverse("admin:consent_datarequest_change", args=[request.pk])
    assert "nothing may be erased" in browser.get(page).content.decode()
    act = reverse("admin:consent_datarequest_act", args=[request.pk])
    answer = browser.post(act, {"act": "start"}, follow=True)
    assert "legal hold" in answer.content.decode()
    request.refresh_from_db()
    assert request.state in ("asked", "approved")  # not begun
    entering = reverse("admin:consent_datarequest_ask", args=[contact.pk])
    assert "Under a legal hold" in browser.get(entering).content.decode()


def test_a_hold_of_nobody_is_not_there(browser: Client) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert browser.get(reverse("admin:consent_legalhold_of", args=[nobody])).status_code == 404
    assert browser.post(reverse("admin:consent_legalhold_lift", args=[nobody])).status_code == 404


# -- Bases and wordings ---------------------------------------------------------------------------


def test_marketing_rests_on_consent_and_nothing_else(browser: Client) -> None:
    row = PurposeBasis.objects.get(purpose="marketing")
    page = reverse("admin:consent_purposebasis_change", args=[row.pk])
    said = {"legal_basis": "legitimate", "expires_after_months": "24", "proof_years": "3"}
    assert "Advertising needs a consent" in browser.post(page, said).content.decode()
    assert browser.post(page, {**said, "legal_basis": "consent"}).status_code == 302
    row.refresh_from_db()
    assert row.legal_basis == "consent"
    assert browser.post(page, {**said, "expires_after_months": "0"}).status_code == 200
    assert browser.get(reverse("admin:consent_purposebasis_add")).status_code == 403


def test_a_changed_topic_is_a_new_version_and_consents_keep_theirs(
    browser: Client, contact: Contact
) -> None:
    topic = Topic.objects.get(key="news")
    before = keep_topic_versions(topic)[0]
    append(
        [
            Entry(
                contact=contact,
                purpose="marketing",
                topic="news",
                act=Act.GRANTED,
                source=Source.AGENT,
                occurred_at=timezone.now(),
                wording=before,
            )
        ]
    )
    page = reverse("admin:consent_topic_change", args=[topic.pk])
    said = {
        "name_de": "Neuigkeiten",
        "name_en": "News",
        "is_active": "on",
        "explanation_de": "Zwei Nachrichten im Monat.",
        "explanation_en": "Two messages a month. <i>",
    }
    assert browser.post(page, said).status_code == 302
    newest = Wording.objects.filter(key="topic-news", language=before.language).first()
    assert newest is not None
    assert newest.version == before.version + 1
    assert agreed_to(topic) == {before.pk: 1}
    shown = browser.get(page).content.decode()
    assert "1 person" in shown
    assert "Two messages a month. &lt;i&gt;" in shown
    words = browser.get(reverse("admin:consent_wording_change", args=[before.pk]))
    assert "1 person" in words.content.decode()


# -- Documents ------------------------------------------------------------------------------------


def test_the_company_is_one_row_with_its_documents(browser: Client) -> None:
    answer = browser.get(reverse("admin:consent_company_changelist"))
    page = browser.get(answer["Location"]).content.decode()
    assert "Record of processing activities" in page
    assert "not filled in yet" in page
    assert Company.objects.count() == 1
    assert browser.get(reverse("admin:consent_company_add")).status_code == 403


def test_the_record_says_what_is_set_and_marks_what_is_missing(browser: Client) -> None:
    page = reverse("admin:consent_company_record")
    shown = browser.get(page, {"language": "en"}).content.decode()
    for words in (
        "Controller",
        "Consent to advertising",
        "Raw data from WhatsApp (webhooks)",
        "90 days",
        "WhatsApp Ireland Limited",
        "Access tokens of WhatsApp are stored encrypted",
        "not so here",
        "not filled in yet",
    ):
        assert words in shown, words
    Company.objects.create(name="Nordlicht <b> GmbH", officer="dsb@example.org")
    rule("webhooks", 60)
    shown = browser.get(page, {"language": "en"}).content.decode()
    assert "Nordlicht &lt;b&gt; GmbH" in shown
    assert "60 days" in shown
    assert browser.post(page).status_code == 405


@pytest.mark.parametrize("name", ["record", "agreement"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_document_is_a_pdf_in_each_language(
    browser: Client, drawn: list[str], name: str, language: str
) -> None:
    Company.objects.create(name="Nordlicht Bahn GmbH", address="Kai 1\n20457 Hamburg")
    processor = Processor.objects.create(name="Hosting AG", country="Deutschland")
    asked = {"language": language, "processor": str(processor.pk)}
    answer = browser.get(reverse(f"admin:consent_company_{name}_pdf"), asked)
    assert answer["Content-Type"] == "application/pdf"
    assert f"-{language}.pdf" in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")
    text = " ".join(drawn)
    for words in ("Nordlicht Bahn GmbH", "20457 Hamburg", "Hosting AG", "Art. 28"):
        assert words in text, words
    with override(language):
        assert gettext("not filled in yet") in text
        assert gettext("Controller") in text


@pytest.mark.parametrize("processor", ["0", "x", "9" * 30, "-1", "1 OR 1=1"])
def test_a_processor_that_is_not_there_is_not_found(browser: Client, processor: str) -> None:
    page = reverse("admin:consent_company_agreement")
    assert browser.get(page, {"processor": processor}).status_code == 404
