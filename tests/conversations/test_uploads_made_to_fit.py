"""Uploads that WhatsApp would not take as they are: made anew, or refused in words."""

from __future__ import annotations

import io
import os
import tempfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image

from accounts.models import Agent
from conversations.errors import UploadRefused
from conversations.models import Media
from conversations.services.decoder import look
from conversations.services.files import LIMITS
from conversations.services.uploads import store_upload
from tests import factories
from tests.conversations.recordings import film, sound
from tests.conversations.test_uploads import picture
from tests.fixtures import Clock
from tests.retention.helpers import gone

pytestmark = pytest.mark.django_db

VOICES = {
    "Chrome": sound("webm"),
    "Firefox": sound("ogg"),
    "Safari": sound("mp4", "aac"),
    "stereo": sound("webm", layout="stereo"),
    "WAV": sound("wav", "pcm_s16le", layout="stereo"),
    "MP3": sound("mp3", "libmp3lame"),
    "FLAC": sound("flac", "flac"),
}


def upload(
    agent: Agent, content: bytes, name: str = "x.bin", kind: str | None = None, voice: bool = False
) -> Media:
    return store_upload(SimpleUploadedFile(name, content), agent, kind, voice=voice)


def drawn(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("browser", VOICES)
def test_a_voice_note_is_ogg_with_mono_opus_whatever_was_recorded(
    agent: Agent, browser: str
) -> None:
    """chatwoot #12713: WhatsApp refuses everything else."""
    media = upload(agent, VOICES[browser], "voice", voice=True)
    assert (media.kind, media.is_voice, media.mime_type) == ("audio", True, "audio/ogg")
    assert media.filename == "voice.ogg"
    assert len(media.waveform) == 64
    with tempfile.TemporaryFile() as small, media.file.open("rb") as stored:
        found = look(stored.file, "audio/ogg", small)
    assert (found.format, found.audio_codec, found.channels) == ("ogg", "opus", 1)
    assert found.duration_s == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (sound("mp3", "libmp3lame"), "audio/mpeg"),
        (sound("mp4", "aac"), "audio/mp4"),
        (sound("adts", "aac"), "audio/aac"),
        (sound("wav", "pcm_s16le"), "audio/ogg"),
        (sound("ogg", layout="stereo"), "audio/ogg"),
    ],
)
def test_other_sound_goes_as_it_is_where_whatsapp_takes_it(
    agent: Agent, content: bytes, mime_type: str
) -> None:
    media = upload(agent, content)
    assert (media.kind, media.is_voice, media.mime_type) == ("audio", False, mime_type)
    if mime_type != "audio/ogg":
        with media.file.open() as file:
            assert file.read() == content


def test_silence_of_no_length_is_refused_in_words(agent: Agent) -> None:
    with pytest.raises(UploadRefused) as refused:
        upload(agent, sound("webm")[:240], voice=True)
    assert str(refused.value.message).endswith(".")


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (drawn("BMP"), "image/jpeg"),
        (drawn("GIF"), "image/jpeg"),
        (drawn("WEBP"), "image/jpeg"),
        (drawn("AVIF"), "image/jpeg"),
        (drawn("TIFF", "CMYK"), "image/jpeg"),
        (drawn("JPEG", "CMYK"), "image/jpeg"),
        (drawn("PNG", "I;16"), "image/jpeg"),
        (drawn("WEBP", "RGBA"), "image/png"),
        (drawn("PNG", "LA"), "image/png"),
    ],
)
def test_pictures_become_jpeg_or_png(agent: Agent, content: bytes, mime_type: str) -> None:
    media = upload(agent, content, "bild.xyz")
    assert (media.kind, media.mime_type, media.width, media.height) == ("image", mime_type, 60, 40)
    assert media.filename in ("bild.jpg", "bild.png")
    with media.file.open() as file, Image.open(file) as image:
        assert image.mode in ("RGB", "RGBA")


def test_a_photo_beyond_five_megabytes_is_made_smaller(agent: Agent) -> None:
    out = io.BytesIO()
    noise = Image.frombytes("RGB", (2400, 1800), os.urandom(2400 * 1800 * 3))
    noise.save(out, "JPEG", quality=98)
    assert len(out.getvalue()) > LIMITS["image"]  # type: ignore[index]
    media = upload(agent, out.getvalue(), "gleis.jpeg")
    assert (media.mime_type, media.filename) == ("image/jpeg", "gleis.jpeg")
    assert media.size is not None
    assert media.size <= LIMITS["image"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (drawn("GIF", save_all=True, append_images=[Image.new("RGB", (60, 40), "red")]), "MP4"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40), "HEIC"),
        (film("mpeg4"), "mpeg4"),
        (film("libx264", sound_codec="libmp3lame"), "mp3"),
        (film("libx264")[:200], "broken"),
    ],
)
def test_what_cannot_be_made_to_fit_says_why(agent: Agent, content: bytes, words: str) -> None:
    with pytest.raises(UploadRefused) as refused:
        upload(agent, content)
    with translation.override("en"):
        assert words in str(refused.value.message)


def test_a_video_that_would_be_refused_can_go_as_a_document(agent: Agent) -> None:
    media = upload(agent, film("mpeg4"), "rundgang.mp4", kind="document")
    assert (media.kind, media.mime_type, media.filename) == (
        "document",
        "video/mp4",
        "rundgang.mp4",
    )


def test_a_film_in_another_box_is_put_into_mp4(agent: Agent) -> None:
    media = upload(agent, film("libx264", "mov", sound_codec="aac"), "IMG_1.MOV")
    assert (media.kind, media.mime_type, media.filename) == ("video", "video/mp4", "IMG_1.mp4")
    assert (media.width, media.height) == (64, 48)
    assert media.thumbnail


@pytest.mark.parametrize("size", [(512, 512), (300, 200), (1024, 1024)])
def test_a_sticker_is_a_square_of_512(agent: Agent, size: tuple[int, int]) -> None:
    media = upload(agent, drawn("WEBP", size=size), kind="sticker")
    assert (media.kind, media.mime_type) == ("sticker", "image/webp")
    assert (media.width, media.height) == (512, 512)


def test_a_sticker_that_moves_goes_on_moving(agent: Agent) -> None:
    frames = [Image.new("RGB", (200, 200), color) for color in ("red", "teal")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    media = upload(agent, out.getvalue(), kind="sticker")
    with media.file.open() as file, Image.open(file) as image:
        assert (image.n_frames, image.size) == (2, (512, 512))


def test_a_square_webp_of_sticker_size_is_a_sticker_without_asking(agent: Agent) -> None:
    assert upload(agent, drawn("WEBP", size=(512, 512))).kind == "sticker"
    assert upload(agent, drawn("WEBP", size=(511, 512))).kind == "image"


def test_an_upload_that_was_never_sent_is_forgotten(agent: Agent, clock: Clock) -> None:
    forgotten = upload(agent, picture())
    sent = factories.MediaFactory.create()
    assert gone("uploads") == 0
    clock.forward(timedelta(days=2, hours=1))
    assert gone("uploads") == 1
    assert list(Media.objects.values_list("pk", flat=True)) == [sent.pk]
    assert not forgotten.file.storage.exists(forgotten.file.name)
