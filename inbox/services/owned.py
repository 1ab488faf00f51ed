"""Who may see and who may change a canned response or a macro, and who did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.change_history import differences, note_addition, note_change, note_deletion
from accounts.models import Agent, Role, Team
from inbox.models import Scope, Scoped

Row = TypeVar("Row", bound=Scoped)


def visible_of(rows: QuerySet[Row], agent: Agent) -> QuerySet[Row]:
    """One's own, one's teams' and everybody's; who sees all teams sees all of theirs."""
    theirs = Q(team__isnull=False) if agent.sees_all_teams else Q(team__in=agent.teams.all())
    return rows.filter(Q(agent=agent) | theirs | Q(agent=None, team=None))


def editable_of(rows: QuerySet[Row], agent: Agent) -> QuerySet[Row]:
    """One's own; leads: the teams', too; admins: everybody's, too."""
    if not agent.may_write:
        return rows.none()
    allowed = Q(agent=agent)
    if agent.sees_all_teams:
        allowed |= Q(team__isnull=False)
    if agent.role == Role.ADMIN:
        allowed |= Q(agent=None, team=None)
    return rows.filter(allowed)


def scopes_of(agent: Agent) -> list[Scope]:
    """For whom this agent may write one."""
    scopes = [Scope.PERSONAL] if agent.may_write else []
    if agent.sees_all_teams:
        scopes.append(Scope.TEAM)
    if agent.role == Role.ADMIN:
        scopes.append(Scope.GLOBAL)
    return scopes


def give_to(row: Scoped, scope: Scope, team: Team | None, by: Agent) -> None:
    """Make `row` (unsaved) the property of its new owner; 403 where that is not `by`'s to say."""
    if scope not in scopes_of(by) or (scope == Scope.TEAM and team is None):
        raise PermissionDenied
    row.agent = by if scope == Scope.PERSONAL else None
    row.team = team if scope == Scope.TEAM else None


@contextmanager
def keep_in_history(row: Scoped, by: Agent) -> Iterator[None]:
    """Round the save of `row`: what becomes of others' words is kept, one's own is nobody's."""
    is_new, fields = row._state.adding, differences(row)
    yield
    # Also where it was shared until now.
    if row.scope == Scope.PERSONAL and not {"agent", "team"} & set(fields):
        return
    if is_new:
        note_addition(by, row)
    else:
        note_change(by, row, fields)


def delete_owned(row: Scoped, by: Agent) -> None:
    with transaction.atomic():
        if row.scope != Scope.PERSONAL:
            note_deletion(by, row)
        row.delete()
