"""HTTP calls to the Graph API: one session per thread, time-outs, no redirects, no surprises.

A call answers with what the platform said, or raises what happened on the way: `NotConnected`
(nothing was written), `NoReply` (written, and nobody knows).
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3.exceptions
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from requests.adapters import HTTPAdapter

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
# Shorter than any server keeps a silent connection: a request is not written into a closing one.
IDLE_S = 4.0
MAX_ANSWER = 5 * 1024 * 1024
USER_AGENT = "whatsapp-helpdesk/1.0"


class GraphUnreachable(Exception):
    """The call did not come to an answer."""


class NotConnected(GraphUnreachable):
    """No connection was ever opened: certainly nothing was done."""


class NoReply(GraphUnreachable):
    """The request was (perhaps) written; what became of it is unknown."""


@dataclass(frozen=True)
class Answer:
    """Status and body of an answer; `data` is {} for a body that is not a JSON object."""

    status: int
    data: dict[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class _Sessions(threading.local):
    """One `requests.Session` per thread; silent connections are closed before they are used."""

    def __init__(self) -> None:
        self.session = _new_session()
        self.used_at = 0.0

    def get(self) -> requests.Session:
        now = time.monotonic()
        if now - self.used_at > IDLE_S:
            self.session.close()
        self.used_at = now
        return self.session


def _new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxies, no .netrc: the token goes where the settings say
    session.headers["User-Agent"] = USER_AGENT
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=4, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


_sessions = _Sessions()


class GraphClient:
    """Calls with one access token. Paths are relative to the configured API version."""

    def __init__(self, access_token: str) -> None:
        self.base_url = graph_url()
        self._authorization = {"Authorization": f"Bearer {access_token}"}

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, object]) -> Answer:
        return self._call("POST", path, json=body)

    def upload(self, path: str, file: IO[bytes], filename: str, mime_type: str) -> Answer:
        """Post a file as Meta's media endpoint wants it."""
        return self._call(
            "POST",
            path,
            data={"messaging_product": "whatsapp", "type": mime_type},
            files={"file": (filename, file, mime_type)},
        )

    def open(self, url: str) -> requests.Response:
        """A streamed download of an absolute URL, with the token; the caller has checked the host.

        Raises `GraphUnreachable`. Close the response.
        """
        return self._request("GET", url, headers={"Accept": "*/*"})

    def _call(self, method: str, path: str, **parts: Any) -> Answer:
        url = f"{self.base_url}/{settings.WHATSAPP_API_VERSION}/{path.lstrip('/')}"
        with self._request(method, url, **parts) as response:
            return Answer(response.status_code, _json_of(response), _retry_after_s(response))

    def _request(self, method: str, url: str, **parts: Any) -> requests.Response:
        headers = {**self._authorization, **parts.pop("headers", {})}
        try:
            return _sessions.get().request(
                method,
                url,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_S, settings.WHATSAPP_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
                **parts,
            )
        except requests.RequestException as error:
            raise _unreachable(error) from error


def graph_url() -> str:
    """Where the Graph API is; encrypted, unless it is this machine (the simulator)."""
    url = str(settings.WHATSAPP_GRAPH_URL).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ImproperlyConfigured("WHATSAPP_GRAPH_URL must begin with https://.")
    return url


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unreachable(error: requests.RequestException) -> GraphUnreachable:
    """Tell "never connected" from "perhaps written"; in doubt it was written."""
    name = type(error).__name__
    if isinstance(error, requests.ConnectTimeout):
        return NotConnected(name)
    if isinstance(error, requests.ConnectionError) and error.args:
        cause = error.args[0]
        reason = getattr(cause, "reason", cause)
        if isinstance(reason, urllib3.exceptions.NewConnectionError | ssl.SSLCertVerificationError):
            return NotConnected(type(reason).__name__)
        inner = reason.args[0] if isinstance(reason, urllib3.exceptions.SSLError) else None
        if isinstance(inner, ssl.SSLCertVerificationError):
            return NotConnected(type(inner).__name__)
    return NoReply(name)


def _json_of(response: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises `NoReply` when the connection broke off within it."""
    body = bytearray()
    try:
        for chunk in response.iter_content(64 * 1024):
            body += chunk
            if len(body) > MAX_ANSWER:
                return {}
    except requests.RequestException as error:
        raise NoReply(type(error).__name__) from error
    try:
        data = msgspec.json.decode(bytes(body))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _retry_after_s(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() and len(value) < 6 else None
