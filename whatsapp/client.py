"""HTTP calls to the Graph API: kept connections per thread, time-outs, no redirects, no surprises.

Calls with JSON go through urllib3 itself, which takes a third of the time of `requests` around it;
files are uploaded and downloaded with `requests`. A call answers with what the platform said, or
raises what happened on the way: `NotConnected` (nothing was written), `NoReply` (written, and
nobody knows).
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
from urllib.parse import urlencode, urlsplit

import certifi
import msgspec
import requests
import urllib3
import urllib3.exceptions
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
# Shorter than any server keeps a silent connection: a request is not written into a closing one.
IDLE_S = 4.0
MAX_ANSWER = 5 * 1024 * 1024
USER_AGENT = "whatsapp-helpdesk/1.0"
_HEADERS = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}


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
    # The platform's clock, as HTTP writes it.
    date: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class _OneWrite(HTTPConnection):
    """Head and body leave together: urllib3 writes them one after the other, which costs us, the
    wire and whoever reads them twice the calls."""

    _held: bytearray | None = None

    def request(self, *args: Any, **options: Any) -> None:
        self._held = bytearray()
        try:
            super().request(*args, **options)
            whole = bytes(self._held)
        finally:
            self._held = None
        super().send(whole)

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held += data


class _OneWriteEncrypted(_OneWrite, HTTPSConnection):
    pass


class _Connections(threading.local):
    """A thread's own connections; silent ones are closed before they are used."""

    def __init__(self) -> None:
        self._session = _new_session()
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._url = ""
        self._used_at = 0.0

    @property
    def session(self) -> requests.Session:
        self._close_silent()
        return self._session

    def pool(self, base_url: str) -> urllib3.HTTPConnectionPool:
        """This thread's one connection to the Graph API."""
        self._close_silent()
        if self._pool is None or self._url != base_url:
            encrypted = base_url.startswith("https:")
            trust = {"ca_certs": certifi.where(), "cert_reqs": "CERT_REQUIRED"}
            self._pool = urllib3.connection_from_url(
                base_url, maxsize=1, **(trust if encrypted else {})
            )
            self._pool.ConnectionCls = _OneWriteEncrypted if encrypted else _OneWrite
            self._url = base_url
        return self._pool

    def _close_silent(self) -> None:
        now = time.monotonic()
        if now - self._used_at > IDLE_S:
            self._session.close()
            if self._pool is not None:
                self._pool.close()
                self._pool = None
        self._used_at = now


def _new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxies, no .netrc: the token goes where the settings say
    session.headers["User-Agent"] = USER_AGENT
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=4, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


_connections = _Connections()


class GraphClient:
    """Calls with one access token. Paths are relative to the configured API version."""

    def __init__(self, access_token: str) -> None:
        self.base_url = graph_url()
        self._prefix = f"{urlsplit(self.base_url).path}/{settings.WHATSAPP_API_VERSION}"
        self._authorization = {"Authorization": f"Bearer {access_token}"}

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        query = f"?{urlencode(params)}" if params else ""
        return self._call("GET", f"{path}{query}")

    def post(self, path: str, body: Mapping[str, object]) -> Answer:
        return self._call("POST", path, msgspec.json.encode(body))

    def delete(self, path: str) -> Answer:
        return self._call("DELETE", path)

    def post_file(self, path: str, file: IO[bytes], mime_type: str) -> Answer:
        """The bytes of a resumable upload in one piece; Meta wants `OAuth` there, not `Bearer`."""
        token = self._authorization["Authorization"].removeprefix("Bearer ")
        headers = {"Authorization": f"OAuth {token}", "file_offset": "0", "Content-Type": mime_type}
        url = f"{self.base_url}/{settings.WHATSAPP_API_VERSION}/{path.lstrip('/')}"
        with self._request("POST", url, headers=headers, data=file) as response:
            return _answer(response.status_code, response.headers, _content_of(response))

    def upload(self, path: str, file: IO[bytes], filename: str, mime_type: str) -> Answer:
        """Post a file as Meta's media endpoint wants it."""
        parts = {
            "data": {"messaging_product": "whatsapp", "type": mime_type},
            "files": {"file": (filename, file, mime_type)},
        }
        url = f"{self.base_url}/{settings.WHATSAPP_API_VERSION}/{path.lstrip('/')}"
        with self._request("POST", url, **parts) as response:
            return _answer(response.status_code, response.headers, _content_of(response))

    def open(self, url: str) -> requests.Response:
        """A streamed download of an absolute URL, with the token; the caller has checked the host.

        Raises `GraphUnreachable`. Close the response.
        """
        return self._request("GET", url, headers={"Accept": "*/*"})

    def _call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        headers = {**_HEADERS, **self._authorization}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = _connections.pool(self.base_url).urlopen(
                method,
                f"{self._prefix}/{path.lstrip('/')}",
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(CONNECT_TIMEOUT_S, settings.WHATSAPP_TIMEOUT_S),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _no_answer(error) from error
        try:
            content = response.read(MAX_ANSWER + 1)
        except urllib3.exceptions.HTTPError as error:
            raise NoReply(type(error).__name__) from error
        if len(content) > MAX_ANSWER:
            response.close()  # nobody reads the rest
            content = b""
        response.release_conn()
        return _answer(response.status, response.headers, content)

    def _request(self, method: str, url: str, **parts: Any) -> requests.Response:
        headers = {**self._authorization, **parts.pop("headers", {})}
        try:
            return _connections.session.request(
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
    """What `requests` says of a call that came to no answer."""
    if isinstance(error, requests.ConnectTimeout):
        return NotConnected(type(error).__name__)
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, Exception):
        return _no_answer(reason)
    return NoReply(type(error).__name__)


def _no_answer(error: Exception) -> GraphUnreachable:
    """Tell "never connected" from "perhaps written"; in doubt it was written."""
    if isinstance(error, urllib3.exceptions.SSLError) and error.args:
        inner = error.args[0]
        if isinstance(inner, ssl.SSLCertVerificationError):
            return NotConnected(type(inner).__name__)
    never = (
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        ssl.SSLCertVerificationError,
    )
    if isinstance(error, never):
        return NotConnected(type(error).__name__)
    return NoReply(type(error).__name__)


def _content_of(response: requests.Response) -> bytes:
    """The body of an answer to an upload; nothing when it is too long to be one.

    Raises `NoReply` when the connection broke off within it.
    """
    body = bytearray()
    try:
        for chunk in response.iter_content(64 * 1024):
            body += chunk
            if len(body) > MAX_ANSWER:
                return b""
    except requests.RequestException as error:
        raise NoReply(type(error).__name__) from error
    return bytes(body)


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        data = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        data = {}
    value = headers.get("Retry-After", "")
    wait_s = float(value) if value.isdigit() and len(value) < 6 else None
    return Answer(status, data if isinstance(data, dict) else {}, wait_s, headers.get("Date", ""))
