"""The contact pane says since when and by what, and leads to the evidence with one press."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent
from consent.ledger import Entry, append
from consent.models import Act, ConsentRecord, Source
from conversations.models import Conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, agent: Agent) -> Client:
    agent.language = "en"
    agent.save()
    client.force_login(agent)
    return client


def say(conversation: Conversation, act: Act, topic: str, days: int = 0, **more: str) -> int:
    source = Source(more.pop("source", Source.MESSAGE))
    at = timezone.now() - timedelta(days=days)
    entry = Entry(conversation.contact, "marketing", act, source, at, topic=topic, **more)  # type: ignore[arg-type]
    [record] = append([entry])
    return record.pk


def pane(browser: Client, conversation: Conversation) -> str:
    return browser.get(reverse("inbox:contact", args=[conversation.pk])).content.decode()


def test_each_standing_has_its_seal_its_day_and_how(
    browser: Client, conversation: Conversation
) -> None:
    say(conversation, Act.GRANTED, "news", 3, words="START NEWS")
    say(conversation, Act.WITHDRAWN, "offers", 2, words="STOPP")
    say(conversation, Act.REQUESTED, "line-s1", 1, source="form")
    text = pane(browser, conversation)
    assert [text.count(f"seal-{seal}") for seal in ("on", "off", "wait")] == [1, 1, 1]
    assert "by their own message “STOPP”" in text
    assert "by the sign-up form" in text


def test_what_was_confirmed_does_not_wait(browser: Client, conversation: Conversation) -> None:
    say(conversation, Act.REQUESTED, "news", 2, source="form")
    say(conversation, Act.CONFIRMED, "news", 1)
    text = pane(browser, conversation)
    assert text.count('class="consent"') == 1
    assert "seal-wait" not in text


def test_one_press_opens_the_evidence_of_that_entry(
    browser: Client, conversation: Conversation
) -> None:
    say(conversation, Act.GRANTED, "offers", 2)
    pk = say(conversation, Act.GRANTED, "news", 1, source="import", evidence="folder 3, sheet 17")
    page = reverse("inbox:consents", args=[conversation.contact_id])
    assert f'href="{page}?entry={pk}#entry-{pk}"' in pane(browser, conversation)
    opened = browser.get(f"{page}?entry={pk}").content.decode()
    assert opened.count('<details class="entry-more" open>') == 1
    assert f'id="entry-{pk}"' in opened
    assert "folder 3, sheet 17" in opened
    for strange in ("x", "-1", "9" * 40, "<script>"):
        answer = browser.get(page, {"entry": strange})
        assert answer.status_code == 200
        assert 'entry-more" open' not in answer.content.decode()


def test_the_pane_asks_no_more_for_a_long_ledger(
    browser: Client, conversation: Conversation, django_assert_max_num_queries: object
) -> None:
    for n in range(30):
        say(conversation, Act.GRANTED, f"topic-{n}", n)
    assert ConsentRecord.objects.count() == 30
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        assert pane(browser, conversation).count('class="consent"') == 30
