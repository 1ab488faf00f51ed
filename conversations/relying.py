"""A number that belongs to some teams would belong to all, were its teams deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Model

from accounts.models import Team
from accounts.relied_on import keep
from conversations.models import BusinessNumber


def _of_team(keys: Collection[Any]) -> Iterable[Model]:
    return BusinessNumber.objects.filter(teams__in=keys).distinct()


def register() -> None:
    keep(Team, _of_team)
