"""The list of contacts: searched, narrowed, a page at a time by cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.middleware import AgentRequest
from accounts.models import Agent
from consent.models import ConsentState, Purpose, Topic
from consent.states import ENDED, IN_FORCE
from contacts.models import Contact, Identity
from conversations.access import visible_contacts, visible_conversations
from conversations.search.people import called
from inbox.paging import Cursor

AT_ONCE = 50
MAX_QUERY = 100
CONSENTS = ("agreed", "none")


@dataclass(frozen=True)
class ContactQuery:
    """What the list is narrowed to, read from the URL; what makes no sense there is left out."""

    words: str = ""
    language: str = ""
    label: int | None = None
    topic: str = ""
    consent: str = ""

    @classmethod
    def of(cls, request: AgentRequest) -> ContactQuery:
        said = {key: str(value).replace("\x00", "").strip() for key, value in request.GET.items()}
        label, consent = said.get("label", ""), said.get("consent", "")
        return cls(
            words=said.get("q", "")[:MAX_QUERY],
            language=said.get("language", "")[:10],
            label=int(label) if label.isascii() and label.isdigit() and len(label) < 10 else None,
            topic=said.get("topic", "")[:40],
            consent=consent if consent in CONSENTS else "",
        )

    @property
    def is_narrowed(self) -> bool:
        return any((self.words, self.language, self.label, self.topic, self.consent))


@dataclass(frozen=True)
class ContactPage:
    """Some contacts, each with `last_thread`; `next` is empty on the last page."""

    rows: list[Contact]
    next: str


def contact_page(agent: Agent, query: ContactQuery, cursor: Cursor | None) -> ContactPage:
    """The next contacts, who came last first; three queries, whatever there is."""
    rows = find_contacts(agent, query)
    if cursor is not None:
        rows = rows.filter(Q(created_at__lt=cursor.at) | Q(created_at=cursor.at, pk__lt=cursor.pk))
    current = Prefetch("identities", Identity.objects.filter(ended_at=None))
    found = list(rows.order_by("-created_at", "-pk").prefetch_related(current)[: AT_ONCE + 1])
    shown = found[:AT_ONCE]
    attach_last_threads(shown, agent)
    last = shown[-1] if len(found) > AT_ONCE else None
    return ContactPage(shown, str(Cursor(last.created_at, str(last.pk))) if last else "")


def find_contacts(agent: Agent, query: ContactQuery) -> QuerySet[Contact]:
    """Contacts that the agent may see and that fit. Narrowed by what exists rather than by joins:
    nobody is found twice, and an index answers."""
    rows = visible_contacts(agent)
    if query.words:
        rows = rows.filter(called(query.words))
    if query.language:
        rows = rows.filter(language=query.language)
    if query.label is not None:
        labelled = visible_conversations(agent).filter(contact=OuterRef("pk"), labels=query.label)
        rows = rows.filter(Exists(labelled))
    if query.topic:
        rows = rows.filter(pk__in=_agreed(query.topic))
    if query.consent == "agreed":
        rows = rows.filter(pk__in=_agreed())
    elif query.consent == "none":
        rows = rows.exclude(pk__in=_agreed())
    return rows


def attach_last_threads(contacts: list[Contact], agent: Agent) -> None:
    """Put the newest conversation the agent may see on each contact as `last_thread`."""
    newest = (
        visible_conversations(agent)
        .filter(contact__in=contacts)
        .select_related("business_number")
        .order_by("contact_id", "-last_message_at", "-pk")
        .distinct("contact_id")
    )
    threads = {row.contact_id: row for row in newest}
    for contact in contacts:
        thread = threads.get(contact.pk)
        if thread is not None:
            thread.contact = contact
        contact.last_thread = thread  # type: ignore[attr-defined]


def all_topics() -> list[Topic]:
    return list(Topic.objects.filter(is_active=True))


def _agreed(topic: str = "") -> QuerySet[ConsentState, Any]:
    """Of whom an agreement to marketing, or to a topic, is in force, by who they are now. An end
    that came later counts, of the topic or in general, where both were told of the same contact:
    what a merge joined, the gate looks at before anything is sent."""
    rows = ConsentState.objects.filter(
        purpose=Purpose.MARKETING, act__in=[str(act) for act in IN_FORCE]
    )
    if topic:
        rows = rows.filter(topic=topic)
    general = ConsentState.objects.filter(
        contact=OuterRef("contact"),
        purpose=Purpose.MARKETING,
        topic="",
        act__in=[str(act) for act in ENDED],
        occurred_at__gt=OuterRef("occurred_at"),
    )
    person = Coalesce("contact__merged_into_id", "contact_id")
    return rows.filter(~Exists(general)).values(person=person)
