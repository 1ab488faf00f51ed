"""What a topic says of itself, word for word, in numbered versions; and who agreed to which.

A changed word is a new version. What somebody agreed to stays what their entry in the ledger names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import override

from consent.models import ConsentRecord, Topic, Wording
from consent.processing import purposes
from consent.states import IN_FORCE
from consent.wordings import version_of


@dataclass(frozen=True)
class Version:
    """Words that were shown, and how many people agreed to the topic with them. Without
    `wording`: those who were shown none, since they sent a word of their own."""

    wording: Wording | None
    agreed: int


def text_of(topic: Topic, language: str) -> str:
    """All that is said of the consent to a topic."""
    with override(language):
        marketing = purposes()["marketing"]
        parts = (
            str(topic),
            topic.description,
            topic.frequency,
            topic.explanation or marketing.explanation,
        )
    return "\n\n".join(part.strip().replace("\r\n", "\n") for part in parts if part.strip())


def keep_topic_versions(topic: Topic) -> list[Wording]:
    """The version of each language that says what the topic says now."""
    return [
        version_of(topic.wording_key, language, text_of(topic, language))
        for language, _name in settings.LANGUAGES
    ]


def versions_of(topic: Topic) -> Sequence[Version]:
    """Every version of the topic itself, and of forms with which somebody agreed to it, the newest
    first."""
    agreed = agreed_to(topic)
    known = Wording.objects.filter(Q(key=topic.wording_key) | Q(pk__in=[pk for pk in agreed if pk]))
    versions = [Version(row, agreed.get(row.pk, 0)) for row in known.order_by("-created_at", "-pk")]
    if agreed.get(None):
        versions.append(Version(None, agreed[None]))
    return versions


def agreed_to(topic: Topic) -> dict[int | None, int]:
    """How many people agreed to the topic, by what they were shown."""
    rows = ConsentRecord.objects.filter(topic=topic.key, act__in=IN_FORCE)
    counts = (
        rows.order_by().values("wording_id").annotate(people=Count("contact_id", distinct=True))
    )
    return {row["wording_id"]: row["people"] for row in counts}


def people_who_agreed(wording: Wording) -> int:
    """How many agreed to anything with these words before them."""
    rows = ConsentRecord.objects.filter(wording=wording, act__in=IN_FORCE)
    return rows.values("contact_id").distinct().count()
