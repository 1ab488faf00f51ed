"""A helpdesk of 100,000 conversations and 2,000,000 messages, the same from the same seed.

`python -m benchmarks.generate --data-dir var/big` makes it in an empty database of its own, which
`HELPDESK_DATA_DIR=var/big make run` then shows (sign in by `--agent`). Words come from
`benchmarks/vocabulary.py`, rows are composed by PostgreSQL itself: some six minutes on two cores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks import generate_sql
from benchmarks.place import Place
from benchmarks.vocabulary import Words
from helpdesk.embedded.runtime import embedded_servers

CONVERSATIONS, MESSAGES = 100_000, 2_000_000
LONGEST = 5_000
# So many different texts are drawn; each is said by several people.
TEXTS, NAMES, FILES = 150_000, 40_000, 20_000
TEAMS = ("Fahrgastservice", "Fundbüro", "Abo", "Störungen", "Erstattung", "Gruppenreisen")
LABELS = {
    "Fundsache": "blue",
    "Abo": "green",
    "Störung RE 7": "pink",
    "Beschwerde": "brown",
    "Lob": "grey",
    "Erstattung": "blue",
    "Gruppe": "green",
    "Rückruf": "brown",
}
AGENTS = 24
# Rows are consistent by construction: foreign keys are not checked one by one.
_PREPARE = (
    "SET session_replication_role = replica",
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '512MB'",
    "SET work_mem = '128MB'",
    "SET jit = off",
)


def fill(
    place: Place,
    conversations: int = CONVERSATIONS,
    messages: int = MESSAGES,
    seed: int = 1,
    until: datetime | None = None,
) -> dict[str, float]:
    """Fill the empty, migrated database of `place`; the number of rows by table, and `seconds`.

    `messages` must be at least twice `conversations`. The last message is of `until`, else now.
    """
    if messages < 2 * conversations:
        raise ValueError("There must be two messages to a conversation.")
    began = time.perf_counter()
    names = {
        "seed": str(seed),
        "conversations": str(conversations),
        "messages": str(messages),
        "longest": str(min(LONGEST, messages // 20)),
        "until": (until or datetime.now(UTC)).isoformat(),
        "agents": str(AGENTS),
        "teams": str(len(TEAMS)),
        "labels": str(len(LABELS)),
        "texts": str(TEXTS),
        "names": str(NAMES),
        "files": str(FILES),
    }
    with place.database() as database:
        if _count(database, "conversations_message"):
            raise ValueError("The database is not empty.")
        for statement in _PREPARE:
            database.execute(statement.encode())
        _people(database)
        _words(database, Words(seed))
        with ExitStack() as later:
            for table in generate_sql.LARGE_TABLES:
                later.callback(_make, database, _drop_indexes(database, table))
            for name, text in generate_sql.STATEMENTS.items():
                _say(name, began)
                database.execute(text.format(**names).encode())
            _say("indexes", began)
        for table in generate_sql.TABLES:
            database.execute(f"VACUUM (ANALYZE) {table}".encode())
        database.execute(b"CHECKPOINT")
        figures: dict[str, float] = {
            table: _count(database, table) for table in generate_sql.TABLES
        }
    return figures | {"seconds": round(time.perf_counter() - began, 1)}


def _people(database: psycopg.Connection) -> None:
    """Teams, labels, agents without a password, and a second business number."""
    with database.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO accounts_team (name, created_at) VALUES (%s, now())",
            [(name,) for name in TEAMS],
        )
        cursor.executemany(
            "INSERT INTO conversations_label (name, color) VALUES (%s, %s)", LABELS.items()
        )
        words = Words(0)
        cursor.executemany(
            "INSERT INTO accounts_agent (password, is_superuser, email, name, role, language,"
            " is_active, created_at) VALUES ('!', false, %s, %s, %s, %s, true, now())",
            [
                (
                    f"made{number}@example.com",
                    words.name(),
                    "lead" if number % 8 == 0 else "agent",
                    "en" if number % 5 == 0 else "de",
                )
                for number in range(AGENTS)
            ],
        )
    for statement in generate_sql.PEOPLE:
        database.execute(statement.encode())


def _words(database: psycopg.Connection, words: Words) -> None:
    """Temporary tables of what is said, by whom and with which file."""
    drawn = {
        "said": (words.text() for _ in range(TEXTS)),
        "called": (words.name() for _ in range(NAMES)),
        "filed": (words.file_name() for _ in range(FILES)),
    }
    for table, values in drawn.items():
        database.execute(f"CREATE TEMPORARY TABLE {table} (n int, text text)".encode())
        _copy(database, table, values)
        database.execute(f"CREATE UNIQUE INDEX ON {table} (n)".encode())
        database.execute(f"ANALYZE {table}".encode())


def _copy(database: psycopg.Connection, table: str, values: Iterable[str]) -> None:
    with database.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
        for number, value in enumerate(values):
            copy.write_row((number, value))


def _drop_indexes(database: psycopg.Connection, table: str) -> list[str]:
    """Drop what only speeds up reading, so that it is made at once later; how to make it."""
    rows = database.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique",
        [table],
    ).fetchall()
    for name, _ in rows:
        database.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition for _, definition in rows]


def _make(database: psycopg.Connection, definitions: list[str]) -> None:
    for definition in definitions:
        database.execute(definition.encode())


def _count(database: psycopg.Connection, table: str) -> int:
    row = database.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def sizes(database: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Each table that was filled, with its size and that of its indexes."""
    return [
        tuple(row)
        for table in generate_sql.TABLES
        for row in database.execute(
            "SELECT %s, pg_size_pretty(pg_table_size(%s)), pg_size_pretty(pg_indexes_size(%s))",
            [table] * 3,
        ).fetchall()
    ]


def _say(what: str, began: float) -> None:
    print(f"{time.perf_counter() - began:6.1f} s  {what} …", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="made when it is not there")
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until", type=datetime.fromisoformat, help="aware; default: now")
    options = parser.parse_args()
    place = Place(options.data_dir.resolve())
    with embedded_servers(place.data_dir):
        place.run("manage.py", "migrate", "-v0")
        place.run("manage.py", "ensure_business_number")
        figures = fill(place, options.conversations, options.messages, options.seed, options.until)
        with place.database() as database:
            for table, size, indexes in sizes(database):
                print(f"{table:34} {figures[table]:>10,.0f} rows  {size:>8}  indexes {indexes}")
    print(f"{figures['seconds']} s")


if __name__ == "__main__":
    main()
