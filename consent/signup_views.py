"""The public pages of signing up: choose, send, done. Nobody has to sign in for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import phonenumbers
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.throttle import PERIOD_S
from consent.models import SignUp, SignUpForm, Topic
from consent.qr import QR, qr_of
from consent.signup import NotOffered, begin_sign_up, topics_of
from consent.signup_code import pretty
from consent.signup_guard import HONEYPOT, Refusal, refusal_of, stamp_of
from consent.signup_wording import Shown, languages_of, prepared_words, show

_SEND = signing.Signer(salt="consent.optin.send", sep=".")
NOTHING_CHOSEN = "nothing_chosen"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the form, POST gives out a code and leads to the page that shows it."""
    form = _form_of(request, slug)
    language = language_of(request, languages_of(form))
    with override(language):
        shown = show(form, language)
        if request.method != "POST":
            return _page(request, shown, request.GET.getlist("topic"))
        chosen = request.POST.getlist("topic")
        if refusal := refusal_of(request, form, shown):
            return _page(request, shown, chosen, refusal, refusal.status)
        try:
            sign_up = begin_sign_up(form, chosen, language, shown.wording)
        except NotOffered:
            return _page(request, shown, chosen, NOTHING_CHOSEN, 422)
    return redirect("optin:send", slug=slug, token=_SEND.sign(str(sign_up.pk)))


@never_cache
@require_safe
def send(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The prepared message and its code; once it has come, that it has."""
    sign_up = _sign_up_of(slug, token)
    with override(language_of(request, list(dict(settings.LANGUAGES)), sign_up.language)):
        view = SendView.of(sign_up)
        context = {
            "form": sign_up.form,
            "sign_up": sign_up,
            "view": view,
            "languages": links_to_languages(request, list(dict(settings.LANGUAGES))),
            "state_url": reverse("optin:state", args=[slug, token]),
            "again_url": _again(sign_up),
        }
        return in_its_language(render(request, f"optin/{view.state}.html", context))


@never_cache
@require_safe
def state(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """What the page above asks every few seconds: where it stands, and what it may say."""
    sign_up = _sign_up_of(slug, token)
    with override(language_of(request, list(dict(settings.LANGUAGES)), sign_up.language)):
        return JsonResponse({"state": _state_of(sign_up), "words": waiting_words(sign_up)})


@dataclass(frozen=True)
class SendView:
    """What the page of one sign-up shows."""

    state: str
    topics: Sequence[Topic]
    number: str
    # The prepared words: what stands before the code, the code, and what stands after it.
    words: tuple[str, str, str]
    link: str
    back: str
    qr: QR
    waiting: str

    @classmethod
    def of(cls, sign_up: SignUp) -> SendView:
        topics = topics_of(sign_up)
        words = prepared_words(sign_up, topics)
        chat = f"https://wa.me/{sign_up.business_number.lstrip('+')}"
        link = f"{chat}?text={quote(words)}"
        return cls(
            state=_state_of(sign_up),
            topics=topics,
            number=_spelled(sign_up.business_number),
            words=words.partition(pretty(sign_up.code)),
            link=link,
            back=chat,
            qr=qr_of(link),
            waiting=waiting_words(sign_up),
        )


def _spelled(number: str) -> str:
    """An E.164 number as people write it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def waiting_words(sign_up: SignUp) -> str:
    """How long the code is valid for."""
    left = (sign_up.expires_at - timezone.now()).total_seconds()
    minutes = max(1, math.ceil(left / 60))
    return ngettext(
        "We are waiting for your message. The code is valid for %(minutes)s more minute.",
        "We are waiting for your message. The code is valid for %(minutes)s more minutes.",
        minutes,
    ) % {"minutes": minutes}


def _state_of(sign_up: SignUp) -> str:
    """Also the name of the template."""
    if sign_up.is_used:
        return "done"
    return "expired" if sign_up.is_expired(timezone.now()) else "send"


def _form_of(request: HttpRequest, slug: str) -> SignUpForm:
    """The open form of that address; a closed one only for an admin who looks at it."""
    form = get_object_or_404(SignUpForm, slug=slug)
    looking = request.method != "POST" and request.user.has_perm("consent.change_signupform")
    if not (form.is_active or looking) or not form.words.exists():
        raise Http404
    return form


def _sign_up_of(slug: str, token: str) -> SignUp:
    try:
        pk = _SEND.unsign(token)
    except signing.BadSignature as error:
        raise Http404 from error
    return get_object_or_404(SignUp.objects.select_related("form"), pk=pk, form__slug=slug)


def _page(
    request: HttpRequest,
    shown: Shown,
    chosen: Sequence[str],
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The form, with what was chosen, and why it is shown again."""
    context = {
        "form": shown.form,
        "shown": shown,
        "chosen": [topic.key for topic in shown.topics if topic.key in chosen],
        "problem": problem,
        "stamp": stamp_of(shown),
        "honeypot": HONEYPOT,
        "languages": links_to_languages(request, languages_of(shown.form)),
    }
    response = in_its_language(render(request, "optin/choose.html", context, status=status))
    if problem == Refusal.TOO_MANY:
        response["Retry-After"] = str(PERIOD_S)
    return response


def in_its_language(response: HttpResponse) -> HttpResponse:
    """Say so, before the middleware says the browser's."""
    response["Content-Language"] = get_language() or settings.LANGUAGE_CODE
    return response


def language_of(request: HttpRequest, offered: Sequence[str], preferred: str = "") -> str:
    """`?lang=`, else `preferred`, else the browser's; one that is offered."""
    for wanted in (request.GET.get("lang", ""), preferred, get_language() or ""):
        if wanted in offered:
            return wanted
    return settings.LANGUAGE_CODE if settings.LANGUAGE_CODE in offered else offered[0]


def links_to_languages(request: HttpRequest, offered: Sequence[str]) -> list[tuple[str, str]]:
    """Links to this page in each language, with the rest of its query."""
    query = request.GET.copy()
    links = []
    for language in offered:
        query["lang"] = language
        links.append((language, f"?{query.urlencode()}"))
    return links


def _again(sign_up: SignUp) -> str:
    """The form, with the same topics."""
    query = [("lang", sign_up.language), *(("topic", key) for key in sign_up.topics)]
    return f"{reverse('optin:form', args=[sign_up.form.slug])}?{urlencode(query)}"
