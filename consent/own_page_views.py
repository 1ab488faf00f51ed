"""The customer's own page. GET shows and changes nothing: WhatsApp and scanners open links, too."""

from __future__ import annotations

import logging
from uuid import UUID

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from consent import own_page_acts
from consent.erasure import preview
from consent.exports import open_export
from consent.models import OwnPageLink, Topic
from consent.models.data_request import RequestKind, RequestState
from consent.own_page import token_of
from consent.own_page_acts import AlreadyAsked, WordsChanged
from consent.own_page_guard import of_customer
from consent.own_page_view import OwnPage
from consent.own_page_words import house_words, wording_of
from consent.page_language import OURS, in_its_language, links_to_languages
from consent.retention import limits_of

log = logging.getLogger(__name__)

# While an export is made, the page is loaded again after so many seconds.
AGAIN_S = 3
# What the page says after an act, and why it did nothing.
DONE = (
    *("saved", "stopped", "agreed", "access", "erasure", "restriction", "objection", "already"),
    "lifted",
)
PROBLEMS = ("changed",)


@of_customer("GET")
def page(request: HttpRequest, link: OwnPageLink) -> HttpResponse:
    """Topics, consents, rights."""
    done = request.GET.get("done", "")
    return _page(request, link, done=done if done in DONE else "")


@of_customer("POST")
def topics(request: HttpRequest, link: OwnPageLink) -> HttpResponse:
    """Switch topics. Told from what the page showed, so that one which was open for long takes back
    nothing that was done elsewhere meanwhile."""
    shown, chosen = set(request.POST.getlist("shown")), set(request.POST.getlist("topic"))
    offered = {topic.key: topic for topic in Topic.objects.all()}
    house = house_words()
    on = {
        key: wording_of(topic, house)
        for key, topic in offered.items()
        if key in chosen - shown and topic.is_active
    }
    if any(request.POST.get(f"wording-{key}") != str(words.pk) for key, words in on.items()):
        return _page(request, link, problem="changed", status=409)
    own_page_acts.switch_topics(link, on, (shown - chosen) & offered.keys(), _language())
    return _back(link, "saved")


@of_customer("POST")
def agree(request: HttpRequest, link: OwnPageLink) -> HttpResponse:
    """Agree to words that have changed."""
    wording = request.POST.get("wording", "")
    if not (wording.isascii() and wording.isdecimal() and len(wording) < 19):
        raise Http404
    try:
        own_page_acts.agree_again(link, request.POST.get("topic", ""), int(wording), _language())
    except WordsChanged:
        return _page(request, link, problem="changed", status=409)
    return _back(link, "agreed")


@of_customer("POST")
def stop(_request: HttpRequest, link: OwnPageLink) -> HttpResponse:
    """End everything that we send by ourselves."""
    own_page_acts.stop_everything(link, _language())
    return _back(link, "stopped")


@of_customer("GET", "POST")
def ask(request: HttpRequest, link: OwnPageLink, kind: str) -> HttpResponse:
    """GET says what a request would do, POST enters it."""
    if kind not in RequestKind.values:
        raise Http404
    if request.method == "POST":
        try:
            own_page_acts.ask_for(link, RequestKind(kind))
        except AlreadyAsked:
            return _back(link, "already")
        return _back(link, kind)
    context = {
        **_frame(request, link),
        "kind": kind,
        "file_days": limits_of("exports").general if kind == RequestKind.ACCESS else None,
        "preview": preview(link.contact) if kind == RequestKind.ERASURE else None,
    }
    return in_its_language(render(request, "my/ask.html", context))


@of_customer("POST")
def lift(_request: HttpRequest, link: OwnPageLink) -> HttpResponse:
    """End the restriction of their data."""
    own_page_acts.lift_restriction(link)
    return _back(link, "lifted")


@of_customer("GET")
def export(
    _request: HttpRequest, link: OwnPageLink, request_id: UUID
) -> HttpResponse | FileResponse:
    """The file with their data, to them and nobody else."""
    found = [one for one in own_page_acts.requests_of(link.contact) if one.pk == request_id]
    if not found:
        raise Http404
    try:
        content = open_export(found[0])
    except FileNotFoundError as error:
        raise Http404 from error
    log.info("export.downloaded request=%s by=own_page", request_id)
    response = FileResponse(content, as_attachment=True, filename=f"export-{request_id}.zip")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(
    request: HttpRequest, link: OwnPageLink, done: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    shown = OwnPage.of(link)
    context = {**_frame(request, link), "page": shown, "done": done, "problem": problem}
    response = in_its_language(render(request, "my/page.html", context, status=status))
    makes_export = any(
        row.request.kind == RequestKind.ACCESS and row.request.state == RequestState.RUNNING
        for row in shown.requests
    )
    if done == "access" and makes_export:
        # Only for who has just asked: it would take somebody else's switches back.
        response["Refresh"] = str(AGAIN_S)
    return response


def _frame(request: HttpRequest, link: OwnPageLink) -> dict[str, object]:
    """What every page of theirs has around it."""
    return {
        "link": link,
        "token": token_of(link.pk),
        "house": house_words(),
        "languages": links_to_languages(request, OURS),
    }


def _back(link: OwnPageLink, done: str) -> HttpResponseRedirect:
    address = reverse("my:page", args=[token_of(link.pk)])
    return HttpResponseRedirect(f"{address}?lang={_language()}&done={done}")


def _language() -> str:
    return get_language() or OURS[0]
