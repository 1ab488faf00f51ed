"""Files of messages, to those who may see the message, in a way no file can misuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

from django.core.files import File
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from conversations.access import visible_media
from conversations.models import Media, MediaStatus
from inbox.doors import agent_view

# What a browser may show in our origin; all else (HTML, SVG, …) is a download of unknown bytes.
SHOWN = re.compile(r"^(image/(jpeg|png|webp|gif)|video/(mp4|3gpp)|audio/[\w.+-]+)$")
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
CHUNK = 64 * 1024


@agent_view
@require_safe
@cache_control(private=True, max_age=3600)
def media(request: AgentRequest, pk: UUID) -> HttpResponseBase:
    """The bytes, whole or a range of them (players seek by ranges)."""
    found = get_object_or_404(visible_media(request.agent), pk=pk)
    if found.status != MediaStatus.READY or not found.file:
        raise Http404
    # "audio/ogg; codecs=opus" is audio/ogg; a type we would not show is not told at all.
    mime_type = found.mime_type.partition(";")[0].strip().lower()
    shown = bool(SHOWN.match(mime_type))
    try:
        file = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = _bytes(request, file, found.file.size)
    response["Content-Type"] = mime_type if shown else "application/octet-stream"
    response["Content-Disposition"] = _disposition(found, as_download=not shown)
    response["Accept-Ranges"] = "bytes"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _disposition(found: Media, *, as_download: bool) -> str:
    name = found.filename or f"{found.kind}-{found.created_at:%Y-%m-%d}"
    return content_disposition_header(as_download, name) or "attachment"


def _bytes(request: AgentRequest, file: File[bytes], size: int) -> HttpResponseBase:
    wanted = RANGE.match(request.headers.get("Range", ""))
    if wanted is None or not (wanted[1] or wanted[2]):
        return FileResponse(file)
    if wanted[1]:
        start, end = int(wanted[1]), min(int(wanted[2] or size - 1), size - 1)
    else:  # the last n bytes
        start, end = max(size - int(wanted[2]), 0), size - 1
    if start > end:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(start)
    return StreamingHttpResponse(
        _slice(file, end - start + 1),
        status=206,
        headers={
            "Content-Range": f"bytes {start}-{end}/{size}",
            "Content-Length": str(end - start + 1),
        },
    )


def _slice(file: File[bytes], length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk
