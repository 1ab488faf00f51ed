"""What is shown of a person: beside a conversation, and on their own page."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Agent
from consent.gate import is_restricted
from contacts.attribute_models import ContactNote
from contacts.attributes import attributes_for
from contacts.merging_parts import names_of_absorbed
from contacts.models import Contact, ContactMerge, Identity, IdentityKind, MergeReason
from contacts.person_notes import may_delete
from conversations.access import visible_contacts, visible_conversations
from conversations.models import Conversation
from inbox.consent_book import Standing, standings_of
from inbox.gallery import newest_tiles

EARLIER_CONVERSATIONS = 5
NOTES_IN_PANE = 3
MERGES = 10


@dataclass(frozen=True)
class NoteLine:
    """A note on the person as this agent may handle it."""

    note: ContactNote
    may_edit: bool
    may_delete: bool


def visible_contact(agent: Agent, pk: UUID) -> Contact:
    """404 for whom this agent may not see; of one who was merged who goes on."""
    found = visible_contacts(agent).filter(pk=pk).first()
    if found is not None:
        return found
    goes_on = Contact.objects.filter(pk=pk).values("merged_into")
    return get_object_or_404(visible_contacts(agent), pk__in=goes_on)


def person_context(contact: Contact, agent: Agent, *, in_pane: bool) -> dict[str, object]:
    """What both places show of a person, in a fixed number of queries; `contact.identities` are
    expected prefetched."""
    consents = standings_of(contact)
    return {
        "contact": contact,
        "agent": agent,
        "in_pane": in_pane,
        "consents": consents,
        "topics": topics_of(consents),
        "restricted": is_restricted(contact),
        "earlier_identities": earlier_identities(contact),
        "attributes": attributes_for(contact, agent, in_pane=in_pane),
        "notes": note_lines(contact, agent),
        "notes_in_pane": NOTES_IN_PANE,
        "tiles": newest_tiles(contact, agent),
    }


def topics_of(consents: list[Standing]) -> list[str]:
    """The names of the topics that the person may be written to about at present."""
    return [one.name for one in consents if one.since.topic and one.seal == "on"]


def note_lines(contact: Contact, agent: Agent) -> list[NoteLine]:
    """The notes on the person, pinned ones first."""
    rows = ContactNote.objects.filter(contact=contact).select_related("author")
    return [
        NoteLine(row, agent.may_write and row.author_id == agent.pk, may_delete(row, agent))
        for row in rows
    ]


def other_conversations(
    contact: Contact, agent: Agent, beside: Conversation | None = None
) -> QuerySet[Conversation]:
    """The person's conversations that this agent may see, the newest first."""
    rows = visible_conversations(agent).filter(contact=contact)
    if beside is not None:
        rows = rows.exclude(pk=beside.pk)
    return rows.select_related("business_number", "assignee", "resolve_reason").order_by(
        "-last_message_at", "-pk"
    )


def merges_of(contact: Contact, agent: Agent) -> list[ContactMerge]:
    """Who turned out to be this person, the last one first; `may_undo` says whether this agent may
    split them again."""
    rows = ContactMerge.objects.filter(absorbed__merged_into=contact, undone_at=None)
    rows = rows.select_related("absorbed", "merged_by").order_by("-merged_at", "-pk")
    found = list(rows[:MERGES])
    names = names_of_absorbed(found)
    for merge in found:
        merge.was = names[merge.pk]  # type: ignore[attr-defined]
        merge.may_undo = may_split(merge, agent)  # type: ignore[attr-defined]
    return found


def may_split(merge: ContactMerge, agent: Agent) -> bool:
    """Who merged two by hand may take it back, and so may leads and admins."""
    by_hand = merge.reason == MergeReason.BY_HAND and agent.may_write
    return by_hand and (agent.sees_all_teams or merge.merged_by_id == agent.pk)


def earlier_identities(contact: Contact) -> list[Identity]:
    """Numbers and names the contact had before, the last one first; each number once."""
    shown = (IdentityKind.PHONE, IdentityKind.USERNAME)
    current = {row.match_key for row in contact.identities.all() if row.ended_at is None}
    ended = [row for row in contact.identities.all() if row.ended_at and row.kind in shown]
    ended.sort(key=lambda row: row.ended_at or row.first_seen_at)
    newest = {row.match_key: row for row in ended if row.match_key not in current}
    return sorted(newest.values(), key=lambda row: row.ended_at or row.first_seen_at, reverse=True)
