"""The page that documents the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from api.documentation import documentation


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """`/api/docs/`, open to everybody: it shows nothing that only an agent may see."""
    context = {
        "docs": documentation(get_language() or "en"),
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "api/docs.html", context)
