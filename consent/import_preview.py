"""What an import would write or has written, in counts; its first lines; and what is given back."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext

from consent.models import Topic
from consent.models.importing import ConsentImport, ImportLine, LineReason
from consent.models.ledger import Purpose

FIRST = 10
# What spreadsheets take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BY_TOPIC = """
    SELECT purpose, topic, count(*) FROM consent_importline line,
        unnest(CASE WHEN cardinality(line.topics) = 0 THEN ARRAY[''] ELSE line.topics END) topic
    WHERE line.batch_id = %s AND line.reason = '' GROUP BY purpose, topic ORDER BY purpose, topic
"""


@dataclass(frozen=True)
class Shown:
    """A line that holds, to be looked at."""

    number: int
    identity: str
    values: dict[str, Any]
    topics: str
    agreed_at: datetime


@dataclass(frozen=True)
class Preview:
    """`new` and `known` are people, `topics` entries by what they are called."""

    good: int
    refused: int
    new: int
    known: int
    topics: list[tuple[str, int]]
    reasons: list[tuple[str, int]]
    first: list[Shown]
    first_refused: list[ImportLine]


def preview_of(batch: ConsentImport) -> Preview:
    good = Q(reason="")
    who = "contact_id" if batch.confirmed_at else "identity"
    counts = batch.lines.aggregate(
        good=Count("pk", filter=good),
        refused=Count("pk", filter=~good),
        new=Count(who, filter=good & Q(is_known=False), distinct=True),
        known=Count(who, filter=good & Q(is_known=True), distinct=True),
    )
    names = {topic.key: str(topic) for topic in Topic.objects.all()}
    reasons = (
        batch.lines.filter(~good)
        .order_by()
        .values_list("reason")
        .annotate(count=Count("pk"))
        .order_by("-count", "reason")
    )
    waiting = batch.lines.filter(good, written_at=None).order_by("number")
    return Preview(
        **counts,
        topics=_by_topic(batch, names),
        reasons=[(str(LineReason(reason).label), count) for reason, count in reasons],
        first=[_shown(line, names) for line in waiting[:FIRST]],
        first_refused=list(batch.lines.filter(~good).order_by("number")[:FIRST]),
    )


def _by_topic(batch: ConsentImport, names: dict[str, str]) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_TOPIC, [batch.pk])
        rows = cursor.fetchall()
    return [(_called(purpose, topic, names), count) for purpose, topic, count in rows]


def _called(purpose: str, topic: str, names: dict[str, str]) -> str:
    return names.get(topic, topic) if topic else str(Purpose(purpose).label)


def _shown(line: ImportLine, names: dict[str, str]) -> Shown:
    topics = [_called(line.purpose, topic, names) for topic in line.topics or [""]]
    return Shown(
        number=line.number,
        identity=f"+{line.identity}" if line.identity.isdigit() else line.identity,
        values=line.values,
        topics=", ".join(topics),
        agreed_at=datetime.fromisoformat(line.values["agreed_at"]),
    )


def given_back(batch: ConsentImport) -> bytes:
    """The refused lines as they were given, with number and reason in the reader's language: CSV
    that can be mended and uploaded again. Nothing in it is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=batch.delimiter)
    width = len(batch.columns)
    writer.writerow(
        [_harmless(cell) for cell in (gettext("Line"), gettext("Reason"), *batch.columns)]
    )
    for line in batch.lines.exclude(reason="").order_by("number").iterator():
        cells = [*line.cells, *[""] * (width - len(line.cells))]
        writer.writerow([_harmless(str(cell)) for cell in (line.number, line.why, *cells)])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """With the apostrophe that makes it text; reading takes it off again."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
