"""Drafts on the server: newest wins, another device's text is never lost without a word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Agent
from conversations.models import Conversation
from inbox.models import ComposerDraft
from inbox.services.drafts import Save, save_draft
from tests import factories
from tests.inbox.conftest import SignIn


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


def path(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}/draft/"


def save(browser: Client, conversation: Conversation, text: str, **more: Any) -> Any:
    fields = {"mode": "reply", "text": text, "revision": 1, "base": 0, "device": "laptop", **more}
    return browser.post(path(conversation), fields)


def kept(browser: Client, conversation: Conversation) -> Any:
    return browser.get(path(conversation)).json()


def test_a_draft_is_there_on_another_device(browser: Client, conversation: Conversation) -> None:
    assert save(browser, conversation, "Guten\r\nTag").json() == {"revision": 1}
    save(browser, conversation, "intern", mode="note")
    found = kept(browser, conversation)
    assert found["reply"] == {"text": "Guten\nTag", "revision": 1, "device": "laptop"}
    assert found["note"]["text"] == "intern"
    assert browser.get("/drafts/").json() == {"conversations": [str(conversation.pk)]}


def test_an_older_save_that_comes_late_changes_nothing(
    browser: Client, conversation: Conversation
) -> None:
    save(browser, conversation, "neu", revision=5)
    assert save(browser, conversation, "alt", revision=4).json() == {"revision": 5}
    assert kept(browser, conversation)["reply"]["text"] == "neu"


def test_a_device_that_has_not_seen_the_newer_text_is_told(
    browser: Client, conversation: Conversation
) -> None:
    save(browser, conversation, "vom Laptop", revision=3)
    refused = save(browser, conversation, "vom Telefon", revision=9, base=1, device="phone")
    assert refused.status_code == 409
    assert refused.json() == {"code": "newer_draft", "revision": 3, "text": "vom Laptop"}
    seen = save(browser, conversation, "vom Telefon", revision=9, base=3, device="phone")
    assert seen.json() == {"revision": 9}
    assert kept(browser, conversation)["reply"]["text"] == "vom Telefon"


def test_an_empty_text_gives_it_up(browser: Client, conversation: Conversation) -> None:
    save(browser, conversation, "x")
    save(browser, conversation, "", revision=2, base=1)
    assert kept(browser, conversation) == {}
    assert not ComposerDraft.objects.exists()


def test_what_was_sent_is_no_draft_any_more(browser: Client, conversation: Conversation) -> None:
    save(browser, conversation, "Guten Tag ")
    save(browser, conversation, "intern", mode="note")
    sent = {"client_uuid": str(uuid4()), "text": "Guten Tag"}
    assert browser.post(f"/conversations/{conversation.pk}/reply/", sent).status_code == 201
    assert set(kept(browser, conversation)) == {"note"}
    written = {"client_uuid": str(uuid4()), "text": "intern"}
    browser.post(f"/conversations/{conversation.pk}/note/", written)
    assert kept(browser, conversation) == {}


def test_nobody_elses(
    sign_in: SignIn, conversation: Conversation, lead: Agent, other_agent: Agent, read_only: Agent
) -> None:
    save(sign_in(lead), conversation, "Meins")
    colleague = factories.AgentFactory.create(teams=[conversation.team])
    assert kept(sign_in(colleague), conversation) == {}
    assert sign_in(colleague).get("/drafts/").json() == {"conversations": []}
    assert sign_in(other_agent).get(path(conversation)).status_code == 404
    assert save(sign_in(other_agent), conversation, "x").status_code == 404
    assert save(sign_in(read_only), conversation, "x").status_code == 403
    assert sign_in(lead).delete(path(conversation)).status_code == 405


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "shout"}, {"revision": 0}, {"revision": 2**63}, {"base": -1}, {"device": ""},
     {"text": "x" * 20_001}, {"text": "a\x00b"}, {"device": "d" * 41}],
)  # fmt: skip
def test_hostile_input_is_refused(
    browser: Client, conversation: Conversation, wrong: dict[str, Any]
) -> None:
    assert save(browser, conversation, **{"text": "x", **wrong}).status_code == 422
    assert not ComposerDraft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_devices_at_once_one_of_them_is_told(conversation: Conversation, agent: Agent) -> None:
    def write(device: str) -> bool:
        try:
            save = Save("reply", f"from {device}", 1, 0, device)
            return save_draft(agent, conversation, save).in_conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, ("laptop", "phone"))) == [False, True]
    assert ComposerDraft.objects.count() == 1
