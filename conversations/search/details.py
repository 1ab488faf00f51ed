"""Contacts by what is known and noted of them: values of attributes, and notes on the person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import Contains

from accounts.models import Agent
from contacts.attribute_models import ContactAttribute, ContactNote
from contacts.attributes import words_of
from contacts.models import Contact
from conversations.access import visible_contacts
from conversations.search.index import Fold, folded
from conversations.search.people import MANY, SHORTEST_PART, keys_called

# Of a long note the place that was found, with so many signs before it.
_BEFORE, _LONGEST = 30, 120


@dataclass(frozen=True)
class Detail:
    """Why a contact was found; without `name` it is a note on the person."""

    name: str
    text: str


def contacts_found(agent: Agent, words: list[str]) -> QuerySet[Contact]:
    """Contacts by names and numbers, and by attributes and notes that hold all of `words`.

    What only leads see of a contact only leads find; of what more than `MANY` have, `MANY` are
    found.
    """
    if not words:
        return Contact.objects.none()
    keys = keys_called(words)
    for rows in _holding(agent, words):
        keys += rows.values_list("contact", flat=True)[:MANY]
    return visible_contacts(agent).filter(pk__in=keys)


def details_of(agent: Agent, words: list[str], contacts: Collection[UUID]) -> dict[UUID, Detail]:
    """By contact, what of attributes and notes holds `words`; two queries for a page."""
    if not words:
        return {}
    attributes, notes = (rows.filter(contact__in=contacts) for rows in _holding(agent, words))
    found = {note.contact_id: Detail("", _around(note.text, words)) for note in notes}
    for row in attributes.select_related("definition", "choice"):
        found[row.contact_id] = Detail(str(row.definition), words_of(row))
    return found


def _holding(agent: Agent, words: list[str]) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Attributes and notes that hold all of `words`."""
    attributes = ContactAttribute.objects.filter(_in_attributes(words), definition__is_active=True)
    if not agent.sees_all_teams:
        attributes = attributes.filter(definition__is_sensitive=False)
    notes = ContactNote.objects.filter(_in_text(words))
    if max(map(len, words)) < SHORTEST_PART:  # no index knows so little
        notes = notes.none()
    return attributes, notes


def _in_attributes(words: list[str]) -> Q:
    rule = Q(number=number) if (number := _number(" ".join(words))) is not None else Q()
    if max(map(len, words)) < SHORTEST_PART:
        return rule or Q(pk=None)
    names = ("choice__name_de", "choice__name_en")
    chosen = (reduce(and_, (Q(**{f"{name}__icontains": word}) for word in words)) for name in names)
    return reduce(or_, chosen, rule | _in_text(words))


def _in_text(words: list[str]) -> Q:
    return Q(*(Contains(Fold(F("text")), folded(word)) for word in words))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**14 else None


def _around(text: str, words: list[str]) -> str:
    """The part of a long note around the first of `words`."""
    at = folded(text).find(folded(words[0])) if len(text) > _LONGEST else 0
    begin = max(0, at - _BEFORE)
    part = text[begin : begin + _LONGEST]
    return f"{'…' if begin else ''}{part}{'…' if begin + _LONGEST < len(text) else ''}"
