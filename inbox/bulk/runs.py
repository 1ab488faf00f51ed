"""A run over many conversations: begun, worked off one by one, stopped, undone.

Each conversation is a transaction of its own, together with what is written down about it. So a
worker may die anywhere: what is written down is done, what is not waits, and two workers at once
never take the same one. The locks are short, and in the order of conversations.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.models import Agent
from conversations.access import require_writer, visible_conversations
from conversations.errors import ConversationError
from conversations.events import nudge
from conversations.models import Conversation
from conversations.services.locking import lock_conversation
from inbox.bulk.actions import ACTIONS, Params
from inbox.models import BulkItem, BulkRun

WORK_TASK = "inbox.work_bulk_run"
# So many are done while the agent waits for the answer.
AT_ONCE = 50
# So many are done without asking once more.
ASK_FROM = 50
MOST = 10_000
PORTION = 50
UNDO_FOR = timedelta(minutes=10)
# A page loaded so long after the end of a run still says that it has ended.
_SAID_FOR = timedelta(seconds=20)
KEPT_FOR = timedelta(days=7)
_FORGOTTEN_AFTER = timedelta(seconds=30)

log = logging.getLogger(__name__)


def begin_run(
    action: str, params: Params, conversations: QuerySet[Conversation], by: Agent
) -> BulkRun:
    """Write down what is to be done; the first ones are done at once, the rest by a worker."""
    require_writer(by)
    with transaction.atomic():
        pks = list(conversations.order_by("pk").values_list("pk", flat=True)[:MOST])
        run = BulkRun.objects.create(agent=by, action=action, params=params, total=len(pks))
        BulkItem.objects.bulk_create([BulkItem(run=run, conversation_id=pk) for pk in pks])
    log.info("bulk.begun run=%s action=%s total=%s", run.pk, action, run.total)
    return _go_on(run.pk)


def work_on(run_id: UUID) -> None:
    """Go on with a run until nothing waits, somebody stops it, or a portion is done: then another
    task goes on, so that other work gets a turn."""
    if _work_portion(run_id, PORTION):
        nudge(WORK_TASK, str(run_id))


def stop_run(run: BulkRun, by: Agent) -> BulkRun:
    """What waits is not done any more; what is done stays and can be undone."""
    require_writer(by)
    _set_state(run.pk, {BulkRun.State.RUNNING: BulkRun.State.STOPPED})
    return BulkRun.objects.get(pk=run.pk)


def undo_run(run: BulkRun, by: Agent) -> BulkRun:
    """Give back what the run changed and nobody has changed since, if it is not too late."""
    require_writer(by)
    with transaction.atomic():
        locked = BulkRun.objects.select_for_update().get(pk=run.pk)
        if not can_undo(locked):
            return locked
        locked.state, locked.worked_at = BulkRun.State.UNDOING, timezone.now()
        locked.save(update_fields=["state", "worked_at"])
    return _go_on(run.pk)


def can_undo(run: BulkRun) -> bool:
    ended = run.state in (BulkRun.State.DONE, BulkRun.State.STOPPED)
    return ended and ACTIONS[run.action].can_undo and timezone.now() < undo_until(run)


def undo_until(run: BulkRun) -> datetime:
    return (run.ended_at or run.created_at) + UNDO_FOR


def numbers_of(run: BulkRun) -> dict[str, int]:
    """How many items are in each state."""
    rows = run.items.values("state").annotate(number=Count("pk")).order_by()
    found = {row["state"]: row["number"] for row in rows}
    return {state: found.get(state, 0) for state in BulkItem.State.values}


def recent_runs(agent: Agent) -> QuerySet[BulkRun]:
    """What is under way, or has ended this moment: a page loaded later does not say it again."""
    now = timezone.now()
    runs = BulkRun.objects.filter(agent=agent, created_at__gte=now - UNDO_FOR - timedelta(hours=1))
    return runs.exclude(ended_at__lt=now - _SAID_FOR).exclude(state=BulkRun.State.UNDONE)[:3]


def sweep_runs() -> None:
    """Runs whose worker died go on; old ones are forgotten."""
    now = timezone.now()
    working = BulkRun.objects.filter(state__in=(BulkRun.State.RUNNING, BulkRun.State.UNDOING))
    lost = working.filter(worked_at__lt=now - _FORGOTTEN_AFTER)
    for pk in lost.values_list("pk", flat=True)[:100]:
        nudge(WORK_TASK, str(pk))
    BulkRun.objects.filter(created_at__lt=now - KEPT_FOR).exclude(pk__in=working).delete()


def _go_on(run_id: UUID) -> BulkRun:
    if _work_portion(run_id, AT_ONCE):
        transaction.on_commit(partial(nudge, WORK_TASK, str(run_id)))
    return BulkRun.objects.get(pk=run_id)


def _work_portion(run_id: UUID, limit: int) -> bool:
    """Do up to `limit` items; whether more wait."""
    run = BulkRun.objects.select_related("agent").filter(pk=run_id).first()
    if run is None or not run.is_working:
        return False
    undoing = run.state == BulkRun.State.UNDOING
    waiting = BulkItem.State.DONE if undoing else BulkItem.State.WAITING
    items = run.items.filter(state=waiting).order_by("pk")
    pks = list(items.values_list("pk", flat=True)[:limit])
    for number, pk in enumerate(pks):
        if number % 10 == 0 and not _still(run):
            return False
        try:
            _work_item(run, pk, undoing=undoing)
        except DatabaseError as error:  # this one only: the others are not held up by it
            log.warning("bulk.item_failed item=%s reason=%s", pk, type(error).__name__)
            failed = BulkItem.State.KEPT if undoing else BulkItem.State.REFUSED
            BulkItem.objects.filter(pk=pk, state=waiting).update(state=failed, reason="failed")
    if items.exists():
        return True
    _set_state(
        run.pk,
        {
            BulkRun.State.RUNNING: BulkRun.State.DONE,
            BulkRun.State.UNDOING: BulkRun.State.UNDONE,
        },
    )
    return False


def _still(run: BulkRun) -> bool:
    """Whether nobody stopped it; and a sign of life."""
    same = BulkRun.objects.filter(pk=run.pk, state=run.state)
    return bool(same.update(worked_at=timezone.now()))


def _work_item(run: BulkRun, pk: int, *, undoing: bool) -> None:
    expected = BulkItem.State.DONE if undoing else BulkItem.State.WAITING
    with transaction.atomic():
        rows = BulkItem.objects.select_for_update(skip_locked=True, of=("self",))
        item = rows.filter(pk=pk, state=expected).first()
        if item is None:
            return  # another worker has it, or had it
        try:
            with transaction.atomic():
                _undo_item(run, item) if undoing else _do_item(run, item)
        except ConversationError as error:
            item.state = BulkItem.State.KEPT if undoing else BulkItem.State.REFUSED
            item.reason = error.code
        item.save(update_fields=["state", "reason", "before", "after"])


def _do_item(run: BulkRun, item: BulkItem) -> None:
    action, agent = ACTIONS[run.action], run.agent
    may_see = visible_conversations(agent).filter(pk=item.conversation_id).exists()
    if not (may_see and agent.may_write):
        item.state, item.reason = BulkItem.State.REFUSED, "not_visible"
        return
    conversation = lock_conversation(item.conversation_id)
    item.before = action.part(conversation)
    action.apply(conversation, run.params, agent)
    item.after = action.part(Conversation.objects.get(pk=conversation.pk))
    same = item.before == item.after
    item.state = BulkItem.State.SAME if same else BulkItem.State.DONE


def _undo_item(run: BulkRun, item: BulkItem) -> None:
    """Also where the agent does not see the conversation any more: their own run took it away."""
    action = ACTIONS[run.action]
    conversation = lock_conversation(item.conversation_id)
    if action.part(conversation) != item.after:
        item.state, item.reason = BulkItem.State.KEPT, "changed_since"
        return
    action.restore(conversation, item.before, run.agent)
    item.state, item.reason = BulkItem.State.UNDONE, ""


def _set_state(run_id: UUID, changes: dict[BulkRun.State, BulkRun.State]) -> None:
    for old, new in changes.items():
        ended = BulkRun.objects.filter(pk=run_id, state=old)
        ended.update(state=new, ended_at=timezone.now())


def reasons_of(run: BulkRun) -> Iterable[tuple[str, int]]:
    """Why some were left, the most frequent first."""
    left = run.items.filter(state__in=(BulkItem.State.REFUSED, BulkItem.State.KEPT))
    rows = left.values("reason").annotate(number=Count("pk")).order_by("-number")
    return [(row["reason"], row["number"]) for row in rows]
