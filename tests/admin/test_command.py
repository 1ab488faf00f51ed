"""Ctrl-K: everything that is registered by its name, in both languages, and settings by theirs."""

from __future__ import annotations

import html

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Agent, Team
from automation.models import AssignmentRule, BusinessCalendar, SlaPolicy
from contacts.attribute_models import AttributeDefinition
from conversations.models import Conversation, Label
from tests import factories

MODELS = sorted(django_admin.site._registry, key=lambda model: model._meta.label)


def found(browser: Client, words: str) -> str:
    response = browser.get(reverse("admin:search"), {"s": words, "extended": "1"})
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("reads", ["de", "en"])
def test_all_that_is_registered_is_found_by_its_names(
    browser: Client, admin: Agent, reads: str
) -> None:
    Agent.objects.filter(pk=admin.pk).update(language=reads)
    for model in MODELS:
        meta = model._meta
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        for language in ("de", "en"):
            with translation.override(language):
                name = str(meta.verbose_name_plural)
            assert f'"{page}"' in found(browser, name), (meta.label, name)


def test_settings_are_found_by_their_names(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    office = BusinessCalendar.objects.create(name="Zebra office")
    rows = [
        factories.AgentFactory.create(name="Zebra agent"),
        Team.objects.create(name="Zebra team"),
        Label.objects.create(name="Zebra label"),
        AssignmentRule.objects.create(name="Zebra rule", priority=2),
        SlaPolicy.objects.create(name="Zebra level", calendar=office, first_response_min=60),
        AttributeDefinition.objects.create(
            key="zebra", kind="text", name_de="Zebra", name_en="Zebra attribute"
        ),
        factories.MessageTemplateFactory.create(
            name="zebra", business_numbers=[conversation.business_number]
        ),
        factories.CannedResponseFactory.create(title="Zebra words"),
        office,
    ]

    shown = found(browser, "zebra")

    for row in rows:
        meta = row._meta
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        assert f'"{page}"' in shown, meta.label


@pytest.mark.parametrize("role", ["agent", "lead", "read_only"])
def test_nobody_else_searches_here(
    client: Client, role: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(role))
    Label.objects.create(name="Zebra label")

    response = client.get(reverse("admin:search"), {"s": "zebra", "extended": "1"})

    assert response.status_code == 302
    assert "Zebra" not in response.content.decode()
