"""Files of exports in the private storage: kept for a week, then deleted."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import uuid4

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from consent.models.data_request import DataRequest, RequestState

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)


def new_path(request: DataRequest) -> str:
    """Where an export is written: nobody can guess it, and no second try meets the first."""
    return f"exports/{request.pk.hex}/{uuid4().hex}.zip"


def is_there(request: DataRequest) -> bool:
    """Whether the file can be taken."""
    if request.state != RequestState.DONE or not request.file or request.expires_at is None:
        return False
    return request.expires_at >= timezone.now()


def open_export(request: DataRequest) -> BinaryIO:
    """The finished file, for whoever may have it; `FileNotFoundError` when there is none (any
    more). Whoever opens it writes down that it was taken."""
    if not is_there(request):
        raise FileNotFoundError
    return cast("BinaryIO", default_storage.open(request.file, "rb"))


def forget_export(request: DataRequest) -> None:
    """Delete the file; the row is the caller's to save."""
    if request.file:
        default_storage.delete(request.file)
    request.file, request.expires_at = "", None


def forget_expired() -> int:
    """Delete the files whose time is over; how many."""
    over = DataRequest.objects.filter(expires_at__lt=timezone.now()).exclude(file="")
    count = 0
    for pk in list(over.values_list("pk", flat=True)[:200]):
        with transaction.atomic():
            row = over.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is not None:
                forget_export(row)
                row.save(update_fields=["file", "expires_at"])
                log.info("export.expired request=%s", pk)
                count += 1
    return count
