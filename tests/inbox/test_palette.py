"""What the command palette finds."""

from __future__ import annotations

import pytest

from accounts.models import Agent
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_contacts_messages_and_the_whole_search(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(conversation=conversation, text="Karlas Koffer")
    words = sign_in(agent).get("/palette/", {"q": "karla"}).content.decode()
    assert f'href="/conversations/{conversation.pk}/"' in words
    assert f"?at={message.pk}" in words
    assert 'href="/search/?q=karla"' in words


def test_places_by_role(sign_in: SignIn, agent: Agent, admin: Agent) -> None:
    words = sign_in(agent).get("/palette/").content.decode()
    assert "/?view=closing" in words
    assert "Fernverkehr" in words
    assert "/admin/" not in words
    assert "/admin/" in sign_in(admin).get("/palette/").content.decode()
    assert "closing" in sign_in(agent).get("/palette/", {"q": "closing"}).content.decode()
    assert "view=all" not in sign_in(agent).get("/palette/", {"q": "closing"}).content.decode()


def test_what_is_mine_comes_without_typing(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    conversation.assignee = agent
    conversation.save()
    assert str(conversation.pk) in sign_in(agent).get("/palette/").content.decode()


def test_others_find_nothing_of_it(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation
) -> None:
    factories.MessageFactory.create(conversation=conversation, text="Karla")
    words = sign_in(other_agent).get("/palette/", {"q": "karla"}).content.decode()
    assert str(conversation.pk) not in words


def test_labels_lead_to_their_conversations(sign_in: SignIn, agent: Agent) -> None:
    factories.LabelFactory.create(name="Störung RE 7")
    words = sign_in(agent).get("/palette/", {"q": "störung"}).content.decode()
    assert "/search/?q=label:" in words


def test_canned_responses_are_found_by_title_shortcut_and_words(
    sign_in: SignIn, agent: Agent, other_agent: Agent, read_only: Agent
) -> None:
    row = factories.CannedResponseFactory.create(
        title="Rückfrage", shortcut="ruck", text_de="Welcher Zug war es?", agent=agent
    )
    for query in ("rückfrage", "/ruck", "zug"):
        found = sign_in(agent).get("/palette/", {"q": query}).content.decode()
        assert f'data-canned="{row.pk}"' in found
        assert f'href="/canned/#canned-{row.pk}"' in found
    assert "data-canned" not in sign_in(agent).get("/palette/").content.decode()
    for nobody in (other_agent, read_only):
        assert "data-canned" not in sign_in(nobody).get("/palette/", {"q": "zug"}).content.decode()


@pytest.mark.parametrize("text", ["\x00", "'", "von:", '"', "%", "\\", "🙂" * 60])
def test_anything_may_be_typed(sign_in: SignIn, agent: Agent, text: str) -> None:
    assert sign_in(agent).get("/palette/", {"q": text}).status_code == 200
