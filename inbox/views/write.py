"""The composer's doors: a reply, a template, a note, the same once more, a file to go with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.middleware import AgentRequest
from accounts.preferences import preferences_of
from conversations.access import require_writer, visible_conversation, visible_messages
from conversations.errors import Malformed
from conversations.known import Known
from conversations.models import Media, MessageType, TemplateStatus
from conversations.services.instead import send_instead
from conversations.services.later import check_time
from conversations.services.notes import write_note
from conversations.services.reply import Draft, send_again, send_reply
from conversations.services.uploads import store_upload
from conversations.services.waiting import take_back
from inbox.doors import agent_view
from inbox.gaps import open_gaps
from inbox.kinds import KINDS
from inbox.models import DraftMode
from inbox.services.drafts import forget_sent
from inbox.template_form import TemplateForm
from inbox.views.drawn import cleaned as _cleaned
from inbox.views.drawn import draw_bubble


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
    # Not before then (ISO 8601 with its zone); refused when the window will have closed.
    leave_at = forms.DateTimeField(required=False)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        gaps = open_gaps(text)
        if gaps:
            raise forms.ValidationError(
                _("Please fill in first: %(gaps)s.") % {"gaps": ", ".join(gaps)}
            )
        return text

    # Ids of the newest messages on screen when the agent began to write; `crossed_ok`: they know
    # that a colleague was faster.
    after = forms.CharField(required=False, max_length=200)
    crossed_ok = forms.BooleanField(required=False)

    def clean_after(self) -> tuple[UUID, ...]:
        try:
            return tuple(UUID(one) for one in self.cleaned_data["after"].split())
        except ValueError:
            return ()


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
        return draw_bubble(request, send_reply(shown, made, request.agent).message)
    leave_at = data["leave_at"]
    if leave_at is not None:
        check_time(leave_at, timezone.now())
    draft = Draft(
        client_uuid=data["client_uuid"],
        type=_type_of(data["upload"], request),
        text=data["text"],
        media_id=data["upload"],
        context_wamid=data["context"],
        scheduled_at=leave_at,
        hold_s=_hold_s(request),
        seen=() if data["crossed_ok"] else data["after"],
    )
    sent = send_reply(shown, draft, request.agent, refuse=leave_at is not None).message
    forget_sent(request.agent, shown, DraftMode.REPLY, data["text"])
    return draw_bubble(request, sent)


@agent_view
@require_POST
def template(request: AgentRequest, pk: UUID, template_pk: int) -> HttpResponse:
    """Queue an approved template with the values the agent filled in, maybe in place of a message
    that missed its window."""
    shown = visible_conversation(request.agent, pk)
    templates = shown.business_number.templates.filter(status=TemplateStatus.APPROVED)
    known = Known(shown, request.agent)
    form = TemplateForm(get_object_or_404(templates, pk=template_pk), known)
    filled = form.fill(request.POST)
    data = _cleaned(TemplateSendForm(request.POST))
    draft = Draft(
        client_uuid=data["client_uuid"],
        type=MessageType.TEMPLATE,
        text=filled.text,
        payload={"template": filled.payload},
        template=form.template,
        hold_s=_hold_s(request),
    )
    if data["instead"] is None:
        return draw_bubble(request, send_reply(shown, draft, request.agent).message)
    missed = get_object_or_404(
        visible_messages(request.agent), pk=data["instead"], conversation=shown
    )
    return draw_bubble(request, send_instead(missed, draft, request.agent).message)


@agent_view
@require_POST
def note(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Put a note on the thread; answers with it."""
    shown = visible_conversation(request.agent, pk)
    data = _cleaned(NoteForm(request.POST))
    text = data["text"].replace("\r\n", "\n")
    written = write_note(shown, text, request.agent, data["client_uuid"])
    forget_sent(request.agent, shown, DraftMode.NOTE, text)
    return render(request, "inbox/note.html", {"note": written}, status=201)


@agent_view
@require_POST
def again(request: AgentRequest, pk: UUID) -> HttpResponse:
    """A new attempt of a message that did not leave; answers with the new bubble."""
    require_writer(request.agent)
    message = get_object_or_404(visible_messages(request.agent), pk=pk)
    return draw_bubble(request, send_again(message, request.agent))


@agent_view
@require_POST
def withdraw(request: AgentRequest, pk: UUID) -> HttpResponse:
    """A message that waits is not sent after all; answers with its bubble."""
    require_writer(request.agent)
    message = get_object_or_404(visible_messages(request.agent), pk=pk)
    return draw_bubble(request, take_back(message, request.agent), status=200)


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
        hold_s=_hold_s(request),
    )


def _hold_s(request: AgentRequest) -> int:
    """How long this agent may take back what they send."""
    return preferences_of(request.agent).undo_send_s


def _type_of(media_id: UUID | None, request: AgentRequest) -> str:
    """The type of a message that carries this upload; text without one."""
    if media_id is None:
        return MessageType.TEXT
    uploads = Media.objects.filter(uploaded_by=request.agent)
    return get_object_or_404(uploads, pk=media_id).kind
