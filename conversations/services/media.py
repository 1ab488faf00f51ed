"""Fetching customers' files: the message is on screen before its picture is."""

from __future__ import annotations

import base64
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

from conversations.events import nudge, record
from conversations.gateway import MediaStream, MediaUnavailable, gateway
from conversations.models import EventName, Media, MediaStatus
from conversations.services.files import MAX_INBOUND, sniff

log = logging.getLogger(__name__)

# Ids from webhooks are valid for 7 days (reference, section 8).
AVAILABLE_FOR = timedelta(days=7)
LONGEST_WAIT_S = 1800.0
# One download may take this long; a file that drips in slower is tried again.
DEADLINE_S = 300.0
LEASE = timedelta(seconds=DEADLINE_S + 60)
_SPOOL = 4 * 1024 * 1024


def fetch(media_id: UUID) -> None:
    """Fetch one file from the channel; tries again later when it could not be had now."""
    media = _claim(media_id)
    if media is None:
        return
    try:
        with (
            gateway().open_media(media) as stream,
            tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool,
        ):
            digest, size = _drain(stream, spool)
            _check_digest(media, digest)
            _keep(media, spool, digest, size, stream.mime_type)
    except MediaUnavailable as error:
        _fail_or_retry(media, error)


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


def _drain(stream: MediaStream, spool: IO[bytes]) -> tuple[hashlib._Hash, int]:
    digest = hashlib.sha256()
    size = 0
    end = time.monotonic() + DEADLINE_S
    for chunk in stream.chunks:
        if time.monotonic() > end:
            raise MediaUnavailable("the download took too long", permanent=False)
        size += len(chunk)
        if size > MAX_INBOUND:
            raise MediaUnavailable("larger than 100 MB", permanent=True)
        digest.update(chunk)
        spool.write(chunk)
    if not size:
        raise MediaUnavailable("empty answer", permanent=False)
    return digest, size


def _check_digest(media: Media, digest: hashlib._Hash) -> None:
    """Meta spells the hash in hex or in base64 (reference, section 3.1)."""
    spellings = {digest.hexdigest(), base64.b64encode(digest.digest()).decode()}
    if media.sha256 and len(media.sha256) in (44, 64) and media.sha256 not in spellings:
        # The reference's own samples carry made-up hashes, so a mismatch is told, not fatal.
        log.warning("media.digest_differs media=%s", media.pk)


def _keep(media: Media, spool: IO[bytes], digest: hashlib._Hash, size: int, said_type: str) -> None:
    found = sniff(spool)
    media.mime_type = (found.mime_type or said_type or media.mime_type).split(";")[0][:120]
    media.width, media.height = found.width, found.height
    media.size = size
    media.sha256 = digest.hexdigest()
    media.status = MediaStatus.READY
    media.failure = ""
    media.file.save("inbound", File(spool), save=False)
    _save_and_announce(media)


def _fail_or_retry(media: Media, error: MediaUnavailable) -> None:
    if not error.permanent and timezone.now() - media.created_at < AVAILABLE_FOR:
        wait_s = min(2.0**media.attempts, LONGEST_WAIT_S)
        retry_at = timezone.now() + timedelta(seconds=wait_s)
        Media.objects.filter(pk=media.pk, status=MediaStatus.PENDING).update(retry_at=retry_at)
        # Longer waits are the sweeper's: a task must not wait in the broker for an hour.
        if wait_s <= 60:
            nudge("conversations.fetch_media", str(media.pk), countdown=wait_s)
        return
    media.status = MediaStatus.FAILED
    media.failure = str(error)[:255]
    _save_and_announce(media)


def _save_and_announce(media: Media) -> None:
    """Write the outcome down, unless another fetch of the same file was first."""
    assert media.message is not None  # only files of messages are fetched
    with transaction.atomic():
        pending = Media.objects.filter(pk=media.pk, status=MediaStatus.PENDING)
        if pending.select_for_update().first() is None:
            return
        media.retry_at = None
        media.save()
        record(EventName.MESSAGE_CHANGED, media.message.conversation, message=media.message)
