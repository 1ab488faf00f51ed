"""Customers' files: fetched by their own task, tried again, given up with a word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations import tasks
from conversations.models import Conversation, Event, Media
from conversations.services.media import AVAILABLE_FOR, overdue_media
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.conversations.test_uploads import picture
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(conversation: Conversation) -> Media:
    message = factories.MessageFactory.create(conversation=conversation, type="image")
    return factories.MediaFactory.create(
        message=message, kind="image", status="pending", external_id="M1", file="", sha256=""
    )


def test_it_is_stored_by_what_it_is_and_announced(media: Media, channel: FakeGateway) -> None:
    channel.files["M1"] = picture("JPEG")
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.mime_type, media.width) == ("ready", "image/jpeg", 40)
    assert media.file.read() == picture("JPEG")
    assert Event.objects.get().name == "message.changed"
    tasks.fetch_media(str(media.pk))  # a second time does nothing
    assert Event.objects.count() == 1


def test_a_404_today_is_tried_again_and_not_lost(
    media: Media, channel: FakeGateway, clock: Clock
) -> None:
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.attempts) == ("pending", 1)
    channel.files["M1"] = picture()
    tasks.fetch_media(str(media.pk))  # not before its time
    media.refresh_from_db()
    assert (media.status, media.attempts) == ("pending", 1)
    clock.forward(timedelta(seconds=3))
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert media.status == "ready"


def test_an_outage_of_days_loses_no_file_that_whatsapp_still_has(
    media: Media, channel: FakeGateway, clock: Clock
) -> None:
    for _ in range(40):
        tasks.fetch_media(str(media.pk))
        clock.forward(timedelta(hours=4))
    media.refresh_from_db()
    assert media.status == "pending"
    clock.forward(AVAILABLE_FOR)
    assert overdue_media() == [media.pk]
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.failure) == ("failed", "not found")


def test_a_second_fetch_beside_the_first_changes_nothing(
    media: Media, channel: FakeGateway
) -> None:
    Media.objects.update(retry_at=timezone.now() + timedelta(minutes=5))  # somebody fetches it
    channel.files["M1"] = picture()
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.attempts) == ("pending", 0)


def test_gone_for_good_is_not_tried_again(media: Media, channel: FakeGateway) -> None:
    channel.file_gone = True
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert media.status == "failed"


def test_a_lost_task_is_found_later(media: Media) -> None:
    assert overdue_media() == []
    Media.objects.update(created_at="2026-01-01T00:00Z")
    assert overdue_media() == [media.pk]
