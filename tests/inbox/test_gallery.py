"""A person's photos, videos, documents, voice notes and links, over all one may see."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Role
from conversations.models import Conversation, Message
from inbox import gallery
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(agent: Agent, sign_in: SignIn) -> Client:
    return sign_in(agent)


def look(browser: Client, conversation: Conversation, **query: str) -> str:
    path = reverse("inbox:gallery", args=[conversation.contact_id])
    answer = browser.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(conversation: Conversation, kind: str, **more: object) -> Message:
    message: Message = factories.MessageFactory.create(conversation=conversation, text="")
    types = {"image": "image/jpeg", "video": "video/mp4", "document": "application/pdf"}
    mime = types.get(kind, "audio/ogg")
    factories.MediaFactory.create(message=message, kind=kind, mime_type=mime, **more)
    return message


def test_each_kind_has_its_tab(browser: Client, conversation: Conversation) -> None:
    for kind in ("image", "video", "document", "audio", "sticker"):
        send(conversation, kind, filename=f"{kind}.bin")
    text = look(browser, conversation)
    assert text.count('class="tile"') == 2
    assert text.count("data-lightbox ") == 1
    assert "document.bin" in look(browser, conversation, kind="documents")
    assert "data-voice" in look(browser, conversation, kind="voice")
    path = reverse("inbox:gallery", args=[conversation.contact_id])
    assert browser.get(path, {"kind": "x"}).status_code == 404
    assert browser.post(path).status_code == 405


def test_links_are_found_in_texts_and_nothing_else_becomes_one(
    browser: Client, conversation: Conversation
) -> None:
    words = "See https://example.org/a?b=1&c=2, and http://x.example. javascript:alert(1)"
    message = factories.MessageFactory.create(conversation=conversation, text=words)
    text = look(browser, conversation, kind="links")
    links = re.findall(r'gallery-link" href="([^"]*)"', text)
    assert links == ["https://example.org/a?b=1&amp;c=2", "http://x.example"]
    assert f"at={message.pk}" in text


def test_pages_follow_each_other(
    browser: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "AT_ONCE", 2)
    for kind in ("pictures", "links"):
        for n in range(5):
            if kind == "pictures":
                send(conversation, "image")
            else:
                factories.MessageFactory.create(
                    conversation=conversation, text=f"https://example.org/{n}"
                )
        text, seen = look(browser, conversation, kind=kind), 0
        while True:
            seen += len(re.findall(r'class="tile"|class="gallery-link"', text))
            more = re.search(r'hx-get="([^"]*)"', text)
            if more is None:
                break
            path = more[1].replace("&amp;", "&")
            text = browser.get(path, headers={"HX-Request": "true"}).content.decode()
        assert seen == 5, kind


def test_only_of_conversations_one_may_see(
    browser: Client, conversation: Conversation, sign_in: SignIn
) -> None:
    theirs = factories.ConversationFactory.create(
        contact=conversation.contact, team=factories.TeamFactory.create()
    )
    send(conversation, "image")
    send(theirs, "image")
    gone = send(conversation, "image")
    Message.objects.filter(pk=gone.pk).update(revoked_at=timezone.now())
    factories.MessageFactory.create(conversation=theirs, text="https://secret.example")
    assert look(browser, conversation).count('class="tile"') == 1
    assert "secret.example" not in look(browser, conversation, kind="links")
    lead = sign_in(factories.AgentFactory.create(role=Role.LEAD))
    assert look(lead, conversation).count('class="tile"') == 3
    stranger = sign_in(factories.AgentFactory.create())
    stranger_path = reverse("inbox:gallery", args=[theirs.contact_id])
    conversation.team = theirs.team
    conversation.save()
    assert stranger.get(stranger_path).status_code == 404


def test_it_costs_the_same_for_many(
    browser: Client, conversation: Conversation, django_assert_max_num_queries: object
) -> None:
    for _ in range(12):
        send(conversation, "image")
        send(conversation, "document")
    for kind in ("pictures", "documents", "links"):
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            look(browser, conversation, kind=kind)
