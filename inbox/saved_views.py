"""Saved views: who sees which, who may change which, and what is written."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Case, Max, Q, QuerySet, Value, When

from accounts.change_history import differences, note_addition, note_change, note_deletion
from accounts.models import Agent
from conversations.access import require_writer
from conversations.filters import Filter
from inbox.list_state import ListState
from inbox.models import SavedView, Sharing

# So many of one agent's; the navigation is no archive.
MAX_OWN = 50


def visible_views(agent: Agent) -> list[SavedView]:
    """The agent's own, in their order, then what others share with them."""
    mine = Q(owner=agent)
    shared = Q(sharing=Sharing.EVERYBODY) | Q(
        sharing=Sharing.TEAM, team__in=agent.teams.values("pk")
    )
    own_first = Case(When(mine, then=Value(0)), default=Value(1))
    rows = SavedView.objects.filter(mine | shared).select_related("owner", "team")
    return list(rows.order_by(own_first, "team__name", "place", "name", "pk"))


def changeable_views(agent: Agent) -> QuerySet[SavedView]:
    """One's own; who answers for teams may also tidy up what is shared."""
    shared = ~Q(sharing=Sharing.NOBODY) if agent.sees_all_teams else Q(pk__in=())
    return SavedView.objects.filter(Q(owner=agent) | shared)


def as_questions(views: Sequence[SavedView]) -> dict[int, tuple[str, Filter]]:
    """What has to be counted for them."""
    return {view.pk: (view.view, view.read().filter) for view in views}


def has_changed(view: SavedView, state: ListState) -> bool:
    """Whether the list shows something else than what was saved."""
    saved = view.read().filter
    same = set(saved.conditions) == set(state.narrowed.conditions)
    return not (same and view.view == state.view and view.sort == state.sort)


def save_view(view: SavedView, state: ListState, by: Agent) -> SavedView:
    """Write `view` with what the list shows. A new one comes last among the owner's."""
    require_writer(by)
    view.view, view.sort, view.words = state.view, state.sort.value, state.narrowed.words()
    with transaction.atomic():
        if view._state.adding:
            places = SavedView.objects.filter(owner=by).aggregate(last=Max("place"))
            view.place = (places["last"] or 0) + 1
        _save(view, by)
    return view


def change_view(view: SavedView, by: Agent) -> None:
    """Another name, or shared with others; `view` is unsaved."""
    require_writer(by)
    with transaction.atomic():
        _save(view, by)


def remove_view(view: SavedView, by: Agent) -> None:
    require_writer(by)
    with transaction.atomic():
        if view.sharing != Sharing.NOBODY:
            note_deletion(by, view)
        view.delete()


def _save(view: SavedView, by: Agent) -> None:
    """What is shared, or was until now, leaves a line in the history."""
    is_new, fields = view._state.adding, differences(view)
    view.save()
    if view.sharing == Sharing.NOBODY and "sharing" not in fields:
        return
    if is_new:
        note_addition(by, view)
    else:
        note_change(by, view, fields)


def order_views(pks: Sequence[int], by: Agent) -> None:
    """Put the agent's own views into this order; ids that are not theirs count for nothing."""
    require_writer(by)
    with transaction.atomic():
        own = {view.pk: view for view in SavedView.objects.select_for_update().filter(owner=by)}
        named = [own[pk] for pk in dict.fromkeys(pks) if pk in own]
        rest = [view for view in own.values() if view not in named]
        for place, view in enumerate([*named, *rest], start=1):
            view.place = place
        SavedView.objects.bulk_update(own.values(), ["place"])
