"""The right to fetch one file: a claim with a token, kept while its worker gives signs of life.

Everything a fetch writes, it writes only while the row carries its token. A worker that was killed
loses its claim within `LEASE`, and the sweeper hands the file to another; one that hangs, or wakes
up late, learns that it was taken over (`ClaimLost`) and neither stores nor announces anything.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from uuid import UUID, uuid4

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations.models import Media, MediaStatus
from conversations.models.media import media_path, thumbnail_path

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
# Renewed three times within a lease: a database that is away for a moment ends none.
RENEWALS = 3
# How long a worker may be silent and still count as alive: between two parts of a download, and
# while the scanner, a decoder (which first waits for its turn) or the storage has the whole file.
SILENT_S = 120.0
AT_WORK_S = 300.0


class ClaimLost(Exception):
    """Another worker has the file now, or it was given up: nothing may be written any more."""


class Lease:
    """One claim. Within `with`, a thread renews it as long as signs of life come.

    `before` is the token of a claim that nobody ended: its worker was killed, or hangs.
    """

    def __init__(self, media_id: UUID, token: UUID, before: UUID | None = None) -> None:
        self.media_id, self.token, self.before = media_id, token, before
        self._is_lost = False
        self._ended = Event()
        self._alive_until = time.monotonic() + SILENT_S
        self._keeper = Thread(target=self._keep, name="media-lease", daemon=True)

    def __enter__(self) -> Lease:
        self._keeper.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._keeper.join()

    def sign(self, silent_s: float = SILENT_S) -> None:
        """A sign of life; the next one comes within `silent_s`. Raises `ClaimLost`."""
        if self._is_lost:
            raise ClaimLost
        self._alive_until = time.monotonic() + silent_s

    def confirm(self, silent_s: float = SILENT_S) -> None:
        """A sign of life before something that others can see, with the database asked."""
        if not self._renew():
            self._is_lost = True
        self.sign(silent_s)

    @contextmanager
    def last_word(self) -> Iterator[None]:
        """A transaction that holds the row, to write down what became of it and end the claim.

        Raises `ClaimLost` when it is not ours to write.
        """
        with transaction.atomic():
            if not self._rows().select_for_update(no_key=True).values_list("pk").first():
                raise ClaimLost
            yield

    def clear_up(self) -> None:
        """Delete what the claim before this one has stored and could not write down."""
        if self.before is not None:
            _remove_remains(self.media_id, self.before)

    def take_back(self) -> None:
        """The same for this one, which is over."""
        _remove_remains(self.media_id, self.token)

    def give_back(self, pause: timedelta) -> bool:
        """End the claim with nothing written but when to try again; whether it was still ours."""
        ends = {"claim": None, "claims_lost": 0, "retry_at": timezone.now() + pause}
        return bool(self._rows().update(**ends))

    def _rows(self) -> QuerySet[Media]:
        return Media.objects.filter(pk=self.media_id, status=MediaStatus.PENDING, claim=self.token)

    def _renew(self) -> bool:
        return bool(self._rows().update(retry_at=timezone.now() + LEASE))

    def _keep(self) -> None:
        """Renew until the end. Who is silent for too long keeps it only if nobody else came."""
        while not self._ended.wait(LEASE.total_seconds() / RENEWALS):
            if time.monotonic() > self._alive_until:
                log.warning("media.worker_silent media=%s", self.media_id)
                continue
            try:
                self._is_lost = not self._renew()
            except DatabaseError:
                log.warning("media.lease_not_renewed media=%s", self.media_id)
            finally:
                connection.close()
            if self._is_lost:
                return


def claim(media_id: UUID) -> tuple[Media, Lease] | None:
    """The file, with this attempt counted, unless it is there, being fetched, or not yet due.

    `media.claims_lost` says how many workers in a row did not come back from it.
    """
    now = timezone.now()
    due = Media.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=now),
        pk=media_id,
        status=MediaStatus.PENDING,
        message__isnull=False,
    )
    with transaction.atomic():
        # Whoever holds the row is just writing down what became of it.
        rows = due.select_for_update(of=("self",), no_key=True, skip_locked=True)
        media = rows.select_related("message__conversation").first()
        if media is None:
            return None
        before, media.claim = media.claim, uuid4()
        if before is not None:
            media.claims_lost += 1
            log.warning("media.taken_over media=%s lost=%s", media.pk, media.claims_lost)
        media.attempts += 1
        media.retry_at = now + LEASE
        media.save(update_fields=["claim", "claims_lost", "attempts", "retry_at"])
    return media, Lease(media.pk, media.claim, before)


def _remove_remains(media_id: UUID, token: UUID) -> None:
    # The paths are the claim's own, so nobody else's bytes can lie there.
    lost = Media(pk=media_id, claim=token)
    for field, path in ((lost.file, media_path), (lost.thumbnail, thumbnail_path)):
        field.storage.delete(path(lost, ""))
