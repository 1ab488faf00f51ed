"""Tom, whom we know as two contacts, and how the two are merged."""

from __future__ import annotations

from accounts.models import Agent
from contacts.merging import merge_contacts
from contacts.models import ContactMerge, MergeReason
from contacts.services import Person
from conversations.models import Conversation

PHONE_ONLY = Person(wa_id="447700900321", name="Tom")
ACCOUNT_ONLY = Person(bsuid="GB.1", username="tom.w")
BOTH = Person(wa_id="447700900321", bsuid="GB.1")


def by_hand(one: Conversation, other: Conversation, by: Agent | None = None) -> ContactMerge:
    return merge_contacts(one.contact, other.contact, MergeReason.BY_HAND, by)
