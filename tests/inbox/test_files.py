"""Files of messages: to whom, as what, in which parts."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.http import StreamingHttpResponse
from django.urls import reverse

from accounts.models import Agent
from conversations.models import Conversation, Media, MediaStatus
from tests import factories
from tests.inbox.conftest import SignIn

BODY = b"0123456789" * 10


@pytest.fixture
def picture(conversation: Conversation) -> Media:
    message = factories.MessageFactory.create(conversation=conversation)
    media = factories.MediaFactory.create(message=message, filename="Süß.png")
    media.file.save("x", ContentFile(BODY))
    return media


def url(media: Media) -> str:
    return reverse("inbox:media", args=[media.pk])


def body(response: object) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


def test_a_picture_is_shown_and_can_do_nothing_else(
    sign_in: SignIn, agent: Agent, picture: Media
) -> None:
    answer = sign_in(agent).get(url(picture))
    assert body(answer) == BODY
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "mime_type", ["text/html", "image/svg+xml", "application/pdf", "", "text/xml", "image/png\r\nX"]
)
def test_what_could_run_is_a_download_of_unknown_bytes(
    sign_in: SignIn, agent: Agent, picture: Media, mime_type: str
) -> None:
    Media.objects.update(mime_type=mime_type)
    answer = sign_in(agent).get(url(picture))
    assert body(answer) == BODY
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_voice_note_with_its_codec_is_played(
    sign_in: SignIn, agent: Agent, picture: Media
) -> None:
    Media.objects.update(mime_type="audio/ogg; codecs=opus")
    answer = sign_in(agent).get(url(picture))
    assert body(answer) == BODY
    assert answer.headers["Content-Type"] == "audio/ogg"


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-9", 206, BODY[:10]),
        ("bytes=95-", 206, BODY[95:]),
        ("bytes=-5", 206, BODY[-5:]),
        ("bytes=90-999", 206, BODY[90:]),
        ("bytes=-", 200, BODY),
        ("lines=1-2", 200, BODY),
    ],
)
def test_a_player_asks_for_a_part(
    sign_in: SignIn, agent: Agent, picture: Media, wanted: str, status: int, part: bytes
) -> None:
    answer = sign_in(agent).get(url(picture), headers={"Range": wanted})
    assert (answer.status_code, body(answer)) == (status, part)


def test_a_part_that_is_not_there_is_416(sign_in: SignIn, agent: Agent, picture: Media) -> None:
    answer = sign_in(agent).get(url(picture), headers={"Range": "bytes=100-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */100")


def test_a_file_that_is_not_fetched_yet_is_404(
    sign_in: SignIn, agent: Agent, picture: Media
) -> None:
    Media.objects.update(status=MediaStatus.PENDING)
    assert sign_in(agent).get(url(picture)).status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_404(
    sign_in: SignIn, agent: Agent, picture: Media
) -> None:
    picture.file.delete(save=False)
    Media.objects.update(file="media/none")
    assert sign_in(agent).get(url(picture)).status_code == 404


def test_another_teams_file_is_404(sign_in: SignIn, other_agent: Agent, picture: Media) -> None:
    assert sign_in(other_agent).get(url(picture)).status_code == 404


def test_only_reading(sign_in: SignIn, agent: Agent, picture: Media) -> None:
    assert sign_in(agent).post(url(picture)).status_code == 405
