"""Customers' files: fetched by their own task, tried again, given up with a word."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from conversations import tasks
from conversations.models import Conversation, Event, Media
from conversations.services.digests import differs
from conversations.services.media import AVAILABLE_FOR, fetch_again, overdue_media
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.conversations.recordings import film, sound
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
    with media.thumbnail.open() as small, media.file.open() as file:
        assert small.read()[:4] == b"RIFF"
        assert file.read() == picture("JPEG")
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
    assert (media.status, media.failure) == ("failed", "expired")


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


@pytest.mark.parametrize("spelling", ["hex", "HEX", "base64", "url-safe"])
def test_both_spellings_of_the_digest_are_understood(
    media: Media, channel: FakeGateway, spelling: str, caplog: pytest.LogCaptureFixture
) -> None:
    channel.files["M1"] = picture()
    digest = hashlib.sha256(picture())
    promised = {
        "hex": digest.hexdigest(),
        "HEX": digest.hexdigest().upper(),
        "base64": base64.b64encode(digest.digest()).decode(),
        "url-safe": base64.urlsafe_b64encode(digest.digest()).decode().rstrip("="),
    }[spelling]
    Media.objects.update(promised_sha256=promised)
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.sha256) == ("ready", digest.hexdigest())
    assert (channel.opened, differs(promised, media.sha256)) == (1, False)


def test_other_bytes_than_promised_are_fetched_once_more_and_kept_with_a_mark(
    media: Media, channel: FakeGateway
) -> None:
    channel.files["M1"] = picture()
    Media.objects.update(promised_sha256="0" * 64)
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, channel.opened) == ("ready", 2)
    assert differs(media.promised_sha256, media.sha256)


def test_a_voice_note_has_its_length_and_its_shape(media: Media, channel: FakeGateway) -> None:
    Media.objects.update(kind="audio", is_voice=True)
    channel.files["M1"] = sound("ogg", seconds=2)
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.mime_type) == ("ready", "audio/ogg")
    assert media.duration_s == pytest.approx(2, abs=0.1)
    assert len(media.waveform) == 64
    assert media.waveform[5] < media.waveform[60]  # it grows louder
    assert not media.thumbnail


def test_a_video_has_a_still_its_size_and_its_length(media: Media, channel: FakeGateway) -> None:
    Media.objects.update(kind="video")
    channel.files["M1"] = film("libx264", sound_codec="aac")
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.mime_type, media.width, media.height) == ("video/mp4", 64, 48)
    assert media.duration_s == pytest.approx(2, abs=0.2)
    with media.thumbnail.open() as file, Image.open(file) as still:
        assert still.size == (64, 48)


def test_sound_in_a_video_container_is_sound(media: Media, channel: FakeGateway) -> None:
    channel.files["M1"] = sound("webm")
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert media.mime_type == "audio/webm"


def test_a_small_picture_is_upright_and_says_nothing_of_where_it_was_taken(
    media: Media, channel: FakeGateway
) -> None:
    image, out = Image.new("RGB", (1600, 900), "teal"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x8825] = {1: "N", 2: (54.0, 19.0, 0.0)}
    image.save(out, "JPEG", exif=exif)
    channel.files["M1"] = out.getvalue()
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.width, media.height) == (900, 1600)
    with media.thumbnail.open() as file, Image.open(file) as small:
        assert (small.format, small.size) == ("WEBP", (270, 480))
        assert not small.getexif()


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"\x00\x01\x02 nothing we know", "application/octet-stream"),
        (b"\xff\xd8\xff\xe0 no JPEG at all" + bytes(40), "application/octet-stream"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "text/plain"),
        (b"OggS" + bytes(60), "audio/ogg"),
    ],
)
def test_the_type_is_what_it_is_and_not_what_was_said(
    media: Media, channel: FakeGateway, content: bytes, mime_type: str
) -> None:
    Media.objects.update(mime_type="image/jpeg", filename="photo.jpg")
    channel.files["M1"] = content
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.mime_type, media.thumbnail.name) == ("ready", mime_type, "")


def test_a_file_that_was_given_up_can_be_asked_for_again(
    media: Media, channel: FakeGateway
) -> None:
    channel.file_gone = True
    tasks.fetch_media(str(media.pk))
    channel.files["M1"] = picture()
    media.refresh_from_db()
    assert fetch_again(media)
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert media.status == "ready"
    assert not fetch_again(media)


def test_a_lost_task_is_found_later(media: Media) -> None:
    assert overdue_media() == []
    Media.objects.update(created_at="2026-01-01T00:00Z")
    assert overdue_media() == [media.pk]
