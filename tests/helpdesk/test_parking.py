"""Tasks that fail every time, or kill their worker, do not come back for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Task, current_app
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AdminNotice, Agent
from conversations import tasks
from conversations.models import Conversation, Event, Media
from conversations.services import media as media_service
from conversations.services.media import fetch_again, overdue_media
from conversations.services.media_lease import ClaimLost, claim
from helpdesk.models import ParkedTask
from helpdesk.parking import BOARD, MOST_DEATHS, MOST_FAILURES, HouseTask
from inbox.media_look import media_look
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.conversations.test_uploads import picture
from tests.helpdesk import poison
from tests.stack import eventually
from tests.whatsapp.test_crash import environment


class Bad(Exception):
    """What a task raises; its words must not be kept."""


CALLS: list[tuple[Any, ...]] = []
ERRORS: list[Exception | None] = []


@current_app.task(name="tests.unlucky")
def unlucky(*args: object) -> None:
    CALLS.append(args)
    error = ERRORS[0] if ERRORS else None
    if error is not None:
        raise error


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    BOARD.forget()
    CALLS.clear()
    ERRORS[:] = [Bad("Karla Kundin, 4915112345678")]
    yield
    BOARD.forget()


def run(task: Task, *args: object) -> None:
    task.apply(args=args)


def test_every_task_of_the_house_is_watched() -> None:
    current_app.loader.import_default_modules()
    ours = {
        name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")
    }

    assert "conversations.fetch_media" in ours
    assert all(isinstance(task, HouseTask) for task in ours.values())


def test_settings_ack_late_take_one_and_outwait_every_task() -> None:
    conf = current_app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit
    for name, task in current_app.tasks.items():
        if not name.startswith("celery."):
            assert task.acks_late, name


def test_what_raises_is_kept_once_with_its_trace_and_without_words(db: None) -> None:
    for _ in range(3):
        run(unlucky, "42")

    row = ParkedTask.objects.get()
    assert (row.name, row.args, row.times, row.cause) == ("tests.unlucky", ["42"], 3, "raised")
    assert row.error.endswith(".Bad")
    assert "tests/helpdesk/test_parking.py" in row.trace
    assert "Karla" not in row.trace + row.error
    assert not AdminNotice.objects.exists()


def test_after_some_failures_it_is_not_tried_again_and_admins_hear_of_it(db: None) -> None:
    for _ in range(MOST_FAILURES + 3):
        run(unlucky, "42")
    run(unlucky, "43")

    assert len([args for args in CALLS if args == ("42",)]) == MOST_FAILURES
    assert len([args for args in CALLS if args == ("43",)]) == 1
    notice = AdminNotice.objects.get()
    assert "tests.unlucky" in notice.words
    assert str(MOST_FAILURES) in notice.words


def test_another_process_learns_of_it(db: None) -> None:
    for _ in range(MOST_FAILURES):
        run(unlucky, "42")
    BOARD.forget()
    CALLS.clear()

    run(unlucky, "42")

    assert not CALLS


def test_what_was_settled_elsewhere_just_now_is_tried_again(db: None) -> None:
    for _ in range(MOST_FAILURES):
        run(unlucky, "42")
    assert BOARD.is_parked(ParkedTask.objects.get().signature)
    CALLS.clear()
    # By an admin's "process again" in the web process, which this one has not heard of.
    ParkedTask.objects.update(settled_at=timezone.now())

    run(unlucky, "42")

    assert CALLS


def test_a_sweeper_goes_on_whatever_happened(db: None) -> None:
    for _ in range(MOST_FAILURES + 3):
        run(unlucky)

    assert len(CALLS) == MOST_FAILURES + 3
    assert ParkedTask.objects.get().times == MOST_FAILURES + 3


def test_what_goes_well_again_is_settled(db: None) -> None:
    for _ in range(MOST_FAILURES):
        run(unlucky)
    ERRORS[:] = [None]

    run(unlucky)

    assert ParkedTask.objects.get().settled_at is not None
    assert not AdminNotice.objects.filter(settled_at=None).exists()
    ERRORS[:] = [Bad()]
    run(unlucky)
    assert ParkedTask.objects.filter(settled_at=None).get().times == 1


def test_a_database_that_is_away_is_nobody_s_fault(db: None) -> None:
    ERRORS[:] = [OperationalError("the connection is closed")]

    run(unlucky, "42")

    assert not ParkedTask.objects.exists()


def test_an_admin_has_it_processed_again(
    client: Client, admin: Agent, redis_client: redis.Redis
) -> None:
    for _ in range(MOST_FAILURES):
        run(unlucky, "42")
    row = ParkedTask.objects.get()
    client.force_login(admin)
    url = reverse("admin:helpdesk_parkedtask_changelist")
    assert "tests.unlucky" in client.get(url).content.decode()
    assert client.get(f"{url}{row.pk}/change/").status_code == 200

    client.post(url, {"action": "process_again", "_selected_action": [row.pk]})

    row.refresh_from_db()
    assert row.settled_at is not None
    assert redis_client.llen("maintenance") == 1
    CALLS.clear()
    ERRORS[:] = [None]
    run(unlucky, "42")
    assert CALLS == [("42",)]


@pytest.fixture
def bad_file(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> Media:
    """A file whose fetch raises every time, so that it was parked."""

    def fail(_media: Media) -> None:
        raise Bad

    channel = FakeGateway()
    monkeypatch.setattr(channel, "open_media", fail)
    monkeypatch.setattr(media_service, "gateway", lambda: channel)
    message = factories.MessageFactory.create(conversation=conversation, type="image")
    media = factories.MediaFactory.create(
        message=message, status="pending", external_id="M1", file="", sha256=""
    )
    for _ in range(MOST_FAILURES):
        Media.objects.update(retry_at=None)
        run(tasks.fetch_media, str(media.pk))
    assert ParkedTask.objects.get().times == MOST_FAILURES
    media.refresh_from_db()
    return media


def sets_aside(client: Client, admin: Agent) -> None:
    client.force_login(admin)
    url = reverse("admin:helpdesk_parkedtask_changelist")
    pks = list(ParkedTask.objects.filter(settled_at=None).values_list("pk", flat=True))
    client.post(url, {"action": "give_up", "_selected_action": pks})
    assert not ParkedTask.objects.filter(settled_at=None).exists()


def test_a_file_that_is_set_aside_for_good_is_not_swept_again_and_says_so(
    client: Client, admin: Agent, bad_file: Media, redis_client: redis.Redis
) -> None:
    Media.objects.update(retry_at=timezone.now() - timedelta(minutes=1))
    assert overdue_media() == [bad_file.pk]  # it would be published, and skipped, for ever

    sets_aside(client, admin)

    bad_file.refresh_from_db()
    assert (bad_file.status, bad_file.failure, bad_file.claim) == ("failed", "set_aside", None)
    assert not AdminNotice.objects.filter(settled_at=None).exists()
    redis_client.delete("media")
    tasks.sweep_media()
    assert not redis_client.exists("media")
    look = media_look(bad_file)
    assert look is not None
    assert (look.shape, look.can_ask_again) == ("failed", True)
    assert "our side" in look.words
    assert Event.objects.get().name == "message.changed"


def test_what_was_set_aside_for_good_can_be_asked_for_again_once_it_is_mended(
    client: Client, admin: Agent, bad_file: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets_aside(client, admin)
    bad_file.refresh_from_db()
    mended = FakeGateway()
    mended.files["M1"] = picture()
    monkeypatch.setattr(media_service, "gateway", lambda: mended)

    assert fetch_again(bad_file)
    run(tasks.fetch_media, str(bad_file.pk))

    bad_file.refresh_from_db()
    assert bad_file.status == "ready"


def test_who_fetches_it_just_then_does_not_bring_it_back(
    client: Client, admin: Agent, bad_file: Media
) -> None:
    Media.objects.update(retry_at=None)
    claimed = claim(bad_file.pk)
    assert claimed
    sets_aside(client, admin)
    with pytest.raises(ClaimLost):
        claimed[1].confirm()


def test_a_file_that_is_there_by_now_stays(client: Client, admin: Agent, bad_file: Media) -> None:
    Media.objects.update(status="ready", retry_at=None)
    sets_aside(client, admin)
    bad_file.refresh_from_db()
    assert bad_file.status == "ready"


@pytest.mark.parametrize("args", [["no id"], [], ["a", "b"]])
def test_arguments_of_nothing_are_just_settled(
    client: Client, admin: Agent, args: list[str]
) -> None:
    now = timezone.now()
    ParkedTask.objects.create(
        name="conversations.fetch_media", args=args, cause="raised", first_at=now, last_at=now
    )
    sets_aside(client, admin)


@pytest.mark.processes
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_a_task_that_kills_its_worker_is_parked_in_the_end(
    tmp_path: Path, redis_client: redis.Redis
) -> None:
    current_app.send_task(poison.NAME, args=[str(tmp_path)], queue=poison.QUEUE)
    starts = tmp_path / "starts"
    command = [sys.executable, "-m", "tests.helpdesk.poison"]
    for _ in range(MOST_DEATHS + 1):
        killed = subprocess.run(command, env=environment(), timeout=90, check=False)
        assert killed.returncode == -9
    assert len(starts.read_text().split()) == MOST_DEATHS + 1

    survivor = subprocess.Popen(command, env=environment())
    try:
        eventually(ParkedTask.objects.exists, 60, "it was not parked")
        eventually(lambda: not redis_client.hlen("unacked"), 20, "it was not acknowledged")
        assert survivor.poll() is None
    finally:
        survivor.terminate()
        survivor.wait(20)

    row = ParkedTask.objects.get()
    assert (row.name, row.cause, row.args) == (poison.NAME, "killed", [str(tmp_path)])
    assert len(starts.read_text().split()) == MOST_DEATHS + 1
    assert AdminNotice.objects.filter(kind="task_parked", settled_at=None).exists()
