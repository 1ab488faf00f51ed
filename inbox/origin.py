"""Which pages may open a live connection: our own, so that no other site listens with our cookie.

Browsers always send `Origin` with a WebSocket and no script can forge it. Without one it is no
browser, and then there is nobody whose cookie another page could borrow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_is_allowed(scope: dict[str, Any]) -> bool:
    """Whether the handshake comes from the host it goes to, or from a trusted origin."""
    headers = {name.lower(): value.decode("latin1") for name, value in scope["headers"]}
    origin = headers.get(b"origin")
    if origin is None:
        return True
    asked = _host_and_port(origin)
    host = headers.get(b"host", "")
    if asked is None:
        return False
    # A proxy ends TLS before us: the scheme of the handshake says nothing about the page's.
    own = _host_and_port(f"{urlsplit(origin).scheme}://{host}")
    if asked == own and validate_host(asked[0], settings.ALLOWED_HOSTS):
        return True
    return _is_trusted(origin, settings.CSRF_TRUSTED_ORIGINS)


def _is_trusted(origin: str, trusted: Iterable[str]) -> bool:
    """Django's rule for CSRF: exact, or any subdomain of `https://*.example.com`."""
    scheme, _, host = origin.partition("://")
    for pattern in trusted:
        trusted_scheme, _, trusted_host = pattern.partition("://")
        if scheme != trusted_scheme:
            continue
        if host == trusted_host or (
            trusted_host.startswith("*.") and host.endswith(trusted_host[1:])
        ):
            return True
    return False


def _host_and_port(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, port
