"""What a phone's share sheet hands over comes into a composer, once, and only one's own."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Agent, Role
from conversations.models import Conversation, Media
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db
SHARE, TAKEN = "/share/", "/share/taken/"


def a_file(name: str = "plan.txt", content: bytes = b"Gleis 3") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def test_text_and_files_are_taken_once(sign_in: SignIn, agent: Agent) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(agent)
    data = {"title": "Plan", "text": "Gleis 3", "url": "Gleis 3", "files": [a_file()]}
    answer = browser.post(SHARE, data, headers={"Sec-Fetch-Site": "none"})
    assert (answer.status_code, answer.headers["Location"]) == (302, SHARE)
    page = browser.get(SHARE).content.decode()
    assert "Gleis 3" in page
    browser = sign_in(agent)
    browser.post(SHARE, {**data, "files": [a_file()]})
    said = browser.post(TAKEN).json()
    assert said["text"] == "Plan\nGleis 3"
    assert [one["filename"] for one in said["files"]] == ["plan.txt"]
    assert browser.post(TAKEN).json() == {"text": "", "files": []}


def test_one_picks_from_ones_own_open_windows(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    others = factories.ConversationFactory.create(team=factories.TeamFactory.create())
    browser = sign_in(agent)
    page = browser.get(SHARE).content.decode()
    assert f"/conversations/{conversation.pk}/?view=all&amp;shared=1" in page
    assert str(others.pk) not in page
    nobody = browser.get(SHARE, {"q": "Niemand\x00heißt so"}).content.decode()
    assert str(conversation.pk) not in nobody


def test_another_sites_page_cannot_share(sign_in: SignIn, agent: Agent) -> None:
    browser = sign_in(agent)
    for site in ("cross-site", "same-site"):
        answer = browser.post(SHARE, {"text": "Spam"}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    assert browser.post(TAKEN).json()["text"] == ""


def test_taking_needs_a_token(agent: Agent) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(agent)
    assert browser.post(TAKEN).status_code == 403
    assert browser.get(TAKEN).status_code == 405


def test_strangers_sign_in_and_readers_may_not(client: Client, sign_in: SignIn, db: None) -> None:
    assert "/accounts/login/" in client.post(SHARE, {"text": "x"}).headers["Location"]
    assert client.post(TAKEN).status_code == 401
    reader = sign_in(factories.AgentFactory.create(role=Role.READ_ONLY))
    assert reader.get(SHARE).status_code == 403
    assert reader.post(SHARE, {"text": "x"}).status_code == 403
    assert not Media.objects.exists()


def test_what_whatsapp_does_not_take_is_said_and_loses_nothing(
    sign_in: SignIn, agent: Agent
) -> None:
    browser = sign_in(agent)
    browser.post(SHARE, {"text": "Hier", "files": [a_file("leer.txt", b""), a_file()]})
    page = browser.get(SHARE).content.decode()
    assert "leer.txt" in page
    said = browser.post(TAKEN).json()
    assert said["text"] == "Hier"
    assert len(said["files"]) == 1
