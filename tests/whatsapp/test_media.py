"""Fetching customers' files: fresh addresses, broken downloads, and no address but Meta's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.gateway import MediaUnavailable
from tests import factories
from tests.whatsapp.graph import Graph, reply
from whatsapp.client import GraphClient
from whatsapp.gateway import WhatsAppGateway
from whatsapp.media import is_allowed, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(conversation):
    message = factories.MessageFactory.create(conversation=conversation, type="image", text="")
    return factories.MediaFactory.create(
        message=message, external_id="1061", external_url="", status="pending"
    )


def fetch(media) -> tuple[bytes, str, int | None]:
    with WhatsAppGateway().open_media(media) as stream:
        return b"".join(stream.chunks), stream.mime_type, stream.size


def serves(graph: Graph, files: dict[str, tuple[int, bytes]], urls: list[str]) -> None:
    """`GET /media-id` names the next of `urls`; every other path answers from `files`."""

    def answer(seen, handler):
        path = seen.path.split("?")[0]
        if path == "/v25.0/1061":
            reply(handler, 200, b'{"url": "%s"}' % urls.pop(0).encode())
            return
        status, body = files.get(path, (404, b"gone"))
        reply(handler, status, body, {"Content-Type": "image/jpeg"})

    graph.answer = answer


def test_a_file_is_fetched_with_our_token_from_a_fresh_address(graph, media):
    serves(graph, {"/file": (200, b"JPEG")}, [f"{graph.url}/file"])
    assert fetch(media) == (b"JPEG", "image/jpeg", 4)
    lookup, download = graph.requests
    assert "phone_number_id=" in lookup.path
    assert download.headers["Authorization"] == "Bearer development-access-token"


def test_an_address_that_died_is_asked_for_once_more(graph, media):
    serves(graph, {"/new": (200, b"JPEG")}, [f"{graph.url}/old", f"{graph.url}/new"])
    assert fetch(media)[0] == b"JPEG"


def test_two_dead_addresses_are_tried_again_later(graph, media):
    serves(graph, {}, [f"{graph.url}/old"] * 2)
    with pytest.raises(MediaUnavailable) as caught:
        fetch(media)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("code", "status", "permanent"),
    [(100, 400, False), (33, 400, False), (0, 404, False), (190, 401, False), (131052, 400, True)],
)
def test_only_too_large_is_an_answer_for_good(graph, media, code, status, permanent):
    graph.refuses(code, status)
    with pytest.raises(MediaUnavailable) as caught:
        fetch(media)
    assert caught.value.permanent is permanent


def test_a_download_that_breaks_off_is_tried_again(graph, media):
    def answer(seen, handler):
        if seen.path.startswith("/v25.0/1061"):
            reply(handler, 200, b'{"url": "%s/file"}' % graph.url.encode())
            return
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nJPE")
        handler.close_connection = True

    graph.answer = answer
    with pytest.raises(MediaUnavailable) as caught:
        fetch(media)
    assert not caught.value.permanent


def test_nobody_there_is_tried_again(settings, media):
    with pytest.raises(MediaUnavailable) as caught:
        fetch(media)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/elsewhere",
        "https://example.com/file",
        "file:///etc/passwd",
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
        "gopher://x",
        "http://[::1",
        "",
    ],
)
def test_no_other_address_is_asked(graph, media, url):
    serves(graph, {}, [url])
    with pytest.raises(MediaUnavailable) as caught:
        fetch(media)
    assert caught.value.permanent
    assert len(graph.requests) == 1


def test_a_redirect_to_elsewhere_is_not_followed(graph, media):
    def answer(seen, handler):
        if seen.path.startswith("/v25.0/1061"):
            reply(handler, 200, b'{"url": "%s/file"}' % graph.url.encode())
        else:
            reply(handler, 302, b"", {"Location": "http://169.254.169.254/"})

    graph.answer = answer
    with pytest.raises(MediaUnavailable):
        fetch(media)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://graph.facebook.com/v25.0/x", True),
        ("https://lookaside.fbsbx.com/x", True),
        ("https://scontent-ams4-1.xx.fbcdn.net/x", True),
        ("https://mmg.whatsapp.net/x", True),
        ("http://lookaside.fbsbx.com/x", False),
        ("https://lookaside.fbsbx.com.evil.example/x", False),
        ("https://evilfbcdn.net/x", False),
        ("https://lookaside.fbsbx.com:8443/x", False),
        ("https://user@evil.example/?lookaside.fbsbx.com", False),
        ("https://127.0.0.1/x", False),
    ],
)
def test_only_metas_hosts_see_our_token(settings, url, allowed):
    settings.WHATSAPP_GRAPH_URL = "https://graph.facebook.com"
    assert is_allowed(url) is allowed


# -- Up ------------------------------------------------------------------------------------------


@pytest.fixture
def voice(conversation, agent):
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, type="audio", text="", author=agent
    )
    return factories.MediaFactory.create(
        message=message, kind="audio", mime_type="audio/ogg", is_voice=True, external_id=""
    )


def put(media) -> str:
    return upload(GraphClient("token"), "106853218861309", media, 1)


def test_ogg_says_that_opus_is_in_it(graph, voice):
    """chatwoot #12713: "audio/ogg" alone and "audio/opus" are refused."""
    put(voice)
    [seen] = graph.requests
    assert b'name="type"\r\n\r\naudio/ogg; codecs=opus\r\n' in seen.body
    assert b"Content-Type: audio/ogg; codecs=opus\r\n" in seen.body


def test_an_upload_is_used_while_it_lives_and_then_made_anew(graph, voice, clock):
    assert put(voice) == put(voice)
    assert len(graph.requests) == 1
    voice.refresh_from_db()
    assert timedelta(days=28) < voice.external_expires_at - timezone.now() < timedelta(days=30)
    clock.forward(timedelta(days=29, hours=1))
    put(voice)
    assert len(graph.requests) == 2
