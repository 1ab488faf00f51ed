"""All that is registered in the admin: list, add, change and history, in every role. What is
changed there leaves a line that says what, in the reader's language. New models are walked by
themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts.models import Agent
from conversations.models import Conversation
from tests.admin.page_form import sent_by

LISTS = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}" for model in django_admin.site._registry
)
# A field that is changed where the first text or tick of the form is not one to change so.
FIELDS = {
    "accounts_agent": "name",
    "conversations_label": "name",
    "automation_assignmentrule": "name",
    "whatsapp_whatsappnumber": "name",
}
# What a field becomes that does not take any number or word.
VALUES = {
    "consent_retentionrule": ("days", "4000"),
    "whatsapp_whatsappaccount": ("portfolio_id", "506914307656634"),
    "conversations_messagetemplate": ("topic", "news"),
    "consent_signupform": ("privacy_url", "https://nordlicht.example/privacy"),
}
# What may be looked at and changed by a page of its own only; nothing in their form is an input.
BY_OTHER_MEANS: set[str] = set()


def model_of(name: str) -> type[Model]:
    app, model = name.split("_", 1)
    return apps.get_model(app, model)


def row_of(name: str) -> Model:
    row: Model | None = model_of(name)._default_manager.first()
    assert row is not None, f"tests/admin/conftest.py has no row of {name}"
    return row


def may(name: str, what: str, admin: Agent, row: Model | None = None) -> bool:
    page = django_admin.site._registry[model_of(name)]
    request = RequestFactory().get("/admin/")
    request.user = admin
    if what == "add":
        return page.has_add_permission(request)
    return page.has_change_permission(request, row)


@pytest.mark.parametrize("name", LISTS)
def test_an_admin_walks_through_it(
    browser: Client, furnished: Conversation, admin: Agent, name: str
) -> None:
    row = row_of(name)

    assert browser.get(reverse(f"admin:{name}_changelist"), follow=True).status_code == 200
    added = browser.get(reverse(f"admin:{name}_add"), follow=True)
    assert added.status_code == (200 if may(name, "add", admin) else 403)
    for page in ("change", "history"):
        assert browser.get(reverse(f"admin:{name}_{page}", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("role", ["agent", "lead", "read_only"])
def test_nobody_else_gets_to_any_of_it(
    client: Client, furnished: Conversation, role: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(role))

    for name in LISTS:
        pages = [reverse(f"admin:{name}_{one}") for one in ("changelist", "add")]
        pk = row_of(name).pk
        pages += [
            reverse(f"admin:{name}_{one}", args=[pk]) for one in ("change", "history", "delete")
        ]
        for page in pages:
            for answer in (client.get(page), client.post(page, {"post": "yes"})):
                assert answer.status_code == 302, page
                assert answer["Location"].startswith("/admin/login/"), page
    assert not LogEntry.objects.filter(user__role=role).exists()


@pytest.mark.parametrize("name", LISTS)
def test_a_change_leaves_a_line_that_says_what_was_changed(
    browser: Client, furnished: Conversation, admin: Agent, name: str
) -> None:
    row = row_of(name)
    if not may(name, "change", admin, row):
        pytest.skip("only looked at")
    LogEntry.objects.all().delete()
    page = reverse(f"admin:{name}_change", args=[row.pk])
    shown = browser.get(page)
    said, words = changed(shown, FIELDS.get(name, ""), *VALUES.get(name, ()))
    if name in BY_OTHER_MEANS:
        assert words is None
        return
    assert words is not None, "no field of this form can be changed"

    saved = browser.post(page, said)

    assert saved.status_code == 302, errors_of(saved)
    entry = LogEntry.objects.get(content_type=ContentType.objects.get_for_model(row))
    assert (entry.user, entry.action_flag, entry.object_id) == (admin, CHANGE, str(row.pk))
    for language in ("de", "en"):
        with translation.override(language):
            entry = LogEntry.objects.get(pk=entry.pk)  # it keeps what it said
            assert str(words).lower() in entry.get_change_message().lower()


def changed(
    shown: Any, name: str, at: str = "", becomes: str = ""
) -> tuple[dict[str, list[str]], Any]:
    """What the browser would send with one field changed, and how that field is called."""
    form = shown.context["adminform"].form
    said = sent_by(shown.content.decode())
    if at:
        return said | {at: [becomes]}, form[at].field.label
    for field in [form[name]] if name else list(form):
        value, at = said.get(field.html_name, [""]), field.html_name
        kind = getattr(field.field.widget, "input_type", "textarea")
        if field.field.disabled or len(value) > 1:
            continue
        if kind == "checkbox" and type(field.field).__name__ == "BooleanField":
            said = {key: one for key, one in said.items() if key != at}
            if value == [""]:
                said[at] = ["on"]
        elif kind in ("text", "textarea") and type(field.field).__name__ == "CharField":
            said[at] = [f"{value[0]}x"]
        elif kind == "number":
            said[at] = [str(int(value[0] or 0) + 1)]
        else:
            continue
        return said, field.field.label
    return said, None


def errors_of(answer: Any) -> Any:
    context = getattr(answer, "context", None) or {}
    return [str(context[key]) for key in ("errors",) if key in context] or answer.status_code
