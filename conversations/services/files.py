"""What a file really is, by its content, and how large each kind may be (reference, section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

import filetype
from PIL import Image, UnidentifiedImageError

from conversations.models import MediaKind

KIB = 1024
MIB = 1024 * KIB
# What WhatsApp takes from us, in bytes.
LIMITS = {
    MediaKind.IMAGE: 5 * MIB,
    MediaKind.VIDEO: 16 * MIB,
    MediaKind.AUDIO: 16 * MIB,
    MediaKind.DOCUMENT: 100 * MIB,
    MediaKind.STICKER: 500 * KIB,
}
STILL_STICKER_LIMIT = 100 * KIB
STICKER_SIDE = 512  # px
MAX_INBOUND = 100 * MIB
# What we take to make it fit; the largest document is as large.
MAX_UPLOAD = 100 * MIB

ACCEPTED = {
    "image/jpeg": MediaKind.IMAGE,
    "image/png": MediaKind.IMAGE,
    "image/webp": MediaKind.STICKER,
    "video/mp4": MediaKind.VIDEO,
    "video/3gpp": MediaKind.VIDEO,
    "audio/aac": MediaKind.AUDIO,
    "audio/amr": MediaKind.AUDIO,
    "audio/mpeg": MediaKind.AUDIO,
    "audio/mp4": MediaKind.AUDIO,
    "audio/ogg": MediaKind.AUDIO,
    "application/pdf": MediaKind.DOCUMENT,
    "application/msword": MediaKind.DOCUMENT,
    "application/vnd.ms-excel": MediaKind.DOCUMENT,
    "application/vnd.ms-powerpoint": MediaKind.DOCUMENT,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": MediaKind.DOCUMENT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": MediaKind.DOCUMENT,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": MediaKind.DOCUMENT,
    "text/plain": MediaKind.DOCUMENT,
}
# What WhatsApp does not take, but we can turn into something that it does.
PICTURES_TO_CONVERT = frozenset({"image/gif", "image/bmp", "image/tiff", "image/avif"})
RECORDINGS_TO_CONVERT = frozenset(
    {"audio/wav", "audio/flac", "audio/aiff", "video/webm", "video/quicktime", "video/x-matroska"}
)
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
}
# filetype's names for what WhatsApp calls otherwise.
_SAME = {
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-aiff": "audio/aiff",
    "video/x-m4v": "video/mp4",
    "application/ogg": "audio/ogg",
    "video/ogg": "audio/ogg",
}
_READ_BY_PILLOW = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
_HEAD = 8192
_PNG_DEPTH = 24  # where a PNG says how many bits a channel has


@dataclass(frozen=True)
class Sniffed:
    """A content's MIME type ("" when nobody can tell) and, for pictures, its size in pixels.

    `is_plain` is False for pictures that WhatsApp refuses for how they store their colours.
    """

    mime_type: str
    width: int | None = None
    height: int | None = None
    is_plain: bool = True


def sniff(file: IO[bytes]) -> Sniffed:
    """What `file` holds, by content alone; reads no more than its head. Leaves it at its start."""
    file.seek(0)
    head = file.read(_HEAD)
    guess = filetype.guess(head)
    mime_type = _SAME.get(guess.mime, guess.mime) if guess else _text_or_nothing(head)
    if mime_type == "video/mp4" and head[8:12] in (b"M4A ", b"M4B "):
        mime_type = "audio/mp4"
    found = Sniffed(mime_type)
    if mime_type in _READ_BY_PILLOW:
        found = _picture(file, head, mime_type)
    file.seek(0)
    return found


def _picture(file: IO[bytes], head: bytes, mime_type: str) -> Sniffed:
    file.seek(0)
    try:
        with Image.open(file, formats=[_READ_BY_PILLOW[mime_type]]) as image:
            width, height = image.size
            is_plain = image.mode in ("RGB", "RGBA", "L") and not (
                mime_type == "image/png" and head[_PNG_DEPTH] > 8
            )
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return Sniffed("")  # it begins like a picture, but is none
    return Sniffed(mime_type, width, height, is_plain)


def _text_or_nothing(head: bytes) -> str:
    """text/plain for UTF-8 without control bytes; "" for anything else unknown."""
    if not head or b"\x00" in head:
        return ""
    try:
        # The last character may be cut by the end of the head.
        head.decode("utf-8") if len(head) < _HEAD else head[:-4].decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 8:
            return ""
    return "text/plain"
