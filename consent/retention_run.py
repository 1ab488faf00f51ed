"""Removing what is due, every night; and counting it without removing anything."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Agent
from consent.models import RetentionRun
from consent.retention import Found, Kind, all_limits, retention

log = logging.getLogger(__name__)

# How many runs are remembered.
REMEMBERED = 400
# Servers that are away for a moment: the next night goes on.
_PASSING = (OperationalError, InterfaceError, RedisError)


def dry_run(by: Agent | None = None) -> RetentionRun:
    """What a run would remove at this moment; nothing is."""
    run = _begin(by, is_dry=True)
    limits = all_limits()
    for kind in retention.kinds.values():
        _note(run, kind, kind.keeper.look(limits[kind.name], run.started_at))
    return _end(run)


def real_run(by: Agent | None = None) -> RetentionRun:
    """Remove what is due. May die anywhere: what is left is due the next time.

    An error at one kind stops no other. One at a time: see `tasks.retention`.
    """
    run = _begin(by, is_dry=False)
    limits = all_limits()
    for kind in retention.kinds.values():
        try:
            for found in kind.keeper.portions(limits[kind.name], run.started_at):
                _note(run, kind, found)
        except _PASSING:
            raise
        except Exception as error:
            run.failed[kind.name] = f"{type(error).__module__}.{type(error).__qualname__}"
            run.save(update_fields=["failed"])
            log.exception("retention.failed run=%s kind=%s", run.pk, kind.name)
    _forget_runs()
    return _end(run)


def _begin(by: Agent | None, *, is_dry: bool) -> RetentionRun:
    now = timezone.now()
    return RetentionRun.objects.create(is_dry=is_dry, by=by, started_at=now, worked_at=now)


def _note(run: RetentionRun, kind: Kind, found: Found) -> None:
    """Add to the counts of a kind; written down at once, so that a run that died says how far."""
    before = run.counts.get(kind.name, {"count": 0, "oldest": None})
    oldest = before["oldest"] and datetime.fromisoformat(before["oldest"])
    after = Found(before["count"], oldest) + found
    run.counts[kind.name] = {
        "count": after.count,
        "oldest": after.oldest and after.oldest.isoformat(),
    }
    run.worked_at = timezone.now()
    run.save(update_fields=["counts", "worked_at"])


def _end(run: RetentionRun) -> RetentionRun:
    run.ended_at = timezone.now()
    run.save(update_fields=["ended_at"])
    log.info("retention.ended run=%s dry=%s count=%s", run.pk, run.is_dry, run.total)
    return run


def _forget_runs() -> None:
    old = RetentionRun.objects.order_by("-started_at", "-pk").values("pk")[REMEMBERED:]
    RetentionRun.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
