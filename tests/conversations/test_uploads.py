"""Files from agents: by content, not by name; refused with a sentence."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Agent
from conversations.errors import NotAllowed, UploadRefused
from conversations.services.uploads import store_upload
from tests.conversations.recordings import film, sound

pytestmark = pytest.mark.django_db


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def test_a_picture_is_kept_with_its_size(agent: Agent) -> None:
    media = store_upload(SimpleUploadedFile("../../böse.exe", picture()), agent)
    assert (media.kind, media.mime_type) == ("image", "image/png")
    assert (media.width, media.height) == (40, 30)
    assert media.filename == "böse.png"
    assert media.thumbnail
    assert ".." not in media.file.name
    with media.file.open() as file:
        assert file.read() == picture()


def test_a_picture_may_go_as_a_document(agent: Agent) -> None:
    media = store_upload(SimpleUploadedFile("a.png", picture()), agent, kind="document")
    assert media.kind == "document"


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
        ("Fahrplan ab 13. Dezember – gültig".encode(), "text/plain"),
        (("ä" * 5000).encode(), "text/plain"),
        (sound("ogg"), "audio/ogg"),
    ],
)
def test_what_it_is_is_read_from_its_content(agent: Agent, content: bytes, mime_type: str) -> None:
    assert store_upload(SimpleUploadedFile("x.bin", content), agent).mime_type == mime_type


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("virus.exe", "MZ")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00" + b"\x00" * 60, b"\x7fELF" + b"\x00" * 60, zipped(), b"\x00\x01\x02\x03"],
)
def test_what_whatsapp_does_not_take_is_refused_with_a_sentence(
    agent: Agent, content: bytes
) -> None:
    with pytest.raises(UploadRefused) as refused:
        store_upload(SimpleUploadedFile("photo.jpg", content), agent)
    assert str(refused.value.message).endswith(".")


def test_half_a_picture_is_none(agent: Agent) -> None:
    with pytest.raises(UploadRefused):
        store_upload(SimpleUploadedFile("a.png", picture()[:20]), agent)


def test_too_large_says_how_large_it_may_be(agent: Agent) -> None:
    large = film("libx264") + b"\x00" * (16 * 1024 * 1024)
    with pytest.raises(UploadRefused) as refused:
        store_upload(SimpleUploadedFile("a.mp4", large), agent)
    assert str(refused.value.message).count("16") == 2


def test_the_read_only_role_uploads_nothing(read_only: Agent) -> None:
    with pytest.raises(NotAllowed):
        store_upload(SimpleUploadedFile("a.png", picture()), read_only)
