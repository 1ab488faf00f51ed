"""The virus scanner, played by a small clamd: clean, infected, away, too large for it."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AdminNotice, Agent
from conversations import tasks
from conversations.errors import UploadRefused
from conversations.models import Conversation, Media
from conversations.services.media import AVAILABLE_FOR
from conversations.services.uploads import store_upload
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.conversations.test_uploads import picture
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db

# The scanner's own test file, in two parts so that no scanner finds this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """Answers INSTREAM on a socket; `answer` replaces what it would say."""

    def __init__(self, server: socketserver.BaseServer) -> None:
        self.server = server
        self.scanned: list[bytes] = []
        self.answer = b""

    def reply(self, content: bytes) -> bytes:
        self.scanned.append(content)
        found = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
        return self.answer or found


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        clamd: Clamd = self.server.clamd  # type: ignore[attr-defined]
        self.wfile.write(clamd.reply(content) + b"\0")


@pytest.fixture(params=["unix", "tcp"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path, settings: object) -> Iterator[Clamd]:
    server: socketserver.BaseServer
    if request.param == "unix":
        path = f"{tmp_path}/c"
        server = socketserver.ThreadingUnixStreamServer(path, Handler)
        settings.CLAMAV_URL = f"unix://{path}"  # type: ignore[attr-defined]
    else:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{server.server_address[1]}"  # type: ignore[attr-defined]
    server.clamd = found = Clamd(server)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def away(settings: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{free.getsockname()[1]}"  # type: ignore[attr-defined]


@pytest.fixture
def media(conversation: Conversation) -> Media:
    message = factories.MessageFactory.create(conversation=conversation, type="image")
    return factories.MediaFactory.create(
        message=message, kind="image", status="pending", external_id="M1", file="", sha256=""
    )


def test_a_clean_file_is_shown(media: Media, channel: FakeGateway, clamd: Clamd) -> None:
    channel.files["M1"] = picture()
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, clamd.scanned) == ("ready", [picture()])
    assert media.scanned_at is not None


def test_an_infected_file_is_deleted_and_an_admin_hears_of_it(
    media: Media, channel: FakeGateway, clamd: Clamd
) -> None:
    channel.files["M1"] = EICAR
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.file.name, media.thumbnail.name) == ("quarantined", "", "")
    notice = AdminNotice.objects.get()
    assert (notice.kind, notice.subject) == ("file_quarantined", str(media.pk))
    tasks.fetch_media(str(media.pk))
    assert len(clamd.scanned) == 1


def test_while_the_scanner_is_away_files_wait_unseen_and_are_not_lost(
    media: Media, channel: FakeGateway, away: None, clock: Clock
) -> None:
    channel.files["M1"] = picture()
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, media.retry_at is not None) == ("pending", True)
    assert AdminNotice.objects.get().kind == "virus_scanner_away"
    with media.file.open() as file:
        assert file.read() == picture()

    channel.files.clear()  # WhatsApp forgets it, we do not
    clock.forward(AVAILABLE_FOR + timedelta(days=1))
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, channel.opened) == ("pending", 1)


def test_once_it_is_back_the_waiting_file_is_scanned(
    media: Media, channel: FakeGateway, clamd: Clamd, clock: Clock
) -> None:
    channel.files["M1"] = picture()
    clamd.answer = b"INSTREAM size limit exceeded. ERROR"
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert media.status == "pending"

    clamd.answer = b""
    clock.forward(timedelta(seconds=3))
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert (media.status, channel.opened) == ("ready", 1)
    assert AdminNotice.objects.get().settled_at is not None


def test_what_waited_and_is_infected_leaves_no_file(
    media: Media, channel: FakeGateway, clamd: Clamd, clock: Clock
) -> None:
    channel.files["M1"] = EICAR
    clamd.answer = b"no answer anybody knows"
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    stored = media.file.name
    assert media.file.storage.exists(stored)
    clamd.answer = b""
    clock.forward(timedelta(seconds=3))
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert media.status == "quarantined"
    assert not media.file.storage.exists(stored)


def test_an_agents_upload_is_scanned_too(agent: Agent, clamd: Clamd) -> None:
    assert store_upload(SimpleUploadedFile("a.png", picture()), agent).scanned_at is not None
    with pytest.raises(UploadRefused) as refused:
        store_upload(SimpleUploadedFile("a.txt", EICAR), agent)
    assert "scanner" in str(refused.value.message)
    assert Media.objects.count() == 1


def test_no_upload_passes_while_the_scanner_is_away(agent: Agent, away: None) -> None:
    with pytest.raises(UploadRefused) as refused:
        store_upload(SimpleUploadedFile("a.png", picture()), agent)
    assert str(refused.value.message).endswith(".")
