"""Conversations: listing, narrowing, changing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Agent, Team
from conversations.models import (
    Conversation,
    Event,
    EventName,
    ResolveReason,
    ServiceSettings,
)
from tests import factories
from tests.api.conftest import Caller
from whatsapp.models import WhatsAppNumber

URL = "/api/v1/conversations/"


def ids(response: object) -> list[str]:
    return [row["id"] for row in response.json()["results"]]  # type: ignore[attr-defined]


def test_a_conversation_shows_what_the_contract_says(
    api: APIClient, conversation: Conversation
) -> None:
    label = factories.LabelFactory.create()
    conversation.labels.add(label)

    shown = api.get(f"{URL}{conversation.pk}/").json()

    assert shown["contact"] == str(conversation.contact_id)
    assert shown["business_number"] == conversation.business_number_id
    assert shown["team"] == conversation.team_id
    assert shown["labels"] == [label.pk]
    assert {"status", "assignee", "window_expires_at", "last_message_at", "unread"} <= set(shown)


def test_the_newest_comes_first_on_cursor_pages(api: APIClient, number: WhatsAppNumber) -> None:
    rows = factories.ConversationFactory.create_batch(5, business_number=number)

    page = api.get(URL, {"page_size": 2})
    assert set(page.json()) == {"next", "previous", "results"}
    found = ids(page)
    while page.json()["next"]:
        page = api.get(page.json()["next"])
        found += ids(page)

    assert found == [str(row.pk) for row in reversed(rows)]


def test_newest_is_what_was_made_last_not_what_was_stored_last(
    api: APIClient, number: WhatsAppNumber
) -> None:
    early, late = factories.ConversationFactory.create_batch(2, business_number=number)
    Conversation.objects.filter(pk=early.pk).update(created_at=timezone.now() + timedelta(hours=1))

    assert ids(api.get(URL)) == [str(early.pk), str(late.pk)]


def test_a_list_costs_the_same_for_one_and_for_many(
    api: APIClient, number: WhatsAppNumber, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    labels = factories.LabelFactory.create_batch(2)
    factories.ConversationFactory.create_batch(8, business_number=number, labels=labels)
    api.get(URL)  # stamps the token

    with django_assert_num_queries(3):  # token, conversations, labels
        assert len(ids(api.get(URL))) == 8


def test_other_teams_conversations_do_not_exist(
    call_as: Caller, other_agent: Agent, lead: Agent, conversation: Conversation
) -> None:
    path = f"{URL}{conversation.pk}/"

    assert ids(call_as(other_agent).get(URL)) == []
    for response in (
        call_as(other_agent).get(path),
        call_as(other_agent).patch(path, {"status": "resolved"}),
        call_as(other_agent).get(f"{path}messages/"),
    ):
        assert response.status_code == 404
    assert ids(call_as(lead).get(URL)) == [str(conversation.pk)]


def test_filters(api: APIClient, agent: Agent, team: Team, number: WhatsAppNumber) -> None:
    now = timezone.now()
    label = factories.LabelFactory.create()
    make = factories.ConversationFactory.create
    fresh = make(business_number=number, assignee=agent, labels=[label])
    closing = make(business_number=number, last_inbound_at=now - timedelta(hours=23), team=team)
    closed = make(business_number=number, closed=True, resolved=True)

    def found(**query: object) -> set[str]:
        return set(ids(api.get(URL, query)))

    assert found(window="open") == {str(fresh.pk), str(closing.pk)}
    assert found(window="closing") == {str(closing.pk)}
    assert found(window="closed") == {str(closed.pk)}
    assert found(status="resolved") == {str(closed.pk)}
    assert found(assignee=agent.pk) == {str(fresh.pk)}
    assert found(team=team.pk) == {str(closing.pk)}
    assert found(label=label.pk) == {str(fresh.pk)}
    assert found(contact=fresh.contact_id) == {str(fresh.pk)}


@pytest.mark.parametrize("query", [{"window": "ajar"}, {"contact": "x"}, {"team": "x"}])
def test_a_senseless_filter_is_400_and_named(api: APIClient, query: dict[str, str]) -> None:
    response = api.get(URL, query)

    assert response.status_code == 400
    assert set(response.json()["errors"]) == set(query)


def test_patch_goes_through_the_services(
    api: APIClient, agent: Agent, conversation: Conversation
) -> None:
    label = factories.LabelFactory.create()

    response = api.patch(
        f"{URL}{conversation.pk}/",
        {"assignee": agent.pk, "labels": [label.pk], "status": "resolved"},
    )

    assert response.status_code == 200
    shown = response.json()
    assert (shown["assignee"], shown["labels"], shown["status"]) == (
        *(agent.pk, [label.pk], "resolved"),
    )
    names = set(Event.objects.values_list("name", flat=True))
    assert {EventName.CONVERSATION_ASSIGNED, EventName.CONVERSATION_RESOLVED} <= names


def test_handing_it_to_another_team_answers_once_more(
    api: APIClient, other_agent: Agent, conversation: Conversation
) -> None:
    elsewhere = other_agent.teams.get()

    response = api.patch(f"{URL}{conversation.pk}/", {"team": elsewhere.pk})

    assert (response.status_code, response.json()["team"]) == (200, elsewhere.pk)
    assert api.get(f"{URL}{conversation.pk}/").status_code == 404


def test_a_wrong_change_changes_nothing(
    api: APIClient, agent: Agent, read_only: Agent, conversation: Conversation
) -> None:
    response = api.patch(
        f"{URL}{conversation.pk}/",
        {"assignee": read_only.pk, "status": "lost", "labels": [10**30]},
    )

    assert response.status_code == 400
    assert set(response.json()["errors"]) >= {"assignee", "status", "labels"}
    conversation.refresh_from_db()
    assert conversation.status == Conversation.Status.OPEN


def test_a_conversation_names_the_link_it_came_by(
    api: APIClient, conversation: Conversation
) -> None:
    path = f"/api/v1/conversations/{conversation.pk}/"
    assert api.get(path).json()["source"] is None
    link = factories.ChatLinkFactory.create(
        name="Plakat", business_number=conversation.business_number, reference="K7QM3X"
    )
    Conversation.objects.update(chat_link=link)
    source = {"id": link.pk, "reference": "K7Q-M3X", "name": "Plakat", "campaign": "", "place": ""}
    assert api.get(path).json()["source"] == source
    assert api.patch(path, {"status": "resolved"}).json()["source"] == source


def test_the_state_of_the_work(api: APIClient, conversation: Conversation) -> None:
    """Snoozed until a time, urgent, resolved for a reason: set, shown, announced."""
    url = f"{URL}{conversation.pk}/"
    at = (timezone.now() + timedelta(days=2)).replace(microsecond=0)
    wanted: dict[str, object] = {
        "status": "snoozed",
        "snoozed_until": at.isoformat(),
        "priority": "urgent",
    }
    shown = api.patch(url, wanted, format="json").json()
    assert (shown["status"], shown["priority"]) == ("snoozed", "urgent")
    assert shown["snoozed_until"].startswith(at.strftime("%Y-%m-%dT"))
    reason, _new = ResolveReason.objects.get_or_create(name_de="Gelöst", name_en="Solved")
    wanted = {"status": "resolved", "resolve_reason": reason.pk}
    shown = api.patch(url, wanted, format="json").json()
    assert (shown["resolve_reason"], shown["snoozed_until"]) == (reason.pk, None)
    found = api.get("/api/v1/resolve-reasons/").json()["results"]
    assert reason.pk in [row["id"] for row in found]
    shown = api.patch(url, {"status": "open"}, format="json").json()
    assert (shown["status"], shown["resolve_reason"]) == ("open", None)


@pytest.mark.parametrize(
    "wanted",
    [
        {"priority": "4"},
        {"priority": "asap"},
        {"resolve_reason": 999_999, "status": "resolved"},
        {"snoozed_until": "2099-01-01T00:00:00Z"},
        {"snoozed_until": "2001-01-01T00:00:00Z", "status": "snoozed"},
        {"snoozed_until": "soon", "status": "snoozed"},
    ],
)
def test_a_state_that_makes_no_sense_is_400_and_named(
    api: APIClient, conversation: Conversation, wanted: dict[str, object]
) -> None:
    answer = api.patch(f"{URL}{conversation.pk}/", wanted, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert Conversation.objects.get().status == "open"


def test_a_reason_the_house_requires(api: APIClient, conversation: Conversation) -> None:
    ServiceSettings.objects.create(reason_required=True)
    answer = api.patch(f"{URL}{conversation.pk}/", {"status": "resolved"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "reason_required")
