"""How conversations stand, in one query for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from automation.promises import Facts
from conversations.delivery import NO_WORD
from conversations.models import (
    Conversation,
    Direction,
    Event,
    EventName,
    Message,
    MessageType,
    Origin,
    Status,
)

_RESTING = (Conversation.Status.PENDING, Conversation.Status.SNOOZED)
_TAKEN = [Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ, Status.PLAYED]
_ON_ITS_WAY = [Status.QUEUED, Status.SENDING, Status.UNCONFIRMED]
# Answers are what people wrote: an agent, or somebody on the business phone. A customer's answer to
# our survey waits for nobody.
_FACTS = f"""
SELECT c.id, opened.at, answer.at, first_answer.at, waiting.at, under_way.at
FROM unnest(%(ids)s::uuid[], %(since)s::timestamptz[]) AS c(id, since)
LEFT JOIN LATERAL (
    SELECT max(occurred_at) AS at FROM {Event._meta.db_table}
    WHERE conversation_id = c.id AND name = %(reopened)s
) AS opened ON true
LEFT JOIN LATERAL (
    SELECT max(occurred_at) AS at FROM {Event._meta.db_table}
    WHERE conversation_id = c.id AND name = %(resolved)s
) AS resolved ON true
LEFT JOIN LATERAL (
    SELECT sent_at AS at FROM {Message._meta.db_table}
    WHERE conversation_id = c.id AND direction = %(out)s AND type <> %(reaction)s
      AND status = ANY(%(taken)s)
      AND (author_id IS NOT NULL AND origin = %(live)s OR origin = %(echo)s)
    ORDER BY sent_at DESC LIMIT 1
) AS answer ON true
LEFT JOIN LATERAL (
    SELECT sent_at AS at FROM {Message._meta.db_table}
    WHERE conversation_id = c.id AND direction = %(out)s AND type <> %(reaction)s
      AND status = ANY(%(taken)s) AND sent_at >= c.since
      AND (author_id IS NOT NULL AND origin = %(live)s OR origin = %(echo)s)
    ORDER BY sent_at LIMIT 1
) AS first_answer ON true
LEFT JOIN LATERAL (
    SELECT sent_at AS at FROM {Message._meta.db_table}
    WHERE conversation_id = c.id AND direction = %(in)s AND origin = %(live)s
      AND type <> %(reaction)s
      AND sent_at > greatest(
          coalesce(answer.at, '-infinity'), coalesce(resolved.at, '-infinity'))
      AND coalesce(payload #>> '{{interactive,list_reply,id}}',
                   payload #>> '{{interactive,button_reply,id}}', '') NOT LIKE %(survey)s
    ORDER BY sent_at LIMIT 1
) AS waiting ON true
LEFT JOIN LATERAL (
    SELECT sent_at AS at FROM {Message._meta.db_table}
    WHERE conversation_id = c.id AND direction = %(out)s AND type <> %(reaction)s
      AND author_id IS NOT NULL AND status = ANY(%(under_way)s) AND status_reason <> %(no_word)s
      AND scheduled_at IS NULL AND sent_at >= waiting.at
    ORDER BY sent_at LIMIT 1
) AS under_way ON true
"""  # noqa: S608 (our own tables' names)
# What the row id of an answer to a survey begins with (`survey_answers.py`).
SURVEY_MARK = "csat:"


def facts_of(
    conversations: Sequence[Conversation], since: Mapping[UUID, datetime], now: datetime
) -> dict[UUID, Facts]:
    """The facts of locked conversations; `since` when a promise of an answer runs, by thread."""
    found = _look([row.pk for row in conversations], since)
    return {row.pk: _facts(row, now, *found[row.pk]) for row in conversations}


def _facts(
    row: Conversation,
    now: datetime,
    opened: datetime | None,
    answered: datetime | None,
    first_answer: datetime | None,
    waiting: datetime | None,
    under_way: datetime | None,
) -> Facts:
    return Facts(
        now=now,
        opened_at=opened or row.created_at,
        is_resolved=row.is_resolved,
        is_resting=row.status in _RESTING,
        resolved_at=row.resolved_at,
        waiting_since=waiting,
        answered_at=answered,
        first_answer_at=first_answer,
        answer_on_its_way=under_way,
    )


def _look(
    ids: Sequence[UUID], since: Mapping[UUID, datetime]
) -> dict[UUID, tuple[datetime | None, ...]]:
    values: dict[str, Any] = {
        "ids": list(ids),
        "since": [since.get(pk) for pk in ids],
        "reopened": EventName.CONVERSATION_REOPENED,
        "resolved": EventName.CONVERSATION_RESOLVED,
        "out": Direction.OUTBOUND,
        "in": Direction.INBOUND,
        "reaction": MessageType.REACTION,
        "live": Origin.LIVE,
        "echo": Origin.ECHO,
        "taken": [str(one) for one in _TAKEN],
        "under_way": [str(one) for one in _ON_ITS_WAY],
        "no_word": NO_WORD,
        "survey": SURVEY_MARK + "%",
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}
