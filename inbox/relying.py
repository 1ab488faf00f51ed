"""Macros for others that set a label keep it: nobody should find out by pressing the key."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Model, Q

from accounts.relied_on import keep
from conversations.models import Label
from inbox.models import Macro


def _of_label(keys: Collection[Any]) -> Iterable[Model]:
    named = Q()
    for key in keys:
        named |= Q(actions__contains=[{"kind": "label", "value": key}])
    return Macro.objects.filter(named, agent=None) if keys else []


def register() -> None:
    keep(Label, _of_label)
