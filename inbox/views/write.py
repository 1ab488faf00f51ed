"""The composer's doors: a reply, a template, a note, the same once more, a file to go with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.middleware import AgentRequest
from conversations.access import require_writer, visible_conversation, visible_messages
from conversations.errors import Malformed
from conversations.models import Media, Message, MessageType, TemplateStatus
from conversations.selectors import bubble_messages
from conversations.services.instead import send_instead
from conversations.services.notes import write_note
from conversations.services.reply import Draft, send_again, send_reply
from conversations.services.uploads import store_upload
from conversations.services.waiting import take_back
from inbox.doors import agent_view
from inbox.kinds import KINDS
from inbox.template_form import TemplateForm


class TemplateSendForm(forms.Form):
    """`client_uuid` makes of a double click one message; `instead` is the id of a message that
    missed its window and for which the template stands."""

    client_uuid = forms.UUIDField()
    instead = forms.UUIDField(required=False)


class ReplyForm(forms.Form):
    """One message from the composer. `context` is the wamid it answers, `upload` its file."""

    client_uuid = forms.UUIDField()
    text = forms.CharField(required=False, strip=False, max_length=20_000)
    context = forms.CharField(required=False, max_length=255)
    upload = forms.UUIDField(required=False)
    # One of `inbox.kinds.KINDS`: its own fields come along.
    kind = forms.CharField(required=False, max_length=40)


class NoteForm(forms.Form):
    client_uuid = forms.UUIDField()
    text = forms.CharField(required=False, strip=False, max_length=20_000)


@agent_view
@require_POST
def reply(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Queue what the composer holds; answers with its bubble, also when policy blocked it."""
    shown = visible_conversation(request.agent, pk)
    data = _cleaned(ReplyForm(request.POST))
    if data["kind"]:
        made = _kind_draft(request, data)
        return _bubble(request, send_reply(shown, made, request.agent).message)
    draft = Draft(
        client_uuid=data["client_uuid"],
        type=_type_of(data["upload"], request),
        text=data["text"].replace("\r\n", "\n"),
        media_id=data["upload"],
        context_wamid=data["context"],
    )
    return _bubble(request, send_reply(shown, draft, request.agent).message)


@agent_view
@require_POST
def template(request: AgentRequest, pk: UUID, template_pk: int) -> HttpResponse:
    """Queue an approved template with the values the agent filled in, maybe in place of a message
    that missed its window."""
    shown = visible_conversation(request.agent, pk)
    templates = shown.business_number.templates.filter(status=TemplateStatus.APPROVED)
    form = TemplateForm(get_object_or_404(templates, pk=template_pk), shown.contact)
    filled = form.fill(request.POST)
    data = _cleaned(TemplateSendForm(request.POST))
    draft = Draft(
        client_uuid=data["client_uuid"],
        type=MessageType.TEMPLATE,
        text=filled.text,
        payload={"template": filled.payload},
        template=form.template,
    )
    if data["instead"] is None:
        return _bubble(request, send_reply(shown, draft, request.agent).message)
    missed = get_object_or_404(
        visible_messages(request.agent), pk=data["instead"], conversation=shown
    )
    return _bubble(request, send_instead(missed, draft, request.agent).message)


@agent_view
@require_POST
def note(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Put a note on the thread; answers with it."""
    shown = visible_conversation(request.agent, pk)
    data = _cleaned(NoteForm(request.POST))
    text = data["text"].replace("\r\n", "\n")
    written = write_note(shown, text, request.agent, data["client_uuid"])
    return render(request, "inbox/note.html", {"note": written}, status=201)


@agent_view
@require_POST
def again(request: AgentRequest, pk: UUID) -> HttpResponse:
    """A new attempt of a message that did not leave; answers with the new bubble."""
    require_writer(request.agent)
    message = get_object_or_404(visible_messages(request.agent), pk=pk)
    return _bubble(request, send_again(message, request.agent))


@agent_view
@require_POST
def withdraw(request: AgentRequest, pk: UUID) -> HttpResponse:
    """A message that waits is not sent after all; answers with its bubble."""
    require_writer(request.agent)
    message = get_object_or_404(visible_messages(request.agent), pk=pk)
    return _bubble(request, take_back(message, request.agent), status=200)


@agent_view
@require_POST
def upload(request: AgentRequest) -> JsonResponse:
    """Keep a file until the message it goes with; `as=document` sends a picture as a file,
    `voice=1` makes a voice note of what was recorded."""
    require_writer(request.agent)
    file = request.FILES.get("file")
    if file is None:
        raise Malformed({"file": [_("No file arrived.")]})
    wanted = request.POST.get("as") or None
    media = store_upload(file, request.agent, wanted, voice=bool(request.POST.get("voice")))
    return JsonResponse(
        {"id": str(media.pk), "kind": media.kind, "filename": media.filename, "size": media.size},
        status=201,
    )


def _kind_draft(request: AgentRequest, data: dict[str, Any]) -> Draft:
    """What a form behind the "+" becomes."""
    if data["kind"] not in KINDS:
        raise Malformed({"kind": [_("Messages of this kind cannot be sent.")]})
    form = KINDS[data["kind"]](request.POST)
    _cleaned(form)
    piece = form.piece()
    return Draft(
        client_uuid=data["client_uuid"],
        type=piece.type,
        text=piece.text,
        payload={str(piece.type): piece.content},
        context_wamid=data["context"],
    )


def _bubble(request: AgentRequest, message: Message, status: int = 201) -> HttpResponse:
    drawn = bubble_messages([message.pk])[message.pk]
    return render(request, "inbox/bubble.html", {"message": drawn}, status=status)


def _type_of(media_id: UUID | None, request: AgentRequest) -> str:
    """The type of a message that carries this upload; text without one."""
    if media_id is None:
        return MessageType.TEXT
    uploads = Media.objects.filter(uploaded_by=request.agent)
    return get_object_or_404(uploads, pk=media_id).kind


def _cleaned(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Malformed({name: [str(e) for e in found] for name, found in form.errors.items()})
    return form.cleaned_data
