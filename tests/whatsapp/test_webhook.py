"""The webhook door: what it answers, and what is on disk when it says 200."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
import redis
from django.conf import LazySettings

from tests.whatsapp.door import PATH, as_body, django_stands_here, knock, sign
from whatsapp import store
from whatsapp.models import WebhookEvent
from whatsapp.webhook import MAX_BODY, WebhookDoor

pytestmark = pytest.mark.django_db(transaction=True)
BODY = as_body({"object": "whatsapp_business_account", "entry": []})


@pytest_asyncio.fixture
async def door() -> AsyncIterator[WebhookDoor]:
    door = WebhookDoor(django_stands_here)
    yield door
    await door.close()


async def bodies() -> list[bytes]:
    return [bytes(e.body) async for e in WebhookEvent.objects.order_by("id")]


async def test_a_signed_body_is_on_disk_byte_for_byte_when_200_is_answered(door):
    body = b'{ "a":"\\u00e4\\/", "b": [1,  2] }'
    answer = await knock(door, body)
    assert answer.status == 200
    assert await bodies() == [body]
    event = await WebhookEvent.objects.aget()
    assert (event.state, event.attempts) == ("pending", 0)


async def test_a_body_in_many_pieces_is_one_event(door):
    body = as_body({"text": "x" * 50_000})
    assert (await knock(door, body, chunks=17)).status == 200
    assert await bodies() == [body]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-hub-signature-256", b"")],
        [(b"x-hub-signature-256", b"sha256=")],
        [(b"x-hub-signature-256", b"sha256=" + b"0" * 64)],
        [(b"x-hub-signature-256", sign(BODY, "another secret"))],
        [(b"x-hub-signature-256", sign(BODY)[7:])],
        [(b"x-hub-signature", sign(BODY))],
        [(b"x-hub-signature-256", "sha256=ä€".encode())],
        [(b"x-hub-signature-256", sign(BODY)), (b"x-hub-signature-256", b"sha256=0")],
    ],
)
async def test_a_wrong_or_missing_signature_is_401_and_nothing_is_kept(door, headers):
    assert (await knock(door, BODY, headers=headers)).status == 401
    assert await bodies() == []


async def test_a_changed_body_is_401(door):
    headers = [(b"x-hub-signature-256", sign(BODY))]
    assert (await knock(door, BODY + b" ", headers=headers)).status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[-Infinity]",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": 1} {"b": 2}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 01}',
        b'{"a": "\x01"}',
        b"a=1&b=2",
    ],
)
async def test_what_is_not_json_is_400_and_nothing_is_kept(door, body):
    assert (await knock(door, body)).status == 400
    assert await bodies() == []


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"5",
        b'"text"',
        b"[]",
        b"{}",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 9000 + b"}",
        b"[" * 800 + b"]" * 800,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a": 1, "a": 2}',
    ],
)
async def test_strange_json_is_kept_and_acknowledged(door, body):
    assert (await knock(door, body)).status == 200
    assert await bodies() == [body]


async def test_larger_than_3_mib_is_413_whatever_the_header_claims(door):
    body = as_body("x" * MAX_BODY)
    signature = (b"x-hub-signature-256", sign(body))
    assert (await knock(door, body, chunks=9)).status == 413
    honest = [signature, (b"content-length", str(len(body)).encode())]
    assert (await knock(door, body, headers=honest)).status == 413
    liar = [signature, (b"content-length", b"10")]
    assert (await knock(door, body, headers=liar, chunks=50)).status == 413
    unsigned = await knock(door, body, headers=[])
    assert unsigned.status == 413
    assert await bodies() == []


async def test_exactly_3_mib_is_taken(door):
    body = as_body("x" * (MAX_BODY - 2))
    assert len(body) == MAX_BODY
    assert (await knock(door, body)).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(door, method):
    answer = await knock(door, b"x" * (MAX_BODY + 1), method=method)
    assert answer.status == 405
    assert answer.headers[b"allow"] == b"GET, POST"


async def test_the_handshake_echoes_the_challenge_as_text(door, settings):
    settings.WHATSAPP_VERIFY_TOKEN = "verify me &=%"
    query = b"hub.mode=subscribe&hub.challenge=0012ab%3C&hub.verify_token=verify+me+%26%3D%25"
    answer = await knock(door, method="GET", query=query, headers=[])
    assert (answer.status, answer.body) == (200, b"0012ab<")
    assert answer.headers[b"content-type"].startswith(b"text/plain")


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"hub.mode=subscribe&hub.challenge=1",
        b"hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        b"hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
        b"hub.mode=other&hub.challenge=1&hub.verify_token=development-verify-token",
        b"hub.mode=subscribe&hub.challenge=1&hub.verify_token=%ff%fe",
    ],
)
async def test_a_wrong_handshake_is_403(door, query):
    assert (await knock(door, method="GET", query=query, headers=[])).status == 403


@pytest.mark.parametrize("path", ["/", "/webhooks/whatsapp/x", "/webhooks/", "/api/v1/"])
async def test_every_other_path_is_djangos(door, path):
    assert (await knock(door, BODY, path=path)).status == 299


async def test_query_and_missing_slash_do_not_matter(door):
    assert (await knock(door, BODY, query=b"a=1")).status == 200
    assert (await knock(door, BODY, path=PATH.rstrip("/"))).status == 200


async def test_lifespan_and_websockets_pass_through(door):
    for kind in ("lifespan", "websocket"):
        seen = []

        async def send(message, seen=seen):
            seen.append(message)

        await door({"type": kind, "path": PATH}, None, send)
        assert seen[-1]["body"] == kind.encode()


async def test_a_caller_that_hangs_up_leaves_nothing(door):
    async def receive():
        return {"type": "http.disconnect"}

    sent = []
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": []}
    await door(scope, receive, sent.append)
    assert sent == []
    assert await bodies() == []


async def test_many_at_once_are_all_kept(door):
    answers = await asyncio.gather(*[knock(door, as_body({"n": n})) for n in range(200)])
    assert {answer.status for answer in answers} == {200}
    assert sorted(await bodies()) == sorted(as_body({"n": n}) for n in range(200))


async def test_every_pooled_connection_dead_costs_no_request(door):
    """What a restart of PostgreSQL looks like from here."""
    await asyncio.gather(*[knock(door, BODY) for _ in range(40)])
    async with await psycopg.AsyncConnection.connect(store._conninfo(), autocommit=True) as direct:
        await direct.execute("SET application_name = 'test'")
        await direct.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'webhook' AND datname = current_database()"
        )
    answers = await asyncio.gather(*[knock(door, BODY) for _ in range(40)])
    assert {answer.status for answer in answers} == {200}
    assert len(await bodies()) == 80


async def test_no_database_is_503_so_that_meta_tries_again(door, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "WAIT_S", 0.2)
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", str(tmp_path))
    answer = await knock(door, BODY)
    assert answer.status == 503
    assert answer.headers[b"retry-after"] == b"1"


async def queued(redis_client: redis.Redis, at_least: int = 1) -> int:
    for _ in range(200):
        found = redis_client.llen("inbound")
        if found >= at_least:
            return int(found)
        await asyncio.sleep(0.01)
    return int(redis_client.llen("inbound"))


async def test_a_burst_is_one_or_two_nudges_not_one_per_event(door, redis_client):
    await asyncio.gather(*[knock(door, BODY) for _ in range(50)])
    assert 1 <= await queued(redis_client) <= 25
    await asyncio.sleep(0.1)
    assert 1 <= redis_client.llen("inbound") <= 25


async def test_a_dead_broker_neither_delays_nor_refuses(door, monkeypatch, caplog):
    def hang(task: str) -> bool:
        asyncio.run(asyncio.sleep(0.5))
        return False

    monkeypatch.setattr("whatsapp.nudge._publish", hang)
    with caplog.at_level(logging.WARNING, logger="whatsapp.nudge"):
        before = asyncio.get_running_loop().time()
        for _ in range(5):
            assert (await knock(door, BODY)).status == 200
        assert asyncio.get_running_loop().time() - before < 0.4
        for _ in range(300):
            if caplog.messages:
                break
            await asyncio.sleep(0.01)
    assert caplog.messages == ["webhook.broker_away"]


def test_the_composition_puts_the_door_in_front(settings: LazySettings) -> None:
    text = (Path(settings.BASE_DIR) / "helpdesk" / "asgi.py").read_text()
    assert "application = WebhookDoor(" in text
