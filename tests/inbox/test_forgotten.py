"""What agents see of messages and files that a retention rule has removed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent
from conversations.models import Conversation, Media, MediaStatus, Message, MessageType
from conversations.services.forget import forget_files, forget_texts
from inbox.preview import preview
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, agent: Agent) -> Client:
    agent.language = "en"
    agent.save()
    client.force_login(agent)
    return client


def forgotten(message: Message, days: int = 365) -> Message:
    before = timezone.now() - timedelta(days=days)
    Message.objects.filter(pk=message.pk).update(created_at=before)
    with transaction.atomic():
        forget_texts([message])
    message.refresh_from_db()
    return message


def thread(browser: Client, conversation: Conversation) -> str:
    answer = browser.get(reverse("inbox:conversation", args=[conversation.pk]), {"lang": "en"})
    return answer.content.decode()


@pytest.mark.parametrize("kind", [MessageType.TEXT, MessageType.UNSUPPORTED, MessageType.LOCATION])
def test_the_bubble_says_that_it_was_deleted_and_when(
    browser: Client, conversation: Conversation, kind: str
) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, type=kind, text="Geheim", payload={"location": {"name": "Ort"}}
    )
    forgotten(message)
    page = thread(browser, conversation)
    assert "365" in page
    assert "Geheim" not in page
    assert "Ort<" not in page
    assert f'id="message-{message.pk}"' in page
    assert preview(message).icon == "hourglass"


def test_what_was_taken_back_is_not_offered_to_leads_any_more(
    client: Client, lead: Agent, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, text="Geheim", revoked_at=timezone.now()
    )
    forgotten(message)
    client.force_login(lead)
    assert "data-earlier-texts" not in thread(client, conversation)
    earlier = client.get(reverse("inbox:earlier", args=[message.pk]))
    assert "Geheim" not in earlier.content.decode()


def test_a_removed_file_says_so_and_is_not_handed_out(
    browser: Client, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(conversation=conversation, type=MessageType.IMAGE)
    media = factories.MediaFactory.create(message=message, status=MediaStatus.READY)
    before = timezone.now() - timedelta(days=90)
    Media.objects.filter(pk=media.pk).update(created_at=before)
    with transaction.atomic():
        forget_files([media])
    page = thread(browser, conversation)
    assert "90" in page
    assert reverse("inbox:media", args=[media.pk]) not in page
    assert browser.get(reverse("inbox:media", args=[media.pk])).status_code == 404
