"""Content, files and notes of old threads: what goes, and what never does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Agent
from consent.models import Topic
from consent.retention_words import days_in_words, times
from conversations.events import record
from conversations.gateway import InboundEdit
from conversations.models import (
    Conversation,
    DeliveryAttempt,
    Event,
    Media,
    MediaStatus,
    Message,
    Note,
    Reaction,
    Status,
)
from conversations.models.event import EventName
from conversations.services.annotations import receive_edit
from conversations.services.forget import clear_removed
from conversations.services.reply import may_send_again
from tests import factories
from tests.retention.helpers import aged, due, gone, resolved, rule
from whatsapp.models import WebhookEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(conversation: Conversation) -> Conversation:
    return resolved(conversation)


def said(conversation: Conversation, days: float, **kwargs: object) -> Message:
    return aged(factories.MessageFactory.create(conversation=conversation, **kwargs), days)


def file_of(message: Message, days: float) -> Media:
    media = Media(message=message, kind="image", status=MediaStatus.READY, filename="karla.jpg")
    media.file.save("x", ContentFile(b"a picture"), save=False)
    media.thumbnail.save("x", ContentFile(b"a small one"), save=False)
    media.save()
    return aged(media, days)


def test_nothing_goes_before_an_admin_sets_a_time(old: Conversation) -> None:
    said(old, 4000)
    file_of(said(old, 4000), 4000)
    factories.NoteFactory.create(conversation=old)
    assert [due(kind) for kind in ("text", "media", "notes")] == [0, 0, 0]


def test_what_a_message_said_goes_and_the_message_stays(old: Conversation, agent: Agent) -> None:
    rule("text", 365)
    message = said(old, 366, text="Gate 7", payload={"context": {"id": "x"}}, outbound=True)
    younger = said(old, 364, text="Later")
    Reaction.objects.create(
        message=message, direction="inbound", emoji="👍", reacted_at=timezone.now()
    )
    DeliveryAttempt.objects.create(
        message=message, number=1, started_at=timezone.now(), detail="words of Meta"
    )
    assert due("text") == gone("text") == 1
    message.refresh_from_db()
    assert (message.text, message.payload) == ("", {})
    assert message.text_removed_at is not None
    assert (message.status, message.days_kept) == (Status.DELIVERED, 366)
    assert not Reaction.objects.exists()
    assert DeliveryAttempt.objects.get().detail == ""
    younger.refresh_from_db()
    assert younger.text == "Later"
    assert due("text") == gone("text") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"status": Conversation.Status.OPEN},
        {"status": Conversation.Status.PENDING},
        {"status": Conversation.Status.SNOOZED},
        {"window_expires_at": timezone.now() + timedelta(hours=5)},
    ],
)
def test_nothing_goes_from_a_thread_that_is_not_over(
    old: Conversation, change: dict[str, object]
) -> None:
    for kind in ("text", "media", "notes"):
        rule(kind, 30)
    file_of(said(old, 500), 500)
    aged(factories.NoteFactory.create(conversation=old), 500)
    Conversation.objects.filter(pk=old.pk).update(**change)
    assert [due(kind) for kind in ("text", "media", "notes")] == [0, 0, 0]
    assert [gone(kind) for kind in ("text", "media", "notes")] == [0, 0, 0]


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING, Status.UNCONFIRMED])
def test_what_is_on_its_way_or_in_doubt_stays(old: Conversation, status: str) -> None:
    rule("text", 30)
    said(old, 500, outbound=True, status=status)
    assert due("text") == gone("text") == 0


@pytest.mark.django_db(transaction=True)
def test_files_go_with_the_content_and_by_a_rule_of_their_own(old: Conversation) -> None:
    rule("media", 90)
    rule("text", 365)
    kept = file_of(said(old, 80), 80)
    only_file = file_of(said(old, 100, text="Look"), 100)
    assert due("media") == gone("media") == 1
    only_file.refresh_from_db()
    assert (only_file.status, only_file.filename, only_file.file.name) == ("removed", "", "")
    assert only_file.days_kept == 100
    assert only_file.message is not None
    only_file.message.refresh_from_db()
    assert only_file.message.text == "Look"
    kept.refresh_from_db()
    assert kept.file.storage.exists(str(kept.file.name))
    storage, name = kept.file.storage, str(kept.file.name)
    assert kept.message is not None
    aged(kept.message, 400)
    assert gone("text") == 1
    kept.refresh_from_db()
    assert kept.status == MediaStatus.REMOVED
    assert not storage.exists(name)


@pytest.mark.django_db(transaction=True)
def test_bytes_that_a_dead_worker_left_behind_go_with_the_next_run(
    old: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule("media", 90)
    media = file_of(said(old, 100), 100)
    storage, name = media.file.storage, str(media.file.name)
    monkeypatch.setattr("conversations.services.forget.clear_removed", lambda _pks: None)
    assert gone("media") == 1
    assert storage.exists(name)
    monkeypatch.undo()
    assert gone("media") == 0
    assert not storage.exists(name)
    clear_removed()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_a_younger_message_shares_stays(old: Conversation) -> None:
    rule("media", 90)
    first = file_of(said(old, 100), 100)
    again = aged(
        Media.objects.create(
            message=said(old, 10), kind="image", status=MediaStatus.READY, file=first.file.name
        ),
        10,
    )
    assert gone("media") == 1
    assert again.file.storage.exists(str(again.file.name))
    aged(again, 100)
    assert gone("media") == 1
    assert not again.file.storage.exists(str(first.file.name))


def test_notes_go_with_their_events(old: Conversation, agent: Agent) -> None:
    rule("notes", 30)
    note = aged(factories.NoteFactory.create(conversation=old), 31)
    record(EventName.NOTE_CREATED, old, note=note, by=agent)
    kept = aged(factories.NoteFactory.create(conversation=old), 29)
    assert due("notes") == gone("notes") == 1
    assert list(Note.objects.values_list("pk", flat=True)) == [kept.pk]
    assert not Event.objects.filter(name=EventName.NOTE_CREATED).exists()


def test_the_narrowest_rule_counts(old: Conversation) -> None:
    Topic.objects.get_or_create(key="news")
    Topic.objects.create(key="kept", name_de="x", name_en="x")
    rule("text", 365)
    rule("text", 90, purpose="marketing")
    rule("text", 30, topic="news")
    rule("text", None, topic="kept")

    def template(category: str, topic: str | None = None) -> Message:
        made = factories.MessageTemplateFactory.create(category=category, topic_id=topic)
        return said(old, 100, outbound=True, type="template", template=made)

    by_purpose = template("marketing")
    by_topic = aged(template("marketing", "news"), 31)
    kept = aged(template("marketing", "kept"), 4000)
    utility = template("utility")
    plain, old_plain = said(old, 100), said(old, 366)
    assert due("text") == gone("text") == 3
    removed = set(Message.objects.exclude(text_removed_at=None).values_list("pk", flat=True))
    assert removed == {by_purpose.pk, by_topic.pk, old_plain.pk}
    assert not removed & {kept.pk, utility.pk, plain.pk}


def test_the_database_holds_that_removed_is_empty(old: Conversation) -> None:
    message = said(old, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(text_removed_at=timezone.now())
    media = file_of(message, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Media.objects.filter(pk=media.pk).update(status="removed")


def test_a_late_edit_or_a_new_attempt_brings_nothing_back(old: Conversation) -> None:
    rule("text", 30)
    message = said(old, 31)
    failed = said(old, 31, outbound=True, status=Status.FAILED)
    assert may_send_again(failed)
    gone("text")
    assert message.wamid
    edit = InboundEdit(
        business_number_id=message.business_number_id,
        target_wamid=message.wamid,
        text="What it said",
        occurred_at=timezone.now(),
        direction="inbound",
        revoked=False,
    )
    assert receive_edit(edit)
    message.refresh_from_db()
    assert message.text == ""
    failed.refresh_from_db()
    assert not may_send_again(failed)


def test_raw_webhooks_go_no_later_than_what_they_say(old: Conversation) -> None:
    for days in (20, 40, 95):
        event = WebhookEvent.objects.create(body=b"{}", state="processed")
        aged(event, days, "received_at")
    assert due("webhooks") == 1
    rule("text", 30)
    assert due("webhooks") == gone("webhooks") == 2
    assert WebhookEvent.objects.count() == 1
    assert [one.how_long for one in times() if one.kind == "webhooks"] == [days_in_words(30)]


def test_a_body_that_failed_in_part_loses_what_was_emptied(old: Conversation) -> None:
    rule("text", 30)
    said(old, 31, wamid="wamid.EMPTY")
    body = (
        b'{"entry":[{"changes":[{"value":{"messages":[{"id":"wamid.EMPTY","text":{"body":"Geheim"}},'
        b'{"id":"wamid.BAD","text":{"body":"Rest"}}]}}]}]}'
    )
    event = WebhookEvent.objects.create(body=body, state="failed")
    assert gone("text") == 1
    event.refresh_from_db()
    assert b"Geheim" not in bytes(event.body)
    assert b"Rest" in bytes(event.body)


def test_the_time_of_media_reaches_raw_webhooks(old: Conversation) -> None:
    aged(WebhookEvent.objects.create(body=b"{}", state="processed"), 40, "received_at")
    assert due("webhooks") == 0
    rule("media", 30)
    assert due("webhooks") == gone("webhooks") == 1


def test_a_body_that_failed_in_part_loses_what_it_says_of_a_file_that_went(
    old: Conversation,
) -> None:
    rule("media", 30)
    file_of(said(old, 31, wamid="wamid.FILE"), 31)
    body = (
        b'{"entry":[{"changes":[{"value":{"messages":[{"id":"wamid.FILE","document":'
        b'{"id":"77","filename":"Befund Anna.pdf"}},'
        b'{"id":"wamid.BAD","text":{"body":"Rest"}}]}}]}]}'
    )
    event = WebhookEvent.objects.create(body=body, state="failed")
    assert gone("media") == 1
    event.refresh_from_db()
    assert b"Befund" not in bytes(event.body)
    assert b"Rest" in bytes(event.body)


def test_events_that_threads_show_stay(old: Conversation, agent: Agent) -> None:
    names = (
        EventName.MESSAGE_CREATED,
        EventName.CONSENT_CHANGED,
        EventName.CONVERSATION_RESOLVED,
        EventName.MESSAGE_CHANGED,
    )
    for place, name in enumerate(names, start=1):
        Event.objects.create(
            name=name,
            conversation=old,
            occurred_at=timezone.now(),
            dispatched_at=timezone.now() - timedelta(days=31),
            sequence=place,
        )
    assert due("events") == gone("events") == 1
    # The newest stays, whatever it is: numbering goes on from it.
    assert set(Event.objects.values_list("name", flat=True)) == set(names[1:])
