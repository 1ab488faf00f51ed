"""Canned responses and macros in the composer: what is offered, used, saved, run."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import AgentRequest
from conversations.access import require_writer, visible_conversation
from conversations.known import Known
from inbox.doors import agent_view
from inbox.macro_actions import described
from inbox.models import CannedResponse
from inbox.services.canned import canned_for, count_use, offered
from inbox.services.macros import macros_for, run_macro
from inbox.views.drawn import cleaned

# Up to here the page filters by itself; beyond, each word asks the server.
AT_ONCE = 300


class RunForm(forms.Form):
    client_uuid = forms.UUIDField()


@agent_view
@never_cache
@require_safe
def offer(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The popover's list: canned responses as they would read here, and macros; `?q=` narrows."""
    require_writer(request.agent)
    shown = visible_conversation(request.agent, pk)
    words = folded(request.GET.get("q", "")[:100]).split()
    rows = [row for row in canned_for(request.agent) if _says(words, *_words_of(row))]
    macros = [row for row in macros_for(request.agent) if _says(words, row.name)]
    known = Known(shown, request.agent)
    context = {
        "offers": [offered(row, known) for row in rows[:AT_ONCE]],
        "macros": described(macros[:AT_ONCE]),
        "is_part": len(rows) > AT_ONCE,
        "conversation": shown,
    }
    return render(request, "inbox/canned_list.html", context)


def folded(text: str) -> str:
    """Without accents and capitals, as static/js/canned.js folds what is typed."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _words_of(row: CannedResponse) -> tuple[str, ...]:
    return row.title, row.shortcut, row.text_de, row.text_en


def _says(words: list[str], *texts: str) -> bool:
    if not words:
        return True
    said = folded(" ".join(texts))
    return all(word in said for word in words)


@agent_view
@require_POST
def used(request: AgentRequest, pk: int) -> HttpResponse:
    """The agent has put it into their text."""
    require_writer(request.agent)
    count_use(get_object_or_404(canned_for(request.agent), pk=pk), request.agent)
    return HttpResponse(status=204)


@agent_view
@require_POST
def run(request: AgentRequest, pk: UUID, macro_pk: int) -> JsonResponse:
    """Run a macro on this conversation; `insert` is what it leaves for the composer."""
    shown = visible_conversation(request.agent, pk)
    require_writer(request.agent)
    macro = get_object_or_404(macros_for(request.agent), pk=macro_pk)
    data = cleaned(RunForm(request.POST))
    ran = run_macro(macro, shown, request.agent, data["client_uuid"])
    return JsonResponse({"name": macro.name, "insert": ran.inserted, "again": ran.again})
