"""A media worker killed between any two steps: the file is there a minute later, once."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from conversations import tasks
from conversations.models import Conversation, Event
from conversations.services.media import overdue_media
from tests import factories
from tests.conversations.dying_fetch import STEPS
from tests.conversations.fakes import FakeGateway
from tests.conversations.test_uploads import picture
from tests.fixtures import Clock
from tests.whatsapp.test_crash import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_loses_and_doubles_nothing(
    step: str,
    conversation: Conversation,
    channel: FakeGateway,
    clock: Clock,
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "media"
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    message = factories.MessageFactory.create(conversation=conversation, type="image")
    media = factories.MediaFactory.create(
        message=message, kind="image", status="pending", external_id="M1", file="", sha256=""
    )
    killed = subprocess.run(
        [sys.executable, "-m", "tests.conversations.dying_fetch"],
        env=environment(HELPDESK_DATA_DIR=str(tmp_path), DIE_AT=step, MEDIA_ID=str(media.pk)),
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL

    channel.files["M1"] = picture()
    clock.at(timezone.now() + timedelta(minutes=1))
    for pk in overdue_media():
        tasks.fetch_media(str(pk))

    media.refresh_from_db()
    assert (media.status, media.claim) == ("ready", None)
    with media.file.open() as file, media.thumbnail.open() as small:
        assert (file.read(), small.read()[:4]) == (picture(), b"RIFF")
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2
    assert [event.name for event in Event.objects.all()] == ["message.changed"]
