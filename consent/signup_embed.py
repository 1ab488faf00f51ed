"""`embed.js`: a sign-up form on somebody else's page. It asks nothing there: it leads to ours."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext, override
from django.views.decorators.http import conditional_page, require_safe

from consent.models import SignUpForm

KEPT_S = 5 * 60
_SCRIPT = Path(__file__).with_name("embed.js").read_text(encoding="utf-8")
# Outside of strings JSON has none of these, so they can be written as escapes wherever they are.
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def script_of(form: SignUpForm, address: str) -> str:
    """The script, with the form's words in all its languages: the page it runs on chooses one."""
    words = {}
    for one in form.words.all():
        with override(one.language):
            words[one.language] = {
                "ask": gettext("What may we write about?"),
                "go": gettext("Continue to WhatsApp"),
                "note": gettext("Nothing is ordered yet. Only your own message signs you up."),
                "topics": [[topic.key, str(topic)] for topic in form.offered_topics()],
            }
    data = json.dumps({"form": form.slug, "url": address, "words": words}).translate(_ESCAPES)
    return _SCRIPT.replace("__DATA__", data)


def address_of(form: SignUpForm, name: str = "optin:form") -> str:
    """Where the public finds its page, whichever way whoever asks came in."""
    return settings.PUBLIC_URL + reverse(name, args=[form.slug])


def snippet_of(form: SignUpForm) -> str:
    """What to put into a page. The link in it is for who has no script."""
    page, script = address_of(form), address_of(form, "optin:embed")
    return (
        f'<div data-optin="{form.slug}"><a href="{page}">WhatsApp</a></div>\n'
        f'<script src="{script}" async></script>'
    )


@conditional_page
@require_safe
def embed(_request: HttpRequest, slug: str) -> HttpResponse:
    """The script; the same for everybody, so that it can be kept by whoever fetched it."""
    form = get_object_or_404(SignUpForm, slug=slug, is_active=True)
    script = script_of(form, address_of(form))
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    # Other sites load it, and no page of theirs shall be told that it may not.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, max_age=KEPT_S)
    return response
