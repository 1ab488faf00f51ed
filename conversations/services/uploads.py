"""A file an agent wants to send: checked by content, kept until the message it goes with."""

from __future__ import annotations

import hashlib

from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.errors import NotAllowed, UploadRefused
from conversations.models import Media, MediaKind, MediaStatus
from conversations.services.files import ACCEPTED, LIMITS, sniff


def store_upload(file: UploadedFile[bytes], by: Agent, kind: str | None = None) -> Media:
    """Keep an upload; `kind` may ask for "document" to send a picture as a file.

    Raises `UploadRefused` with a sentence when the type or the size would be refused.
    """
    if not by.may_write:
        raise NotAllowed
    if not file.size:
        raise UploadRefused(_("This file is empty."))
    assert file.file is not None  # an uploaded file always has one
    found = sniff(file.file)
    accepted = ACCEPTED.get(found.mime_type)
    if accepted is None:
        raise UploadRefused(
            _(
                "WhatsApp does not take this kind of file. It takes JPEG and PNG pictures, MP4 "
                "videos, audio, PDF, Office documents and plain text."
            )
        )
    chosen = MediaKind(kind) if kind == MediaKind.DOCUMENT else accepted
    limit = LIMITS[chosen]
    if file.size > limit:
        raise UploadRefused(
            _("This file is too large: %(size)s. WhatsApp takes at most %(limit)s of this kind.")
            % {"size": filesizeformat(file.size), "limit": filesizeformat(limit)}
        )
    media = Media(
        uploaded_by=by,
        kind=chosen,
        status=MediaStatus.READY,
        mime_type=found.mime_type,
        filename=_safe_name(file.name),
        size=file.size,
        sha256=_digest(file),
        width=found.width,
        height=found.height,
    )
    media.file.save("upload", file, save=False)
    media.save(force_insert=True)
    return media


def _safe_name(name: str | None) -> str:
    try:
        return get_valid_filename((name or "").split("/")[-1])[-255:]
    except ValueError:
        return "file"


def _digest(file: UploadedFile[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
