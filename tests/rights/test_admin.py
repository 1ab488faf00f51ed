"""The admin's pages of requests: who may, what they show, what they do."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Role
from consent import rights, tasks
from consent.models.data_request import DataRequest, RequestState
from contacts.models import Contact
from conversations.models import Conversation, Message, Status
from tests import factories
from tests.rights.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "admin:consent_datarequest_changelist"


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    return client


def page_of(request: DataRequest) -> str:
    return reverse("admin:consent_datarequest_change", args=[request.pk])


def act_of(request: DataRequest) -> str:
    return reverse("admin:consent_datarequest_act", args=[request.pk])


def ask_of(contact: Contact) -> str:
    return reverse("admin:consent_datarequest_ask", args=[contact.pk])


def test_a_contacts_page_leads_to_its_requests(browser: Client, conversation: Conversation) -> None:
    contact = conversation.contact
    page = reverse("admin:contacts_contact_change", args=[contact.pk])
    assert "personal-data" in browser.get(page).content.decode()
    answer = browser.get(reverse("admin:contacts_contact_personal_data", args=[contact.pk]))
    assert answer["Location"] == ask_of(contact)
    assert contact.name in browser.get(ask_of(contact)).content.decode()


def test_access_is_one_click_and_ends_in_a_zip(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    factories.MessageFactory.create(conversation=conversation, text="Where is my hat?")
    answer = browser.post(ask_of(conversation.contact), {"kind": "access"})
    request = DataRequest.objects.get()
    assert answer["Location"] == page_of(request)
    page = browser.get(page_of(request))
    assert (request.state, page["Refresh"]) == (RequestState.RUNNING, "3")
    assert "<progress" in page.content.decode()

    tasks.run_request(str(request.pk))

    page = browser.get(page_of(request))
    assert "Refresh" not in page
    download = reverse("admin:consent_datarequest_download", args=[request.pk])
    assert download in page.content.decode()
    answer = browser.get(download)
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "Where is my hat?" in archive.read("index.html").decode()
        assert json.loads(archive.read("data.json"))["tables"]["contacts.Contact"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in answer["Content-Disposition"]
    assert LogEntry.objects.filter(
        change_message="downloaded", user=admin, object_id=str(request.pk)
    ).exists()


def test_an_expired_export_is_not_given_out(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    request = run(conversation.contact, "access", admin)
    DataRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    download = reverse("admin:consent_datarequest_download", args=[request.pk])
    assert browser.get(download).status_code == 404
    tasks.sweep_requests()
    request.refresh_from_db()
    assert request.file == ""
    assert browser.get(download).status_code == 404


def test_an_erasure_is_previewed_and_begun(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    factories.MessageFactory.create_batch(3, conversation=conversation)
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    browser.post(ask_of(conversation.contact), {"kind": "erasure", "note": "by letter"})
    request = DataRequest.objects.get()
    assert (request.state, request.asked_by, request.note) == ("asked", admin, "by letter")
    page = browser.get(page_of(request)).content.decode()
    assert "messages: 3" in page
    assert "consent records: 1" in page
    assert "This cannot be undone." in page
    browser.post(act_of(request), {"act": "start"})
    tasks.run_request(str(request.pk))
    page = browser.get(page_of(request)).content.decode()
    assert "Hash of this proof" in page
    assert conversation.contact.name not in page
    assert not Contact.objects.exists()
    assert browser.get(reverse(LIST)).status_code == 200


def test_with_four_eyes_another_admin_must_approve(
    browser: Client, admin: Agent, conversation: Conversation, settings: LazySettings
) -> None:
    settings.ERASURE_NEEDS_TWO = True
    request = rights.ask(conversation.contact, "erasure", admin)
    for act in ("start", "approve"):
        answer = browser.post(act_of(request), {"act": act}, follow=True).content.decode()
        assert "Somebody else than who entered this erasure must approve it." in answer
        request.refresh_from_db()
        assert request.state == RequestState.ASKED

    browser.force_login(factories.AgentFactory.create(role=Role.ADMIN))
    browser.post(act_of(request), {"act": "approve"})
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED
    browser.force_login(admin)
    browser.post(act_of(request), {"act": "start"})
    request.refresh_from_db()
    assert request.state == RequestState.RUNNING


def test_a_refusal_needs_a_reason(browser: Client, admin: Agent, contact: Contact) -> None:
    request = rights.ask(contact, "access", admin)
    assert browser.post(act_of(request), {"act": "refuse", "reason": " "}).status_code == 422
    browser.post(act_of(request), {"act": "refuse", "reason": "We do not know who is asking."})
    request.refresh_from_db()
    assert (request.state, request.refused_by) == (RequestState.REFUSED, admin)
    assert "We do not know who is asking." in browser.get(page_of(request)).content.decode()


def test_what_is_on_its_way_to_whatsapp_is_settled_first(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.SENDING
    )
    request = rights.ask(conversation.contact, "erasure", admin)
    said = "1 message is on its way to WhatsApp."
    assert said in browser.get(page_of(request)).content.decode()
    assert said in browser.post(act_of(request), {"act": "start"}, follow=True).content.decode()
    Message.objects.filter(pk=message.pk).update(status=Status.DELIVERED)
    browser.post(act_of(request), {"act": "start"})
    request.refresh_from_db()
    assert request.state == RequestState.RUNNING


def test_a_restriction_holds_until_it_is_lifted(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    request = rights.ask(conversation.contact, "restriction", admin)
    browser.post(act_of(request), {"act": "start"})
    request.refresh_from_db()
    assert request.is_in_force
    assert "Lift the restriction" in browser.get(page_of(request)).content.decode()
    browser.post(act_of(request), {"act": "lift"})
    request.refresh_from_db()
    assert (request.is_in_force, request.lifted_by) == (False, admin)


def test_what_is_overdue_comes_first_and_what_is_over_last(browser: Client, admin: Agent) -> None:
    contacts = factories.ContactFactory.create_batch(3)
    over = run(contacts[0], "access", admin)
    due = rights.ask(contacts[1], "access", admin)
    late = rights.ask(contacts[2], "access", admin, asked_at=timezone.now() - timedelta(days=40))
    page = browser.get(reverse(LIST))
    assert [row.pk for row in page.context["cl"].result_list] == [late.pk, due.pk, over.pk]
    assert "overdue" in page.content.decode()
    found = browser.get(reverse(LIST), {"open": "overdue"}).context["cl"].result_list
    assert [row.pk for row in found] == [late.pk]


def test_only_admins_get_in(
    client: Client, admin: Agent, agent: Agent, lead: Agent, read_only: Agent, contact: Contact
) -> None:
    request = run(contact, "access", admin)
    download = reverse("admin:consent_datarequest_download", args=[request.pk])
    for stranger in (None, agent, lead, read_only):
        if stranger:
            client.force_login(stranger)
        for address in (reverse(LIST), page_of(request), ask_of(contact), download):
            answer = client.get(address)
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/admin/login/")
        for address in (ask_of(contact), act_of(request)):
            assert client.post(address, {"act": "start"})["Location"].startswith("/admin/login/")


def test_the_wrong_method_and_what_is_not_there(
    browser: Client, admin: Agent, contact: Contact
) -> None:
    request = rights.ask(contact, "access", admin)
    assert browser.get(act_of(request)).status_code == 405
    assert browser.post(page_of(request)).status_code == 405
    assert browser.delete(ask_of(contact)).status_code == 405
    download = reverse("admin:consent_datarequest_download", args=[request.pk])
    assert browser.post(download).status_code == 405
    assert browser.get(download).status_code == 404
    assert browser.post(act_of(request), {"act": "explode"}).status_code == 404
    nobody = "00000000-0000-0000-0000-000000000000"
    for name in ("change", "ask", "download"):
        path = reverse(f"admin:consent_datarequest_{name}", args=[nobody])
        assert browser.get(path).status_code == 404
    assert browser.get("/admin/consent/datarequest/x/change/").status_code == 404


def test_a_second_request_of_a_kind_is_refused(
    browser: Client, admin: Agent, contact: Contact
) -> None:
    rights.ask(contact, "erasure", admin)
    answer = browser.post(ask_of(contact), {"kind": "erasure"}, follow=True)
    assert "There is an open request of this kind" in answer.content.decode()
    assert browser.post(ask_of(contact), {"kind": "nonsense"}).status_code == 200
    assert DataRequest.objects.count() == 1


def test_the_pages_that_were_about_them_still_open(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    """Entries of the ledger, earlier requests and the log of changes outlive their contact."""
    factories.ConsentRecordFactory.create(contact=conversation.contact, words="Hello there")
    page = reverse("admin:contacts_contact_change", args=[conversation.contact_id])
    browser.post(page, {"name": "Renamed", "language": "de"})
    run(conversation.contact, "access", admin)
    run(conversation.contact, "erasure", admin)
    for model in ("consent_consentrecord", "consent_datarequest", "admin_logentry"):
        rows = browser.get(reverse(f"admin:{model}_changelist"))
        assert rows.context["cl"].result_count, model
        for row in rows.context["cl"].result_list:
            shown = browser.get(reverse(f"admin:{model}_change", args=[row.pk]))
            assert shown.status_code == 200
            assert "Renamed" not in shown.content.decode()
    assert browser.get(page).status_code == 302  # there is none
    found = browser.get(reverse("admin:consent_consentrecord_changelist"), {"q": "Karla"})
    assert found.status_code == 200
