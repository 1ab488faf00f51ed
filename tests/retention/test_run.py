"""A run removes what its dry run counted, and no more, whatever lies in the database."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Agent
from consent import tasks
from consent.beginning import add_what_is_missing
from consent.holds import set_hold
from consent.models import RetentionRule, RetentionRun
from consent.retention import all_limits, limits_of, retention
from consent.retention_run import dry_run, real_run
from conversations.models import Conversation, EarlyStatus, Event, Media, Message, Note
from conversations.models.event import EventName
from helpdesk.schedule import BEAT_SCHEDULE
from tests import factories
from tests.retention.helpers import aged, due, gone, resolved, rule
from whatsapp.models import WebhookEvent, WhatsAppNumber

pytestmark = pytest.mark.django_db

_STATUSES = st.sampled_from(["resolved", "resolved", "resolved", "open", "snoozed"])


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "held": draw(st.booleans()),
        "status": draw(_STATUSES),
        "window": draw(st.sampled_from([-400.0, -1.0, 0.5])),
        "messages": draw(st.lists(st.integers(0, 120), max_size=4)),
        "files": draw(st.lists(st.integers(0, 120), max_size=2)),
        "notes": draw(st.lists(st.integers(0, 120), max_size=2)),
        "events": draw(st.lists(st.integers(0, 120), max_size=2)),
    }


DAYS = st.one_of(st.none(), st.integers(1, 100))


@given(
    everybody=st.lists(people(), min_size=1, max_size=4),
    rules=st.fixed_dictionaries({"text": DAYS, "media": DAYS, "notes": DAYS, "events": DAYS}),
    bodies=st.lists(st.integers(0, 150), max_size=3),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_run_removes_exactly_what_its_dry_run_counted(
    number: WhatsAppNumber,
    admin: Agent,
    everybody: list[dict[str, Any]],
    rules: dict[str, int | None],
    bodies: list[int],
) -> None:
    with transaction.atomic():
        _start_anew()
        for kind, days in rules.items():
            rule(kind, days)
        before = [_made(number, person, admin) for person in everybody]
        for days in bodies:
            event = WebhookEvent.objects.create(body=b"{}", state="processed")
            aged(event, days, "received_at")
        untouched = [_said(row) for row in before if _is_safe(row)]
        counted = dry_run().counts
        assert _sizes() == _sizes()
        done = real_run()
        assert {kind: found["count"] for kind, found in counted.items()} == {
            kind: done.counts.get(kind, {"count": 0})["count"] for kind in counted
        }
        assert {kind: found["oldest"] for kind, found in counted.items() if found["count"]} == {
            kind: done.counts[kind]["oldest"] for kind in counted if counted[kind]["count"]
        }
        assert done.failed == {}
        assert [_said(row) for row in before if _is_safe(row)] == untouched
        for message in Message.objects.exclude(text_removed_at=None):
            assert rules["text"] is not None
            assert message.days_kept >= rules["text"]
        assert all(found["count"] == 0 for found in dry_run().counts.values())
        transaction.set_rollback(True)  # each example finds the tables as empty as the first


def _start_anew() -> None:
    """Nothing of the fixtures is looked at, and no rule is set."""
    assert not Conversation.objects.exists()
    assert not WebhookEvent.objects.exists()
    RetentionRule.objects.all().delete()
    RetentionRun.objects.all().delete()


def _made(number: WhatsAppNumber, said: dict[str, Any], admin: Agent) -> Conversation:
    thread = factories.ConversationFactory.create(business_number=number)
    now = timezone.now()
    Conversation.objects.filter(pk=thread.pk).update(
        status=said["status"], window_expires_at=now + timedelta(days=said["window"])
    )
    for days in said["messages"]:
        aged(factories.MessageFactory.create(conversation=thread), days)
    for days in said["files"]:
        message = factories.MessageFactory.create(conversation=thread)
        media = Media(message=message, kind="image", status="ready")
        media.file.save("x", ContentFile(b"x"), save=False)
        media.save()
        aged(media, days)
    for days in said["notes"]:
        aged(factories.NoteFactory.create(conversation=thread), days)
    for days in said["events"]:
        Event.objects.create(
            name=EventName.MESSAGE_CHANGED,
            conversation=thread,
            occurred_at=now,
            dispatched_at=now - timedelta(days=days),
        )
    if said["held"]:
        set_hold(thread.contact, "Lawsuit", admin)
    thread.refresh_from_db()
    return thread


def _is_safe(thread: Conversation) -> bool:
    """Of somebody on hold, or in a thread that is not over."""
    from consent.holds import hold_of  # noqa: PLC0415

    thread.refresh_from_db()
    is_open = thread.status != "resolved" or thread.window.is_open(timezone.now())
    return is_open or hold_of(thread.contact) is not None


def _said(thread: Conversation) -> list[object]:
    return [
        list(thread.messages.order_by("pk").values_list("pk", "text", "text_removed_at")),
        list(Media.objects.filter(message__conversation=thread).values_list("pk", "status")),
        list(thread.notes.order_by("pk").values_list("pk", "text")),
    ]


def _sizes() -> list[int]:
    return [model._default_manager.count() for model in (Message, Media, Note, Event)]


# -- What a run says of itself --------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_is_remembered(
    conversation: Conversation, admin: Agent
) -> None:
    rule("text", 30)
    message = aged(factories.MessageFactory.create(conversation=resolved(conversation)), 400)
    run = dry_run(admin)
    assert (run.is_dry, run.by, run.total) == (True, admin, 1)
    assert run.ended_at is not None
    assert run.counts["text"]["oldest"] == message.created_at.isoformat()
    message.refresh_from_db()
    assert message.text_removed_at is None
    assert set(run.counts) == set(retention.kinds)


def test_an_error_at_one_kind_stops_no_other(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule("notes", 30)
    rule("text", 30)
    resolved(conversation)
    aged(factories.NoteFactory.create(conversation=conversation), 40)
    aged(factories.MessageFactory.create(conversation=conversation), 40)

    def broken(_wamids: object) -> None:
        raise RuntimeError("storage is full")

    monkeypatch.setattr("conversations.services.forget.also_forget", [broken])
    run = real_run()
    assert run.failed == {"text": "builtins.RuntimeError"}
    assert run.counts["notes"]["count"] == 1
    assert Message.objects.get().text


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_killed_is_gone_on_with(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule("notes", 30)
    resolved(conversation)
    for _ in range(3):
        aged(factories.NoteFactory.create(conversation=conversation), 40)

    class Killed(BaseException):
        pass

    def dies(_self: object, *_args: object, **_kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(RetentionRun, "save", dies)
    monkeypatch.setattr(RetentionRun.objects, "create", RetentionRun)
    with pytest.raises(Killed):
        real_run()
    monkeypatch.undo()
    real_run()
    assert not Note.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_nightly_task_works_alone(conversation: Conversation) -> None:
    rule("notes", 30)
    resolved(conversation)
    aged(factories.NoteFactory.create(conversation=conversation), 40)
    tasks.remove_what_is_over()
    assert RetentionRun.objects.get().total == 1
    assert not Note.objects.exists()


def test_old_logs_go(settings: LazySettings) -> None:
    folder = Path(settings.DATA_DIR) / "logs"
    folder.mkdir(parents=True)
    old, young = folder / "embedded.log.1", folder / "embedded.log"
    for path in (old, young):
        path.write_text("…")
    os.utime(old, (0, 0))
    assert due("logs") == gone("logs") == 1
    assert [path.name for path in folder.iterdir()] == ["embedded.log"]


# -- One place for each time ----------------------------------------------------------------------


def test_every_kind_has_its_rule_and_its_default() -> None:
    add_what_is_missing()
    set_kinds = {kind.name for kind in retention.kinds.values() if kind.is_set}
    assert set(RetentionRule.objects.values_list("kind", flat=True)) == set_kinds
    defaults = {kind.name: kind.days for kind in retention.kinds.values()}
    assert defaults == {
        "webhooks": 90,
        "early": 7,
        "events": 30,
        "uploads": 2,
        "media": None,
        "text": None,
        "notes": None,
        "exports": 7,
        "sign-ups": 30,
        "imports": 30,
        "ledger": None,
        "contacts": None,
        "logs": 30,
        "notifications": 90,
    }
    assert {name: limits.general for name, limits in all_limits().items()} == defaults


def test_no_rule_goes_below_what_is_safe() -> None:
    rule("webhooks", 1)
    assert limits_of("webhooks").general == 8
    rule("contacts", 1)
    assert limits_of("contacts").general == 365


def test_every_time_limit_of_the_product_comes_from_a_rule(conversation: Conversation) -> None:
    """What is removed for its age is removed by the nightly task, and by a rule's days."""
    current_app.loader.import_default_modules()
    nightly = {entry["task"] for entry in BEAT_SCHEDULE.values()}
    assert "consent.retention" in nightly
    assert not [name for name in current_app.tasks if "prune" in name]
    number = conversation.business_number
    ages = {"webhooks": 61, "early": 61, "events": 61, "uploads": 61}
    aged(WebhookEvent.objects.create(body=b"{}", state="processed"), 61, "received_at")
    early = EarlyStatus.objects.create(
        business_number=number, wamid="wamid.x", status="sent", occurred_at=timezone.now()
    )
    aged(early, 61)
    Event.objects.create(
        name=EventName.MESSAGE_CHANGED,
        conversation=conversation,
        occurred_at=timezone.now(),
        dispatched_at=timezone.now() - timedelta(days=61),
    )
    upload = factories.MediaFactory.create(
        message=None, uploaded_by=factories.AgentFactory.create()
    )
    aged(upload, 61)
    for kind in ages:
        rule(kind, None)
        assert due(kind) == 0, kind
        rule(kind, 62)
        assert due(kind) == 0, kind
        rule(kind, 60)
        assert due(kind) == 1, kind
