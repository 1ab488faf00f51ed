"""A file an agent wants to send: checked by content, made to fit, kept until its message."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import PurePath
from typing import IO

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.errors import NotAllowed, UploadRefused
from conversations.models import Media, MediaStatus
from conversations.services.files import MAX_UPLOAD, SUFFIXES
from conversations.services.preparing import Bench, Prepared, prepare
from conversations.services.scanner import Infected, ScannerAway, scan

CHUNK = 256 * 1024


def store_upload(
    file: UploadedFile[bytes], by: Agent, kind: str | None = None, *, voice: bool = False
) -> Media:
    """Keep an upload in a form that WhatsApp takes.

    `kind` may ask for "document" (a picture as a file) or "sticker"; `voice` makes a voice note of
    whatever was recorded. Raises `UploadRefused` with a sentence when that cannot be.
    """
    if not by.may_write:
        raise NotAllowed
    if not file.size:
        raise UploadRefused(_("This file is empty."))
    if file.size > MAX_UPLOAD:
        raise UploadRefused(
            _("This file is too large: %(size)s. WhatsApp takes at most %(limit)s of this kind.")
            % {"size": filesizeformat(file.size), "limit": filesizeformat(MAX_UPLOAD)}
        )
    with (
        tempfile.TemporaryFile() as source,
        tempfile.TemporaryFile() as made,
        tempfile.TemporaryFile() as small,
    ):
        for chunk in file.chunks():
            source.write(chunk)
        was_scanned = _scan(source)
        prepared = prepare(Bench(source, made, small), kind, voice=voice)
        return _keep(prepared, small, by, _name_for(file.name, prepared), was_scanned=was_scanned)


def _scan(source: IO[bytes]) -> bool:
    try:
        return scan(source)
    except Infected as error:
        raise UploadRefused(
            _("The virus scanner found something in this file, so it was not kept.")
        ) from error
    except ScannerAway as error:
        raise UploadRefused(
            _(
                "The virus scanner does not answer, so no file can be sent at present. Please try "
                "again in a moment."
            )
        ) from error


def _keep(
    prepared: Prepared, small: IO[bytes], by: Agent, name: str, *, was_scanned: bool
) -> Media:
    media = Media(
        uploaded_by=by,
        kind=prepared.kind,
        status=MediaStatus.READY,
        mime_type=prepared.mime_type,
        filename=name,
        size=prepared.size,
        sha256=_digest(prepared.content),
        width=prepared.look.width,
        height=prepared.look.height,
        duration_s=prepared.look.duration_s,
        waveform=list(prepared.look.waveform),
        is_voice=prepared.is_voice,
        scanned_at=timezone.now() if was_scanned else None,
    )
    media.file.save("upload", File(prepared.content), save=False)
    keep_small(media, small)
    media.save(force_insert=True)
    return media


def keep_small(media: Media, small: IO[bytes]) -> None:
    """Store the small picture of `media`, if there is one; the row is the caller's to save."""
    if small.seek(0, 2):
        small.seek(0)
        media.thumbnail.save("small", File(small), save=False)


def _name_for(name: str | None, prepared: Prepared) -> str:
    """The agent's name for it, with the ending of what it has become."""
    found = _safe_name(name)
    suffix = SUFFIXES.get(prepared.mime_type)
    if suffix and prepared.kind != "document":
        path = PurePath(found)
        same = {".jpg": (".jpg", ".jpeg"), ".ogg": (".ogg", ".opus", ".oga")}
        if path.suffix.lower() not in same.get(suffix, (suffix,)):
            return f"{path.stem or prepared.kind}{suffix}"[-255:]
    return found


def _safe_name(name: str | None) -> str:
    try:
        return get_valid_filename((name or "").split("/")[-1])[-255:]
    except ValueError:
        return "file"


def _digest(content: IO[bytes]) -> str:
    content.seek(0)
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK):
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()
