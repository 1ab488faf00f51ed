"""Bodies that come together are written together, and each learns what became of it."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio

from whatsapp import store
from whatsapp.models import WebhookEvent
from whatsapp.store import EventStore, StoreUnavailable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest_asyncio.fixture
async def events() -> AsyncIterator[EventStore]:
    events = EventStore()
    yield events
    await events.close()


@pytest.fixture
def sets(monkeypatch):
    """The bodies of each statement."""
    seen = []
    insert_once = store._insert_once

    async def watched(pool, some):
        seen.append([one.body for one in some])
        await insert_once(pool, some)

    monkeypatch.setattr(store, "_insert_once", watched)
    return seen


async def stored() -> list[bytes]:
    return [bytes(event.body) async for event in WebhookEvent.objects.order_by("id")]


async def test_a_burst_is_a_few_statements_and_every_body_once(events, sets):
    bodies = [b"%d" % number for number in range(300)]
    await asyncio.gather(*[events.insert(body) for body in bodies])
    assert sorted(await stored()) == sorted(bodies)
    assert len(sets) < 20
    assert max(len(some) for some in sets) <= store.MOST_BODIES


async def test_with_one_writer_the_order_is_that_of_coming(events, monkeypatch):
    monkeypatch.setattr(store, "WRITERS", 1)
    bodies = [b"%d" % number for number in range(200)]
    await asyncio.gather(*[events.insert(body) for body in bodies])
    assert await stored() == bodies


async def test_large_bodies_do_not_share_a_statement(events, sets, monkeypatch):
    monkeypatch.setattr(store, "MOST_BYTES", 1000)
    await asyncio.gather(*[events.insert(b"x" * 600) for _ in range(5)])
    assert [len(some) for some in sets] == [1] * 5


async def test_any_bytes_are_kept(events):
    body = bytes(range(256)) + b"{}\\x00\\\\\"',NULL"
    await asyncio.gather(events.insert(body), events.insert(b""), events.insert(b"NULL"))
    assert sorted(await stored()) == sorted([body, b"", b"NULL"])


async def test_when_a_statement_fails_everybody_in_it_hears_so_and_nobody_else(events, monkeypatch):
    insert_once = store._insert_once

    async def failing(pool, some):
        if any(one.body == b"bad" for one in some):
            raise psycopg.OperationalError("gone")
        await insert_once(pool, some)

    monkeypatch.setattr(store, "_insert_once", failing)
    monkeypatch.setattr(store, "MOST_BODIES", 2)
    monkeypatch.setattr(store, "WRITERS", 1)
    said = [b"1", b"2", b"3", b"bad", b"5", b"6"]
    answers = await asyncio.gather(*map(events.insert, said), return_exceptions=True)
    assert [type(answer) for answer in answers] == [
        *([type(None)] * 2),
        *([StoreUnavailable] * 2),
        *([type(None)] * 2),
    ]
    assert await stored() == [b"1", b"2", b"5", b"6"]


async def test_who_hangs_up_stops_nobody(events):
    tasks = [asyncio.create_task(events.insert(b"%d" % number)) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(answer is None for at, answer in enumerate(answers) if at % 3)
    assert {b"%d" % number for number in range(20) if number % 3} <= set(await stored())


async def test_a_database_that_hangs_refuses_in_time(events, monkeypatch):
    async def hanging(pool, some):
        await asyncio.Event().wait()

    monkeypatch.setattr(store, "_insert_once", hanging)
    monkeypatch.setattr(store, "WAIT_S", 0.05)
    answers = await asyncio.gather(
        *[events.insert(b"x") for _ in range(10)], return_exceptions=True
    )
    assert {type(answer) for answer in answers} == {StoreUnavailable}
    monkeypatch.undo()
    await events.insert(b"later")
    assert await stored() == [b"later"]


async def test_a_line_that_is_too_long_refuses_at_once(events, monkeypatch):
    monkeypatch.setattr(store, "MOST_WAITING", 3)
    answers = await asyncio.gather(
        *[events.insert(b"%d" % number) for number in range(40)], return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, StoreUnavailable)]
    assert refused
    assert len(await stored()) == 40 - len(refused)
