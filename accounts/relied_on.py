"""What may not be deleted while something else relies on it.

A condition that is many-to-many goes with what it named, and a rule without a condition fits
everybody. Rooms say what of theirs relies on labels, teams, numbers; such a row cannot be deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db.models import Model, ProtectedError
from django.db.models.signals import pre_delete
from django.utils.translation import gettext as _

# Given the keys of rows, the rows that rely on any of them.
Finder = Callable[[Collection[Any]], Iterable[Model]]
_FINDERS: dict[type[Model], list[Finder]] = {}


def keep(model: type[Model], finder: Finder) -> None:
    """From now on, rows of `model` stay while `finder` finds something for them."""
    _FINDERS.setdefault(model, []).append(finder)
    pre_delete.connect(_refuse, sender=model, dispatch_uid=f"relied_on.{model._meta.label}")


def rows_relying_on(rows: Sequence[Model]) -> list[Model]:
    found: list[Model] = []
    for model, finders in _FINDERS.items():
        # A row of a model that inherits has the key of the model it inherits from.
        keys = [row.pk for row in rows if isinstance(row, model)]
        if keys:
            found += [each for find in finders for each in find(keys)]
    return found


def _refuse(sender: type[Model], instance: Model, **_more: object) -> None:
    rows = [row for find in _FINDERS[sender] for row in find([instance.pk])]
    if rows:
        names = ", ".join(str(row) for row in rows[:5])
        sentence = _("“%(name)s” is still needed by: %(names)s.")
        raise ProtectedError(sentence % {"name": instance, "names": names}, set(rows))
