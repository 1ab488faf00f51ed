"""What was changed outside of the admin, kept in the history that the admin shows.

Only settings that are others' business, too: what somebody keeps for themselves is not followed.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import Model
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop

from accounts.models import Agent

# What pages of our own write instead of fields, by its first words; an id may follow.
_ACTS: dict[str, str] = {
    "merged": gettext_noop("merged with another contact"),
    "split from": gettext_noop("split from another contact"),
    "registered": gettext_noop("registered with WhatsApp"),
    "replaced by": gettext_noop("replaced by another number"),
    "handed in": gettext_noop("handed in at WhatsApp"),
    "asked erasure": gettext_noop("erasure asked for"),
    "asked access": gettext_noop("access asked for"),
    "asked": gettext_noop("request of a person entered"),
    "approve": gettext_noop("approved"),
    "refuse": gettext_noop("refused"),
    "start": gettext_noop("started"),
    "lifted": gettext_noop("lifted"),
    "lift": gettext_noop("restriction lifted"),
    "set": gettext_noop("set"),
    "downloaded what was refused": gettext_noop("downloaded what was refused"),
    "downloaded": gettext_noop("downloaded"),
    "uploaded": gettext_noop("uploaded"),
    "confirm": gettext_noop("confirmed"),
    "discard": gettext_noop("discarded"),
    "take_back": gettext_noop("taken back"),
    "go_on": gettext_noop("continued"),
}

# Written by the house itself with every save.
_BY_ITSELF = frozenset({"id", "created_at", "updated_at", "used"})


def told(entry: LogEntry) -> str:
    """What was changed, in the reader's language."""
    said = entry.change_message
    if said.startswith("["):
        return str(entry.get_change_message())
    if not said:
        return str(entry.get_action_flag_display())
    known = next((words for act, words in _ACTS.items() if said.startswith(act)), said)
    return str(capfirst(gettext(known)))


def differences(row: Model) -> list[str]:
    """The fields in which `row` is not as it is stored; none of a new one."""
    stored = type(row)._default_manager.filter(pk=row.pk).first() if row.pk else None
    if stored is None:
        return []
    return [
        field.name
        for field in row._meta.concrete_fields
        if field.name not in _BY_ITSELF
        and getattr(row, field.attname) != getattr(stored, field.attname)
    ]


def note_addition(by: Agent, row: Model) -> None:
    _note(by, row, ADDITION, [{"added": {}}])


def note_change(by: Agent, row: Model, fields: Iterable[str]) -> None:
    """`fields` are names of the model's; where there are none, nothing was changed."""
    with translation.override(None):  # they are translated when they are read
        names = [str(getattr(row._meta.get_field(one), "verbose_name", one)) for one in fields]
    if names:
        _note(by, row, CHANGE, [{"changed": {"fields": names}}])


def note_deletion(by: Agent, row: Model) -> None:
    """Before it is deleted: what it was is read from it."""
    _note(by, row, DELETION, "")


def _note(by: Agent, row: Model, flag: int, message: list[dict[str, object]] | str) -> None:
    rows = type(row)._default_manager.filter(pk=row.pk)
    LogEntry.objects.log_actions(by.pk, rows, flag, change_message=message, single_object=True)
