"""What is in force: a projection of the ledger, kept with every entry and made anew on demand."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from consent.models import Act, ConsentRecord, ConsentState

# Of acts, those after which a person may be written to, and those after which they may not.
# Being informed, or asking to be signed up, changes nothing yet.
IN_FORCE = frozenset({Act.GRANTED, Act.CONFIRMED, Act.RENEWED})
ENDED = frozenset({Act.WITHDRAWN, Act.OBJECTED, Act.EXPIRED, Act.ERASED})

# The newest act decides; of two at one moment, what was written later.
_FOLD = """
    SELECT DISTINCT ON (contact_id, purpose, topic)
        contact_id, purpose, topic, id, act, occurred_at
    FROM consent_consentrecord record WHERE act = ANY(%(deciding)s) AND {only}
    ORDER BY contact_id, purpose, topic, occurred_at DESC, id DESC
"""
_PROJECT = """
    INSERT INTO consent_consentstate AS state
        (contact_id, purpose, topic, record_id, act, occurred_at)
    {fold}
    ON CONFLICT (contact_id, purpose, topic) DO UPDATE
    SET record_id = excluded.record_id, act = excluded.act, occurred_at = excluded.occurred_at
    WHERE (excluded.occurred_at, excluded.record_id) > (state.occurred_at, state.record_id)
"""
# The contact of erased entries is gone, and nothing of theirs is in force.
_KNOWN = "EXISTS (SELECT 1 FROM contacts_contact c WHERE c.id = record.contact_id)"
_DIFFERENT = """
    SELECT count(*) FROM ({fold}) folded
    FULL JOIN consent_consentstate state USING (contact_id, purpose, topic)
    WHERE state.record_id IS DISTINCT FROM folded.id OR state.act IS DISTINCT FROM folded.act
        OR state.occurred_at IS DISTINCT FROM folded.occurred_at
"""


def project(records: Iterable[ConsentRecord]) -> None:
    """Bring what is in force up to date with new records, in their transaction."""
    _write("id = ANY(%(ids)s)", ids=[record.pk for record in records])


def rebuild() -> int:
    """Make all states anew from the ledger; how many were wrong."""
    with transaction.atomic():
        wrong = different()
        ConsentState.objects.all().delete()
        _write(_KNOWN)
    return wrong


def different() -> int:
    """How many states are not what a fold over the ledger gives."""
    fold = _FOLD.format(only=_KNOWN)
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT.format(fold=fold), {"deciding": _deciding()})
        return int(cursor.fetchone()[0])


def _write(only: str, ids: list[int] | None = None) -> None:
    statement = _PROJECT.format(fold=_FOLD.format(only=only))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"deciding": _deciding(), "ids": ids})


def _deciding() -> list[str]:
    return [str(act) for act in IN_FORCE | ENDED]
