"""Batches: neighbours, unknown numbers, order, concurrency, poison, and the timetable."""

import copy
import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from contacts.models import Contact
from conversations.models import Conversation, Message
from conversations.services import receive
from tests import factories
from tests.retention.helpers import gone
from tests.whatsapp.door import as_body
from tests.whatsapp.test_ingest_samples import ingest, sample
from whatsapp import ingest as ingest_module
from whatsapp import items
from whatsapp.ingest import MAX_ATTEMPTS, drain, has_pending, wake_waiting
from whatsapp.models import WebhookEvent
from whatsapp.services import process_again, requeue_unknown
from whatsapp.tasks import drain_webhook_events, sweep_webhook_events

pytestmark = pytest.mark.django_db


def text_event(n: int, at: int = 1794000000, sender: str = "447700900321") -> dict:
    """A body with one text, numbered."""
    body = sample("text")
    value = body["entry"][0]["changes"][0]["value"]
    value["messages"][0].update(id=f"wamid.{n}", timestamp=str(at))
    value["messages"][0]["text"] = {"body": f"message {n}"}
    if sender != "447700900321":
        value["messages"][0]["from"] = value["contacts"][0]["wa_id"] = sender
        value["messages"][0]["from_user_id"] = value["contacts"][0]["user_id"] = f"GB.{sender}"
    return body


def store(*bodies: dict) -> list[WebhookEvent]:
    return [WebhookEvent.objects.create(body=as_body(body)) for body in bodies]


def states() -> list[str]:
    return list(WebhookEvent.objects.order_by("id").values_list("state", flat=True))


def test_one_bad_item_never_blocks_its_neighbours(number, monkeypatch):
    take = receive.receive_messages

    def explode(inbounds):
        if any(inbound.wamid == "wamid.bad" for inbound in inbounds):
            connection.cursor().execute("SELECT 1/0")
        return take(inbounds)

    monkeypatch.setattr(items, "receive_messages", explode)
    monkeypatch.setattr(receive, "receive_messages", explode)
    body = text_event(1)
    messages = body["entry"][0]["changes"][0]["value"]["messages"]
    messages.append({**messages[0], "id": "wamid.bad", "text": {"body": "secret words"}})
    messages.append({**messages[0], "id": "wamid.3"})
    event = ingest(body)
    assert sorted(Message.objects.values_list("wamid", flat=True)) == ["wamid.1", "wamid.3"]
    assert event.state == "failed"
    assert event.reason == "entry[0].changes[0].messages[1]: DivisionByZero"
    assert "whatsapp/ingest.py" in event.trace
    assert "secret words" not in event.trace


def test_a_failed_event_can_be_processed_again_without_doubling_the_rest(number, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(items, "apply_statuses", lambda updates: 1 / 0)
        body = text_event(1)
        body["entry"].append(sample("status-sent")["entry"][0])
        event = ingest(body)
        assert (event.state, Message.objects.count()) == ("failed", 1)
    assert process_again([event.pk]) == 1
    drain()
    event.refresh_from_db()
    assert (event.state, event.reason) == ("processed", "")
    assert Message.objects.count() == 1
    assert Conversation.objects.get().unread == 1


def test_an_unknown_number_is_kept_and_processed_once_it_is_configured(db):
    event = ingest(text_event(1))
    assert (event.state, event.phone_number_id) == ("unknown_number", "106853218861309")
    assert not Contact.objects.exists()
    factories.WhatsAppNumberFactory.create(phone_number_id="106853218861309")
    assert requeue_unknown("106853218861309") == 1
    drain()
    assert states() == ["processed"]
    assert Message.objects.get().text == "message 1"


def test_five_deliveries_are_one_message(number):
    store(*[text_event(1)] * 5)
    drain()
    assert Message.objects.count() == 1
    assert Conversation.objects.get().unread == 1
    assert set(states()) == {"processed"}


def test_many_events_keep_their_order(number):
    store(*[text_event(n, at=1794000000) for n in range(120)])
    assert drain() == 120
    texts = Message.objects.order_by("sent_at", "id").values_list("text", flat=True)
    assert list(texts) == [f"message {n}" for n in range(120)]
    assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}


def test_a_thousand_items_in_one_body_are_several_sets(number, monkeypatch):
    monkeypatch.setattr(ingest_module, "SET", 4)
    body = text_event(0)
    messages = body["entry"][0]["changes"][0]["value"]["messages"]
    messages += [{**messages[0], "id": f"wamid.{n}"} for n in range(1, 10)]
    assert ingest(body).state == "processed"
    wamids = Message.objects.order_by("pk").values_list("wamid", flat=True)
    assert list(wamids) == [f"wamid.{n}" for n in range(10)]


def test_a_set_asks_the_database_as_often_as_one_message(number, django_assert_max_num_queries):
    store(*[text_event(n, sender=f"4477009{n % 7:05d}") for n in range(100)])
    with django_assert_max_num_queries(48):
        drain()
    assert Message.objects.count() == 100


def test_a_deadlock_starts_the_batch_again(number, monkeypatch):
    take, calls = items.receive_messages, []

    def deadlock_once(inbounds):
        calls.append([inbound.wamid for inbound in inbounds])
        if len(calls) == 1:
            raise OperationalError from psycopg.errors.DeadlockDetected()
        return take(inbounds)

    monkeypatch.setattr(items, "receive_messages", deadlock_once)
    store(text_event(1), text_event(2))
    drain()
    assert calls == [["wamid.1", "wamid.2"]] * 2
    assert states() == ["processed", "processed"]


def test_what_takes_the_process_down_every_time_is_set_aside(number):
    poison, _good = store(text_event(1), text_event(2))
    WebhookEvent.objects.filter(pk=poison.pk).update(attempts=MAX_ATTEMPTS)
    drain()
    assert states() == ["failed", "processed"]
    poison.refresh_from_db()
    assert "attempts" in poison.reason


def test_what_was_tried_before_goes_alone(number, monkeypatch):
    store(*[text_event(n) for n in range(4)])
    WebhookEvent.objects.filter(pk__in=WebhookEvent.objects.values("pk")[:2]).update(attempts=1)
    sizes = []
    process = ingest_module._process
    monkeypatch.setattr(
        ingest_module, "_process", lambda ids: (sizes.append(len(ids)), process(ids))[1]
    )
    drain()
    assert sorted(sizes) == [1, 1, 2]


def test_large_bodies_are_not_all_in_memory_at_once(number, monkeypatch):
    bodies = [text_event(n, 1794000000 + n) for n in range(5)]
    monkeypatch.setattr(ingest_module, "BATCH_BYTES", 2 * len(as_body(bodies[0])) + 10)
    batches = []
    process = ingest_module._process
    monkeypatch.setattr(
        ingest_module, "_process", lambda ids: (batches.append(len(ids)), process(ids))
    )
    store(*bodies)
    drain()
    assert batches == [2, 2, 1]
    texts = Message.objects.order_by("sent_at").values_list("text", flat=True)
    assert list(texts) == [f"message {n}" for n in range(5)]


def test_waiting_events_come_back_when_their_time_has_come(number):
    (event,) = store(sample("reaction"))
    drain()
    event.refresh_from_db()
    assert event.state == "waiting"
    assert wake_waiting(timezone.now()) == 0
    assert wake_waiting(timezone.now() + timedelta(seconds=4)) == 1
    assert has_pending()


def test_a_busy_worker_wakes_them_too_though_its_sweeps_expire_unread(number, monkeypatch):
    (event,) = store(sample("reaction"))
    drain()
    past = timezone.now() - timedelta(seconds=1)
    WebhookEvent.objects.filter(pk=event.pk).update(retry_at=past)
    monkeypatch.setattr("whatsapp.tasks._woken_at", -1000.0)

    drain_webhook_events()

    event.refresh_from_db()
    assert event.attempts == 2


def test_the_tasks_drain_and_sweep(number):
    store(text_event(1))
    drain_webhook_events()
    store(text_event(2))
    sweep_webhook_events()
    assert Message.objects.count() == 2


def test_old_events_are_forgotten_only_when_they_were_dealt_with(number):
    kinds = ("processed", "unusable", "failed", "unknown_number", "pending", "waiting")
    for state in kinds:
        old, _new = store({}, {})
        WebhookEvent.objects.filter(pk=old.pk).update(
            state=state, received_at=timezone.now() - timedelta(days=91)
        )
        WebhookEvent.objects.filter(pk=_new.pk).update(state=state)
    assert gone("webhooks") == 2
    assert WebhookEvent.objects.count() == 10


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (5, "no entry list"),
        ([], "no entry list"),
        ({}, "no entry list"),
        ({"object": "page", "entry": []}, "object is not whatsapp_business_account"),
        ({"object": "whatsapp_business_account", "entry": {}}, "no entry list"),
        ({"object": "whatsapp_business_account", "entry": []}, "no entries"),
        ({"object": "whatsapp_business_account", "entry": [5]}, "no changes list"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_metas_shape_is_kept_with_its_reason(db, body, reason):
    event = ingest(body)
    assert event.state == "unusable"
    assert reason in event.reason


def test_an_unknown_field_is_kept_with_its_name(number):
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "holograms", "value": {"a": 1}}]}],
    }
    event = ingest(body)
    assert (event.state, event.fields) == ("unusable", "holograms")
    assert "unknown field holograms" in event.reason


@pytest.mark.parametrize(
    ("timestamp", "is_receipt"),
    [
        ("1794000000", False),
        ("", True),
        (None, True),
        ("soon", True),
        ("0", True),
        ("9" * 30, True),
    ],
)
def test_an_impossible_time_becomes_the_receipt(number, timestamp, is_receipt):
    body = text_event(1)
    body["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] = timestamp
    event = ingest(body)
    sent_at = Message.objects.get().sent_at
    assert (sent_at == event.received_at) is is_receipt


def test_a_message_from_the_future_opens_no_longer_window_than_its_receipt(number):
    body = text_event(1)
    far = int((datetime.now(UTC) + timedelta(hours=30)).timestamp())
    body["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] = str(far)
    event = ingest(body)
    expires = Conversation.objects.get().window_expires_at
    assert expires == event.received_at + timedelta(hours=24)


def test_characters_the_database_refuses_do_not_lose_a_message(number):
    body = text_event(1)
    message = body["entry"][0]["changes"][0]["value"]["messages"][0]
    message["text"]["body"] = "a\x00b\ud800c"
    message["referral"] = {"headline": "\x00", "n": 1e300}
    raw = as_body(body).replace(b"1e+300", b"1e999")
    assert ingest(raw).state == "processed"
    stored = Message.objects.get()
    assert stored.text == "ab\ufffdc"
    assert stored.payload["referral"] == {"headline": "", "n": "inf"}


@pytest.mark.django_db(transaction=True)
def test_several_drainers_at_once_do_everything_once_and_in_order():
    factories.WhatsAppNumberFactory.create(phone_number_id="106853218861309")
    store(*[text_event(n, sender=f"4477009{n % 7:05d}") for n in range(60)])
    store(*[text_event(n, sender=f"4477009{n % 7:05d}") for n in range(60)])
    counts = []

    def work():
        try:
            counts.append(drain(max_s=150))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(150)
    assert sum(counts) == 120
    assert set(states()) == {"processed"}
    assert Message.objects.count() == 60
    for conversation in Conversation.objects.all():
        texts = conversation.messages.order_by("created_at", "id").values_list("text", flat=True)
        numbers = [int(text.split()[1]) for text in texts]
        assert numbers == sorted(numbers)


def test_two_statuses_and_a_message_in_one_body_are_all_done(number):
    body = copy.deepcopy(sample("batch-three-changes-mixed"))
    assert ingest(body).state == "processed"
