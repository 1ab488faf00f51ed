"""How files stand in their bubbles: by what they are, and in words when they are not there."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from conversations.models import Conversation, Media
from conversations.selectors import bubble_messages
from inbox.media_look import clock, media_look, wave
from tests import factories

pytestmark = pytest.mark.django_db


def made(conversation: Conversation, **fields: object) -> Media:
    message = factories.MessageFactory.create(conversation=conversation, type="image", text="")
    return factories.MediaFactory.create(message=message, **fields)


def drawn(media: Media) -> str:
    assert media.message_id is not None
    message = bubble_messages([media.message_id])[media.message_id]
    with translation.override("en"):
        return render_to_string("inbox/bubble.html", {"message": message})


@pytest.mark.parametrize(
    ("kind", "mime_type", "shape"),
    [
        ("image", "image/png", "picture"),
        ("video", "video/mp4", "film"),
        ("audio", "audio/ogg; codecs=opus", "sound"),
        ("sticker", "image/webp", "sticker"),
        ("document", "application/pdf", "file"),
        ("document", "image/png", "file"),
        ("image", "text/html", "file"),
        ("image", "application/octet-stream", "file"),
        ("sticker", "text/plain", "file"),
        ("video", "audio/mp4", "sound"),
    ],
)
def test_a_file_is_shown_as_what_it_is(
    conversation: Conversation, kind: str, mime_type: str, shape: str
) -> None:
    media = made(conversation, kind=kind, mime_type=mime_type)
    look = media_look(media)
    assert look is not None
    assert look.shape == shape
    assert ("<img" in drawn(media)) == (shape in ("picture", "sticker"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "pending"}, "is being fetched"),
        ({"status": "pending", "attempts": 5}, "WhatsApp keeps us waiting"),
        ({"status": "failed", "failure": "expired"}, "WhatsApp no longer has it."),
        ({"status": "failed", "failure": "too_large"}, "larger than 100 MB"),
        ({"status": "quarantined"}, "virus scanner found something"),
    ],
)
def test_why_a_file_is_not_there(
    conversation: Conversation, fields: dict[str, object], words: str
) -> None:
    media = made(conversation, file="", **fields)
    html = drawn(media)
    assert words in html
    assert "/media/" not in html.replace(f"/media/{media.pk}/fetch/", "")
    assert ("data-fetch" in html) == (fields.get("failure") == "expired")


def test_what_waits_for_the_scanner_says_so(conversation: Conversation) -> None:
    assert "is being checked for viruses" in drawn(made(conversation, status="pending"))


def test_other_bytes_than_announced_carry_a_mark(conversation: Conversation) -> None:
    media = made(conversation, promised_sha256="0" * 64, sha256="1" * 64)
    assert "checksum differs" in drawn(media)


def test_the_small_picture_comes_first_and_its_place_is_reserved(
    conversation: Conversation,
) -> None:
    media = made(conversation, thumbnail="x", width=900, height=1600)
    html = drawn(media)
    assert f"/media/{media.pk}/small/" in html
    assert 'width="900" height="1600"' in html


def test_a_length_is_minutes_and_seconds() -> None:
    assert [clock(s) for s in (None, 0.2, 23.4, 61, 3723)] == [
        "",
        "0:01",
        "0:23",
        "1:01",
        "1:02:03",
    ]


@pytest.mark.parametrize("bars", [[], None, "x", [0] * 64, [100, -5, 1000, "x"]])
def test_a_wave_stays_in_its_box(bars: object) -> None:
    strokes = [one.split("v") for one in wave(bars).removeprefix("M").split("M")]
    for start, tall in strokes:
        top = float(start.split(" ")[1])
        assert 0 <= top < top + float(tall) <= 26
