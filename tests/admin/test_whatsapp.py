"""Numbers, templates and webhook events."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from conversations.models import MessageTemplate
from tests import factories
from whatsapp.models import EventState, WebhookEvent, WhatsAppNumber

ADD = "admin:whatsapp_whatsappnumber_add"
CHANGE = "admin:whatsapp_whatsappnumber_change"


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that would have been published."""
    tasks: list[str] = []

    def note(task: str, *_: object, **__: object) -> bool:
        tasks.append(task)
        return True

    monkeypatch.setattr("whatsapp.admin.numbers.nudge", note)
    monkeypatch.setattr("whatsapp.admin.templates.nudge", note)
    monkeypatch.setattr("whatsapp.services.nudge", note)
    return tasks


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Fundbüro",
        "phone_number": "+493098765",
        "phone_number_id": "4711",
        "waba_id": "0815",
        "is_active": "on",
        "new_access_token": "EAAsecret",
        **changes,
    }


@pytest.mark.django_db(transaction=True)
def test_a_number_is_configured_and_gets_what_waited_for_it(
    client: Client, nudged: list[str]
) -> None:
    client.force_login(factories.AgentFactory.create(role="admin"))
    waiting = factories.WebhookEventFactory.create(
        state=EventState.UNKNOWN_NUMBER, phone_number_id="4711"
    )
    other = factories.WebhookEventFactory.create(
        state=EventState.UNKNOWN_NUMBER, phone_number_id="4712"
    )

    response = client.post(reverse(ADD), fields())

    assert response.status_code == 302
    assert WhatsAppNumber.objects.get().access_token == "EAAsecret"
    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.state, other.state) == (EventState.PENDING, EventState.UNKNOWN_NUMBER)
    assert "whatsapp.sync_templates" in nudged


def test_a_new_number_needs_its_token(browser: Client) -> None:
    response = browser.post(reverse(ADD), fields(new_access_token=""))

    assert "new_access_token" in response.context["adminform"].form.errors


def test_the_stored_token_is_never_shown_and_kept_when_left_empty(
    browser: Client, number: WhatsAppNumber
) -> None:
    number.access_token = "EAAsecret"
    number.save()
    path = reverse(CHANGE, args=[number.pk])

    assert "EAAsecret" not in browser.get(path).content.decode()
    browser.post(path, fields(new_access_token=""))
    assert WhatsAppNumber.objects.get().access_token == "EAAsecret"
    browser.post(path, fields(new_access_token="EAAnew"))
    assert WhatsAppNumber.objects.get().access_token == "EAAnew"


def test_a_token_that_cannot_be_decrypted_is_entered_again(
    browser: Client, number: WhatsAppNumber
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE whatsapp_whatsappnumber SET access_token = 'of another key'")
    path = reverse(CHANGE, args=[number.pk])

    assert browser.get(reverse("admin:whatsapp_whatsappnumber_changelist")).status_code == 200
    assert browser.get(path).status_code == 200
    assert browser.post(path, fields()).status_code == 302
    assert WhatsAppNumber.objects.get().access_token == "EAAsecret"


def test_an_event_is_shown_readably(browser: Client) -> None:
    body = b'{"object":"whatsapp_business_account","text":"<script>alert(1)</script>"}'
    event = factories.WebhookEventFactory.create(body=body)
    strange = factories.WebhookEventFactory.create(body=b"\xff\xfe not json")

    page = browser.get(reverse("admin:whatsapp_webhookevent_change", args=[event.pk]))

    text = page.content.decode()
    assert "&quot;object&quot;: &quot;whatsapp_business_account&quot;" in text
    assert "<script>alert" not in text
    path = reverse("admin:whatsapp_webhookevent_change", args=[strange.pk])
    assert "not json" in browser.get(path).content.decode()


def test_events_are_processed_again(browser: Client, nudged: list[str]) -> None:
    one, two = factories.WebhookEventFactory.create_batch(2, state=EventState.FAILED, attempts=6)

    browser.post(
        reverse("admin:whatsapp_webhookevent_changelist"),
        {"action": "process_selected_again", "_selected_action": [one.pk]},
    )
    one.refresh_from_db()
    assert (one.state, one.attempts) == (EventState.PENDING, 0)
    assert WebhookEvent.objects.get(pk=two.pk).state == EventState.FAILED

    page = browser.get(reverse("admin:whatsapp_webhookevent_change", args=[two.pk]))
    address = reverse("admin:whatsapp_webhookevent_process_this_again", args=[two.pk])
    assert address in page.content.decode()
    browser.get(address)
    assert WebhookEvent.objects.get(pk=two.pk).state == EventState.PENDING


def test_events_are_narrowed_by_field(browser: Client) -> None:
    factories.WebhookEventFactory.create(fields="messages,account_update")
    factories.WebhookEventFactory.create(fields="calls")

    page = browser.get(reverse("admin:whatsapp_webhookevent_changelist"), {"field": "messages"})

    assert len(page.context["cl"].result_list) == 1


def test_templates_are_synced_on_demand(browser: Client, admin: Agent, nudged: list[str]) -> None:
    factories.MessageTemplateFactory.create()
    address = reverse("admin:conversations_messagetemplate_sync_now")
    page = browser.get(reverse("admin:conversations_messagetemplate_changelist"))
    assert address in page.content.decode()

    assert browser.get(address).status_code == 302

    assert nudged == ["whatsapp.sync_templates"]
    assert MessageTemplate.objects.count() == 1
