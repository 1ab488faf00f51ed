"""Bytes of files over HTTP: whole, in parts, or not again; never as something a browser would run.

Who may see a file is asked before (`conversations/access.py`). Streams do not pass through memory,
neither under ASGI, where Django would collect an ordinary iterator first, nor from a bucket.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from conversations.models import Media, MediaStatus
from conversations.services.files import ACCEPTED

# What a browser may show in our origin; all else (HTML, SVG, …) is a download of unknown bytes.
INLINE = frozenset(
    {
        *("image/jpeg", "image/png", "image/webp", "image/gif"),
        *("video/mp4", "video/3gpp", "video/webm"),
        *("audio/aac", "audio/amr", "audio/flac", "audio/mpeg", "audio/mp4", "audio/ogg"),
        *("audio/wav", "audio/webm"),
    }
)
UNKNOWN_TYPE = "application/octet-stream"
CHUNK = 128 * 1024
_RANGE = re.compile(r"bytes=(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


def serve_file(
    request: HttpRequest, media: Media, *, as_attachment: bool = False
) -> HttpResponseBase:
    """The file of `media`, shown where that is safe; `Http404` for one that is not there (yet)."""
    # "audio/ogg; codecs=opus" is audio/ogg; a type we would not show is not told at all.
    mime_type = media.mime_type.partition(";")[0].strip().lower()
    shown = mime_type in INLINE
    known = shown or (as_attachment and mime_type in ACCEPTED)
    name = media.filename or f"{media.kind}-{media.created_at:%Y-%m-%d}"
    disposition = content_disposition_header(as_attachment or not shown, name) or "attachment"
    return _serve(
        request,
        media,
        media.file,
        {
            "Content-Type": mime_type if known else UNKNOWN_TYPE,
            "Content-Disposition": disposition,
            "ETag": f'"{media.pk.hex}"',
        },
    )


def serve_small(request: HttpRequest, media: Media) -> HttpResponseBase:
    """The small picture of `media`, which is our own work. Raises `Http404`."""
    headers = {"Content-Type": "image/webp", "ETag": f'"{media.pk.hex}-small"'}
    return _serve(request, media, media.thumbnail, headers)


def _serve(
    request: HttpRequest, media: Media, stored: FieldFile, headers: dict[str, str]
) -> HttpResponseBase:
    if media.status != MediaStatus.READY or not stored:
        raise Http404
    try:
        size = stored.size
        response = _answer(request, stored, size, headers["ETag"])
    except FileNotFoundError as error:
        raise Http404 from error
    for name, value in headers.items():
        response.headers[name] = value
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _answer(request: HttpRequest, stored: FieldFile, size: int, etag: str) -> HttpResponseBase:
    unchanged = get_conditional_response(request, etag)
    if unchanged is not None:
        return unchanged
    part = _part_of(request, size, etag)
    if part is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, length = part
    whole = length == size
    headers = {"Content-Length": str(length)}
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    status = 200 if whole else 206
    if request.method == "HEAD" or not length:
        return HttpResponse(status=status, headers=headers)
    kind = _AsyncBytes if isinstance(request, ASGIRequest) else _Bytes
    content = kind(_open(stored, start, length), length)
    return StreamingHttpResponse(content, status=status, headers=headers)


def _part_of(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """Where to begin and how much to send; None for a part that is not there.

    What we do not understand, several parts at once among it, is answered with the whole.
    """
    wanted = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if wanted is None or request.headers.get("If-Range", etag) != etag:
        return 0, size
    first, last, final = wanted.groups()
    if final is not None:
        length = min(int(final), size)
        return (size - length, length) if length else None
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return 0, size
    return (start, end - start + 1) if start < size else None


def _open(stored: FieldFile, start: int, length: int) -> _Readable:
    bucket = getattr(stored.storage, "bucket", None)
    if bucket is not None:  # S3: only the part that is wanted leaves the bucket
        found = bucket.Object(stored.name).get(Range=f"bytes={start}-{start + length - 1}")
        body: _Readable = found["Body"]
        return body
    assert stored.name is not None
    file = stored.storage.open(stored.name, "rb")
    file.seek(start)
    return file


class _Bytes:
    """The next `length` bytes of a file. The response closes it, also when nobody reads it."""

    def __init__(self, file: _Readable, length: int) -> None:
        self.file = file
        self.left = length

    def read(self) -> bytes:
        chunk = self.file.read(min(CHUNK, self.left)) if self.left > 0 else b""
        self.left -= len(chunk)
        return chunk

    def close(self) -> None:
        self.file.close()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if chunk := self.read():
            return chunk
        raise StopIteration


class _AsyncBytes(_Bytes):
    """The same for an event loop, which never waits for a disk or a bucket."""

    __iter__ = None  # type: ignore[assignment]  # Django would take it for an ordinary iterator

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if chunk := await sync_to_async(self.read, thread_sensitive=False)():
            return chunk
        raise StopAsyncIteration
