"""What a file really is, by its content, and how large each kind may be (reference, section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

import filetype
from PIL import Image, UnidentifiedImageError

from conversations.models import MediaKind

MIB = 1024 * 1024
# What WhatsApp takes from us, in bytes.
LIMITS = {
    MediaKind.IMAGE: 5 * MIB,
    MediaKind.VIDEO: 16 * MIB,
    MediaKind.AUDIO: 16 * MIB,
    MediaKind.DOCUMENT: 100 * MIB,
    MediaKind.STICKER: 500 * 1024,
}
MAX_INBOUND = 100 * MIB

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
# filetype's names for what WhatsApp calls otherwise.
_SAME = {"audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/mp3": "audio/mpeg"}
_HEAD = 8192


@dataclass(frozen=True)
class Sniffed:
    """A content's MIME type ("" when nobody can tell) and, for pictures, its size in pixels."""

    mime_type: str
    width: int | None = None
    height: int | None = None


def sniff(file: IO[bytes]) -> Sniffed:
    """What `file` holds, by content alone; leaves it at its start."""
    file.seek(0)
    head = file.read(_HEAD)
    guess = filetype.guess(head)
    mime_type = _SAME.get(guess.mime, guess.mime) if guess else _text_or_nothing(head)
    if mime_type == "video/mp4" and head[8:12] in (b"M4A ", b"M4B "):
        mime_type = "audio/mp4"
    width = height = None
    if mime_type.startswith("image/"):
        file.seek(0)
        try:
            with Image.open(file) as image:
                width, height = image.size
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
            mime_type = ""  # it begins like a picture, but is none
    file.seek(0)
    return Sniffed(mime_type, width, height)


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
