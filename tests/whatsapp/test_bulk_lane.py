"""A phone's history of months does not hold up who writes now (chatwoot #15857)."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from django.db import connection

from conversations.models import Conversation, Message
from tests import factories
from tests.whatsapp.door import as_body, django_stands_here, knock
from tests.whatsapp.test_coexistence import CUSTOMER, history, line, value_of
from tests.whatsapp.test_ingest_samples import sample
from whatsapp import services, tasks
from whatsapp.ingest import _turn, drain, has_pending
from whatsapp.models import WebhookEvent, WhatsAppNumber
from whatsapp.services import process_again
from whatsapp.tasks import drain_bulk_events, sweep_webhook_events
from whatsapp.webhook import WebhookDoor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest_asyncio.fixture
async def door() -> AsyncIterator[WebhookDoor]:
    door = WebhookDoor(django_stands_here)
    yield door
    await door.close()


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    for room in (services, tasks):
        monkeypatch.setattr(room, "nudge", lambda task, *_: told.append(task))
    return told


def mixed() -> Any:
    body = sample("history-chunk")
    body["entry"][0]["changes"] += sample("text")["entry"][0]["changes"]
    return body


@pytest.mark.parametrize(
    ("body", "is_bulk"),
    [
        (sample("history-chunk"), True),
        (sample("history-declined"), True),
        (sample("smb-app-state-sync"), True),
        (sample("text"), False),
        (sample("smb-message-echo-text"), False),
        (mixed(), False),
        ({"entry": [{"changes": []}]}, False),
        ({"entry": [{"changes": [{"field": ["history"]}]}]}, False),
        ({"entry": {"changes": 3}}, False),
        ([], False),
        ("history", False),
    ],
)
async def test_the_door_knows_what_is_of_the_past(door: WebhookDoor, body: Any, is_bulk: bool):
    assert (await knock(door, as_body(body))).status == 200
    event = await WebhookEvent.objects.aget()
    assert event.is_bulk is is_bulk


def test_each_lane_drains_its_own(number: WhatsAppNumber) -> None:
    factories.ContactFactory.create(wa_id=CUSTOMER)
    past = {"id": CUSTOMER, "messages": [line("PAST", 1_700_000_000)]}
    WebhookEvent.objects.create(body=as_body(history(past)), is_bulk=True)
    WebhookEvent.objects.create(body=as_body(sample("text")))
    drain()
    assert Message.objects.get().origin == "live"
    assert has_pending(bulk=True)
    assert not has_pending()
    drain_bulk_events()
    assert Message.objects.filter(wamid="wamid.PAST", origin="history").exists()
    assert not has_pending(bulk=True)


def test_who_writes_now_is_not_held_up_while_the_past_is_drained(number: WhatsAppNumber) -> None:
    WebhookEvent.objects.create(body=as_body(sample("text")))
    busy, done = threading.Event(), threading.Event()

    def drains_the_past() -> None:
        try:
            with _turn(True) as mine:
                assert mine
                busy.set()
                done.wait(20)
        finally:
            connection.close()

    other = threading.Thread(target=drains_the_past)
    other.start()
    try:
        assert busy.wait(20)
        assert drain() == 1
        assert Message.objects.count() == 1
    finally:
        done.set()
        other.join()


def test_the_sweeper_finds_both(number: WhatsAppNumber, nudges: list[str]) -> None:
    WebhookEvent.objects.create(body=as_body(sample("history-declined")), is_bulk=True)
    sweep_webhook_events()
    assert "whatsapp.drain_bulk_events" in nudges


def test_again_means_in_its_own_lane(number: WhatsAppNumber, nudges: list[str]) -> None:
    event = WebhookEvent.objects.create(
        body=as_body(sample("history-declined")), is_bulk=True, state="failed"
    )
    assert process_again([event.pk]) == 1
    assert {"whatsapp.drain_webhook_events", "whatsapp.drain_bulk_events"} <= set(nudges)
    assert has_pending(bulk=True)


def test_both_at_once_of_the_same_people_lose_and_double_nothing(number: WhatsAppNumber) -> None:
    people = [f"4477009{at:05d}" for at in range(40)]
    past, now = [], []
    for at, wa_id in enumerate(people):
        factories.ContactFactory.create(wa_id=wa_id)
        lines = [line(f"PAST{at}-{n}", 1_700_000_000 + n, **{"from": wa_id}) for n in range(5)]
        past.append(history({"id": wa_id, "messages": lines}))
        text = sample("text")
        value = value_of(text)
        value["contacts"] = [{"profile": {"name": wa_id}, "wa_id": wa_id}]
        value["messages"][0].update({"from": wa_id, "id": f"wamid.NOW{at}"})
        value["messages"][0].pop("from_user_id", None)
        now.append(text)
    for body in past:
        WebhookEvent.objects.create(body=as_body(body), is_bulk=True)
    for body in reversed(now):
        WebhookEvent.objects.create(body=as_body(body))

    def drains(bulk: bool) -> None:
        try:
            while has_pending(bulk=bulk):
                drain(bulk=bulk)
        finally:
            connection.close()

    both = [threading.Thread(target=drains, args=(bulk,)) for bulk in (True, False)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}
    assert Message.objects.filter(origin="history").count() == 200
    assert Message.objects.filter(origin="live").count() == 40
    assert Conversation.objects.count() == 40
    assert not Conversation.objects.exclude(unread=1).exists()
