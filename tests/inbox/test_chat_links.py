"""Agents see by which link a customer came: in the thread, the list and the contact pane."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Agent
from conversations.models import Conversation, EventName
from conversations.services.chat_links import came_by
from inbox.event_words import sentence
from tests import factories

pytestmark = pytest.mark.django_db


class _Inbound:
    def __init__(self, at: Any) -> None:
        self.sent_at = at


@pytest.fixture
def linked(conversation: Conversation) -> Conversation:
    link = factories.ChatLinkFactory.create(
        name="Plakat <Zug> 4711",
        campaign="Herbst",
        place="Zug 4711",
        business_number=conversation.business_number,
    )
    event = came_by(conversation, link, _Inbound(conversation.last_inbound_at))  # type: ignore[arg-type]
    assert event is not None
    event.save()
    conversation.save()
    return conversation


def test_the_thread_the_list_and_the_pane_say_so(
    client: Client, agent: Agent, linked: Conversation
) -> None:
    client.force_login(agent)
    page = client.get(reverse("inbox:conversation", args=[linked.pk])).content.decode()
    assert "Came by the link or QR code <b>Plakat &lt;Zug&gt; 4711</b> (campaign Herbst)" in page
    rows = client.get(reverse("inbox:rows"), {"view": "all"}).content.decode()
    assert 'title="Came by: Plakat &lt;Zug&gt; 4711"' in rows
    pane = client.get(reverse("inbox:contact", args=[linked.pk])).content.decode()
    assert "Herbst, Zug 4711, " in pane
    assert "<Zug>" not in page + rows + pane


def test_others_do_not_see_it(client: Client, other_agent: Agent, linked: Conversation) -> None:
    client.force_login(other_agent)
    assert client.get(reverse("inbox:conversation", args=[linked.pk])).status_code == 404


def test_without_a_campaign_it_is_not_spoken_of(linked: Conversation) -> None:
    link = linked.chat_link
    assert link is not None
    link.campaign = ""
    link.save()
    event = linked.events.get(name=EventName.CONVERSATION_LINKED)
    with translation.override("en"):
        assert sentence(event).endswith("4711</b>")


def test_the_list_asks_no_more_for_many(
    client: Client, agent: Agent, linked: Conversation, django_assert_max_num_queries: Any
) -> None:
    client.force_login(agent)
    for _ in range(5):
        factories.ConversationFactory.create(
            business_number=linked.business_number,
            team=linked.team,
            chat_link=factories.ChatLinkFactory.create(business_number=linked.business_number),
        )
    with django_assert_max_num_queries(14):
        rows = client.get(reverse("inbox:rows"), {"view": "all"}).content.decode()
    assert rows.count("came-by") == 6
