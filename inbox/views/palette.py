"""What the command palette finds on the server: conversations, contacts, labels, places, texts.

Actions are the buttons of the page itself; static/js/palette.js knows them by their `data-key`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from accounts.models import Agent
from contacts.models import Contact
from conversations.access import visible_conversations
from conversations.filters import EVERYTHING
from conversations.models import Conversation, Label
from conversations.search.index import TooSlow, folded, limited_time
from conversations.search.lines import Search
from conversations.search.query import parse
from conversations.search.told import Told, told
from inbox.doors import agent_view
from inbox.filter_words import names_for, team_names
from inbox.services.canned import canned_for
from inbox.views.page import VIEW_NAMES
from inbox.views.search import people

FEW, FEW_LINES, RECENT = 8, 5, 6
MOST_CANNED = 300
# Whoever types wants an answer now, or none.
PATIENCE_MS = 400


@dataclass(frozen=True)
class Entry:
    """A line of the palette that leads somewhere; `words` are also looked through."""

    title: str | Promise
    href: str
    icon: str
    group: str | Promise
    detail: str | Promise = ""
    words: str = ""
    # A canned response, by its id: put into the composer where one is open.
    canned: int | None = None

    def says(self, wanted: list[str]) -> bool:
        said = folded(f"{self.title} {self.words}")
        return all(word in said for word in wanted)


@agent_view
@never_cache
@require_safe
def palette(request: AgentRequest) -> HttpResponse:
    """The options for `?q=`; without it where one was last, and all places."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    contacts: list[tuple[Contact, Conversation | None]] = []
    lines: list[Told] = []
    query = parse(text)
    try:
        with limited_time(PATIENCE_MS):
            if query.groups and not query.narrowing:
                contacts = people(request.agent, query, FEW)
            if query.groups:
                search = Search(query, request.agent)
                lines = told(search.page("message", None, FEW_LINES), search.stems)
    except TooSlow:
        pass
    context = {
        "agent": request.agent,
        "text": text,
        "contacts": contacts,
        "lines": lines,
        "recent": _recent(request.agent) if not text else (),
        "entries": _entries(request.agent, text),
    }
    return render(request, "inbox/palette_options.html", context)


def _recent(agent: Agent) -> list[Conversation]:
    """Where something happened last among what is theirs."""
    rows = visible_conversations(agent).filter(assignee=agent)
    rows = rows.exclude(status=Conversation.Status.RESOLVED).select_related("contact", "team")
    return list(rows.prefetch_related("contact__identities").order_by("-last_message_at")[:RECENT])


def _entries(agent: Agent, text: str) -> list[Entry]:
    wanted = folded(text).split() if text else []
    found: list[Entry] = []
    for source, most in ((_canned, FEW), (_places, None), (_labels, FEW)):
        found += islice((one for one in source(agent, text) if one.says(wanted)), most)
    return found


def _places(agent: Agent, _text: str) -> Iterator[Entry]:
    """Views, teams, and the pages of the administration for those who may enter it."""
    inbox = reverse("inbox:inbox")
    views = _("Views")
    for key, name in VIEW_NAMES.items():
        yield Entry(name, f"{inbox}?view={key}", "inbox", views, words=f"view ansicht {key}")
    for pk, team in team_names(names_for(agent, EVERYTHING)).items():
        yield Entry(team, f"{inbox}?view=all&team={pk}", "users", _("Teams"), words="team")
    pages = _("Pages")
    yield Entry(_("Search"), reverse("inbox:search"), "search", pages, words="search suche finden")
    if agent.sees_all_teams:
        words = "ratings csat bewertungen zufriedenheit"
        yield Entry(_("Ratings"), reverse("ratings"), "chart-bar", pages, words=words)
    if not agent.is_staff:
        return
    yield Entry(
        _("Administration"), reverse("admin:index"), "settings", pages, words="admin settings"
    )
    for name, title in _ADMIN_PAGES:
        yield Entry(title, reverse(f"admin:{name}_changelist"), "settings", _("Administration"))


_ADMIN_PAGES = (
    ("accounts_agent", _("Agents")),
    ("accounts_team", _("Teams")),
    ("conversations_label", _("Labels")),
    ("conversations_chatlink", _("Click-to-chat links")),
    ("conversations_messagetemplate", _("Templates")),
    ("contacts_contact", _("Contacts")),
    ("consent_consentrecord", _("Consent records")),
)


def _canned(agent: Agent, text: str) -> Iterator[Entry]:
    """What they use most first; only those who may write."""
    if not text or not agent.may_write:
        return
    group, page = _("Canned responses"), reverse("inbox:canned")
    for row in canned_for(agent)[:MOST_CANNED]:
        words = f"/{row.shortcut} {row.text_de} {row.text_en}"
        href = f"{page}#canned-{row.pk}"
        yield Entry(row.title, href, "bolt", group, f"/{row.shortcut}", words, row.pk)


def _labels(_agent: Agent, text: str) -> Iterator[Entry]:
    if not text:
        return
    for label in Label.objects.filter(name__icontains=text)[:FEW]:
        name = f'"{label.name}"' if " " in label.name else label.name
        href = f"{reverse('inbox:search')}?q={quote(f'label:{name}', safe=':')}"
        yield Entry(label.name, href, "tag", _("Labels"), _("Conversations with this label"))
