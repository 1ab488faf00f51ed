"""Whether a webhook tells something new: Meta repeats itself, and its words overtake each other."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from django.db import connection

from whatsapp.payload import Json

# One second may hold two different words; the same word in it is a repetition.
_TAKE = """
INSERT INTO whatsapp_latestnews AS known (subject, at, digest) VALUES (%s, %s, %s)
ON CONFLICT (subject) DO UPDATE SET at = excluded.at, digest = excluded.digest
WHERE known.at < excluded.at OR (known.at = excluded.at AND known.digest <> excluded.digest)
RETURNING 1
"""


def is_news(subject: str, at: datetime, value: Json) -> bool:
    """Whether nothing newer, and not the same, was said of `subject` before; remembers it.

    Belongs in the transaction of what the caller then changes.
    """
    digest = hashlib.sha256(msgspec.json.encode(value)).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [subject[:255], at, digest])
        return cursor.fetchone() is not None
