"""What a phone's share sheet hands us: text and files, put into the composer of a conversation."""

from __future__ import annotations

import logging
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.middleware import AgentRequest
from accounts.models import Agent
from conversations.access import require_writer
from conversations.errors import NotAllowed, UploadRefused
from conversations.lists import list_conversations, with_row_parts
from conversations.models import Media
from conversations.services.uploads import store_upload
from inbox.doors import agent_view
from inbox.list_state import MAX_QUERY
from inbox.views.page import navigation

log = logging.getLogger(__name__)

KEY = "shared"
MAX_TEXT = 20_000
MAX_FILES = 10
SHOWN = 30
# Where a browser says that the request began: its share sheet, or one of our own pages.
FROM_HERE = ("none", "same-origin")


@csrf_exempt
def share(request: HttpRequest) -> HttpResponseBase:
    """POST by the share sheet, which knows no CSRF token: another site's page is told apart by
    `Sec-Fetch-Site`, and by the session's cookie, which such a page cannot send along."""
    if request.method == "POST" and not isinstance(request.user, Agent):
        messages.info(request, _("Please sign in, then share it once more."))
        return redirect(f"{resolve_url('accounts:login')}?next={request.path}")
    return _share(request)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _share(request: AgentRequest) -> HttpResponse:
    """POST keeps what is shared; GET asks for whom it is."""
    require_writer(request.agent)
    if request.method == "POST":
        if request.headers.get("Sec-Fetch-Site", "none") not in FROM_HERE:
            raise NotAllowed
        request.session[KEY] = _kept(request)
        return redirect("inbox:share")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]
    found = with_row_parts(list_conversations(request.agent, "all", query)).filter(
        window_expires_at__gt=timezone.now()
    )
    context = {
        "rows": found.order_by("-last_message_at", "id")[:SHOWN],
        "query": query,
        "shared": request.session.get(KEY) or {},
    }
    return render(request, "inbox/share.html", navigation(request) | context)


@agent_view
@never_cache
@require_POST
def taken(request: AgentRequest) -> JsonResponse:
    """Hand the composer what was shared, once: its text, and each file as `upload` says it."""
    require_writer(request.agent)
    shared = request.session.pop(KEY, None) or {}
    ids = [UUID(one) for one in shared.get("files", [])]
    own = Media.objects.filter(uploaded_by=request.agent, message=None, pk__in=ids)
    rows = {media.pk: media for media in own}
    files = [
        {"id": str(m.pk), "kind": m.kind, "filename": m.filename, "size": m.size}
        for m in (rows[pk] for pk in ids if pk in rows)
    ]
    return JsonResponse({"text": shared.get("text", ""), "files": files})


def _kept(request: AgentRequest) -> dict[str, object]:
    """The text in one piece and the files as uploads; what WhatsApp does not take is said."""
    parts = [request.POST.get(name, "").strip() for name in ("title", "text", "url")]
    text = "\n".join(dict.fromkeys(part for part in parts if part)).replace("\x00", "")
    files, refused = [], []
    for file in request.FILES.getlist("files")[:MAX_FILES]:
        try:
            files.append(str(store_upload(file, request.agent).pk))
        except UploadRefused as error:
            refused.append(f"{file.name}: {error.message}"[:300])
    log.info("share.kept agent=%s files=%s", request.agent.pk, len(files))
    return {"text": text[:MAX_TEXT], "files": files, "refused": refused}
