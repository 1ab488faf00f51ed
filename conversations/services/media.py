"""Fetching customers' files: the message is on screen before its picture is.

One file goes: claimed → downloaded to disk → scanned → looked at → stored → announced. What goes
wrong is tried again while WhatsApp has the file; what was downloaded is never asked for twice.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Severity
from accounts.notices import raise_notice
from conversations.events import nudge, record
from conversations.gateway import MediaStream, MediaUnavailable, gateway
from conversations.models import EventName, Media, MediaKind, MediaStatus
from conversations.services.decoder import Look, Undecodable, can_be_looked_at, look
from conversations.services.digests import differs
from conversations.services.files import MAX_INBOUND, sniff
from conversations.services.scanner import Infected, ScannerAway, scan
from conversations.services.uploads import keep_small

log = logging.getLogger(__name__)

FETCH_TASK = "conversations.fetch_media"
# Ids from webhooks are valid for 7 days (reference, section 8).
AVAILABLE_FOR = timedelta(days=7)
LONGEST_WAIT_S = 1800.0
# One download may take this long; a file that drips in slower is tried again.
DEADLINE_S = 300.0
LEASE = timedelta(seconds=2 * DEADLINE_S)
UNKNOWN_TYPE = "application/octet-stream"
TOO_LARGE, EXPIRED = "too_large", "expired"
QUARANTINED = "file_quarantined"


def fetch(media_id: UUID) -> None:
    """Fetch one file from the channel; tries again later when it could not be had now."""
    media = _claim(media_id)
    if media is None:
        return
    with tempfile.TemporaryFile() as spool, tempfile.TemporaryFile() as small:
        try:
            if not _read_back(media, spool):
                _download(media, spool)
            _settle(media, spool, small)
        except MediaUnavailable as error:
            _fail_or_retry(media, error)
        except Infected:
            _quarantine(media)
        except ScannerAway:
            _keep_until_scanned(media, spool)


def fetch_again(media: Media) -> bool:
    """Give a file that was given up another chance; whether there is one."""
    waiting = Media.objects.filter(pk=media.pk, status=MediaStatus.FAILED, message__isnull=False)
    if not waiting.update(status=MediaStatus.PENDING, retry_at=None, failure="", attempts=0):
        return False
    nudge(FETCH_TASK, str(media.pk))
    media.refresh_from_db()
    if media.message is not None:
        with transaction.atomic():
            _announce(media)
    return True


def overdue_media() -> list[UUID]:
    """Pending files whose task was lost, or whose wait is over."""
    now = timezone.now()
    lost = Q(retry_at=None, created_at__lt=now - timedelta(minutes=2)) | Q(retry_at__lt=now)
    rows = Media.objects.filter(lost, status=MediaStatus.PENDING, message__isnull=False)
    return list(rows.values_list("pk", flat=True)[:200])


def _claim(media_id: UUID) -> Media | None:
    """The file, with this attempt counted, unless it is there, being fetched, or not yet due."""
    now = timezone.now()
    free = Media.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=now),
        pk=media_id,
        status=MediaStatus.PENDING,
        message__isnull=False,
    )
    if not free.update(attempts=F("attempts") + 1, retry_at=now + LEASE):
        return None
    return Media.objects.select_related("message__conversation").get(pk=media_id)


# -- The bytes ------------------------------------------------------------------------------------


def _download(media: Media, spool: IO[bytes]) -> None:
    """The file into `spool`; raises `MediaUnavailable`.

    Bytes that are not the promised ones are fetched once more, from a fresh address. The same
    again is kept: digests have been seen to be wrong, and a photo is worth more than its checksum.
    """
    _download_once(media, spool)
    if differs(media.promised_sha256, media.sha256):
        _download_once(media, spool)
        if differs(media.promised_sha256, media.sha256):
            log.warning("media.digest_differs media=%s", media.pk)


def _download_once(media: Media, spool: IO[bytes]) -> None:
    spool.seek(0)
    spool.truncate()
    with gateway().open_media(media) as stream:
        digest, media.size = _drain(stream, spool)
        media.sha256 = digest.hexdigest()


def _drain(stream: MediaStream, spool: IO[bytes]) -> tuple[hashlib._Hash, int]:
    digest = hashlib.sha256()
    size = 0
    end = time.monotonic() + DEADLINE_S
    if stream.size is not None and stream.size > MAX_INBOUND:
        raise MediaUnavailable(TOO_LARGE, permanent=True)
    for chunk in stream.chunks:
        if time.monotonic() > end:
            raise MediaUnavailable("the download took too long", permanent=False)
        size += len(chunk)
        if size > MAX_INBOUND:
            raise MediaUnavailable(TOO_LARGE, permanent=True)
        digest.update(chunk)
        spool.write(chunk)
    if not size:
        raise MediaUnavailable("empty answer", permanent=False)
    return digest, size


def _read_back(media: Media, spool: IO[bytes]) -> bool:
    """What an earlier try has stored and could not have scanned, if it is still there."""
    if not media.file:
        return False
    try:
        with media.file.open("rb") as stored:
            for chunk in stored.chunks():
                spool.write(chunk)
    except FileNotFoundError:
        media.file = ""
        spool.seek(0)
        spool.truncate()
        return False
    return True


# -- What becomes of it ---------------------------------------------------------------------------


def _settle(media: Media, spool: IO[bytes], small: IO[bytes]) -> None:
    """Scan, look, store, announce."""
    if scan(spool):
        media.scanned_at = timezone.now()
    found = sniff(spool)
    seen = _look(media, spool, found.mime_type, small)
    media.mime_type = _type_of(found.mime_type, seen)
    media.width = seen.width or found.width
    media.height = seen.height or found.height
    media.duration_s = seen.duration_s
    media.waveform = list(seen.waveform)
    media.status = MediaStatus.READY
    media.failure = ""
    _store(media, spool)
    if media.kind != MediaKind.STICKER:
        keep_small(media, small)
    _save_and_announce(media)


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


def _fail_or_retry(media: Media, error: MediaUnavailable) -> None:
    now = timezone.now()
    if not error.permanent and now - media.created_at < AVAILABLE_FOR:
        _wait(media)
        return
    media.status = MediaStatus.FAILED
    media.failure = str(error)[:255] if error.permanent else EXPIRED
    _save_and_announce(media)


def _keep_until_scanned(media: Media, spool: IO[bytes]) -> None:
    """Nobody sees it before it is scanned, but it is ours now, however long that takes."""
    if not media.file:
        _store(media, spool)
        media.save(update_fields=["file", "size", "sha256"])
        _announce(media)
    _wait(media)


def _wait(media: Media) -> None:
    wait_s = min(2.0 ** min(media.attempts, 20), LONGEST_WAIT_S)
    retry_at = timezone.now() + timedelta(seconds=wait_s)
    Media.objects.filter(pk=media.pk, status=MediaStatus.PENDING).update(retry_at=retry_at)
    # Longer waits are the sweeper's: a task must not wait in the broker for an hour.
    if wait_s <= 60:
        nudge(FETCH_TASK, str(media.pk), countdown=wait_s)


def _quarantine(media: Media) -> None:
    """The scanner knows it: the bytes go, the message says so, an admin hears of it."""
    assert media.message is not None  # only files of messages are fetched
    if media.file:
        media.file.delete(save=False)
    media.status = MediaStatus.QUARANTINED
    media.scanned_at = timezone.now()
    log.warning("media.quarantined media=%s", media.pk)
    _save_and_announce(media)
    raise_notice(
        QUARANTINED,
        str(media.pk),
        Severity.WARNING,
        gettext_noop("The virus scanner found something in a customer's file. It was deleted."),
        link=f"/conversations/{media.message.conversation_id}/",
    )


def _save_and_announce(media: Media) -> None:
    """Write the outcome down, unless another fetch of the same file was first."""
    with transaction.atomic():
        pending = Media.objects.filter(pk=media.pk, status=MediaStatus.PENDING)
        if pending.select_for_update().first() is None:
            return
        media.retry_at = None
        media.save()
        _announce(media)


def _announce(media: Media) -> None:
    assert media.message is not None  # only files of messages are fetched
    record(EventName.MESSAGE_CHANGED, media.message.conversation, message=media.message)
