"""Kinds of media: what WhatsApp takes, how large, and small stand-ins for tests."""

from __future__ import annotations

import base64
import struct
import zlib

from simulator.models import Media

MB = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
ACCEPTED: dict[str, frozenset[str]] = {
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    "image": frozenset({"image/jpeg", "image/png"}),
    "sticker": frozenset({"image/webp"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "document": frozenset(
        {
            "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint", f"{_OFFICE}wordprocessingml.document",
            f"{_OFFICE}spreadsheetml.sheet", f"{_OFFICE}presentationml.presentation",
        }
    ),
}  # fmt: skip
LIMITS = {"audio": 16 * MB, "image": 5 * MB, "sticker": 500 * 1024, "video": 16 * MB,
          "document": 100 * MB}  # fmt: skip
INBOUND_LIMIT = 100 * MB
STICKER_PIXELS = 512
STATIC_STICKER = 100 * 1024


def bare_type(mime_type: str) -> str:
    """`audio/ogg` of `audio/ogg; codecs=opus`."""
    return mime_type.partition(";")[0].strip().lower()


def kind_of(mime_type: str) -> str:
    """The kind a file of that type is sent as; everything unknown is a document."""
    wanted = bare_type(mime_type)
    return next((kind for kind, types in ACCEPTED.items() if wanted in types), "document")


def is_accepted(mime_type: str) -> bool:
    """Whether an upload of that type is taken at all."""
    return any(bare_type(mime_type) in types for types in ACCEPTED.values())


def mismatch(kind: str, media: Media, head: bytes, *, voice: bool = False) -> str | None:
    """Why this file cannot be sent as `kind`: the words of error 131053.

    `head` is the beginning of the file: an Ogg file must hold Opus in one channel, a sticker must
    measure 512 × 512.
    """
    if kind == "document":
        return None if media.size <= LIMITS["document"] else "Media file size too big."
    bare = bare_type(media.mime_type)
    if bare not in ACCEPTED[kind]:
        return f"Unsupported {kind} mime type {media.mime_type}."
    if media.size > LIMITS[kind]:
        return f"{kind.title()} file size too big."
    if kind == "audio" and (voice or bare == "audio/ogg"):
        return _opus_problem(bare, head)
    return _sticker_problem(media, head) if kind == "sticker" else None


def _opus_problem(bare: str, head: bytes) -> str | None:
    at = head.find(b"OpusHead")
    if bare != "audio/ogg" or not head.startswith(b"OggS") or at < 0:
        return "Voice messages and audio/ogg must be Opus in Ogg."
    channels = head[at + 9] if len(head) > at + 9 else 0
    return None if channels == 1 else "Only mono input is supported for audio/ogg."


def _sticker_problem(media: Media, head: bytes) -> str | None:
    size = webp_size(head)
    if size is None:
        return None  # not a WebP file one can read: what it is, its type has said already
    width, height, animated = size
    if (width, height) != (STICKER_PIXELS, STICKER_PIXELS):
        return f"Stickers must measure 512x512 pixels, not {width}x{height}."
    if not animated and media.size > STATIC_STICKER:
        return "Static stickers have at most 100 KB."
    return None


def webp_size(head: bytes) -> tuple[int, int, bool] | None:
    """Width, height, and whether it moves, of a WebP file; None for anything else."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return None
    if head[12:16] == b"VP8X":
        width = int.from_bytes(head[24:27], "little") + 1
        return width, int.from_bytes(head[27:30], "little") + 1, bool(head[20] & 2)
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1, False
    width = int.from_bytes(head[26:28], "little") & 0x3FFF
    return width, int.from_bytes(head[28:30], "little") & 0x3FFF, False


def stand_in(kind: str, text: str = "Nordlicht Bahn") -> tuple[bytes, str, str]:
    """A small valid file of that kind: bytes, MIME type, name."""
    if kind == "image":
        return _png(320, 180), "image/png", "bild.png"
    if kind == "sticker":
        return base64.b64decode(_WEBP), "image/webp", "sticker.webp"
    if kind == "audio":
        return _ogg_silence(), "audio/ogg; codecs=opus", "sprachnachricht.ogg"
    if kind == "video":
        return _mp4(), "video/mp4", "video.mp4"
    return _pdf(text), "application/pdf", "dokument.pdf"


_WEBP = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAUAmJaQAA3AA/v02aAA="


def _png(width: int, height: int) -> bytes:
    """A calm gradient in petrol."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )  # fmt: skip

    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes((11 + x * 40 // width, 107 - y * 40 // height, 117 + x * 30 // width))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")
    )  # fmt: skip


def _pdf(text: str) -> bytes:
    """One page with one line."""
    words = "".join(c for c in text if c.isascii() and c.isprintable() and c not in "()\\")
    stream = f"BT /F1 24 Tf 72 720 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start,
    )  # fmt: skip
    return bytes(out)


def _mp4() -> bytes:
    """Enough of an MP4 to be recognised as one."""
    brand = b"isom\x00\x00\x02\x00isomiso2mp41"
    return struct.pack(">I", len(brand) + 8) + b"ftyp" + brand + struct.pack(">I", 8) + b"mdat"


def _ogg_silence() -> bytes:
    """Two seconds of silence as Opus in Ogg."""
    silence = b"\xf8\xff\xfe"  # one packet of 20 ms
    return ogg_opus([silence] * 100, 960)


def ogg_opus(packets: list[bytes], samples: int, head: bytes | None = None) -> bytes:
    """An Ogg file of Opus packets, each `samples` long at 48 kHz."""
    head = head or b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 9) + b"simulator" + struct.pack("<I", 0)
    pages = [_ogg_page([head], 0, 0, 2), _ogg_page([tags], 0, 1, 0)]
    for start in range(0, len(packets), 40):
        part = packets[start : start + 40]
        last = start + 40 >= len(packets)
        granule = (start + len(part)) * samples
        pages.append(_ogg_page(part, granule, len(pages), 4 if last else 0))
    return b"".join(pages)


def _ogg_page(packets: list[bytes], granule: int, number: int, flags: int) -> bytes:
    lacing = bytearray()
    for packet in packets:
        lacing += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 0x4E42, number, 0, len(lacing))
    page = bytearray(head + bytes(lacing) + b"".join(packets))
    struct.pack_into("<I", page, 22, _ogg_crc(page))
    return bytes(page)


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        rest = byte << 24
        for _ in range(8):
            rest = (rest << 1) ^ (0x04C11DB7 if rest & 0x80000000 else 0)
        table.append(rest & 0xFFFFFFFF)
    return table


_CRC = _crc_table()


def _ogg_crc(page: bytes | bytearray) -> int:
    crc = 0
    for byte in page:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ _CRC[(crc >> 24) ^ byte]
    return crc
