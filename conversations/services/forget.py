"""What retention rules take away from threads: content, files, notes. The rows of messages stay.

Whoever calls has the rows locked, in a transaction. A file is marked as removed first, and its
bytes go after the commit; should we die in between, the next run finds it by its mark.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conversations.models import (
    DeliveryAttempt,
    Event,
    Media,
    MediaStatus,
    Message,
    Note,
    Reaction,
)
from conversations.services.erase import forget_events

log = logging.getLogger(__name__)

_AT_ONCE = 200

# With the wamids of messages that were emptied, or whose files went: where else their words may
# stand, they go as well. The room of the channel adds itself.
also_forget: list[Callable[[Collection[str]], None]] = []


def forget_texts(messages: Sequence[Message]) -> None:
    """The message stays, with its day, its ticks and what it cost; what it said is gone."""
    pks, now = [message.pk for message in messages], timezone.now()
    Reaction.objects.filter(message__in=pks).delete()
    DeliveryAttempt.objects.filter(message__in=pks).exclude(detail="").update(detail="")
    forget_files(list(Media.objects.filter(message__in=pks).select_for_update(of=("self",))))
    Message.objects.filter(pk__in=pks).update(
        text="", payload={}, text_removed_at=now, updated_at=now
    )
    wamids = {message.wamid for message in messages if message.wamid}
    for forget in also_forget:
        forget(wamids)


def forget_files(files: Sequence[Media]) -> None:
    """The row says that there was a file, of which kind and size; name and bytes are gone."""
    pks = [media.pk for media in files if media.status != MediaStatus.REMOVED]
    if not pks:
        return
    Media.objects.filter(pk__in=pks).update(
        status=MediaStatus.REMOVED,
        removed_at=timezone.now(),
        filename="",
        sha256="",
        promised_sha256="",
        waveform=[],
        external_id="",
        external_url="",
        external_expires_at=None,
        failure="",
        retry_at=None,
        # Whoever fetches it at this moment has lost it.
        claim=None,
    )
    messages = Message.objects.filter(media__in=pks).exclude(wamid=None).exclude(wamid="")
    wamids = {wamid for wamid in messages.values_list("wamid", flat=True) if wamid}
    for forget in also_forget:
        forget(wamids)
    transaction.on_commit(partial(clear_removed, pks))


def clear_removed(pks: Sequence[UUID] | None = None) -> None:
    """Delete the bytes of removed files; without `pks` those that an earlier run left behind."""
    rows = Media.objects.filter(status=MediaStatus.REMOVED).exclude(file="", thumbnail="")
    if pks is not None:
        rows = rows.filter(pk__in=pks)
    while found := list(rows.order_by("pk")[:_AT_ONCE]):
        for media in found:
            _delete_bytes(media)
        Media.objects.filter(pk__in=[media.pk for media in found]).update(file="", thumbnail="")


def forget_notes(notes: Sequence[Note]) -> None:
    pks = [note.pk for note in notes]
    while forget_events(Event.objects.filter(note__in=pks)).looked_at:
        pass
    Note.objects.filter(pk__in=pks).delete()


def forget_uploads(files: Sequence[Media]) -> None:
    """Files that no message ever took. A file goes before its row, so none is left unknown."""
    for media in files:
        _delete_bytes(media)
    Media.objects.filter(pk__in=[media.pk for media in files]).delete()


def _delete_bytes(media: Media) -> None:
    for stored in (media.file, media.thumbnail):
        if stored and not _is_shared(media, stored.name):
            _delete(stored)


def _delete(stored: Any) -> None:
    stored.storage.delete(stored.name)


def _is_shared(media: Media, name: str | None) -> bool:
    """A message that was sent again has the same file as its first attempt."""
    same = Q(file=name) | Q(thumbnail=name)
    others = Media.objects.filter(same).exclude(pk=media.pk)
    return others.exclude(status=MediaStatus.REMOVED).exists()
