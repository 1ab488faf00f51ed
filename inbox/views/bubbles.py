"""What a bubble gives away only when it is asked: earlier texts, contact cards as files."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from conversations.access import require_earlier_texts, visible_messages
from conversations.models import MediaStatus, Message
from conversations.services.annotations import list_of_earlier
from inbox.card_parts import dicts_of
from inbox.doors import agent_view
from inbox.vcards import file_name
from inbox.vcards import vcard as written


@agent_view
@never_cache
@require_safe
def earlier(request: AgentRequest, pk: UUID) -> HttpResponse:
    """What the message said before it was edited or taken back; 403 for those who may not see."""
    message = get_object_or_404(visible_messages(request.agent), pk=pk)
    require_earlier_texts(request.agent)
    files = message.media.filter(status=MediaStatus.READY) if message.revoked_at else ()
    context = {"versions": _versions(message), "files": files}
    return render(request, "inbox/earlier.html", context)


@agent_view
@require_safe
def vcard(request: AgentRequest, pk: UUID, place: int) -> HttpResponse:
    """One contact card of the message as a file to save."""
    message = get_object_or_404(visible_messages(request.agent), pk=pk, revoked_at=None)
    people = dicts_of(message.payload.get("contacts"))
    if place >= len(people):
        raise Http404
    person = people[place]
    name = content_disposition_header(as_attachment=True, filename=file_name(person))
    return HttpResponse(
        written(person),
        content_type="text/vcard; charset=utf-8",
        headers={"Content-Disposition": name, "X-Content-Type-Options": "nosniff"},
    )


def _versions(message: Message) -> list[dict[str, object]]:
    """Texts with their times, oldest first; of one taken back also the last."""
    found: list[dict[str, object]] = []
    for version in list_of_earlier(message):
        if isinstance(version, dict):
            at = parse_datetime(str(version.get("at", "")))
            found.append({"text": str(version.get("text", "")), "at": at})
        else:  # until November 2026 they were stored without their time
            found.append({"text": str(version), "at": None})
    if message.revoked_at:
        found.append({"text": message.text, "at": message.edited_at or message.sent_at})
    return [version for version in found if version["text"]]
