"""What a new database begins with: the topic "news", the words customers use, on what processing
rests, and how long each kind of data is kept."""

from __future__ import annotations

from typing import Any

from django.db import connection

from consent.models import ConsentWord, Processor, Purpose, PurposeBasis, RetentionRule, Topic
from consent.processing import default_of
from consent.retention import retention
from consent.words import DEFAULT_EVERYTHING, DEFAULT_WORDS, normalise

NEWS = "news"
_MODELS = (Topic, ConsentWord, Processor, PurposeBasis, RetentionRule)
WHATSAPP = {
    "name": "WhatsApp Ireland Limited / Meta Platforms Ireland Limited",
    "address": "Merrion Road, Dublin 4, D04 X2K5, Irland",
    "does_de": "Übermittelt die Nachrichten (WhatsApp Business Platform, Cloud API)",
    "does_en": "Transmits the messages (WhatsApp Business Platform, Cloud API)",
    "country": "Irland; USA",
    "transfer": "adequacy",
}


def add_what_is_missing(**_signal: Any) -> None:
    """After migrations: fill tables that are empty. What an admin removed stays away."""
    there = set(connection.introspection.table_names())
    if not {model._meta.db_table for model in _MODELS} <= there:
        return  # migrated back to before they were there
    if not Topic.objects.exists():
        Topic.objects.create(
            key=NEWS, name_de="Neuigkeiten", name_en="News", also_called="newsletter"
        )
    if not ConsentWord.objects.exists():
        _add_words()
    _add_bases()
    _add_rules()


def _add_bases() -> None:
    """Purposes are few and fixed: each has its row. Who gets the data begins with WhatsApp."""
    if not PurposeBasis.objects.exists():
        Processor.objects.get_or_create(name=WHATSAPP["name"], defaults=WHATSAPP)
    known = set(PurposeBasis.objects.values_list("purpose", flat=True))
    for purpose in Purpose.values:
        if purpose not in known:
            default_of(purpose).save()


def _add_rules() -> None:
    """The general rule of every kind, so that admins see what there is to set."""
    known = set(RetentionRule.objects.filter(purpose="", topic=None).values_list("kind", flat=True))
    RetentionRule.objects.bulk_create(
        [
            RetentionRule(kind=kind.name, days=kind.days)
            for kind in retention.kinds.values()
            if kind.is_set and kind.name not in known
        ],
        ignore_conflicts=True,
    )


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
