"""The threads of contacts that turn out to be one person, or two after all.

Listens to `contacts/signals.py`: everything here happens in the transaction of the merge, with
both contacts locked, so no conversation can be opened for either meanwhile.

All threads go to the survivor. Where both have an unresolved one on the same number of ours, the
one with the older last message is resolved; messages, also queued ones, stay where they are. The
window belongs to number and person, so both get the later one. A split gives the threads back and
every window its end of before: who wrote in between nobody knows, and a window that is taken for
too long would let a message out that WhatsApp forbids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.merging import accounts_differ
from contacts.models import Contact, ContactMerge
from contacts.signals import (
    Change,
    address_changed,
    contacts_merged,
    merge_planned,
    merge_undone,
)
from conversations.events import record
from conversations.models import Conversation, EventName
from conversations.services.joining import newer_first, resolve_into

# Our part of `ContactMerge.moved`.
_KEY = "threads"
_WINDOW = ("window_expires_at", "last_inbound_at", "free_entry_expires_at")


def connect() -> None:
    """Listen to what becomes of contacts; called once, when Django is ready."""
    contacts_merged.connect(_merge_threads, dispatch_uid="conversations.merge")
    merge_undone.connect(_split_threads, dispatch_uid="conversations.split")
    merge_planned.connect(_say_what_moves, dispatch_uid="conversations.plan")
    address_changed.connect(_tell_of_change, dispatch_uid="conversations.address")


def _merge_threads(merge: ContactMerge, **_kwargs: object) -> None:
    threads = _locked((merge.survivor_id, merge.absorbed_id))
    moving = [row for row in threads if row.contact_id == merge.absorbed_id]
    merge.moved[_KEY] = {
        "moved": [str(row.pk) for row in moving],
        "before": {str(row.pk): _window_of(row) for row in threads},
    }
    lost: list[dict[str, Any]] = []
    for rows in _by_number(threads).values():
        _share_window(rows, account_of=merge.moved["account_of"])
        pair = _both_open(rows)
        if pair is not None:
            winner, loser = pair
            lost.append(_resolve_into(winner, loser, merge))
    merge.moved[_KEY]["lost"] = lost
    merge.moved[_KEY]["after"] = {str(row.pk): _window_of(row) for row in threads}
    for row in moving:
        row.contact = merge.survivor
    for row in threads:  # a thread that loses its place comes first: only one may be open
        row.save(update_fields=["contact", "updated_at"])
        if not row.is_resolved:
            record(EventName.CONVERSATION_CHANGED, row, by=merge.merged_by, data={"contact": True})


def _split_threads(merge: ContactMerge, together: Contact, **_kwargs: object) -> None:
    kept = merge.moved.get(_KEY)
    if kept is None:
        return
    threads = _locked((merge.absorbed_id, together.pk))
    own = {UUID(pk) for pk in kept["moved"]}
    for row in threads:
        if row.pk in own:
            row.contact = merge.absorbed
        pk = str(row.pk)
        _restore_window(row, kept["before"].get(pk), kept["after"].get(pk))
        row.save(update_fields=["contact", *_WINDOW, "updated_at"])
    for pair in kept["lost"]:
        _hand_back(threads, pair)
    reopened = _reopen(threads, {UUID(pair["lost"]) for pair in kept["lost"]}, merge)
    for row in threads:
        if not row.is_resolved and row not in reopened:
            record(EventName.CONVERSATION_CHANGED, row, by=merge.undone_by, data={"contact": True})


def _say_what_moves(survivor: Contact, absorbed: Contact, **_kwargs: object) -> list[str]:
    """What a merge would do to the threads, in sentences."""
    rows = list(
        Conversation.objects.filter(contact__in=(survivor, absorbed))
        .select_related("business_number", "assignee")
        .order_by("pk")
    )
    moving = sum(row.contact_id == absorbed.pk for row in rows)
    said = [
        ngettext("%(count)s conversation moves.", "%(count)s conversations move.", moving)
        % {"count": moving}
    ]
    for found in _by_number(rows).values():
        pair = _both_open(found)
        if pair is not None:
            loser = pair[1]
            whose = loser.assignee.name if loser.assignee else _("nobody")
            said.append(
                _(
                    "Both have an open conversation on %(number)s. The one with the older last"
                    " message (assigned to: %(assignee)s) is resolved; its messages stay in it."
                )
                % {"number": loser.business_number.name, "assignee": whose}
            )
    if accounts_differ(survivor, absorbed):
        said.append(
            _(
                "They write from different WhatsApp accounts. Answers go to the account we learned"
                " of last; the other one becomes history, and with it its windows. Should it write"
                " again, the two are split by themselves."
            )
        )
    return said


def _tell_of_change(contact: Contact, change: Change, **_kwargs: object) -> None:
    """A line in every thread that somebody works on."""
    unresolved = Conversation.objects.filter(contact=contact).exclude(
        status=Conversation.Status.RESOLVED
    )
    for row in unresolved.order_by("pk"):
        record(EventName.CONTACT_CHANGED, row, data={"change": str(change)})


def _locked(contacts: tuple[UUID, UUID]) -> list[Conversation]:
    """All threads of both contacts, in the order in which everybody locks them."""
    return list(
        Conversation.objects.filter(contact__in=contacts)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )


def _by_number(rows: Iterable[Conversation]) -> dict[int, list[Conversation]]:
    found: dict[int, list[Conversation]] = defaultdict(list)
    for row in rows:
        found[row.business_number_id].append(row)
    return found


def _both_open(rows: list[Conversation]) -> tuple[Conversation, Conversation] | None:
    """The two unresolved threads on one number: first the one that goes on."""
    unresolved = [row for row in rows if not row.is_resolved]
    if len(unresolved) < 2:
        return None
    return newer_first(*unresolved)


def _resolve_into(winner: Conversation, loser: Conversation, merge: ContactMerge) -> dict[str, Any]:
    """Resolve `loser`; what is owed there is owed in `winner`. What that took over, by ids."""
    joined = resolve_into(winner, loser, merge.merged_at, merge.merged_by)
    return {
        "lost": str(loser.pk),
        "won": str(winner.pk),
        "labels": joined.labels,
        "assignee": joined.assignee,
    }


def _hand_back(threads: list[Conversation], pair: dict[str, Any]) -> None:
    """Take from the thread that went on what it had taken over, if that is as it was."""
    for row in threads:
        if str(row.pk) != pair["won"]:
            continue
        row.labels.remove(*pair["labels"])
        if pair["assignee"] is not None and row.assignee_id == pair["assignee"]:
            row.assignee = None
            row.save(update_fields=["assignee", "updated_at"])


def _share_window(rows: list[Conversation], account_of: str | None) -> None:
    """Give all threads on one number the later window of those whose account goes on."""
    if account_of is None and len(rows) < 2:
        return
    counting = [row for row in rows if account_of in (None, str(row.contact_id))]
    for field in _WINDOW:
        latest = max((at for row in counting if (at := getattr(row, field))), default=None)
        for row in rows:
            setattr(row, field, latest)
    for row in rows:
        row.save(update_fields=[*_WINDOW, "updated_at"])


def _window_of(row: Conversation) -> dict[str, str | None]:
    return {field: at.isoformat() if (at := getattr(row, field)) else None for field in _WINDOW}


def _restore_window(
    row: Conversation, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """The window this thread had before the merge, which made it what it was `after`.

    Where it is even shorter now, the undoing of another merge has shortened it: so it stays. A
    thread that did not exist yet, or was somebody else's, has none until the customer writes.
    """
    for field in _WINDOW:
        earlier, made, now = _at(before, field), _at(after, field), getattr(row, field)
        shortened = made is not None and (now is None or now < made)
        if shortened and earlier is not None:
            earlier = None if now is None else min(earlier, now)
        setattr(row, field, earlier)


def _at(window: dict[str, Any] | None, field: str) -> datetime | None:
    return parse_datetime(window[field]) if window and window[field] else None


def _reopen(
    threads: list[Conversation], lost: set[UUID], merge: ContactMerge
) -> list[Conversation]:
    """Reopen what the merge had resolved, where its contact has no other one open."""
    found = []
    for row in threads:
        others = Q(contact=row.contact_id, business_number=row.business_number_id)
        unresolved = Conversation.objects.filter(others).exclude(
            status=Conversation.Status.RESOLVED
        )
        if row.pk in lost and row.resolved_at == merge.merged_at and not unresolved.exists():
            row.status = Conversation.Status.OPEN
            row.resolved_at = row.resolve_reason = None
            row.save(update_fields=["status", "resolved_at", "resolve_reason", "updated_at"])
            record(EventName.CONVERSATION_REOPENED, row, by=merge.undone_by)
            found.append(row)
    return found
