"""What was changed in the inbox stands in the admin's history, too; what is one's own does not."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.change_history import told
from accounts.models import Agent
from conversations.models import Conversation, Label
from conversations.services.labels import create_label
from inbox.list_state import ListState
from inbox.models import CannedResponse, SavedView, Scope, Sharing
from inbox.saved_views import change_view, remove_view, save_view
from inbox.services.canned import save_canned
from inbox.services.owned import delete_owned
from tests import factories

pytestmark = pytest.mark.django_db


def lines() -> list[tuple[int, str]]:
    rows = LogEntry.objects.order_by("pk")
    with translation.override("en"):
        return [(row.action_flag, told(row)) for row in rows]


def canned(**said: Any) -> CannedResponse:
    return CannedResponse(**{"title": "Moin", "shortcut": "moin", "text_de": "Moin!", **said})


def test_words_for_all_leave_lines_and_ones_own_do_not(admin: Agent) -> None:
    own = save_canned(canned(), Scope.PERSONAL, None, admin)
    own.text_de = "Hallo!"
    save_canned(own, Scope.PERSONAL, None, admin)
    delete_owned(own, admin)
    assert lines() == []

    row = save_canned(canned(), Scope.GLOBAL, None, admin)
    save_canned(row, Scope.GLOBAL, None, admin)  # nothing was changed
    row.text_de = "Hallo!"
    save_canned(row, Scope.GLOBAL, None, admin)
    delete_owned(row, admin)

    assert [flag for flag, _words in lines()] == [ADDITION, CHANGE, DELETION]
    assert "german" in lines()[1][1].lower()
    assert not LogEntry.objects.filter(change_message__contains="Hallo").exists()


def test_shared_views_leave_lines(lead: Agent) -> None:
    view = save_view(SavedView(owner=lead, name="Mine"), ListState.read({}), lead)  # type: ignore[arg-type]
    assert lines() == []
    view.sharing = Sharing.EVERYBODY
    change_view(view, lead)
    remove_view(view, lead)

    assert [flag for flag, _words in lines()] == [CHANGE, DELETION]


def test_a_new_label_and_skills_leave_lines(client: Client, lead: Agent, agent: Agent) -> None:
    label = create_label("Refund", "blue", lead)
    client.force_login(lead)
    url = reverse("inbox:skills", args=[agent.pk])
    for _again in range(2):
        client.post(url, {"languages": "de, da", "labels": [label.pk]})

    assert [flag for flag, _words in lines()] == [ADDITION, CHANGE]
    assert Label.objects.get().skilled.get() == agent


def test_the_history_page_speaks_of_acts_in_words(browser: Client, admin: Agent) -> None:
    label = factories.LabelFactory.create()
    LogEntry.objects.log_actions(
        admin.pk, Label.objects.all(), CHANGE, "replaced by 7", single_object=True
    )
    shown = browser.get(reverse("admin:conversations_label_history", args=[label.pk]))
    assert "Replaced by another number" in shown.content.decode()

    entry = LogEntry.objects.get()
    page = browser.get(reverse("admin:admin_logentry_change", args=[entry.pk])).content.decode()
    assert reverse("admin:conversations_label_change", args=[label.pk]) in page


def test_lines_of_unknown_and_empty_words_are_read(browser: Client, admin: Agent) -> None:
    for words in ("something <b>else</b>", "", "[broken"):
        assert told(LogEntry(action_flag=CHANGE, change_message=words))


def test_the_list_costs_the_same_for_one_line_and_many(
    browser: Client, furnished: Conversation, admin: Agent, django_assert_max_num_queries: Any
) -> None:
    labels = factories.LabelFactory.create_batch(20)
    for label in labels:
        LogEntry.objects.log_actions(
            admin.pk, Label.objects.filter(pk=label.pk), CHANGE, "set", single_object=True
        )
    with django_assert_max_num_queries(20):
        assert browser.get(reverse("admin:admin_logentry_changelist")).status_code == 200
