"""The composer's doors: reply, template, note, once more, upload."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from conversations.models import Conversation, Media, Message, Note, Reason, Status
from tests import factories
from tests.inbox.conftest import SignIn

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "60f80f0001040100c5e1a1f60000000049454e44ae426082"
)


def reply_url(conversation: Conversation) -> str:
    return reverse("inbox:reply", args=[conversation.pk])


def fields(text: str = "On our way.", **more: object) -> dict[str, object]:
    return {"client_uuid": str(uuid.uuid4()), "text": text, **more}


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


def test_a_reply_is_queued_and_answered_with_its_bubble(
    browser: Client, conversation: Conversation
) -> None:
    data = fields("Bold *yes*,\r\nand <b>no</b>")
    answer = browser.post(reply_url(conversation), data)
    message = Message.objects.get()
    assert (answer.status_code, message.status, message.text) == (
        201,
        Status.QUEUED,
        "Bold *yes*,\nand <b>no</b>",
    )
    html = answer.content.decode()
    assert f'data-client-uuid="{data["client_uuid"]}"' in html
    assert "Bold <b>yes</b>" in html
    assert "&lt;b&gt;no&lt;/b&gt;" in html


def test_the_same_client_uuid_twice_is_one_message(
    browser: Client, conversation: Conversation
) -> None:
    data = fields()
    for _ in range(2):
        assert browser.post(reply_url(conversation), data).status_code == 201
    assert Message.objects.count() == 1


def test_a_reply_after_the_window_shows_why_it_is_blocked(
    browser: Client, conversation: Conversation
) -> None:
    Conversation.objects.update(window_expires_at=conversation.created_at)
    html = browser.post(reply_url(conversation), fields()).content.decode()
    assert Message.objects.get().status_reason == Reason.WINDOW_CLOSED
    assert "The 24-hour window has closed." in html


@pytest.mark.parametrize(
    "data",
    [
        {"client_uuid": "x", "text": "a"},
        {"text": "a"},
        fields("  "),
        fields("a" * 4097),
        fields("a", upload="nonsense"),
    ],
    ids=["no uuid", "uuid missing", "empty", "too long", "no such media"],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(
    browser: Client, conversation: Conversation, data: dict[str, object]
) -> None:
    answer = browser.post(reply_url(conversation), data)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert not Message.objects.exists()


def test_a_reply_quotes_the_message_it_answers(browser: Client, conversation: Conversation) -> None:
    asked = factories.MessageFactory.create(conversation=conversation, text="Which platform?")
    html = browser.post(reply_url(conversation), fields(context=asked.wamid)).content.decode()
    assert f'data-quote="{asked.pk}"' in html
    assert "Which platform?" in html


def test_a_picture_goes_with_its_caption(browser: Client, conversation: Conversation) -> None:
    file = SimpleUploadedFile("x.png", PNG, "image/png")
    stored = browser.post(reverse("inbox:upload"), {"file": file}).json()
    html = browser.post(
        reply_url(conversation), fields("That is the place", upload=stored["id"])
    ).content.decode()
    message = Message.objects.get()
    assert (message.type, message.text) == ("image", "That is the place")
    assert str(message.media.get().pk) == stored["id"]
    assert reverse("inbox:media", args=[stored["id"]]) in html


def test_a_file_whatsapp_does_not_take_is_refused(browser: Client) -> None:
    file = SimpleUploadedFile("x.exe", b"MZ\x90\x00" + bytes(64), "image/png")
    answer = browser.post(reverse("inbox:upload"), {"file": file})
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_refused")
    assert not Media.objects.exists()


def test_an_upload_without_a_file_is_refused(browser: Client) -> None:
    assert browser.post(reverse("inbox:upload")).status_code == 422


def test_a_note_is_written_once_and_never_sent(browser: Client, conversation: Conversation) -> None:
    address = reverse("inbox:note", args=[conversation.pk])
    data = fields("Was friendly.")
    for _ in range(2):
        answer = browser.post(address, data)
        assert answer.status_code == 201
        assert "Was friendly." in answer.content.decode()
    assert Note.objects.count() == 1
    assert not Message.objects.exists()


def test_send_again_is_a_new_message_for_what_failed_only(
    browser: Client, conversation: Conversation
) -> None:
    failed = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.FAILED
    )
    read = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.READ
    )
    for _ in range(2):
        assert browser.post(reverse("inbox:again", args=[failed.pk])).status_code == 201
    assert Message.objects.filter(status=Status.QUEUED).count() == 1
    refused = browser.post(reverse("inbox:again", args=[read.pk]))
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_send_again")


@pytest.mark.parametrize("name", ["reply", "note"])
def test_the_read_only_role_may_not_write(
    sign_in: SignIn, read_only: Agent, conversation: Conversation, name: str
) -> None:
    client = sign_in(read_only)
    answer = client.post(reverse(f"inbox:{name}", args=[conversation.pk]), fields())
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert client.post(reverse("inbox:upload")).status_code == 403


@pytest.mark.parametrize("name", ["reply", "note"])
def test_another_teams_conversation_cannot_be_written_to(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation, name: str
) -> None:
    address = reverse(f"inbox:{name}", args=[conversation.pk])
    assert sign_in(other_agent).post(address, fields()).status_code == 404


def test_another_teams_message_cannot_be_sent_again(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation
) -> None:
    failed = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.FAILED
    )
    address = reverse("inbox:again", args=[failed.pk])
    assert sign_in(other_agent).post(address).status_code == 404


@pytest.mark.parametrize("name", ["reply", "note"])
def test_reading_an_address_for_writing_is_405(
    browser: Client, conversation: Conversation, name: str
) -> None:
    assert browser.get(reverse(f"inbox:{name}", args=[conversation.pk])).status_code == 405


def test_a_reply_without_the_csrf_token_is_refused(
    agent: Agent, conversation: Conversation
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(agent)
    assert client.post(reply_url(conversation), fields()).status_code == 403
    assert not Message.objects.exists()
