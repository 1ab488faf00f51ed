"""What stands behind the composer's "+": a form per kind, people for a card, reactions, typing."""

from __future__ import annotations

from uuid import UUID, uuid4

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import AgentRequest
from conversations.access import (
    require_writer,
    visible_contacts,
    visible_conversation,
    visible_messages,
)
from conversations.errors import Malformed
from conversations.gateway import gateway
from conversations.models import MessageType
from conversations.search.people import called
from conversations.selectors import bubble_messages
from conversations.services.attention import tell_typing
from conversations.services.reactions import send_draft
from conversations.services.reply import Draft
from inbox.doors import agent_view
from inbox.instead import asked_instead
from inbox.kinds import KINDS, card_of

FOUND = 8


class ReactionForm(forms.Form):
    """An empty emoji takes the reaction back."""

    client_uuid = forms.UUIDField(required=False)
    emoji = forms.CharField(required=False, max_length=32)


@agent_view
@never_cache
@require_safe
def kind(request: AgentRequest, pk: UUID, name: str) -> HttpResponse:
    """The form of one kind, empty; "template" is the picker, maybe in place of a message."""
    require_writer(request.agent)
    shown = visible_conversation(request.agent, pk)
    if name == "template":
        instead = asked_instead(request.agent, shown, request.GET.get("instead", ""))
        context: dict[str, object] = {"conversation": shown, "instead": instead}
        return render(request, "inbox/kind_template.html", context)
    if name not in KINDS:
        raise Http404
    context = {"conversation": shown, "form": KINDS[name](), "name": name}
    context["limits"] = gateway().limits
    return render(request, "inbox/kind.html", context)


@agent_view
@never_cache
@require_safe
def people(request: AgentRequest) -> HttpResponse:
    """Our contacts whose name or number matches `?q=`, for a contact card."""
    require_writer(request.agent)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if len(words) < 2:
        return render(request, "inbox/people.html", {"people": []})
    found = visible_contacts(request.agent).filter(called(words)).order_by("name", "pk")
    cards = (card_of(contact) for contact in found.prefetch_related("identities")[: FOUND * 3])
    reachable = [card for card in cards if card["phone"]][:FOUND]
    return render(request, "inbox/people.html", {"people": reachable, "words": words})


@agent_view
@require_POST
def react(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Put our reaction on a message, change it or take it back; answers with the message."""
    require_writer(request.agent)
    target = get_object_or_404(visible_messages(request.agent), pk=pk)
    form = ReactionForm(request.POST)
    if not form.is_valid() or not target.wamid:
        raise Malformed({"emoji": [_("One cannot react to this message.")]})
    reaction: dict[str, object] = {
        "message_id": target.wamid,
        "emoji": form.cleaned_data["emoji"],
    }
    draft = Draft(
        client_uuid=form.cleaned_data["client_uuid"] or uuid4(),
        type=MessageType.REACTION,
        payload={MessageType.REACTION.value: reaction},
    )
    send_draft(target.conversation, draft, request.agent)
    drawn = bubble_messages([target.pk])[target.pk]
    return render(request, "inbox/bubble.html", {"message": drawn}, status=201)


@agent_view
@require_POST
def typing(request: AgentRequest, pk: UUID) -> HttpResponse:
    """This agent types an answer."""
    tell_typing(visible_conversation(request.agent, pk), request.agent)
    return HttpResponse(status=204)
