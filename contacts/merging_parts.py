"""What two contacts have of attributes and notes, when they become one and when they part again.

A value that gives way stays with the absorbed contact's row, where nobody sees it: a split finds it
there, and an erasure of the person, too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from contacts.attribute_models import AttributeDefinition, ContactAttribute, ContactNote
from contacts.models import Contact, ContactMerge, Identity, called_by

_KEY = "attributes"
_NOTES = "notes"


@dataclass(frozen=True)
class Conflict:
    """An attribute of which both have a value, and not the same."""

    definition: AttributeDefinition
    survivors: ContactAttribute
    absorbeds: ContactAttribute


def conflicts_of(survivor: Contact, absorbed: Contact) -> list[Conflict]:
    """Where somebody must decide; nothing decided: the survivor's goes on."""
    mine, theirs = _by_definition(survivor), _by_definition(absorbed)
    return [
        Conflict(row.definition, row, theirs[pk])
        for pk, row in mine.items()
        if pk in theirs and row.value != theirs[pk].value
    ]


def take_over(merge: ContactMerge, theirs: Collection[int]) -> None:
    """Hand the absorbed contact's attributes and notes to the survivor, both locked; of `theirs`
    (definitions) the absorbed contact's value goes on where both have one."""
    mine = _by_definition(merge.survivor)
    moved: list[int] = []
    swapped: list[list[int]] = []
    for pk, row in _by_definition(merge.absorbed).items():
        if pk not in mine:
            moved.append(row.pk)
        elif pk in theirs:
            swapped.append([mine[pk].pk, row.pk])
    rows = ContactAttribute.objects
    rows.filter(pk__in=[*moved, *(new for _old, new in swapped)]).update(contact=merge.survivor)
    rows.filter(pk__in=[old for old, _new in swapped]).update(contact=merge.absorbed)
    notes = ContactNote.objects.filter(contact=merge.absorbed)
    merge.moved[_KEY] = {"moved": moved, "swapped": swapped}
    merge.moved[_NOTES] = [str(pk) for pk in notes.values_list("pk", flat=True)]
    notes.update(contact=merge.survivor)


def give_back(merge: ContactMerge, together: Contact) -> None:
    """Undo `take_over`, all locked. What was written since stays with whom it was written to."""
    kept = merge.moved.get(_KEY, {"moved": [], "swapped": []})
    family = Q(contact=together) | Q(contact__merged_into=together) | Q(contact=merge.absorbed)
    for pk in kept["moved"]:
        _return(merge, ContactAttribute.objects.filter(family, pk=pk).first())
    for old, new in kept["swapped"]:
        replaced = ContactAttribute.objects.filter(pk=old, contact=merge.absorbed)
        row = ContactAttribute.objects.filter(family, pk=new).first()
        if row is None or row.updated_at > merge.merged_at:
            replaced.delete()  # both values are history: there is a newer one, or none on purpose
            continue
        replaced.update(contact=row.contact_id)
        _return(merge, row)
    notes = ContactNote.objects.filter(family, pk__in=merge.moved.get(_NOTES, ()))
    notes.update(contact=merge.absorbed)


def _return(merge: ContactMerge, row: ContactAttribute | None) -> None:
    if row is None or row.updated_at > merge.merged_at:
        return
    same = ContactAttribute.objects.filter(contact=merge.absorbed, definition=row.definition_id)
    if not same.exists():
        row.contact = merge.absorbed
        row.save(update_fields=["contact"])


def _by_definition(contact: Contact) -> dict[int, ContactAttribute]:
    rows = ContactAttribute.objects.filter(contact=contact)
    return {row.definition_id: row for row in rows.select_related("definition", "choice")}


def names_of_absorbed(merges: Collection[ContactMerge]) -> dict[int, str]:
    """What the absorbed contacts were called, by merge, in one query."""
    pks = [pk for merge in merges for pk in merge.moved.get("identities", ())]
    rows = Identity.objects.filter(pk__in=pks).order_by("first_seen_at", "pk").in_bulk()
    found = {}
    for merge in merges:
        own = [rows[pk] for pk in merge.moved.get("identities", ()) if pk in rows]
        was = merge.absorbed.our_name or merge.absorbed.name
        found[merge.pk] = was or called_by({row.kind: row.value for row in own})
    return found
