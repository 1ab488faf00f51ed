"""Labels: what a conversation is about, in the house's own words. Many at once, in sets.

Rows and panes follow by `conversation.labelled`; the thread has no line of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.change_history import note_addition
from accounts.models import Agent
from conversations.errors import Malformed, NotAllowed
from conversations.events import draft, record_all
from conversations.models import LABEL_COLORS, Conversation, EventName, Label
from conversations.services.standing import require_writer

_MOST = 40  # characters of a name
_EMPTY = _("Please write something first.")
_TOO_LONG = _("This is too long: at most %(limit)s characters.")
_THERE = _("There is a label of this name already.")
_NO_COLOR = _("There is no such colour.")


def add_labels(
    conversations: Iterable[Conversation],
    labels: Collection[Label],
    by: Agent | None,
    *,
    rule: str = "",
) -> int:
    """Put all of `labels` on all of `conversations`; how many of these changed. `by` is None where
    a rule of the house does it, which is named."""
    wanted = {one.pk for one in labels}
    return _change(conversations, add=wanted, remove=set(), by=by, rule=rule)


def remove_labels(
    conversations: Iterable[Conversation], labels: Collection[Label], by: Agent
) -> int:
    """Take all of `labels` off all of `conversations`; how many of these changed."""
    return _change(conversations, add=set(), remove={one.pk for one in labels}, by=by)


def set_labels(conversation: Conversation, label_ids: Iterable[int], by: Agent) -> None:
    """Exactly these labels and no others."""
    wanted = set(label_ids)
    every = set(Label.objects.values_list("pk", flat=True))
    _change([conversation], add=wanted & every, remove=every - wanted, by=by)


def may_create_labels(agent: Agent) -> bool:
    """Words of the house are made by those who answer for it."""
    return agent.may_write and agent.sees_all_teams


def create_label(name: str, color: str, by: Agent) -> Label:
    """Raises `NotAllowed` and `Malformed`, also when a name differs in case only."""
    if not may_create_labels(by):
        raise NotAllowed
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Malformed({"name": [_EMPTY]})
    if len(name) > _MOST:
        raise Malformed({"name": [_TOO_LONG % {"limit": _MOST}]})
    if color not in LABEL_COLORS:
        raise Malformed({"color": [_NO_COLOR]})
    if Label.objects.filter(name__iexact=name).exists():
        raise Malformed({"name": [_THERE]})
    try:
        with transaction.atomic():
            label = Label.objects.create(name=name, color=color)
            note_addition(by, label)
    except IntegrityError:
        raise Malformed({"name": [_THERE]}) from None
    return label


def _change(
    conversations: Iterable[Conversation],
    add: set[int],
    remove: set[int],
    by: Agent | None,
    rule: str = "",
) -> int:
    if by is not None:
        require_writer(by)
    through = Conversation.labels.through
    with transaction.atomic():
        held = Conversation.objects.filter(pk__in=[row.pk for row in conversations])
        rows = list(held.select_for_update(of=("self",), no_key=True).order_by("pk"))
        have: dict[UUID, set[int]] = defaultdict(set)
        links = through.objects.filter(conversation__in=rows, label__in=add | remove)
        for conversation, label in links.values_list("conversation_id", "label_id"):
            have[conversation].add(label)
        fresh, gone, events = [], [], []
        for row in rows:
            added, removed = add - have[row.pk], remove & have[row.pk]
            if not added and not removed:
                continue
            fresh += [through(conversation_id=row.pk, label_id=label) for label in sorted(added)]
            gone += [row.pk] if removed else []
            data: dict[str, object] = {"added": sorted(added), "removed": sorted(removed)}
            if rule:
                data["rule"] = rule
            events.append(draft(EventName.CONVERSATION_LABELLED, row, by=by, data=data))
        through.objects.bulk_create(fresh, ignore_conflicts=True)
        if gone:
            through.objects.filter(conversation__in=gone, label__in=remove).delete()
        changed = [event.conversation_id for event in events]
        Conversation.objects.filter(pk__in=changed).update(updated_at=timezone.now())
        record_all(events)
    return len(events)
