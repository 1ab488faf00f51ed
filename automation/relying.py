"""What rules and service levels rely on (`accounts/relied_on.py`): what their conditions name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any

from django.db.models import Model, Q

from accounts.models import Team
from accounts.relied_on import keep
from automation.models import AssignmentRule, SlaPolicy
from conversations.models import BusinessNumber, Label


def _of_label(keys: Collection[Any]) -> Iterator[Model]:
    named = Q(labels__in=keys)
    rules = AssignmentRule.objects.filter(named | Q(adds_labels__in=keys)).distinct()
    return chain(rules, SlaPolicy.objects.filter(named).distinct())


def _of_number(keys: Collection[Any]) -> Iterator[Model]:
    named = Q(numbers__in=keys)
    rules = AssignmentRule.objects.filter(named).distinct()
    return chain(rules, SlaPolicy.objects.filter(named).distinct())


def _of_team(keys: Collection[Any]) -> Iterator[Model]:
    """Rules keep theirs by a foreign key."""
    return iter(SlaPolicy.objects.filter(teams__in=keys).distinct())


def register() -> None:
    keep(Label, _of_label)
    keep(BusinessNumber, _of_number)
    keep(Team, _of_team)
