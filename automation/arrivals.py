"""What is known of messages at the door, and the rules they meet: a few queries for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef

from automation.calendars import hours_of
from automation.hours import ALWAYS
from automation.models import AssignmentRule, NumberHours
from automation.rules import Arrival, Rule, fold, phrases
from contacts.attribute_models import ContactAttribute
from conversations.link_code import references_in
from conversations.models import ChatLink, Conversation, Direction, Message, MessageType
from conversations.services.consent_answers import language_of

_YES, _NO = ("yes", "ja", "true"), ("no", "nein", "false")


def known_rules(*, active_only: bool = True) -> list[Rule]:
    """In their order."""
    rows = AssignmentRule.objects.select_related("calendar", "team", "person")
    if active_only:
        rows = rows.filter(is_active=True)
    found = rows.prefetch_related(
        *("numbers", "topics", "labels", "chat_links", "adds_labels", "calendar__special_days")
    )
    return [
        Rule(
            row,
            numbers=frozenset(one.pk for one in row.numbers.all()),
            topics=frozenset(one.key for one in row.topics.all()),
            labels=frozenset(one.pk for one in row.labels.all()),
            links=frozenset(one.pk for one in row.chat_links.all()),
            adds=frozenset(one.pk for one in row.adds_labels.all()),
            hours=hours_of(row.calendar) if row.calendar else None,
            phrases=phrases(row.words),
        )
        for row in found
    ]


def arrivals_of(messages: Sequence[Message]) -> list[Arrival]:
    """In their order. The conversations are to be there with contact, link and labels."""
    numbers = NumberHours.objects.select_related("calendar")
    hours = {
        row.pk: hours_of(row.calendar) for row in numbers.prefetch_related("calendar__special_days")
    }
    links = _links(messages)
    later = _not_the_first([one.pk for one in messages])
    attributes = _attributes({one.conversation.contact_id for one in messages})
    return [
        Arrival(
            number=one.business_number_id,
            language=language_of(one.conversation.contact),
            at=one.sent_at,
            text=one.text,
            hours=hours.get(one.business_number_id, ALWAYS),
            topic=_topic(links.get(one.pk), one.conversation),
            link=links[one.pk].pk if one.pk in links else None,
            by_ad=bool(one.payload.get("referral")),
            is_first=one.pk not in later,
            labels=frozenset(label.pk for label in one.conversation.labels.all()),
            attributes=attributes[one.conversation.contact_id],
        )
        for one in messages
    ]


def _topic(link: ChatLink | None, conversation: Conversation) -> str | None:
    link = link or conversation.chat_link
    return link.topic_id if link else None


def _links(messages: Sequence[Message]) -> dict[UUID, ChatLink]:
    """By message the link of ours whose reference it holds."""
    texts = [one for one in messages if one.type == MessageType.TEXT]
    said = {one.pk: [each.code for each in references_in(one.text)] for one in texts}
    wanted = {code for codes in said.values() for code in codes}
    if not wanted:
        return {}
    links = ChatLink.objects.in_bulk(wanted, field_name="reference")
    found = {pk: next((c for c in codes if c in links), None) for pk, codes in said.items()}
    return {pk: links[code] for pk, code in found.items() if code}


def _not_the_first(ids: Collection[UUID]) -> set[UUID]:
    """Messages of customers who had written before."""
    before = Message.objects.filter(
        conversation__contact=OuterRef("conversation__contact"),
        direction=Direction.INBOUND,
        sent_at__lt=OuterRef("sent_at"),
    )
    rows = Message.objects.filter(Exists(before), pk__in=ids)
    return set(rows.values_list("pk", flat=True))


def _attributes(contacts: Collection[UUID]) -> dict[UUID, dict[int, frozenset[str]]]:
    found: dict[UUID, dict[int, frozenset[str]]] = defaultdict(dict)
    rows = ContactAttribute.objects.filter(contact__in=contacts).select_related("choice")
    for row in rows:
        found[row.contact_id][row.definition_id] = frozenset(fold(one) for one in _spoken(row))
    return found


def _spoken(row: ContactAttribute) -> tuple[str, ...]:
    """What an admin may have written for this value."""
    if row.choice is not None:
        return (row.choice.key, row.choice.name_de, row.choice.name_en)
    value = row.value
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        short = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return (short, short.replace(".", ","))
    if isinstance(value, date):
        return (value.isoformat(), f"{value:%d.%m.%Y}")
    return (value,)
