"""The search page, the hits inside one conversation, and what the command palette finds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from accounts.models import Agent
from contacts.models import Contact
from conversations.access import visible_conversation, visible_conversations
from conversations.models import Conversation
from conversations.search.details import Detail, contacts_found, details_of
from conversations.search.index import TooSlow, limited_time
from conversations.search.lines import MOST, PAGE, Place, Search
from conversations.search.people import contacts_alike
from conversations.search.query import Query, parse
from conversations.search.told import Told, told
from inbox.doors import agent_view
from inbox.paging import Cursor
from inbox.search_words import help_lines, hits_words
from inbox.views.page import navigation

KINDS: dict[str, tuple[str, str | Promise]] = {
    "messages": ("message", _("Messages")),
    "contacts": ("contact", _("Contacts")),
    "notes": ("note", _("Notes")),
    "files": ("file", _("Files")),
}
FEW_CONTACTS, FEW_FILES = 5, 5
# The numbers on the tabs are asked for after the answer; what takes longer is left out.
COUNT_MS = 200
MOST_IN_THREAD = 200


@dataclass(frozen=True)
class Person:
    """A contact that was found; `conversation` is the newest that the agent may see."""

    contact: Contact
    conversation: Conversation | None
    detail: Detail | None


@dataclass(frozen=True)
class Tab:
    """A kind of results; `number` is None where counting would have taken too long."""

    key: str
    words: str | Promise
    number: int | None
    is_current: bool

    @property
    def is_more(self) -> bool:
        return (self.number or 0) > MOST


@dataclass
class Results:
    """A page of what was found. `contacts` come first, `hits` are messages, notes or files."""

    query: Query
    contacts: list[Person]
    hits: list[Told]
    files: list[Told]
    alike: list[Contact]
    next: str = ""
    too_slow: bool = False
    says_nothing: bool = False

    @property
    def shown(self) -> int:
        return len(self.contacts) + len(self.hits) + len(self.files)

    @property
    def is_empty(self) -> bool:
        return not (self.contacts or self.hits or self.files or self.too_slow)


@agent_view
@never_cache
@require_safe
def search(request: AgentRequest) -> HttpResponse:
    """The page; htmx gets the results alone, and the next ones by `?after=CURSOR`."""
    began = time.perf_counter()
    query = parse(request.GET.get("q", ""))
    kind = _kind(request.GET.get("in", ""), query)
    after = Cursor.read(request.GET.get("after", ""))
    results = found(query, request.agent, kind, after)
    context: dict[str, object] = {
        "agent": request.agent,
        "query": query,
        "kind": kind,
        "results": results,
        "is_next": after is not None,
    }
    if after is None:
        context["tabs"] = _tabs(kind, {})
        context["took_ms"] = round((time.perf_counter() - began) * 1000)
    if request.headers.get("HX-Request") == "true":
        part = "hits" if after else "results"
        return render(request, f"inbox/search_{part}.html", context)
    page = navigation(request) | {"state": None, "list_url": "/", "operators": help_lines()}
    return render(request, "inbox/search.html", context | page)


@agent_view
@never_cache
@require_safe
def search_counts(request: AgentRequest) -> HttpResponse:
    """The tabs with how many there are of each kind, as far as that is counted soon; `?shown=` are
    on the page, which took `?ms=`."""
    query = parse(request.GET.get("q", ""))
    kind = _kind(request.GET.get("in", ""), query)
    tabs = _tabs(kind, _numbers(query, request.agent))
    counted = [tab.number for tab in tabs if tab.is_current or not kind]
    shown, took_ms = (_figure(request.GET.get(name, "")) for name in ("shown", "ms"))
    context = {
        "query": query,
        "kind": kind,
        "tabs": tabs,
        "took_ms": took_ms,
        "hits_words": hits_words(counted, MOST, shown) if query else "",
    }
    return render(request, "inbox/search_tabs.html", context)


@agent_view
@never_cache
@require_safe
def find(request: AgentRequest, pk: UUID) -> JsonResponse:
    """Where `?q=` stands in one conversation, the newest first: `{"ids": ["message-…", …]}`."""
    conversation = visible_conversation(request.agent, pk)
    query = parse(request.GET.get("q", ""))
    if not query.groups:
        return JsonResponse({"ids": [], "more": False})
    with limited_time():
        hits = Search(query, request.agent).in_conversation(conversation, MOST_IN_THREAD + 1)
    ids = [f"{hit.kind}-{hit.pk}" for hit in hits[:MOST_IN_THREAD]]
    return JsonResponse({"ids": ids, "more": len(hits) > MOST_IN_THREAD})


def found(query: Query, agent: Agent, kind: str, after: Cursor | None) -> Results:
    """What the page shows of `query`; a search that takes too long says so."""
    results = Results(query, [], [], [], [])
    if not query:
        return results
    place = Place(after.at, UUID(after.pk)) if after else None
    try:
        with limited_time():
            search = Search(query, agent)
            _fill(results, search, kind, place)
    except TooSlow:
        results.too_slow = True
    return results


def _fill(results: Results, search: Search, kind: str, place: Place | None) -> None:
    query, agent = results.query, search.agent
    results.says_nothing = search.says_nothing
    kinds = {"": ("message", "note"), "contacts": ()}.get(kind, (KINDS.get(kind, ("",))[0],))
    hits = [hit for one in kinds for hit in search.page(one, place, PAGE + 1)]
    hits.sort(key=lambda hit: (hit.at, hit.pk), reverse=True)
    if len(hits) > PAGE:
        last = hits[PAGE - 1]
        results.next = str(Cursor(last.at, str(last.pk)))
    files = search.page("file", None, FEW_FILES) if not kind and place is None else []
    results.hits = told(hits[:PAGE], search.stems)
    results.files = told(files, None)
    if place is None and kind in ("", "contacts") and not query.narrowing:
        some = people(agent, query, PAGE if kind else FEW_CONTACTS)
        results.contacts = with_details(agent, query, some)
        if not results.contacts and query.groups:
            results.alike = contacts_alike(agent, query.plain, FEW_CONTACTS)


def people(agent: Agent, query: Query, limit: int) -> list[tuple[Contact, Conversation | None]]:
    """Contacts found by `query` with their newest conversation that the agent may see."""
    rows = contacts_found(agent, query.plain).prefetch_related("identities")
    contacts = list(rows.order_by("name", "pk")[:limit])
    threads = newest_threads(agent, [contact.pk for contact in contacts])
    return [(contact, threads.get(contact.pk)) for contact in contacts]


def with_details(
    agent: Agent, query: Query, found: list[tuple[Contact, Conversation | None]]
) -> list[Person]:
    """The same, and what of attributes and notes they were found by."""
    details = details_of(agent, query.plain, [contact.pk for contact, _thread in found])
    return [Person(contact, thread, details.get(contact.pk)) for contact, thread in found]


def newest_threads(agent: Agent, contacts: list[UUID]) -> dict[UUID, Conversation]:
    """By contact, the conversation that was last spoken in."""
    rows = visible_conversations(agent).filter(contact__in=contacts)
    rows = rows.select_related("team", "assignee").order_by(
        F("last_message_at").asc(nulls_first=True), "pk"
    )
    return {row.contact_id: row for row in rows}


def _kind(asked: str, query: Query) -> str:
    wanted = query.place or asked
    return wanted if wanted in KINDS else ""


def _figure(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _numbers(query: Query, agent: Agent) -> dict[str, int]:
    """By kind how many there are; a kind that was not counted in time is not in it."""
    numbers: dict[str, int] = {}
    if not query:
        return numbers
    try:
        with limited_time(COUNT_MS):
            search = Search(query, agent)
            # Messages last: they take longest.
            for name, (one, _words) in reversed(KINDS.items()):
                numbers[name] = _count_people(search) if one == "contact" else search.count(one)
    except TooSlow:
        pass
    return numbers


def _tabs(kind: str, numbers: dict[str, int]) -> list[Tab]:
    """The kinds of results, with their numbers where they are known."""
    return [
        Tab(name, words, numbers.get(name), name == kind) for name, (_one, words) in KINDS.items()
    ]


def _count_people(search: Search) -> int:
    if search.query.narrowing:
        return 0
    return contacts_found(search.agent, search.query.plain)[: MOST + 1].count()
