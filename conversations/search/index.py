"""How questions reach the indexes of migration 0022_search: stems, trigrams, and a time limit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQueryField
from django.db import OperationalError, connection, transaction
from django.db.models import BooleanField, F, Func, TextField, UUIDField, Value
from django.utils.translation import gettext_lazy as _

from conversations.errors import ConversationError
from conversations.search.query import Query, Term

TIMEOUT_MS = 2000
_CANCELLED = "57014"
_STEMS = """
    WITH asked AS (
        SELECT to_tsquery('helpdesk_de', %(wanted)s)
                || to_tsquery('helpdesk_en', %(wanted)s) AS yes,
            to_tsquery('helpdesk_de', %(excluded)s) AS no_de,
            to_tsquery('helpdesk_en', %(excluded)s) AS no_en
    ), made AS (
        SELECT CASE WHEN numnode(no_de) + numnode(no_en) = 0 THEN yes
            ELSE yes && !!no_de && !!no_en END AS query, numnode(yes) > 0 AS finds FROM asked
    )
    SELECT query::text, finds FROM made
"""


class TooSlow(ConversationError):
    """A search that would have taken too long was stopped."""

    code = "search_too_slow"
    message = _("This search takes too long. Please add a word, a person or a day.")


@dataclass(frozen=True)
class Stems:
    """A query as PostgreSQL compares it; `finds` is False when only words like "and" are in it."""

    text: str
    finds: bool

    @classmethod
    def of(cls, query: Query) -> Stems:
        """One small question to the database, which alone knows its dictionaries."""
        wanted = " & ".join(f"({' | '.join(_quoted(group))})" for group in query.groups)
        excluded = " | ".join(_quoted(query.excluded))
        with connection.cursor() as cursor:
            cursor.execute(_STEMS, {"wanted": wanted, "excluded": excluded})
            text, finds = cursor.fetchone()
        return cls(text, finds)


def _quoted(terms: Iterable[Term]) -> Iterator[str]:
    """Terms as `to_tsquery` reads them; between quotes everything is text to it."""
    for term in terms:
        text = term.text.replace("/", " ").replace("\\", "\\\\").replace("'", "''")
        yield f"'{text}'{':*' if term.is_prefix else ''}"


class Found(Func):
    """`words @@ query`: by the index of the words."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()

    def __init__(self, stems: Stems) -> None:
        super().__init__(F("words"), _Stored(Value(stems.text)))


class Holds(Func):
    """The same as `Found`, but never by the index: for rows that are read in another order."""

    function = "ts_match_vq"
    output_field = BooleanField()

    def __init__(self, stems: Stems) -> None:
        super().__init__(F("words"), _Stored(Value(stems.text)))


class Among(Func):
    """`column = ANY(keys)`: hundreds of keys as one value, which takes less time to write, to read
    and to plan than a list of as many."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, keys: Collection[UUID]) -> None:
        super().__init__(F(column), Value(list(keys), output_field=ArrayField(UUIDField())))


class _Stored(Func):
    template = "(%(expressions)s)::tsquery"
    output_field = SearchQueryField()


class Fold(Func):
    """Small letters without accents, as the indexes of names have them."""

    function = "helpdesk_fold"
    output_field = TextField()


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """`text` as `Fold` makes it; asked of the database once, which alone knows all its rules."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT helpdesk_fold(%s)", [text])
        return str(cursor.fetchone()[0])


@contextmanager
def limited_time(milliseconds: int = TIMEOUT_MS) -> Iterator[None]:
    """Statements inside may take so long; `TooSlow` for one that took longer."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
        try:
            yield
            # An outer transaction goes on without it. At the last moment this is what is cancelled.
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', '0', true)")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != _CANCELLED:
                raise
            raise TooSlow from error
