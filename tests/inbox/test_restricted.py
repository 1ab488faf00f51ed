"""Who asked for restriction, or was erased, as agents see it."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from consent import rights
from consent.personal_data import Person
from conversations.models import Conversation
from inbox import hub, personal_data
from tests.inbox.live_helpers import OpenInbox, dispatch, session_of
from tests.inbox.test_consumers import happens

pytestmark = pytest.mark.django_db(transaction=True)


def test_agents_see_that_a_customer_is_restricted(
    client: Client, conversation: Conversation, agent: Agent, admin: Agent
) -> None:
    client.force_login(agent)
    words = "The customer asked us to restrict the use of their data"
    pane = reverse("inbox:contact", args=[conversation.pk])
    composer = reverse("inbox:composer", args=[conversation.pk])
    for address in (pane, composer):
        assert words not in client.get(address).content.decode()
    rights.start(rights.ask(conversation.contact, "restriction", admin), admin)
    for address in (pane, composer):
        assert words in client.get(address).content.decode()


async def test_open_pages_and_the_hub_forget_who_was_erased(
    agent: Agent, conversation: Conversation
) -> None:
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        await happens(conversation)
        await dispatch()
        await inbox.frame()
        assert hub.hub()._history
        await sync_to_async(personal_data._forget)(Person((conversation.contact_id,), ()))
        await inbox.frame("reload")
        assert not hub.hub()._history
