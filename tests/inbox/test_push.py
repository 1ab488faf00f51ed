"""Web Push, against a push service of our own: who is told, of what, and what is never asked."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test import Client
from django.urls import reverse
from py_vapid import Vapid02

from accounts.models import Agent, Team
from conversations.dispatch import dispatch_events
from conversations.models import Conversation
from conversations.services.notes import write_note
from inbox import push, push_sending
from inbox.models import Notification, PushSubscription
from inbox.tasks import send_push
from tests import factories
from tests.inbox.conftest import SignIn
from tests.inbox.test_notifications import looks
from tests.inbox.test_presence import at_a_page

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class PushService:
    """Keeps what it was asked, and answers with `status`."""

    origin: str
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = PushService(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PUSH_SERVICES = [told.origin]
    yield told
    server.shutdown()
    server.server_close()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """What a browser's PushManager holds."""

    def __init__(self, origin: str, name: str = "one") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.given = {
            "endpoint": f"{origin}/push/{name}",
            "p256dh": b64(point),
            "auth": b64(self.secret),
            "label": "Chrome, Android",
        }

    def reads(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"
        )
        found: dict[str, str] = json.loads(plain)
        return found


@pytest.fixture
def tarek(team: Team) -> Agent:
    return factories.AgentFactory.create(name="Tarek Aydin", teams=[team], language="en")


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def nudge(*args: Any, **more: Any) -> bool:
        calls.append((*args, more))
        return True

    monkeypatch.setattr(push, "nudge", nudge)
    monkeypatch.setattr(push_sending, "nudge", nudge)
    return calls


@pytest.fixture
def browser(service: PushService, tarek: Agent) -> Browser:
    made = Browser(service.origin)
    push.subscribe(tarek, made.given, "session")
    return made


def mention(conversation: Conversation, agent: Agent, text: str = "@Tarek Aydin geheim") -> None:
    write_note(conversation, text, agent)
    dispatch_events()


def ids() -> tuple[int, int]:
    return PushSubscription.objects.get().pk, Notification.objects.get().pk


def test_the_browser_can_read_it_and_the_service_knows_us(
    conversation: Conversation,
    agent: Agent,
    browser: Browser,
    service: PushService,
    nudged: list[tuple[Any, ...]],
) -> None:
    mention(conversation, agent)
    assert [call[0] for call in nudged] == [push.SEND_TASK]
    send_push(*ids())
    headers, body = service.asked[0]
    told = browser.reads(body)
    assert told == {
        "title": "Anna Agent mentioned you",
        "body": conversation.contact.display_name,
        "tag": f"conversation-{conversation.pk}",
        "url": f"/conversations/{conversation.pk}/",
    }
    assert b"geheim" not in body
    assert (headers["topic"], headers["urgency"]) == (conversation.pk.hex, "high")
    assert Vapid02.verify(auth=headers["authorization"])
    token = headers["authorization"].split("t=")[1].split(",")[0]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == service.origin
    assert time.time() < claims["exp"] <= time.time() + 24 * 3600
    assert f"k={push.push_key().public_key}" in headers["authorization"]
    assert PushSubscription.objects.get().last_ok_at is not None


def test_keys_and_addresses_are_encrypted_at_rest(browser: Browser) -> None:
    push.push_key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT endpoint, p256dh, auth FROM inbox_pushsubscription")
        stored = "".join(cursor.fetchone())
        cursor.execute("SELECT private_key FROM inbox_pushkey")
        stored += cursor.fetchone()[0]
    for secret in (*list(browser.given.values())[:3], push.push_key().private_key):
        assert secret not in stored


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    conversation: Conversation,
    agent: Agent,
    browser: Browser,
    service: PushService,
    nudged: list[Any],
    status: int,
) -> None:
    mention(conversation, agent)
    service.status = status
    send_push(*ids())
    assert not PushSubscription.objects.exists()


def test_a_service_that_is_busy_is_asked_again_a_few_times(
    conversation: Conversation,
    agent: Agent,
    browser: Browser,
    service: PushService,
    nudged: list[Any],
) -> None:
    mention(conversation, agent)
    nudged.clear()
    service.status, service.headers = 429, {"Retry-After": "60"}
    send_push(*ids())
    assert nudged == [(push.SEND_TASK, *ids(), 2, {"countdown": 60})]
    send_push(*ids(), attempt=push_sending.TRIES)
    assert len(nudged) == 1
    assert PushSubscription.objects.get().failed == 2


def test_no_detours(
    conversation: Conversation,
    agent: Agent,
    browser: Browser,
    service: PushService,
    nudged: list[Any],
) -> None:
    mention(conversation, agent)
    service.status, service.headers = 307, {"Location": f"{service.origin}/elsewhere"}
    send_push(*ids())
    assert len(service.asked) == 1


def test_what_is_read_or_on_screen_is_not_sent(
    conversation: Conversation,
    agent: Agent,
    tarek: Agent,
    browser: Browser,
    service: PushService,
    nudged: list[Any],
) -> None:
    mention(conversation, agent)
    looks(tarek, conversation)
    send_push(*ids())
    Notification.objects.update(read_at="2026-01-01T00:00Z")
    send_push(*ids())
    send_push(10**6, 10**6)
    assert service.asked == []


def test_who_sits_at_a_page_or_wants_none_is_not_pushed(
    conversation: Conversation, agent: Agent, tarek: Agent, browser: Browser, nudged: list[Any]
) -> None:
    at_a_page(tarek)
    mention(conversation, agent)
    assert nudged == []
    at_a_page(tarek, idle_s=0)
    factories.PreferencesFactory.create(agent=tarek, push_notifications=False)
    mention(conversation, agent)
    assert nudged == []


@pytest.mark.parametrize(
    ("address", "is_known"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://evilpush.services.mozilla.com/x", False),
        ("https://fcm.googleapis.com@127.0.0.1/x", False),
        ("https://127.0.0.1/x", False),
        ("https://evil.example\\@fcm.googleapis.com/x", False),
        ("https://[::1/x", False),
        ("file:///etc/passwd", False),
        ("", False),
        ("https://fcm.googleapis.com/\n", False),
        ("https://fcm.googleapis.com/" + "x" * 1000, False),
    ],
)
def test_only_push_services_are_ever_asked(address: str, is_known: bool) -> None:
    assert push.is_known_service(address) is is_known


def test_a_browser_subscribes_and_signing_out_ends_it(
    sign_in: SignIn, service: PushService, tarek: Agent, agent: Agent
) -> None:
    given = Browser(service.origin).given
    url = reverse("inbox:push-subscribe")
    page = sign_in(tarek)
    assert page.get(url).status_code == 405
    assert Client().post(url, given).status_code == 401
    assert page.post(url, given).status_code == 201
    assert page.post(url, given).status_code == 201
    row = PushSubscription.objects.get()
    assert row.agent == tarek
    # The next one at the same browser takes it over.
    other = sign_in(agent)
    assert other.post(url, given).status_code == 201
    assert PushSubscription.objects.get().agent == agent
    page.logout()
    assert PushSubscription.objects.count() == 1
    other.post(reverse("accounts:logout"))
    assert PushSubscription.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://evil.example/x"},
        {"endpoint": ""},
        {"p256dh": "x"},
        {"auth": "ä"},
        {"auth": ""},
    ],
)
def test_what_no_browser_has_is_refused_in_words(
    sign_in: SignIn, service: PushService, agent: Agent, change: dict[str, str]
) -> None:
    url = reverse("inbox:push-subscribe")
    answer = sign_in(agent).post(url, Browser(service.origin).given | change)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert not PushSubscription.objects.exists()


def test_a_device_is_removed_by_its_owner_only(
    sign_in: SignIn, browser: Browser, tarek: Agent, agent: Agent
) -> None:
    url = reverse("inbox:push-remove", args=[PushSubscription.objects.get().pk])
    assert sign_in(agent).post(url).status_code == 404
    assert sign_in(tarek).get(url).status_code == 405
    assert sign_in(tarek).post(url).status_code == 302
    assert not PushSubscription.objects.exists()


def test_the_test_rings_ones_own_browsers(
    sign_in: SignIn, browser: Browser, service: PushService, tarek: Agent, agent: Agent
) -> None:
    assert sign_in(agent).post(reverse("inbox:push-test")).json() == {"told": 0}
    assert sign_in(tarek).post(reverse("inbox:push-test")).json() == {"told": 1}
    push_sending.send_test(PushSubscription.objects.get().pk)
    assert browser.reads(service.asked[0][1])["title"] == "It works"


def test_the_service_worker_stands_at_the_root(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert b"sw.js" in answer.content
    assert b"sw-offline.js" in answer.content
    assert client.post("/sw.js").status_code == 405
