"""Who spoke last of a template: one of Meta's webhooks, or an answer to us.

An answer (to a list that is read, to a template that is handed in) is as old as its question, and
is written down some time later. What a webhook says in between is newer, and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conversations.events import nudge
from conversations.models import MessageTemplate
from whatsapp.models import LatestNews
from whatsapp.template_updates import SYNC_TASK

# What each webhook tells of, by the names of our fields.
TOLD: Mapping[str, frozenset[str]] = {
    "message_template_status_update": frozenset({"status", "status_reason", "paused_until"}),
    "template_category_update": frozenset({"category", "previous_category"}),
    "message_template_quality_update": frozenset({"quality"}),
}
# Meta's clock may be behind ours by so much; what it said longer before we asked is old.
SKEW = timedelta(minutes=1)

_Said = tuple[datetime, str]


@dataclass(frozen=True)
class Question:
    """The moment we asked Meta about templates, and what its webhooks had said until then."""

    asked_at: datetime
    heard: Mapping[str, _Said]

    @classmethod
    def now(cls) -> Question:
        """To be made before the call, outside any transaction."""
        return cls(timezone.now(), _heard())

    def told_since(self) -> dict[int, frozenset[str]]:
        """The fields that webhooks told of since, by template; read under the templates' locks.

        The webhook's time is Meta's, to a second: one that was sent long before we asked and came
        only now is older than the answer.
        """
        found: dict[int, frozenset[str]] = {}
        for subject, (at, digest) in _heard().items():
            field, _, pk = subject.partition(":")
            is_new = self.heard.get(subject) != (at, digest)
            if is_new and at > self.asked_at - SKEW and pk.isdecimal():
                found[int(pk)] = found.get(int(pk), frozenset()) | TOLD[field]
        return found

    def is_older_than(self, row: MessageTemplate) -> bool:
        """Whether another answer was written since: to a later question, or about a change."""
        return self.asked_at < row.synced_at <= timezone.now()

    def write(self, row: MessageTemplate, answer: Mapping[str, object]) -> None:
        """Save what no webhook has told since in the (locked) row.

        Where anything was said meanwhile, Meta is asked again: then nothing comes in between.
        """
        keep = self.told_since().get(row.pk, frozenset())
        if keep or self.is_older_than(row):
            transaction.on_commit(_ask_for_sync)
        save(row, answer, keep)


def save(row: MessageTemplate, answer: Mapping[str, object], keep: Collection[str]) -> None:
    """Save what Meta answered, but the fields to `keep`."""
    news = {name: value for name, value in answer.items() if name not in keep}
    for name, value in news.items():
        setattr(row, name, value)
    row.save(update_fields=list(news))


def _heard() -> dict[str, _Said]:
    """Every webhook's last word on every template: a few rows per template."""
    ours = Q()
    for field in TOLD:
        ours |= Q(subject__startswith=f"{field}:")
    rows = LatestNews.objects.filter(ours).values_list("subject", "at", "digest")
    return {subject: (at, digest) for subject, at, digest in rows}


def _ask_for_sync() -> None:
    nudge(SYNC_TASK)
