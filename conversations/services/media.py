"""Fetching customers' files: the message is on screen before its picture is.

One file goes: claimed → downloaded to disk → scanned → looked at → stored → announced. What goes
wrong is tried again while WhatsApp has the file; what was downloaded is never asked for twice.
The claim (`media_lease.py`) fences every write: of two workers with one file, one has the word.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.core.cache import cache
from django.core.files import File
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop
from redis.exceptions import RedisError

from accounts.models import Severity
from accounts.notices import raise_notice, settle_notices
from conversations.events import nudge, record
from conversations.gateway import MediaStream, MediaUnavailable, gateway
from conversations.models import EventName, Media, MediaKind, MediaStatus
from conversations.services.decoder import Look, Undecodable, can_be_looked_at, look
from conversations.services.digests import differs
from conversations.services.files import MAX_INBOUND, sniff
from conversations.services.media_lease import AT_WORK_S, ClaimLost, Lease, claim
from conversations.services.scanner import Infected, ScannerAway, scan
from conversations.services.uploads import keep_small

log = logging.getLogger(__name__)

FETCH_TASK = "conversations.fetch_media"
# Ids from webhooks are valid for 7 days (reference, section 8).
AVAILABLE_FOR = timedelta(days=7)
LONGEST_WAIT_S = 1800.0
# One download may take this long; a file that drips in slower is tried again.
DEADLINE_S = 300.0
# After what nobody foresaw (the storage is away, a defect of ours): time for it to pass.
PAUSE = timedelta(minutes=10)
# So many workers in a row that did not come back from a file: it is to blame, not they.
MOST_LOST = 5
# A file whose task was never taken up, and how often the sweeper publishes one and the same.
TASK_IS_LOST = timedelta(minutes=1)
REMIND_EVERY_S = 120
SWEPT_AT_ONCE = 200
UNKNOWN_TYPE = "application/octet-stream"
TOO_LARGE, EXPIRED, SET_ASIDE = "too_large", "expired", "set_aside"
QUARANTINED, FILE_SET_ASIDE = "file_quarantined", "file_set_aside"
# What a claim's end writes in any case.
_END = ("claim", "claims_lost", "retry_at")


@dataclass(frozen=True)
class _Work:
    """A claimed file on its way; `small` is for its small picture."""

    media: Media
    lease: Lease
    spool: IO[bytes]
    small: IO[bytes]


def fetch(media_id: UUID) -> None:
    """Fetch one file from the channel; tries again later when it could not be had now."""
    claimed = claim(media_id)
    if claimed is None:
        return
    media, lease = claimed
    if media.claims_lost >= MOST_LOST:
        _set_aside(media, lease)
        return
    try:
        with lease, tempfile.TemporaryFile() as spool, tempfile.TemporaryFile() as small:
            lease.clear_up()
            _fetch(_Work(media, lease, spool, small))
    except ClaimLost:
        log.warning("media.claim_lost media=%s attempt=%s", media.pk, media.attempts)
        lease.take_back()
    except Exception as error:
        _pause(lease, error)
        raise


def fetch_again(media: Media) -> bool:
    """Give a file that was given up another chance; whether there is one."""
    waiting = Media.objects.filter(pk=media.pk, status=MediaStatus.FAILED, message__isnull=False)
    fresh = {"claim": None, "claims_lost": 0, "retry_at": None, "attempts": 0, "failure": ""}
    if not waiting.update(status=MediaStatus.PENDING, **fresh):
        return False
    settle_notices(FILE_SET_ASIDE, str(media.pk))
    nudge(FETCH_TASK, str(media.pk))
    media.refresh_from_db()
    if media.message is not None:
        with transaction.atomic():
            _announce(media)
    return True


def give_up(media_id: UUID) -> bool:
    """End the tries for a file that is not there yet, whoever fetches it; whether there was one.

    Somebody decided so: the thread says it, and `fetch_again` may begin anew.
    """
    waiting = Media.objects.filter(
        pk=media_id, status=MediaStatus.PENDING, message__isnull=False
    ).select_related("message__conversation")
    with transaction.atomic():
        media = waiting.select_for_update(of=("self",), no_key=True).first()
        if media is None:
            return False
        media.status, media.failure = MediaStatus.FAILED, SET_ASIDE
        _end(media)
    log.warning("media.given_up media=%s", media.pk)
    return True


def overdue_media() -> list[UUID]:
    """Pending files whose task was lost, whose worker died, or whose wait is over."""
    return [pk for pk, _attempts in _overdue()]


def remind_of_overdue() -> None:
    """Publish the tasks of overdue files; one and the same only now and then, since it may stand
    in a long queue, or be parked."""
    for pk, attempts in _overdue():
        if _is_due_again(f"media:reminded:{pk}:{attempts}") and not nudge(FETCH_TASK, str(pk)):
            return


def _is_due_again(mark: str) -> bool:
    try:
        return cache.add(mark, 1, REMIND_EVERY_S)
    except RedisError:
        return True  # the broker may be another server


def _overdue() -> list[tuple[UUID, int]]:
    now = timezone.now()
    lost = Q(retry_at=None, created_at__lt=now - TASK_IS_LOST) | Q(retry_at__lt=now)
    rows = Media.objects.filter(lost, status=MediaStatus.PENDING, message__isnull=False)
    # Those that were begun come first: the others may just stand in a long queue.
    rows = rows.order_by(F("retry_at").asc(nulls_last=True), "created_at")
    return list(rows.values_list("pk", "attempts")[:SWEPT_AT_ONCE])


def _fetch(work: _Work) -> None:
    try:
        if not _read_back(work):
            _download(work)
        _settle(work)
    except MediaUnavailable as error:
        _fail_or_retry(work, error)
    except Infected:
        _quarantine(work)
    except ScannerAway:
        _keep_until_scanned(work)


# -- The bytes ------------------------------------------------------------------------------------


def _download(work: _Work) -> None:
    """The file to disk; raises `MediaUnavailable`.

    Bytes that are not the promised ones are fetched once more, from a fresh address. The same
    again is kept: digests have been seen to be wrong, and a photo is worth more than its checksum.
    """
    media = work.media
    _download_once(work)
    if differs(media.promised_sha256, media.sha256):
        _download_once(work)
        if differs(media.promised_sha256, media.sha256):
            log.warning("media.digest_differs media=%s", media.pk)


def _download_once(work: _Work) -> None:
    work.spool.seek(0)
    work.spool.truncate()
    work.lease.sign()
    with gateway().open_media(work.media) as stream:
        digest, work.media.size = _drain(stream, work)
        work.media.sha256 = digest.hexdigest()


def _drain(stream: MediaStream, work: _Work) -> tuple[hashlib._Hash, int]:
    digest = hashlib.sha256()
    size = 0
    end = time.monotonic() + DEADLINE_S
    if stream.size is not None and stream.size > MAX_INBOUND:
        raise MediaUnavailable(TOO_LARGE, permanent=True)
    for chunk in stream.chunks:
        work.lease.sign()
        if time.monotonic() > end:
            raise MediaUnavailable("the download took too long", permanent=False)
        size += len(chunk)
        if size > MAX_INBOUND:
            raise MediaUnavailable(TOO_LARGE, permanent=True)
        digest.update(chunk)
        work.spool.write(chunk)
    if not size:
        raise MediaUnavailable("empty answer", permanent=False)
    return digest, size


def _read_back(work: _Work) -> bool:
    """What an earlier try has stored and could not have scanned, if it is still there."""
    media, spool = work.media, work.spool
    if not media.file:
        return False
    try:
        with media.file.open("rb") as stored:
            for chunk in stored.chunks():
                work.lease.sign()
                spool.write(chunk)
    except FileNotFoundError:
        media.file = ""
        spool.seek(0)
        spool.truncate()
        return False
    return True


# -- What becomes of it ---------------------------------------------------------------------------


def _settle(work: _Work) -> None:
    """Scan, look, store, announce."""
    media, spool = work.media, work.spool
    work.lease.sign(AT_WORK_S)
    if scan(spool):
        media.scanned_at = timezone.now()
    found = sniff(spool)
    work.lease.sign(AT_WORK_S)
    seen = _look(media, spool, found.mime_type, work.small)
    media.mime_type = _type_of(found.mime_type, seen)
    media.width = seen.width or found.width
    media.height = seen.height or found.height
    media.duration_s = seen.duration_s
    media.waveform = list(seen.waveform)
    media.status = MediaStatus.READY
    media.failure = ""
    work.lease.confirm(AT_WORK_S)
    _store(media, spool)
    if media.kind != MediaKind.STICKER:
        keep_small(media, work.small)
    with work.lease.last_word():
        _end(media)


def _look(media: Media, spool: IO[bytes], mime_type: str, small: IO[bytes]) -> Look:
    if not can_be_looked_at(mime_type):
        return Look()
    try:
        return look(spool, mime_type, small)
    except Undecodable as error:
        log.info("media.not_decoded media=%s cause=%s", media.pk, error)
        small.seek(0)
        small.truncate()
        return Look()


def _type_of(sniffed: str, seen: Look) -> str:
    """The type by content, never by name or header: what nobody recognises is a download."""
    if sniffed.startswith("video/") and seen.audio_codec and not seen.video_codec:
        return f"audio/{sniffed.partition('/')[2]}"
    return sniffed[:120] or UNKNOWN_TYPE


def _store(media: Media, spool: IO[bytes]) -> None:
    if media.file:
        return
    spool.seek(0)
    media.file.save("inbound", File(spool), save=False)


def _fail_or_retry(work: _Work, error: MediaUnavailable) -> None:
    media = work.media
    if not error.permanent and timezone.now() - media.created_at < AVAILABLE_FOR:
        _wait(work)
        return
    media.status = MediaStatus.FAILED
    media.failure = str(error)[:255] if error.permanent else EXPIRED
    with work.lease.last_word():
        _end(media)


def _keep_until_scanned(work: _Work) -> None:
    """Nobody sees it before it is scanned, but it is ours now, however long that takes."""
    media = work.media
    if media.file:
        _wait(work)
        return
    work.lease.confirm(AT_WORK_S)
    _store(media, work.spool)
    _wait(work, "file", "size", "sha256")


def _wait(work: _Work, *stored: str) -> None:
    """Try again later, longer each time; `stored` names what is kept, and told, meanwhile."""
    media = work.media
    wait_s = min(2.0 ** min(media.attempts, 20), LONGEST_WAIT_S)
    with work.lease.last_word():
        _lay_down(media, timedelta(seconds=wait_s))
        media.save(update_fields=[*_END, *stored])
        if stored:
            _announce(media)
    # Longer waits are the sweeper's: a task must not wait in the broker for an hour.
    if wait_s <= 60:
        nudge(FETCH_TASK, str(media.pk), countdown=wait_s)


def _pause(lease: Lease, error: Exception) -> None:
    """Nobody foresaw this `error`: later once more, and with nothing left behind."""
    is_passing = isinstance(error, OperationalError | InterfaceError)
    # Without a database the lease ends by itself.
    with suppress(DatabaseError):
        if lease.give_back(timedelta(seconds=2) if is_passing else PAUSE):
            lease.take_back()


def _set_aside(media: Media, lease: Lease) -> None:
    """Whoever fetched it was killed or hung, again and again: no worker dies of it any more."""
    assert media.message is not None  # only files of messages are fetched
    media.status, media.failure = MediaStatus.FAILED, SET_ASIDE
    lost = media.claims_lost
    with lease.last_word():
        _end(media)
    log.error("media.set_aside media=%s lost=%s", media.pk, lost)
    raise_notice(
        FILE_SET_ASIDE,
        str(media.pk),
        Severity.WARNING,
        gettext_noop(
            "A customer's file was set aside: fetching it took a worker down again and again."
        ),
        link=f"/conversations/{media.message.conversation_id}/",
    )


def _quarantine(work: _Work) -> None:
    """The scanner knows it: the bytes go, the message says so, an admin hears of it."""
    media = work.media
    assert media.message is not None  # only files of messages are fetched
    with work.lease.last_word():
        # Before the row says so: should we die now, it is fetched and scanned again.
        if media.file:
            media.file.delete(save=False)
        media.status = MediaStatus.QUARANTINED
        media.scanned_at = timezone.now()
        _end(media)
    log.warning("media.quarantined media=%s", media.pk)
    raise_notice(
        QUARANTINED,
        str(media.pk),
        Severity.WARNING,
        gettext_noop("The virus scanner found something in a customer's file. It was deleted."),
        link=f"/conversations/{media.message.conversation_id}/",
    )


def _end(media: Media) -> None:
    """Write the outcome of a (locked) file down, and say so."""
    _lay_down(media, None)
    media.save()
    _announce(media)


def _lay_down(media: Media, pause: timedelta | None) -> None:
    media.claim, media.claims_lost = None, 0
    media.retry_at = None if pause is None else timezone.now() + pause


def _announce(media: Media) -> None:
    assert media.message is not None  # only files of messages are fetched
    record(EventName.MESSAGE_CHANGED, media.message.conversation, message=media.message)
