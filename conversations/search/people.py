"""Contacts by what they are called, also with a typing error, and by any part of their number.

A contact has two names: the one of WhatsApp and the one we use. Both are searched as one text,
which `contact_names_alike` (migration 0025) has an index of.
"""

from __future__ import annotations

import re
from uuid import UUID

from django.contrib.postgres.search import TrigramWordDistance
from django.db import connection, transaction
from django.db.models import F, Func, Q, QuerySet, TextField
from django.db.models.lookups import Contains

from accounts.models import Agent
from contacts.models import Contact, Identity, IdentityKind
from contacts.numbers import variants
from conversations.access import visible_contacts, visible_conversations
from conversations.search.index import folded

FEW = 10
MANY = 1000
_HOW_ALIKE = "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)"
# Shorter ones would find every number, and no index knows them.
SHORTEST_PART = 3
# How much of what was typed a name has to have: two letters in the middle of a long one that
# changed places ("Schrdöer") leave four of nine trigrams.
ALIKE = 0.44
_NUMBER = re.compile(r"\+?[\d\s()./-]+")


class Names(Func):
    """All that a contact is called, as the index has it."""

    function = "helpdesk_fold"
    arg_joiner = " || ' ' || "
    output_field = TextField()

    def __init__(self) -> None:
        super().__init__(F("name"), F("our_name"))


def contacts_matching(agent: Agent, words: list[str]) -> QuerySet[Contact]:
    """Contacts that have all `words` in their names, or in a number or username of theirs.

    Of what more than `MANY` are called, `MANY` are found.
    """
    return (
        visible_contacts(agent).filter(pk__in=keys_called(words))
        if words
        else Contact.objects.none()
    )


def contacts_called(agent: Agent, text: str, limit: int) -> list[UUID]:
    """The keys of contacts this agent may see, by a part of their name or number."""
    return list(contacts_matching(agent, text.split()).values_list("pk", flat=True)[:limit])


def contacts_alike(agent: Agent, words: list[str], limit: int = FEW) -> list[Contact]:
    """Contacts whose names are nearly `words`, the nearest first: for "did you mean"."""
    said = folded(" ".join(words))
    if len(said) < SHORTEST_PART:
        return []
    names = visible_contacts(agent).alias(folded=Names())
    near = names.alias(far=TrigramWordDistance(said, Names()))
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Of the index's own comparison; it holds until the transaction ends.
            cursor.execute(_HOW_ALIKE, [str(ALIKE)])
        return list(near.filter(folded__trigram_word_similar=said).order_by("far")[:limit])


def conversations_matching(agent: Agent, text: str) -> Q:
    """For lists: conversations whose customer is called so, or has this in a number or username.

    A condition on `Conversation`; fast beside 100,000 of them. Of a name that more
    than `MANY` have, `MANY` are found.
    """
    return Q(contact__in=keys_called(text.split())) & Q(
        pk__in=visible_conversations(agent).values("pk")
    )


def called(text: str) -> Q:
    """For lists of contacts, however many are called so: a condition on `Contact`."""
    words = text.split()
    identity = _has_identity(words)
    if max(map(len, words), default=0) < SHORTEST_PART:
        # No index knows so little, but many have it: those are found on the way through the list.
        return Q(*_in_names(words)) if words else Q()
    # Two questions, each by its index; joined by OR in one, both would be asked of every row.
    names = Contact.objects.filter(*_in_names(words), merged_into=None).values("pk")
    known = Identity.objects.filter(identity, ended_at=None).values("contact")
    return Q(pk__in=names.union(known))


def keys_called(words: list[str]) -> list[UUID]:
    """Contacts' keys by names and numbers, looked up beforehand: beside other conditions
    the planner would not begin with them."""
    names = Contact.objects.filter(*_in_names(words), merged_into=None)
    found = list(names.values_list("pk", flat=True)[:MANY])
    if max(map(len, words), default=0) >= SHORTEST_PART:
        known = Identity.objects.filter(_has_identity(words), ended_at=None)
        found += known.values_list("contact", flat=True)[:MANY]
    return found


def _in_names(words: list[str]) -> list[Contains]:
    return [Contains(Names(), folded(word)) for word in words]


def _has_identity(words: list[str]) -> Q:
    """A part of a number or username, or the whole of any other identity."""
    rule = Q(match_key=" ".join(words))
    for part in _parts_of_number(words):
        kinds = (IdentityKind.PHONE, IdentityKind.USERNAME)
        rule |= Q(kind__in=kinds, match_key__contains=part)
    return rule


def _parts_of_number(words: list[str]) -> set[str]:
    """What to look for in numbers and usernames; nothing for what is neither.

    The zero that only counts within the country is left out; a number that is
    written in two ways is looked for in both.
    """
    together = " ".join(words)
    if _NUMBER.fullmatch(together):
        digits = "".join(one for one in together.replace("(0)", "") if one.isdigit())
        bare = digits.lstrip("0") or digits
        parts = {bare, variants(bare)[0]}
    else:
        parts = {words[0].lstrip("@").lower()} if len(words) == 1 else set()
    return {part for part in parts if len(part) >= SHORTEST_PART}
