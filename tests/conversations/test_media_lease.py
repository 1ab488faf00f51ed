"""Who fetches a file may be killed, hang, or wake up late: it is fetched once, and soon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import AdminNotice
from conversations import tasks
from conversations.gateway import MediaStream
from conversations.models import Conversation, Event, Media
from conversations.services import media as media_module
from conversations.services import media_lease
from conversations.services.media import (
    MOST_LOST,
    PAUSE,
    fetch_again,
    give_up,
    overdue_media,
)
from conversations.services.media_lease import LEASE, ClaimLost, claim
from conversations.services.scanner import Infected, ScannerAway
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.conversations.test_uploads import picture
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=1)


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    """Where the bytes lie, and nobody else's."""
    settings.MEDIA_ROOT = tmp_path
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return tmp_path


@pytest.fixture
def media(conversation: Conversation, channel: FakeGateway, folder: Path) -> Media:
    message = factories.MessageFactory.create(conversation=conversation, type="image")
    channel.files["M1"] = picture()
    return factories.MediaFactory.create(
        message=message, kind="image", status="pending", external_id="M1", file="", sha256=""
    )


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def fetch(media: Media) -> Media:
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    return media


def during(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object]) -> None:
    """`act` happens once, the first time that `name` of the module is called, before it."""
    real, left = getattr(media_module, name), [act]

    def beside(*args: Any, **kwargs: Any) -> Any:
        if left:
            left.pop()()
        return real(*args, **kwargs)

    monkeypatch.setattr(media_module, name, beside)


def test_a_worker_killed_after_its_claim_is_followed_within_a_minute(
    media: Media, clock: Clock, settings: LazySettings
) -> None:
    begun = clock.at(timezone.now())
    assert claim(media.pk)  # and then nothing: SIGKILL
    clock.forward(LEASE - SOON)
    assert overdue_media() == []
    fetch(media)
    assert (media.status, media.attempts) == ("pending", 1)
    now = clock.forward(2 * SOON)
    assert overdue_media() == [media.pk]
    fetch(media)
    assert (media.status, media.attempts, media.claim, media.claims_lost) == ("ready", 2, None, 0)
    sweep = settings.CELERY_BEAT_SCHEDULE["sweep-media"]["schedule"]
    assert now + sweep - begun < timedelta(minutes=1)


def test_a_late_worker_cannot_finish_what_another_took_over(
    media: Media, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first hangs before it scans; the second does everything; then the first goes on."""

    def take_over() -> None:
        clock.forward(LEASE + SOON)
        assert fetch(media).status == "ready"

    during(monkeypatch, "scan", take_over)
    fetch(media)
    assert files_in(folder) == sorted([Path(n.name).name for n in (media.file, media.thumbnail)])
    assert Event.objects.count() == 1
    with media.file.open() as file:
        assert file.read() == picture()


def test_who_is_overtaken_while_it_stores_takes_its_bytes_away_and_no_others(
    media: Media, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_over() -> None:
        clock.forward(LEASE + SOON)
        assert fetch(media).status == "ready"

    during(monkeypatch, "keep_small", take_over)  # its file is stored by then
    fetch(media)
    assert files_in(folder) == sorted([Path(n.name).name for n in (media.file, media.thumbnail)])
    assert Event.objects.count() == 1


def test_what_a_killed_worker_stored_and_could_not_write_down_goes(
    media: Media, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(media_module, "keep_small", die)
    with pytest.raises(SystemExit):
        fetch(media)
    assert len(files_in(folder)) == 1
    monkeypatch.undo()
    clock.forward(LEASE + SOON)
    monkeypatch.setattr(media_module, "gateway", lambda: gateway)
    gateway = FakeGateway()
    gateway.files["M1"] = picture()
    fetch(media)
    assert files_in(folder) == sorted([Path(n.name).name for n in (media.file, media.thumbnail)])


@pytest.mark.parametrize("verdict", [Infected("Eicar"), ScannerAway("nobody")])
def test_a_late_worker_s_verdict_is_not_heard(
    media: Media, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, verdict: Exception
) -> None:
    def scan(_file: object) -> bool:
        monkeypatch.setattr(media_module, "scan", lambda _file: False)
        clock.forward(LEASE + SOON)
        assert fetch(media).status == "ready"
        raise verdict

    monkeypatch.setattr(media_module, "scan", scan)
    fetch(media)
    assert media.status == "ready"
    assert media.file.storage.exists(media.file.name)
    assert not AdminNotice.objects.filter(kind="file_quarantined").exists()
    assert Event.objects.count() == 1


def test_a_late_worker_does_not_put_off_what_another_fetches(
    media: Media, channel: FakeGateway, clock: Clock
) -> None:
    claimed = claim(media.pk)
    assert claimed
    _media, late = claimed
    clock.forward(LEASE + SOON)
    other = claim(media.pk)
    assert other
    for act in (late.confirm, lambda: late.last_word().__enter__()):
        with pytest.raises(ClaimLost):
            act()
    assert not late.give_back(PAUSE)
    with pytest.raises(ClaimLost):
        late.sign()
    other[1].confirm()


def test_no_claim_of_before_fits_once_it_is_asked_for_again(media: Media, clock: Clock) -> None:
    """Attempts begin anew then; tokens do not."""
    claimed = claim(media.pk)
    assert claimed
    assert give_up(media.pk)
    media.refresh_from_db()
    assert fetch_again(media)
    again = claim(media.pk)
    assert again
    assert again[0].attempts == claimed[0].attempts
    with pytest.raises(ClaimLost):
        claimed[1].confirm()


@pytest.mark.django_db(transaction=True)
def test_a_slow_download_keeps_its_claim(
    media: Media, channel: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_lease, "LEASE", timedelta(seconds=1.5))
    others: list[object] = []

    @contextmanager
    def open_media(claimed: Media) -> Iterator[MediaStream]:
        def chunks() -> Iterator[bytes]:
            content = picture()
            yield content[:20]
            # By the end of it the claim it began with has ended, and nobody else may have it.
            _until(lambda: _retry_at() > claimed.retry_at + media_lease.LEASE)
            others.append(claim(claimed.pk))
            yield content[20:]

        yield MediaStream(chunks(), "image/png", None)

    monkeypatch.setattr(channel, "open_media", open_media)
    fetch(media)
    assert others == [None]
    assert (media.status, media.attempts) == ("ready", 1)
    assert Event.objects.count() == 1


def _retry_at() -> Any:
    return Media.objects.get().retry_at


@pytest.mark.django_db(transaction=True)
def test_who_hangs_is_not_renewed_and_may_go_on_if_nobody_came(
    media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_lease, "LEASE", timedelta(seconds=0.15))
    claimed = claim(media.pk)
    assert claimed
    lease = claimed[1]
    with lease:
        lease.sign(silent_s=-1)
        _until(lambda: overdue_media() == [media.pk])
        lease.sign()
        _until(lambda: overdue_media() == [])
        lease.confirm()


@pytest.mark.django_db(transaction=True)
def test_a_worker_learns_of_a_takeover_by_itself(
    media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_lease, "LEASE", timedelta(seconds=0.15))
    claimed = claim(media.pk)
    assert claimed
    with claimed[1] as lease:
        assert give_up(media.pk)

        def is_told() -> bool:
            try:
                lease.sign()
            except ClaimLost:
                return True
            return False

        _until(is_told)


def _until(holds: Callable[[], bool]) -> None:
    """Looks again until it is true; fails after 20 s."""
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.02)
    raise AssertionError


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_it_at_once_one_has_it(media: Media, folder: Path) -> None:
    start = threading.Barrier(6)

    def run() -> None:
        start.wait(30)
        tasks.fetch_media(str(media.pk))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    media.refresh_from_db()
    assert (media.status, media.attempts) == ("ready", 1)
    assert len(files_in(folder)) == 2
    assert Event.objects.count() == 1


def test_a_file_that_takes_its_workers_down_is_set_aside_with_a_word(
    media: Media, clock: Clock
) -> None:
    for _ in range(MOST_LOST):
        assert claim(media.pk)
        clock.forward(LEASE + SOON)
    fetch(media)
    assert (media.status, media.failure, media.claim) == ("failed", "set_aside", None)
    assert AdminNotice.objects.get().kind == "file_set_aside"
    assert Event.objects.get().name == "message.changed"
    assert overdue_media() == []
    assert fetch_again(media)
    assert AdminNotice.objects.get().settled_at is not None
    assert fetch(media).status == "ready"


def test_an_end_in_order_forgets_the_dead(media: Media, channel: FakeGateway, clock: Clock) -> None:
    channel.files.clear()
    for _ in range(MOST_LOST + 2):
        assert claim(media.pk)
        clock.forward(LEASE + SOON)
        fetch(media)  # not found today
        clock.forward(timedelta(hours=1))
    assert (media.status, media.claims_lost) == ("pending", 0)


@pytest.mark.parametrize(
    ("error", "pause"),
    [(RuntimeError("a defect"), PAUSE), (OperationalError("away"), timedelta(seconds=2))],
)
def test_what_nobody_foresaw_is_tried_again_and_leaves_nothing_behind(
    media: Media,
    folder: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    pause: timedelta,
) -> None:
    now = clock.at(timezone.now())

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(media_module, "keep_small", fail)
    with pytest.raises(type(error)):
        fetch(media)
    media.refresh_from_db()
    assert (media.status, media.claim, media.retry_at) == ("pending", None, now + pause)
    assert files_in(folder) == []


def test_a_sweeper_reminds_of_a_file_once_and_again_after_a_while(
    media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(media_module, "nudge", lambda *args, **_: told.append(args) or True)
    Media.objects.update(created_at="2026-01-01T00:00Z")
    for _ in range(3):
        tasks.sweep_media()
    assert told == [("conversations.fetch_media", str(media.pk))]
    Media.objects.update(attempts=1)  # somebody tried, and did not come back
    tasks.sweep_media()
    assert len(told) == 2


def test_what_was_begun_is_swept_before_what_stands_in_the_queue(
    media: Media, conversation: Conversation, clock: Clock
) -> None:
    message = factories.MessageFactory.create(conversation=conversation, type="image")
    old = factories.MediaFactory.create(message=message, status="pending")
    Media.objects.filter(pk=old.pk).update(created_at="2026-01-01T00:00Z")
    assert claim(media.pk)
    clock.forward(LEASE + SOON)
    assert overdue_media() == [media.pk, old.pk]
