"""What the consent room does by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from redis.exceptions import RedisError

from consent import (
    email_sign_up,
    erasure,
    export,
    import_work,
    imports,
    rights,
)
from consent.checks import check_ledger as check_it
from consent.expiry import expire_consents
from consent.heads import publish_head
from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.models.importing import AT_WORK, ConsentImport
from consent.retention import limits_of, retention
from consent.retention_run import real_run

log = logging.getLogger(__name__)

# A running request without a sign of life for so long has lost its worker.
SILENT = timedelta(minutes=2)
# An export may take an hour, and so may a look at some twenty million entries; the broker hands it
# out again meanwhile, and finds it taken, or looks once more.
_LONGEST_S = 3600
_KILLED_AFTER_S = _LONGEST_S + 60
_NIGHT_S = 6 * 3600
# The night's work, among the session locks of PostgreSQL.
_RETENTION = 7_265_746_101
# Servers that are away for a moment, not errors of the work: the sweeper begins again.
_PASSING = (OperationalError, InterfaceError, RedisError)


@shared_task(
    name="consent.publish_ledger_head", soft_time_limit=_LONGEST_S, time_limit=_KILLED_AFTER_S
)
def publish_ledger_head() -> None:
    """Once a day: the signed head. Twice is one file more, which does no harm."""
    publish_head()


@shared_task(name="consent.check_ledger", soft_time_limit=_LONGEST_S, time_limit=_KILLED_AFTER_S)
def check_ledger() -> None:
    """Once a night: the whole ledger. Twice is one look more."""
    check_it()


@shared_task(name=rights.RUN_TASK, soft_time_limit=_LONGEST_S, time_limit=_KILLED_AFTER_S)
def run_request(request_id: str) -> None:
    """Work on a running request; nothing when another worker does, or it is over."""
    pk = UUID(request_id)
    with _alone_with(pk) as mine:
        if mine:
            _work_on(pk)


@shared_task(name="consent.sweep_requests")
def sweep_requests() -> None:
    """Requests whose worker died or was never told, and exports whose time is over."""
    lost = DataRequest.objects.filter(
        state=RequestState.RUNNING, worked_at__lt=timezone.now() - SILENT
    )
    for pk in list(lost.values_list("pk", flat=True)[:50]):
        rights.hand_over(pk)
    _forget_exports()


@shared_task(name="consent.retention", soft_time_limit=_NIGHT_S, time_limit=_NIGHT_S + 60)
def remove_what_is_over() -> None:
    """Once a night: consents that nobody stirred, then whatever is older than its rule says.

    May die anywhere, and be handed out again: one at a time works, and goes by what is still there.
    """
    with _alone(_RETENTION) as mine:
        if mine:
            expire_consents()
            real_run()


def _forget_exports() -> None:
    """On the minute they were promised for, not only in the night."""
    kind = retention.kinds["exports"]
    for _found in kind.keeper.portions(limits_of(kind.name), timezone.now()):
        pass


@shared_task(name=email_sign_up.SEND_TASK)
def send_sign_up_mail(sign_up_id: str) -> None:
    """One mail with a link to confirm; nothing when it has left, or somebody is at it."""
    email_sign_up.send_mail(UUID(sign_up_id))


@shared_task(name="consent.sweep_sign_ups")
def sweep_sign_ups() -> None:
    """Mails that did not leave, choices nobody confirmed and links whose time is over."""
    email_sign_up.sweep()


@shared_task(name=imports.RUN_TASK, soft_time_limit=_LONGEST_S, time_limit=_KILLED_AFTER_S)
def run_import(import_id: str) -> None:
    """Work on an import; nothing when another worker does, or there is nothing to do."""
    pk = UUID(import_id)
    with _alone_with(pk) as mine:
        if not mine:
            return
        try:
            if import_work.work_on(pk):
                imports.hand_over(pk)
        except _PASSING:
            raise
        except Exception as error:
            imports.fail(pk, f"{type(error).__module__}.{type(error).__qualname__}")
            raise


@shared_task(name="consent.sweep_imports")
def sweep_imports() -> None:
    """Imports whose worker died or was never told."""
    lost = ConsentImport.objects.filter(state__in=AT_WORK, worked_at__lt=timezone.now() - SILENT)
    for pk in list(lost.values_list("pk", flat=True)[:50]):
        imports.hand_over(pk)


def _work_on(pk: UUID) -> None:
    request = DataRequest.objects.filter(pk=pk, state=RequestState.RUNNING).first()
    if request is None:
        return
    try:
        if request.kind == RequestKind.ERASURE:
            again_s = erasure.work_on(pk)
            if again_s is not None:
                rights.hand_over(pk, again_s)
        else:
            export.make_export(pk)
    except export.Stopped:
        log.info("data_request.stopped request=%s", pk)
    except _PASSING:
        raise
    except Exception as error:
        rights.fail(pk, f"{type(error).__module__}.{type(error).__qualname__}")
        raise


@contextmanager
def _alone_with(pk: UUID) -> Iterator[bool]:
    """Whether nobody else works on this request; until the end nobody else will."""
    with _alone(int.from_bytes(pk.bytes[8:], "big", signed=True)) as mine:
        yield mine


@contextmanager
def _alone(key: int) -> Iterator[bool]:
    """A lock of the session: it outlives the transactions within, and ends with its worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        [mine] = cursor.fetchone()
    try:
        yield bool(mine)
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
