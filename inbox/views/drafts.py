"""Drafts of the agent who asks: kept, brought back, and in which conversations there are some."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import AgentRequest
from conversations.access import require_writer, visible_conversation, visible_conversations
from inbox.doors import agent_view
from inbox.models import ComposerDraft, DraftMode
from inbox.models.draft import LONGEST_DRAFT
from inbox.services.drafts import Save, drafted, save_draft
from inbox.views.drawn import cleaned

# What a browser can count up to without losing the last digit.
LARGEST = 2**53


class DraftForm(forms.Form):
    mode = forms.ChoiceField(choices=DraftMode.choices)
    text = forms.CharField(required=False, strip=False, max_length=LONGEST_DRAFT)
    revision = forms.IntegerField(min_value=1, max_value=LARGEST)
    base = forms.IntegerField(min_value=0, max_value=LARGEST)
    device = forms.CharField(max_length=40)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: AgentRequest, pk: UUID) -> JsonResponse:
    """GET: `{"reply": {"text", "revision", "device"}, …}`. POST keeps one: `{"revision"}`; 409 with
    the other text when another device has a newer one that this one has not seen."""
    shown = visible_conversation(request.agent, pk)
    require_writer(request.agent)
    if request.method != "POST":
        rows = ComposerDraft.objects.filter(agent=request.agent, conversation=shown)
        found = {r.mode: {"text": r.text, "revision": r.revision, "device": r.device} for r in rows}
        return JsonResponse(found)
    data = cleaned(DraftForm(request.POST))
    data["text"] = data["text"].replace("\r\n", "\n").replace("\x00", "")
    saved = save_draft(request.agent, shown, Save(**data))
    if saved.in_conflict:
        body = {"code": "newer_draft", "revision": saved.revision, "text": saved.text}
        return JsonResponse(body, status=409)
    return JsonResponse({"revision": saved.revision})


@agent_view
@never_cache
@require_safe
def drafts(request: AgentRequest) -> JsonResponse:
    """The conversations in which this agent has begun something."""
    found = drafted(request.agent, visible_conversations(request.agent))
    return JsonResponse({"conversations": [str(pk) for pk in found]})
