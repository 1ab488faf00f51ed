"""Files on their way: ours up to Meta before a send, a customer's down to us."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import requests
from django.utils import timezone

from conversations.gateway import MediaStream, MediaUnavailable, Refused, TryLater
from conversations.models import Media
from whatsapp.client import GraphClient, GraphUnreachable, graph_url, is_loopback
from whatsapp.error_table import NO_FILE
from whatsapp.errors import words_of
from whatsapp.outcomes import error_of, outcome_of
from whatsapp.payload import text_of

log = logging.getLogger(__name__)

# Meta serves files from these; nothing else ever sees our token or is fetched at all.
MEDIA_HOSTS = ("lookaside.fbsbx.com", "fbcdn.net", "whatsapp.net")
CHUNK = 64 * 1024
_MAX_HOPS = 3
# An id that Meta does not know today has been known tomorrow: only this is an answer for good.
_TOO_LARGE = 131052
# Without an id there is no fresh address; a dead one is asked this often.
_TRIES_OF_BARE_URL = 6
# Uploaded ids live 30 days (reference, section 8); a send may wait a day on its way.
UPLOAD_LIVES = timedelta(days=29)
# "audio/ogg" alone is refused: it must say that Opus is in it, and in ours nothing else is.
_SPOKEN = {"audio/ogg": "audio/ogg; codecs=opus"}


class UploadFailed(Exception):
    """The file did not get to Meta, so the message certainly did not leave."""

    def __init__(self, outcome: Refused | TryLater) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def upload(client: GraphClient, phone_number_id: str, media: Media, attempt: int) -> str:
    """Meta's id of our file, uploaded once and remembered while it lives. Raises `UploadFailed`."""
    now = timezone.now()
    if media.external_id and (media.external_expires_at or now) > now:
        return media.external_id
    mime_type = media.mime_type.split(";")[0] or "application/octet-stream"
    mime_type = _SPOKEN.get(mime_type, mime_type)
    try:
        with media.file.open("rb") as file:
            answer = client.upload(
                f"{phone_number_id}/media", file, media.filename or str(media.pk), mime_type
            )
    except GraphUnreachable as error:
        raise UploadFailed(TryLater("no_answer", str(error))) from error
    except (OSError, ValueError) as error:
        raise UploadFailed(Refused("no_file", words_of(NO_FILE))) from error
    found = answer.data.get("id")
    external_id = text_of(found) if isinstance(found, str | int) else ""
    if answer.ok and external_id:
        media.external_id, media.external_expires_at = external_id, now + UPLOAD_LIVES
        media.save(update_fields=["external_id", "external_expires_at"])
        return external_id
    outcome = outcome_of(answer, attempt)
    if isinstance(outcome, Refused | TryLater):
        raise UploadFailed(outcome)
    raise UploadFailed(TryLater("no_answer", "upload without an id"))


@contextmanager
def download(client: GraphClient, phone_number_id: str, media: Media) -> Iterator[MediaStream]:
    """Open a customer's file. Raises `MediaUnavailable`, also while its chunks are read.

    Addresses live for minutes, ids for seven days: ask for a fresh address, and once more when it
    has died meanwhile.
    """
    url = _address(client, phone_number_id, media) if media.external_id else media.external_url
    response = _open(client, url)
    if response.status_code == 404 and media.external_id:
        response.close()
        response = _open(client, _address(client, phone_number_id, media))
    with closing(response):
        if response.status_code != 200:
            gone = not media.external_id and media.attempts >= _TRIES_OF_BARE_URL
            raise MediaUnavailable(f"HTTP {response.status_code}", permanent=gone)
        length = response.headers.get("Content-Length", "")
        yield MediaStream(
            chunks=_chunks(response),
            mime_type=response.headers.get("Content-Type", "")[:120],
            size=int(length) if length.isdigit() else None,
        )


def is_allowed(url: str) -> bool:
    """Whether a file may be fetched from there with our token (no other address is asked)."""
    try:
        parts, graph = urlsplit(url), urlsplit(graph_url())
        host = (parts.hostname or "").lower()
        same_origin = (parts.scheme, host, parts.port) == (
            graph.scheme,
            graph.hostname,
            graph.port,
        )
    except ValueError:
        return False
    if same_origin:
        return True
    if is_loopback(graph.hostname or ""):
        return False  # the simulator's world has no other hosts
    known = any(host == name or host.endswith(f".{name}") for name in MEDIA_HOSTS)
    return parts.scheme == "https" and parts.port in (None, 443) and known


def _address(client: GraphClient, phone_number_id: str, media: Media) -> str:
    try:
        answer = client.get(media.external_id, {"phone_number_id": phone_number_id})
    except GraphUnreachable as error:
        raise MediaUnavailable(str(error), permanent=False) from error
    url = answer.data.get("url")
    if answer.ok and isinstance(url, str):
        return url
    code, _words, _transient = error_of(answer)
    if code == _TOO_LARGE:
        raise MediaUnavailable("too_large", permanent=True)
    raise MediaUnavailable(f"HTTP {answer.status} code {code}", permanent=False)


def _open(client: GraphClient, url: str) -> requests.Response:
    """The answer at `url` or where it redirects to; every hop is checked."""
    for _hop in range(_MAX_HOPS):
        if not is_allowed(url):
            log.warning("media.address_refused")
            raise MediaUnavailable("address not allowed", permanent=True)
        try:
            response = client.open(url)
        except GraphUnreachable as error:
            raise MediaUnavailable(str(error), permanent=False) from error
        if not response.is_redirect:
            return response
        url = urljoin(url, response.headers["Location"])
        response.close()
    raise MediaUnavailable("too many redirects", permanent=False)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(CHUNK)
    except requests.RequestException as error:
        raise MediaUnavailable(type(error).__name__, permanent=False) from error
