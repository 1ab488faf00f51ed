"""Files of messages: to whom, as what, in which parts."""

from __future__ import annotations

import io

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory
from django.urls import reverse

from accounts.models import Agent
from conversations import serving
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
        ("bytes=0-", 200, BODY),
        ("bytes=-999", 200, BODY),
        ("bytes=-", 200, BODY),
        ("bytes=9-5", 200, BODY),
        ("bytes=0-1,5-6", 200, BODY),
        ("lines=1-2", 200, BODY),
    ],
)
def test_a_player_asks_for_a_part(
    sign_in: SignIn, agent: Agent, picture: Media, wanted: str, status: int, part: bytes
) -> None:
    answer = sign_in(agent).get(url(picture), headers={"Range": wanted})
    assert (answer.status_code, body(answer)) == (status, part)


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_part_that_is_not_there_is_416(
    sign_in: SignIn, agent: Agent, picture: Media, wanted: str
) -> None:
    answer = sign_in(agent).get(url(picture), headers={"Range": wanted})
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


def test_what_the_browser_has_is_not_sent_again(
    sign_in: SignIn, agent: Agent, picture: Media
) -> None:
    browser = sign_in(agent)
    etag = browser.head(url(picture)).headers["ETag"]
    answer = browser.get(url(picture), headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    part = {"Range": "bytes=0-9", "If-Range": etag}
    answer = browser.get(url(picture), headers=part)
    assert (answer.status_code, body(answer)) == (206, BODY[:10])
    part["If-Range"] = '"another"'
    answer = browser.get(url(picture), headers=part)
    assert (answer.status_code, body(answer)) == (200, BODY)


def test_only_the_head_says_how_long_it_is(sign_in: SignIn, agent: Agent, picture: Media) -> None:
    answer = sign_in(agent).head(url(picture))
    assert (answer.headers["Content-Length"], answer.content) == ("100", b"")
    answer = sign_in(agent).head(url(picture), headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["Content-Length"]) == (206, "10")


def test_the_small_picture(sign_in: SignIn, agent: Agent, picture: Media) -> None:
    small = reverse("inbox:small", args=[picture.pk])
    assert sign_in(agent).get(small).status_code == 404
    picture.thumbnail.save("x", ContentFile(b"RIFF"))
    answer = sign_in(agent).get(small)
    assert (body(answer), answer.headers["Content-Type"]) == (b"RIFF", "image/webp")


@pytest.mark.parametrize("status", ["pending", "failed", "quarantined"])
def test_what_is_not_ready_is_not_served(
    sign_in: SignIn, agent: Agent, picture: Media, status: str
) -> None:
    Media.objects.update(status=status)
    assert sign_in(agent).get(url(picture)).status_code == 404


def test_under_asgi_a_file_is_streamed_in_parts(
    picture: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "CHUNK", 30)
    answer = serving.serve_file(AsyncRequestFactory().get("/"), picture)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.is_async

    async def collected() -> list[bytes]:
        return [part async for part in answer]

    parts = async_to_sync(collected)()
    assert [len(part) for part in parts] == [30, 30, 30, 10]
    assert b"".join(parts) == BODY
    answer.close()


def test_from_a_bucket_only_the_part_that_is_wanted(
    sign_in: SignIn, agent: Agent, picture: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Bucket:
        def Object(self, name: str) -> Bucket:
            asked.append(name)
            return self

        def get(self, Range: str) -> dict[str, io.BytesIO]:
            asked.append(Range)
            first, last = Range.removeprefix("bytes=").split("-")
            return {"Body": io.BytesIO(BODY[int(first) : int(last) + 1])}

    monkeypatch.setattr(picture.file.storage, "bucket", Bucket(), raising=False)
    answer = sign_in(agent).get(url(picture), headers={"Range": "bytes=10-19"})
    assert body(answer) == BODY[10:20]
    assert asked == [picture.file.name, "bytes=10-19"]


def test_a_file_that_was_given_up_is_asked_for_again(
    sign_in: SignIn, agent: Agent, read_only: Agent, picture: Media
) -> None:
    Media.objects.update(status="failed", failure="expired")
    again = reverse("inbox:fetch", args=[picture.pk])
    assert sign_in(read_only).post(again).status_code == 403
    assert sign_in(agent).post(again).json() == {"asked": True}
    picture.refresh_from_db()
    assert picture.status == "pending"
    assert sign_in(agent).post(again).json() == {"asked": False}
