"""Many rows written at once: Django's ways spend more time on the statement than on the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection
from django.db.models import AutoField, BigAutoField, Field, FileField, JSONField, Model
from django.utils import timezone
from psycopg import sql


def insert_many(rows: Sequence[Model]) -> None:
    """Insert new `rows` of one model, in their order, by COPY.

    As with `bulk_create` no signals are sent; and numbers that the database gives stay unknown.
    Raises `IntegrityError` when one of them is there, and stores none then.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not isinstance(f, AutoField | BigAutoField)]
    for field in fields:
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            for row in rows:
                field.pre_save(row, add=True)
    wrapped = {at for at, field in enumerate(fields) if isinstance(field, FileField | JSONField)}
    names = [field.attname for field in fields]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(meta.db_table), sql.SQL(", ").join(map(_column, fields))
    )
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            values = [getattr(row, name) for name in names]
            for at in wrapped:
                values[at] = fields[at].get_db_prep_save(values[at], connection)
            copy.write_row(values)
    for row in rows:
        # They are there: `save()` changes them from here on.
        row._state.adding, row._state.db = False, connection.alias


def update_many(rows: Sequence[Model], fields: Iterable[str]) -> None:
    """Save `fields` of `rows` (of one model, with primary keys), and `updated_at` where it is one.

    The values travel as one JSON list: `bulk_update` builds a CASE per field and row.
    """
    if not rows:
        return
    meta = rows[0]._meta
    names = set(fields)
    if any(field.name == "updated_at" for field in meta.fields) and "updated_at" not in names:
        now = timezone.now()
        for row in rows:
            row.updated_at = now  # type: ignore[attr-defined]
        names.add("updated_at")
    key = meta.pk
    assert key is not None
    columns = [field for field in meta.concrete_fields if field.name in names]
    every = [(str(field.column), field.attname) for field in (key, *columns)]
    values = [{column: getattr(row, name) for column, name in every} for row in rows]
    types = [(key, key.rel_db_type(connection)), *((f, f.db_type(connection)) for f in columns)]
    statement = sql.SQL(
        "UPDATE {table} AS t SET {sets} FROM json_to_recordset(%s::json) AS v({types})"
        " WHERE t.{key} = v.{key}"
    ).format(
        table=sql.Identifier(meta.db_table),
        sets=sql.SQL(", ").join(sql.SQL("{0} = v.{0}").format(_column(f)) for f in columns),
        types=sql.SQL(", ").join(
            sql.SQL("{} {}").format(_column(f), sql.SQL(str(kind))) for f, kind in types
        ),
        key=_column(key),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(values).decode()])


def _column(field: Field[Any, Any]) -> sql.Identifier:
    return sql.Identifier(str(field.column))
