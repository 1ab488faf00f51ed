"""A contact and those that turned out to be the same person.

`Contact.merged_into` always names one that is not merged itself, so a family is one step deep.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from contacts.models import Contact


def family_of(contact: Contact) -> QuerySet[Contact]:
    """The person's contact and all that was merged into it, whichever of them `contact` is."""
    survivor = contact.survivor_id
    return Contact.objects.filter(Q(pk=survivor) | Q(merged_into=survivor))


def survivors() -> QuerySet[Contact]:
    """The contacts that lists show: none that was merged into another."""
    return Contact.objects.filter(merged_into=None)


def hold_contacts(pks: Collection[UUID]) -> dict[UUID, UUID]:
    """Keep these contacts from being merged or split until the transaction ends.

    Answers who each of them is now: itself, or the one it was merged into. Holders do not wait for
    each other, nor for those who change a contact; only merges and splits wait, and are waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, coalesce(merged_into_id, id) FROM contacts_contact"
            " WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [list(pks)],
        )
        return dict(cursor.fetchall())


def hold_unchanged(contacts: Collection[Contact]) -> bool:
    """Hold contacts that have been read; False when one was merged, split or changed since then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, merged_into_id, updated_at FROM contacts_contact"
            " WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [[row.pk for row in contacts]],
        )
        now = set(cursor.fetchall())
    return now == {(row.pk, None, row.updated_at) for row in contacts}


def lock_contacts(pks: Collection[UUID]) -> dict[UUID, Contact]:
    """These contacts, locked against everybody until the transaction ends, in the order of ids."""
    rows = Contact.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    return {row.pk: row for row in rows}


def current_contact(contact: Contact) -> Contact:
    """Who the contact is at this moment, held until the transaction ends: not merged, not split,
    and edited by nobody else meanwhile. Raises `DoesNotExist` for one who was erased."""
    while True:
        survivor = Contact.objects.get(pk=contact.pk).survivor_id
        rows = Contact.objects.select_for_update(of=("self",), no_key=True)
        held = rows.get(pk=survivor)
        if held.merged_into_id is None:
            return held
