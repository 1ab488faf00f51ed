"""Making a file fit what WhatsApp takes: as it is, made anew, or refused with a sentence.

The table of limits is in `files.py`; what opens files runs in a process of its own (`decoder.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.errors import UploadRefused
from conversations.models import MediaKind
from conversations.services import decoder
from conversations.services.decoder import Look, Undecodable
from conversations.services.files import (
    ACCEPTED,
    LIMITS,
    PICTURES_TO_CONVERT,
    RECORDINGS_TO_CONVERT,
    STICKER_SIDE,
    STILL_STICKER_LIMIT,
    Sniffed,
    sniff,
)

_NOT_TAKEN = _(
    "WhatsApp does not take this kind of file. It takes JPEG and PNG pictures, MP4 "
    "videos, audio, PDF, Office documents and plain text."
)
_BROKEN = _("This file is broken, or not what its name says: it cannot be read.")
_WORDS: dict[str, str | Promise] = {
    "moving": _("WhatsApp does not take moving GIFs. Please send an MP4 video instead."),
    "too_large": _("This picture cannot be made small enough for WhatsApp."),
    "too_many_pixels": _("This picture has too many pixels. Please make it smaller first."),
    "too_slow": _("Preparing this file takes too long. Please try a smaller one."),
    "busy": _("Many files are being prepared just now. Please try again in a moment."),
    "no_sound": _("There is nothing to hear in this recording."),
}
_HEIC = _("WhatsApp does not take Apple's HEIC pictures. Please save it as JPEG first.")
_AS_THEY_ARE = {"mp3": "audio/mpeg", "aac": "audio/aac", "amr": "audio/amr"}


@dataclass(frozen=True)
class Prepared:
    """What is to be kept: the bytes, the upload's own or new ones, and what they are."""

    kind: MediaKind
    mime_type: str
    content: IO[bytes]
    size: int
    look: Look
    is_voice: bool = False


@dataclass(frozen=True)
class Bench:
    """An upload, and two empty files: for a new version of it, and for its small picture."""

    source: IO[bytes]
    made: IO[bytes]
    small: IO[bytes]


def prepare(bench: Bench, kind: str | None = None, *, voice: bool = False) -> Prepared:
    """The upload in a form WhatsApp takes. `kind` may ask for "document" or "sticker".

    Raises `UploadRefused` with a sentence.
    """
    found = sniff(bench.source)
    try:
        if voice:
            return _voice(bench)
        if kind == MediaKind.DOCUMENT:
            return _document(bench, found)
        if found.mime_type in ("image/heic", "image/heif"):
            raise UploadRefused(_HEIC)
        if found.mime_type in PICTURES_TO_CONVERT or found.mime_type.startswith("image/"):
            return _picture(bench, found, kind)
        if found.mime_type.startswith(("audio/", "video/")):
            return _recording(bench, found)
    except Undecodable as error:
        raise UploadRefused(_WORDS.get(str(error), _BROKEN)) from error
    return _document(bench, found)


def _document(bench: Bench, found: Sniffed) -> Prepared:
    if found.mime_type not in ACCEPTED:
        raise UploadRefused(_NOT_TAKEN)
    return _checked(
        MediaKind.DOCUMENT, found.mime_type, bench.source, Look(found.width, found.height)
    )


def _picture(bench: Bench, found: Sniffed, kind: str | None) -> Prepared:
    if found.mime_type not in ACCEPTED and found.mime_type not in PICTURES_TO_CONVERT:
        raise UploadRefused(_NOT_TAKEN)
    look = _seen(bench, found)
    square = found.width == found.height == STICKER_SIDE
    if kind == MediaKind.STICKER or (found.mime_type == "image/webp" and square and kind is None):
        limit = LIMITS[MediaKind.STICKER] if look.animated else STILL_STICKER_LIMIT
        if found.mime_type == "image/webp" and square and _size(bench.source) <= limit:
            return _checked(MediaKind.STICKER, "image/webp", bench.source, look)
        return _made(bench, MediaKind.STICKER, decoder.as_sticker)
    fits = found.is_plain and _size(bench.source) <= LIMITS[MediaKind.IMAGE]
    if found.mime_type in ("image/jpeg", "image/png") and fits:
        return _checked(MediaKind.IMAGE, found.mime_type, bench.source, look)
    return _made(bench, MediaKind.IMAGE, decoder.as_picture)


def _seen(bench: Bench, found: Sniffed) -> Look:
    """One that our decoder does not like goes as it is, while nothing must be changed."""
    try:
        return decoder.look(bench.source, found.mime_type, bench.small)
    except Undecodable:
        bench.small.seek(0)
        bench.small.truncate()
        return Look(found.width, found.height)


def _recording(bench: Bench, found: Sniffed) -> Prepared:
    if found.mime_type not in ACCEPTED and found.mime_type not in RECORDINGS_TO_CONVERT:
        raise UploadRefused(_NOT_TAKEN)
    look = decoder.look(bench.source, found.mime_type, bench.small)
    if look.video_codec:
        return _film(bench, found, look)
    mime_type = _sound_type(look)
    if mime_type:
        return _checked(MediaKind.AUDIO, mime_type, bench.source, look)
    return _made(bench, MediaKind.AUDIO, decoder.as_voice)


def _film(bench: Bench, found: Sniffed, look: Look) -> Prepared:
    sound_fits = look.audio_codec in ("", "aac") and look.audio_streams <= 1
    if look.video_codec != "h264" or not sound_fits:
        codecs = " + ".join(filter(None, (look.video_codec, look.audio_codec)))
        raise UploadRefused(
            _(
                "WhatsApp plays only H.264 videos with one AAC sound track; this one is "
                "%(codecs)s. Please convert it, or send it as a document."
            )
            % {"codecs": codecs}
        )
    if found.mime_type in ("video/mp4", "video/3gpp"):
        return _checked(MediaKind.VIDEO, found.mime_type, bench.source, look)
    return _made(bench, MediaKind.VIDEO, decoder.as_film)


def _voice(bench: Bench) -> Prepared:
    """A voice note: Ogg with mono Opus, whatever the browser recorded."""
    look = decoder.look(bench.source, "audio/ogg", bench.small)
    if look.video_codec:
        raise UploadRefused(_BROKEN)
    if _sound_type(look) == "audio/ogg":
        return _checked(MediaKind.AUDIO, "audio/ogg", bench.source, look, is_voice=True)
    return _made(bench, MediaKind.AUDIO, decoder.as_voice, is_voice=True)


def _sound_type(look: Look) -> str:
    """The MIME type of sound that WhatsApp takes as it is; "" for what must be made anew."""
    if look.format == "ogg" and look.audio_codec == "opus" and look.channels == 1:
        return "audio/ogg"
    if "mp4" in look.format.split(",") and look.audio_codec == "aac":
        return "audio/mp4"
    return _AS_THEY_ARE.get(look.format, "")


def _made(
    bench: Bench,
    kind: MediaKind,
    convert: Callable[[IO[bytes], IO[bytes]], str],
    *,
    is_voice: bool = False,
) -> Prepared:
    mime_type = convert(bench.source, bench.made)
    bench.small.seek(0)
    bench.small.truncate()
    look = decoder.look(bench.made, mime_type, bench.small)
    return _checked(kind, mime_type, bench.made, look, is_voice=is_voice)


def _checked(
    kind: MediaKind, mime_type: str, content: IO[bytes], look: Look, *, is_voice: bool = False
) -> Prepared:
    size, limit = _size(content), LIMITS[kind]
    if size > limit:
        raise UploadRefused(
            _("This file is too large: %(size)s. WhatsApp takes at most %(limit)s of this kind.")
            % {"size": filesizeformat(size), "limit": filesizeformat(limit)}
        )
    content.seek(0)
    return Prepared(kind, mime_type, content, size, look, is_voice)


def _size(file: IO[bytes]) -> int:
    return file.seek(0, 2)
