"""What makes the inbox an app on a phone: the manifest, the service worker, the page without a
network. Open to everybody: browsers ask for them without a session, and nothing personal is in
them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

_SHARED = ["image/*", "video/*", "audio/*", "application/pdf"]


@require_safe
@cache_control(max_age=3600)
def manifest(_request: HttpRequest) -> JsonResponse:
    """The web app manifest, in the reader's language."""
    inbox = reverse("inbox:inbox")
    body = {
        "id": inbox,
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12],
        "description": _("The customers of %(company)s, on WhatsApp.")
        % {"company": settings.SITE_NAME},
        "lang": get_language(),
        "start_url": f"{inbox}?source=pwa",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f5f5",
        "theme_color": "#0b6b75",
        "icons": [
            _icon("app-192", 192),
            _icon("app-512", 512),
            _icon("app-maskable-512", 512, "maskable"),
        ],
        "shortcuts": [
            {"name": _("Mine"), "url": f"{inbox}?view=mine"},
            {"name": _("Unassigned"), "url": f"{inbox}?view=unassigned"},
        ],
        "share_target": {
            "action": reverse("inbox:share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "files", "accept": _SHARED}],
            },
        },
    }
    return JsonResponse(body, content_type="application/manifest+json")


@require_safe
@cache_control(max_age=0)
def worker(_request: HttpRequest) -> HttpResponse:
    """The service worker at the root, so that all pages are in its scope."""
    parts = (static("js/sw-offline.js"), static("js/sw.js"))
    lines = [f'importScripts("{part}");\n' for part in parts]
    return HttpResponse("".join(lines), content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(max_age=3600)
def offline(request: HttpRequest) -> HttpResponse:
    """What the browser keeps to show without a network: no customer, no agent."""
    return render(request, "offline.html")


def _icon(name: str, pixels: int, purpose: str = "any") -> dict[str, str]:
    return {
        "src": static(f"icons/{name}.png"),
        "sizes": f"{pixels}x{pixels}",
        "type": "image/png",
        "purpose": purpose,
    }
