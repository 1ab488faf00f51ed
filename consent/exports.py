"""Files of exports in the private storage: kept for the days of their rule, then deleted."""

from __future__ import annotations

import logging
from typing import BinaryIO, cast
from uuid import uuid4

from django.core.files.storage import default_storage
from django.utils import timezone

from consent.models.data_request import DataRequest, RequestState

log = logging.getLogger(__name__)


def new_path(request: DataRequest) -> str:
    """Where an export is written: nobody can guess it, and no second try meets the first."""
    return f"exports/{request.pk.hex}/{uuid4().hex}.zip"


def is_there(request: DataRequest) -> bool:
    """Whether the file can be taken."""
    if request.state != RequestState.DONE or not request.file:
        return False
    return request.expires_at is None or request.expires_at >= timezone.now()


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
