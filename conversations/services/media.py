"""Fetching customers' files: the message is on screen before its picture is."""

from __future__ import annotations

import base64
import hashlib
import logging
import tempfile
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from conversations.events import nudge, record
from conversations.gateway import MediaStream, MediaUnavailable, gateway
from conversations.models import EventName, Media, MediaStatus
from conversations.services.files import MAX_INBOUND, sniff

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
_SPOOL = 4 * 1024 * 1024


def fetch(media_id: UUID) -> None:
    """Fetch one file from the channel; tries again later when it could not be had now."""
    media = Media.objects.filter(pk=media_id, status=MediaStatus.PENDING).first()
    if media is None or media.message_id is None:
        return
    Media.objects.filter(pk=media.pk).update(attempts=media.attempts + 1)
    media.attempts += 1
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
    """Pending files whose task was lost."""
    before = timezone.now() - timedelta(minutes=2)
    rows = Media.objects.filter(
        status=MediaStatus.PENDING, created_at__lt=before, message__isnull=False
    )
    return list(rows.values_list("pk", flat=True)[:200])


def _drain(stream: MediaStream, spool: IO[bytes]) -> tuple[hashlib._Hash, int]:
    digest = hashlib.sha256()
    size = 0
    for chunk in stream.chunks:
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
    if not error.permanent and media.attempts < MAX_ATTEMPTS:
        nudge(
            "conversations.fetch_media",
            str(media.pk),
            countdown=min(2**media.attempts, 120),
        )
        return
    media.status = MediaStatus.FAILED
    media.failure = str(error)[:255]
    _save_and_announce(media)


def _save_and_announce(media: Media) -> None:
    assert media.message is not None  # only files of messages are fetched
    with transaction.atomic():
        media.save()
        record(EventName.MESSAGE_CHANGED, media.message.conversation, message=media.message)
