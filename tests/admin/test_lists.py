"""Saved views and actions on many conversations: to be looked at."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Agent
from conversations.models import Conversation
from inbox.models import BulkItem, BulkRun, SavedView
from tests import factories
from tests.admin.conftest import furnish_lists

VIEWS, RUNS = "admin:inbox_savedview", "admin:inbox_bulkrun"


def page(browser: Client, name: str, *args: object) -> str:
    response = browser.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_a_saved_view_says_what_it_finds_as_people_read_it(
    browser: Client, furnished: Conversation
) -> None:
    view = SavedView.objects.get()

    shown = page(browser, f"{VIEWS}_change", view.pk)

    assert "assignee=me" not in shown
    assert "open, pending" in shown.lower()


def test_a_saved_view_whose_words_make_no_sense_any_more_opens(
    browser: Client, furnished: Conversation
) -> None:
    SavedView.objects.update(words="status=gone&label=999999&nonsense=1", view="gone")

    page(browser, f"{VIEWS}_changelist")
    page(browser, f"{VIEWS}_change", SavedView.objects.get().pk)


def test_a_run_says_how_many_were_left_and_which(browser: Client, furnished: Conversation) -> None:
    run = BulkRun.objects.get()
    link = reverse("admin:conversations_conversation_change", args=[furnished.pk])

    shown = page(browser, f"{RUNS}_change", run.pk)

    assert link in shown
    assert browser.get(reverse(f"{RUNS}_changelist")).context["cl"].result_list[0].left == 1


def test_a_run_of_an_action_that_is_no_more_opens(browser: Client, furnished: Conversation) -> None:
    BulkRun.objects.update(action="gone", params={})

    page(browser, f"{RUNS}_changelist")
    page(browser, f"{RUNS}_change", BulkRun.objects.get().pk)


@pytest.mark.parametrize("model", [SavedView, BulkRun])
def test_they_are_only_looked_at(
    browser: Client, furnished: Conversation, model: type[SavedView | BulkRun]
) -> None:
    name = f"admin:inbox_{model._meta.model_name}"
    row = model.objects.get()

    assert browser.get(reverse(f"{name}_add")).status_code == 403
    assert browser.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
    assert (
        browser.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    )
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", [VIEWS, RUNS])
def test_a_list_costs_the_same_for_one_and_for_many(
    browser: Client, furnished: Conversation, admin: Agent, name: str
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(browser, f"{name}_changelist")
        return len(queries)

    cost()
    before = cost()
    for number in range(3):
        SavedView.objects.filter(name="Open").update(name=f"View {number}")
        furnish_lists(factories.ConversationFactory.create(), admin)

    assert cost() == before


def test_a_run_costs_the_same_for_few_and_for_many_left(
    browser: Client, furnished: Conversation
) -> None:
    run = BulkRun.objects.get()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(browser, f"{RUNS}_change", run.pk)
        return len(queries)

    cost()
    before = cost()
    for row in factories.ConversationFactory.create_batch(60):
        BulkItem.objects.create(run=run, conversation=row, state=BulkItem.State.KEPT)

    assert cost() <= before
    assert page(browser, f"{RUNS}_change", run.pk).count("/conversations/conversation/") <= 55
