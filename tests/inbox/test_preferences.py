"""What agents set for themselves: kept, checked, and true on every page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Preferences
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db

URL = "/preferences/"
WANTED = {
    "name": "Anna A.",
    "language": "en",
    "time_zone": "Asia/Tokyo",
    "undo_send_s": "0",
    "sound": "on",
}


def test_they_are_kept(sign_in: SignIn, agent: Agent) -> None:
    browser = sign_in(agent)
    assert browser.get(URL).status_code == 200
    assert browser.post(URL, WANTED).status_code == 302
    agent.refresh_from_db()
    mine = Preferences.objects.get(agent=agent)
    assert (agent.name, agent.language) == ("Anna A.", "en")
    assert (mine.time_zone, mine.undo_send_s, mine.sound) == ("Asia/Tokyo", 0, True)
    assert (mine.badge, mine.push_notifications, mine.show_text) == (False, False, False)
    assert 'role="status"' in browser.get(f"{URL}?saved").content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"time_zone": "Mars/Olympus"},
        {"undo_send_s": "61"},
        {"undo_send_s": "x"},
        {"language": "fr"},
        {"name": ""},
        {"name": "x" * 121},
        {"name": "a\x00b"},
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_lost(
    sign_in: SignIn, agent: Agent, change: dict[str, str]
) -> None:
    answer = sign_in(agent).post(URL, WANTED | change)
    assert answer.status_code == 422
    assert not Preferences.objects.exists()
    if "name" not in change:
        assert "Anna A." in answer.content.decode()


def test_the_read_only_role_has_preferences_and_strangers_have_none(
    sign_in: SignIn, read_only: Agent
) -> None:
    assert sign_in(read_only).post(URL, WANTED).status_code == 302
    assert sign_in(read_only).delete(URL).status_code == 405
    assert Client().get(URL).status_code == 302
    assert Client().post(URL, WANTED).status_code == 401


def test_pages_speak_in_ones_own_time_zone(
    sign_in: SignIn, agent: Agent, conversation: Conversation, clock: Any
) -> None:
    clock.at(datetime(2026, 11, 22, 15, 30, tzinfo=UTC))
    factories.MessageFactory.create(conversation=conversation, sent_at=timezone.now())
    url = reverse("inbox:conversation", args=[conversation.pk])
    assert "16:30" in sign_in(agent).get(url).content.decode()
    factories.PreferencesFactory.create(agent=agent, time_zone="Asia/Tokyo")
    page = sign_in(agent).get(url).content.decode()
    assert 'data-zone="Asia/Tokyo"' in page
    assert "00:30" in page
    assert timezone.get_current_timezone_name() == "Europe/Berlin"  # not the next one's


def test_a_zone_that_is_gone_is_the_companys(sign_in: SignIn, agent: Agent) -> None:
    factories.PreferencesFactory.create(agent=agent, time_zone="Mars/Olympus")
    assert 'data-zone="Europe/Berlin"' in sign_in(agent).get("/").content.decode()


def test_the_bell_rings_as_one_wants(sign_in: SignIn, agent: Agent) -> None:
    page = sign_in(agent).get("/").content.decode()
    assert "data-desktop" in page
    assert 'data-sound="' in page
    factories.PreferencesFactory.create(agent=agent, desktop_notifications=False, sound=False)
    page = sign_in(agent).get("/").content.decode()
    assert "data-desktop" not in page
    assert 'data-sound="' not in page
