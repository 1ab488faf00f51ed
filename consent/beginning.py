"""What a new database begins with: the topic "news", and the words customers use."""

from __future__ import annotations

from typing import Any

from django.db import connection

from consent.models import ConsentWord, Topic
from consent.words import DEFAULT_EVERYTHING, DEFAULT_WORDS, normalise

NEWS = "news"


def add_what_is_missing(**_signal: Any) -> None:
    """After migrations: fill tables that are empty. What an admin removed stays away."""
    if not {Topic._meta.db_table, ConsentWord._meta.db_table} <= set(
        connection.introspection.table_names()
    ):
        return  # migrated back to before they were there
    if not Topic.objects.exists():
        Topic.objects.create(
            key=NEWS, name_de="Neuigkeiten", name_en="News", also_called="newsletter"
        )
    if not ConsentWord.objects.exists():
        _add_words()


def _add_words() -> None:
    """A word that both languages have is written down once."""
    rows: dict[str, ConsentWord] = {}
    for language, by_intent in DEFAULT_WORDS.items():
        for intent, words in by_intent.items():
            for word in words:
                plain = normalise(word)
                rows.setdefault(plain, ConsentWord(language=language, intent=intent, word=plain))
    for language, words in DEFAULT_EVERYTHING.items():
        for word in words:
            plain = normalise(word)
            rows.setdefault(
                plain,
                ConsentWord(language=language, intent=ConsentWord.Intent.EVERYTHING, word=plain),
            )
    ConsentWord.objects.bulk_create(rows.values())
