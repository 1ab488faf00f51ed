"""Every page of the admin opens, searches, filters, and lets nobody else in."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Agent
from consent.models import ConsentRecord
from contacts.models import Contact
from conversations.models import Conversation, Event, Message
from tests import factories
from whatsapp.models import WebhookEvent

MODELS = sorted(django_admin.site._registry, key=lambda model: model._meta.label)
LISTS = [f"{model._meta.app_label}_{model._meta.model_name}" for model in MODELS]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_opens_and_searches(browser: Client, furnished: Conversation, name: str) -> None:
    path = reverse(f"admin:{name}_changelist")

    # The list of the one row there is leads to that row.
    assert browser.get(path, follow=True).status_code == 200
    # What is typed into the search box is no UUID, mostly.
    for words in ("Karla", "7"):
        assert browser.get(path, {"q": words}, follow=True).status_code == 200, words


@pytest.mark.parametrize("name", LISTS)
def test_a_row_opens(browser: Client, furnished: Conversation, name: str) -> None:
    row = apps.get_model(*name.split("_", 1)).objects.first()
    assert row is not None

    assert browser.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_works(browser: Client, furnished: Conversation, name: str) -> None:
    page = browser.get(reverse(f"admin:{name}_changelist"), follow=True)

    for spec in page.context["cl"].filter_specs if "cl" in page.context else []:
        for choice in list(spec.choices(page.context["cl"]))[1:2]:
            query = choice.get("query_string", "?")
            assert browser.get(page.request["PATH_INFO"] + query).status_code == 200


def test_the_overview_and_the_add_pages_open(browser: Client) -> None:
    assert browser.get("/admin/").status_code == 200
    for name in ("accounts_agent", "accounts_team", "accounts_apitoken", "whatsapp_whatsappnumber"):
        assert browser.get(reverse(f"admin:{name}_add")).status_code == 200


@pytest.mark.parametrize("role", ["agent", "lead", "read_only"])
def test_only_admins_get_in(client: Client, role: str, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(role))

    response = client.get("/admin/")

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("model", [Message, Conversation, ConsentRecord, WebhookEvent, Event])
def test_history_is_neither_made_nor_changed_nor_deleted_here(
    browser: Client, furnished: Conversation, model: type
) -> None:
    name = f"{model._meta.app_label}_{model._meta.model_name}"  # type: ignore[attr-defined]
    row = model.objects.first()  # type: ignore[attr-defined]
    pk = row.pk if row else 1

    assert browser.get(reverse(f"admin:{name}_add")).status_code == 403
    assert browser.post(
        reverse(f"admin:{name}_delete", args=[pk]), {"post": "yes"}
    ).status_code in (*(403, 302),)
    if row:
        assert browser.post(reverse(f"admin:{name}_change", args=[pk]), {}).status_code == 403
        assert model.objects.filter(pk=pk).exists()  # type: ignore[attr-defined]


def test_contacts_are_not_made_by_hand(browser: Client, furnished: Conversation) -> None:
    assert browser.get(reverse("admin:contacts_contact_add")).status_code == 403
    contact = Contact.objects.get()
    response = browser.post(
        reverse("admin:contacts_contact_delete", args=[contact.pk]), {"post": "yes"}
    )
    assert response.status_code == 403


@pytest.mark.parametrize(
    "name", ["conversations_conversation", "conversations_message", "contacts_contact"]
)
def test_a_list_costs_the_same_for_one_and_for_many(
    browser: Client, furnished: Conversation, name: str
) -> None:
    path = reverse(f"admin:{name}_changelist")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(path)
        return len(queries)

    cost()
    before = cost()
    for _ in range(3):
        other = factories.ConversationFactory.create(business_number=furnished.business_number)
        factories.MessageFactory.create(conversation=other)

    assert cost() == before


def test_an_agent_who_was_an_admin_is_out(browser: Client, admin: Agent) -> None:
    assert browser.get("/admin/").status_code == 200

    Agent.objects.filter(pk=admin.pk).update(role="agent")

    assert browser.get("/admin/").status_code == 302
