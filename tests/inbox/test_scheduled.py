"""Replies for later: never after the window, moved, sent now, asked again when their time comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import Agent, Preferences
from conversations.gateway import gateway
from conversations.models import Conversation, Event, Message, Status
from conversations.services.claim import claim_message
from inbox.later import choices, when_words
from tests import factories
from tests.inbox.conftest import SignIn


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


def later(**more: float) -> datetime:
    return (timezone.now() + timedelta(**more)).replace(microsecond=0)


def plan(browser: Client, conversation: Conversation, at: datetime | str) -> Message | str:
    fields = {
        "client_uuid": str(uuid4()),
        "text": "Ab 8 Uhr ist offen.",
        "leave_at": at.isoformat() if isinstance(at, datetime) else at,
    }
    response = browser.post(f"/conversations/{conversation.pk}/reply/", fields)
    if response.status_code != 201:
        return str(response.json()["code"])
    return Message.objects.get(client_uuid=fields["client_uuid"])


def planned(browser: Client, conversation: Conversation, **when: float) -> Message:
    message = plan(browser, conversation, later(**when))
    assert isinstance(message, Message)
    return message


def test_it_waits_until_then_and_says_so(browser: Client, conversation: Conversation) -> None:
    at = later(hours=3)
    message = plan(browser, conversation, at)
    assert isinstance(message, Message)
    assert (message.scheduled_at, message.status, message.is_held) == (at, Status.QUEUED, False)
    assert claim_message(gateway(), message.pk) is None
    page = browser.get(f"/conversations/{conversation.pk}/").content.decode()
    for said in ("Leaves on", "data-change-time", "Send now", "data-recall-this"):
        assert said in page


def test_after_the_window_it_is_refused_at_once(
    browser: Client, conversation: Conversation
) -> None:
    assert plan(browser, conversation, later(hours=25)) == "window_closed"
    assert not conversation.messages.exists()


@pytest.mark.parametrize("at", ["yesterday", "2020-01-01T08:00:00Z", "9999-12-31T23:59:59Z"])
def test_times_that_cannot_be_are_refused(
    browser: Client, conversation: Conversation, at: str
) -> None:
    assert plan(browser, conversation, at) == "invalid"
    assert not conversation.messages.exists()


def test_another_time_and_now(browser: Client, conversation: Conversation) -> None:
    message = planned(browser, conversation, hours=3)
    path, at = f"/messages/{message.pk}/move/", later(hours=5)
    assert browser.post(path, {"leave_at": at.isoformat()}).status_code == 200
    message.refresh_from_db()
    assert message.scheduled_at == at
    assert Event.objects.filter(name="message.status_changed", message=message).count() == 1

    too_late = browser.post(path, {"leave_at": later(hours=25).isoformat()})
    assert (too_late.status_code, too_late.json()["code"]) == (422, "window_closed")
    message.refresh_from_db()
    assert message.scheduled_at == at

    assert browser.post(path, {}).status_code == 200
    assert claim_message(gateway(), message.pk) is not None
    assert browser.post(path, {}).status_code == 409


def test_a_new_message_of_the_customer_does_not_move_it(
    browser: Client, conversation: Conversation
) -> None:
    message = planned(browser, conversation, hours=3)
    before = message.scheduled_at
    factories.MessageFactory.create(conversation=conversation)
    message.refresh_from_db()
    assert message.scheduled_at == before


def test_when_its_window_has_closed_by_then_it_is_blocked(
    browser: Client, conversation: Conversation
) -> None:
    message = planned(browser, conversation, hours=3)
    Message.objects.update(scheduled_at=timezone.now())
    Conversation.objects.update(window_expires_at=timezone.now() - timedelta(minutes=1))
    assert claim_message(gateway(), message.pk) is None
    message.refresh_from_db()
    assert (message.status, message.status_reason) == (Status.BLOCKED, "window_closed")


# -- The menu and its words ----------------------------------------------------------------------


def test_the_menu_speaks_the_agents_zone(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    Preferences.objects.create(agent=agent, time_zone="Asia/Tokyo")
    page = browser.get(f"/conversations/{conversation.pk}/later/").content.decode()
    assert "Asia/Tokyo" in page
    assert "In one hour" in page
    tokyo = timezone.now().astimezone(ZoneInfo("Asia/Tokyo"))
    assert (tokyo + timedelta(hours=1)).strftime("%H:%M") in page


def test_a_time_says_what_it_means(browser: Client, conversation: Conversation) -> None:
    path = f"/conversations/{conversation.pk}/later/"
    good = browser.get(path, {"at": later(hours=2).isoformat()}).content.decode()
    assert "Will be sent" in good
    assert "open for another 2" in good
    late = browser.get(path, {"at": later(hours=30).isoformat()}).content.decode()
    assert "Too late" in late
    assert "Choose a template" in late
    for wrong in ("", "x", later(seconds=10).isoformat()):
        assert browser.get(path, {"at": wrong}).status_code == 422


def test_choices_are_ahead_and_say_when_the_window_will_have_closed(
    conversation: Conversation,
) -> None:
    zone, now = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    conversation.window_expires_at = now + timedelta(hours=6)
    found = choices(conversation, zone, now)
    assert [(one.clock, one.is_late) for one in found] == [
        ("11:00", False),
        ("15:00", False),
        ("08:00", True),
    ]
    evening = choices(conversation, zone, now + timedelta(hours=8))
    assert [one.clock for one in evening] == ["19:00", "08:00"]


def test_days_have_names() -> None:
    zone, now = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    with translation.override("en"):
        said = [when_words(now + timedelta(days=days), zone, now) for days in (0, 1, 3, 20)]
    assert said == [
        "today at 10:00",
        "tomorrow at 10:00",
        "on Thursday at 10:00",
        "on December 13 at 10:00",
    ]


def test_foreign_conversations_and_the_read_only_role(
    sign_in: SignIn, conversation: Conversation, other_agent: Agent, read_only: Agent
) -> None:
    path = f"/conversations/{conversation.pk}/later/"
    assert sign_in(other_agent).get(path).status_code == 404
    assert sign_in(read_only).get(path).status_code == 403
    assert sign_in(read_only).post(path).status_code == 405
