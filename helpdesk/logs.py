"""How lines of the log are written: what went wrong and where, never what a customer wrote."""

from __future__ import annotations

import copy
import logging
from types import TracebackType
from typing import TypeAlias

import psycopg
from django.db import Error

from helpdesk.addresses import without_keys
from whatsapp.traces import trace_of

_ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class LineFormatter(logging.Formatter):
    """Errors of the database without their words, which quote numbers and texts of customers; and
    no address that is a key."""

    def format(self, record: logging.LogRecord) -> str:
        return without_keys(self._plain(record))

    def _plain(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not _quotes_rows(error):
            return super().format(record)
        # Other handlers see the record as it was; a cached text would be used again here.
        plain = copy.copy(record)
        plain.exc_text = None
        if isinstance(plain.args, dict):  # Celery puts the error into the sentence, too
            hidden = {"exc": type(error).__name__, "traceback": ""}
            plain.args = {**plain.args, **hidden}
        return super().format(plain)

    def formatException(self, ei: _ExcInfo) -> str:
        error = ei[1]
        if error is not None and _quotes_rows(error):
            return trace_of(error)
        return super().formatException(ei)


def _quotes_rows(error: BaseException) -> bool:
    """Whether a database's error is it, or led to it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        if isinstance(current, Error | psycopg.Error):
            return True
        seen.add(id(current))
        current = current.__cause__ or current.__context__
    return False
