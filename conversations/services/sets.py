"""Many rows written with one statement."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model
from django.utils import timezone


def update_many(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Save `fields` of `rows` (of one model, with primary keys), and `updated_at` where it is one.

    Django's `bulk_update` builds a CASE per field and row, which takes longer than all else; here
    the values travel as one array per field.
    """
    if not rows:
        return
    meta = rows[0]._meta
    names = list(dict.fromkeys(fields))
    if "updated_at" not in names and any(field.name == "updated_at" for field in meta.fields):
        now = timezone.now()
        for row in rows:
            row.updated_at = now  # type: ignore[attr-defined]
        names.append("updated_at")
    key = meta.pk
    assert key is not None
    columns = [field for field in meta.concrete_fields if field.name in names]
    every = [key, *columns]
    arrays = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
        for field in every
    ]
    quote = connection.ops.quote_name
    named = [quote(str(field.column)) for field in every]
    types = [f"%s::{field.rel_db_type(connection)}[]" for field in every[:1]]
    types += [f"%s::{field.db_type(connection)}[]" for field in columns]
    sets = ", ".join(f"{name} = v.{name}" for name in named[1:])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} AS t SET {sets} "  # noqa: S608 (our own names)
            f"FROM unnest({', '.join(types)}) AS v({', '.join(named)}) "
            f"WHERE t.{named[0]} = v.{named[0]}",
            arrays,
        )
