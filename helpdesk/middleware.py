"""A strict Content-Security-Policy on every page, and compression of what is text."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Nothing inline, nothing from elsewhere. Media players and previews of picked files use blob:.
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Unfold (Alpine) evaluates expressions and styles inline; it stays behind the admin's login.
ADMIN = STRICT.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)

# The microphone is for voice notes.
# A place to send, and a voice note: both are asked for by the browser, on our own pages only.
PERMISSIONS = "geolocation=(self), camera=(), microphone=(self), usb=()"


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = STRICT
        if request.path.startswith("/admin/"):
            policy = ADMIN
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


# Customers' files are not among them: they are served in parts, and are mostly compressed already.
_TEXT = (
    *("text/html", "text/css", "text/javascript", "application/javascript"),
    *("application/json", "application/manifest+json", "image/svg+xml"),
)


class CompressTextMiddleware(GZipMiddleware):
    """Compress pages, fragments, scripts and styles; what WhiteNoise has compressed stays so.

    Django's own middleware hides the length of secrets in a page by random bytes (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(_TEXT):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed
