"""Meta's news about templates: approved, paused, moved to another category, rewritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.notices import raise_notice, settle_notices
from conversations.events import nudge
from conversations.models import MessageTemplate, TemplateCategory, TemplateStatus
from whatsapp.alarm_kinds import Alarm
from whatsapp.field_words import OLD_NEWS
from whatsapp.latest import is_news
from whatsapp.notice_kinds import News
from whatsapp.payload import Json, TemplateIn, read, text_of

SYNC_TASK = "whatsapp.sync_templates"
TEMPLATE_FIELDS = (
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "message_template_components_update",
)
_PAUSES = {"FIRST_PAUSE": timedelta(hours=3), "SECOND_PAUSE": timedelta(hours=6)}

# What Meta calls a template's state, in webhooks and in `GET message_templates`.
STATUSES = {
    "APPROVED": TemplateStatus.APPROVED,
    "REINSTATED": TemplateStatus.APPROVED,
    "UNARCHIVED": TemplateStatus.APPROVED,
    # A warning: it may still be sent.
    "FLAGGED": TemplateStatus.APPROVED,
    "PENDING": TemplateStatus.PENDING,
    "IN_APPEAL": TemplateStatus.PENDING,
    "REJECTED": TemplateStatus.REJECTED,
    "PAUSED": TemplateStatus.PAUSED,
    "DISABLED": TemplateStatus.DISABLED,
    "LIMIT_EXCEEDED": TemplateStatus.DISABLED,
    "LOCKED": TemplateStatus.DISABLED,
    "ARCHIVED": TemplateStatus.GONE,
    "DELETED": TemplateStatus.GONE,
    "PENDING_DELETION": TemplateStatus.GONE,
}


@dataclass(frozen=True)
class _Word:
    """One webhook about one template."""

    field: str
    found: TemplateIn
    at: datetime


def update_template(field: str, account: str, value: Json, at: datetime) -> str:
    """Apply one template webhook of `at` (Meta's clock); "" or why there was nothing to change.

    The texts of a template, and templates nobody here has seen, come with a sync.
    """
    found = read(TemplateIn, value)
    if found is None:
        return f"{field}: not a template object"
    with transaction.atomic():
        rows = _matching(account, found).select_for_update(of=("self",), no_key=True)
        templates = list(rows.order_by("pk"))
        if field == "message_template_components_update" or not templates:
            transaction.on_commit(_ask_for_sync)
            return f"{field}: synced"
        word = _Word(field, found, at)
        reasons = [_apply(word, value, template) for template in templates]
    return next((reason for reason in reasons if reason), "")


def _apply(word: _Word, value: Json, template: MessageTemplate) -> str:
    if not is_news(f"{word.field}:{template.pk}", word.at, value):
        return f"{word.field}: {OLD_NEWS}"
    return _ACTS[word.field](word, template)


def _status(word: _Word, template: MessageTemplate) -> str:
    event = (word.found.event or "").upper()
    status = STATUSES.get(event)
    if status is None:
        return f"{word.field}: unknown event"
    template.status = status
    template.status_reason = _reason(word.found)
    template.paused_until = _paused_until(word) if status == TemplateStatus.PAUSED else None
    template.save(update_fields=["status", "status_reason", "paused_until"])
    _tell_of_status(template)
    return ""


def _tell_of_status(template: MessageTemplate) -> None:
    """A notice for what a person must see to; the end of those that are over."""
    alarms = {
        TemplateStatus.PAUSED: Alarm.TEMPLATE_PAUSED,
        TemplateStatus.DISABLED: Alarm.TEMPLATE_DISABLED,
    }
    subject = f"template:{template.pk}"
    status = TemplateStatus(template.status)
    if status == TemplateStatus.REJECTED:
        _tell(News.TEMPLATE_REJECTED, template)
    else:
        settle_notices(News.TEMPLATE_REJECTED.kind, subject)
    for of, alarm in alarms.items():
        if of == status:
            kind = alarm.value
            raise_notice(alarm.kind, subject, kind.severity, kind.text, {"name": template.name})
        else:
            settle_notices(alarm.kind, subject)
    if status == TemplateStatus.APPROVED:
        settle_notices(Alarm.TEMPLATE_POLICY.kind, subject)


def _category(word: _Word, template: MessageTemplate) -> str:
    """A new category, or (`correct_category`) one that is going to be new."""
    category = (word.found.new_category or "").lower()
    if category not in TemplateCategory.values:
        return f"{word.field}: unknown category"
    before, template.category = template.category, category
    said_before = (word.found.previous_category or "").lower()
    if before != category or said_before:
        template.previous_category = (said_before or before)[:20]
    template.save(update_fields=["category", "previous_category"])
    to_come = (word.found.correct_category or "").lower()
    if to_come in TemplateCategory.values and to_come != category:
        _tell(News.TEMPLATE_CATEGORY_SOON, template, category=to_come)
        return ""
    settle_notices(News.TEMPLATE_CATEGORY_SOON.kind, f"template:{template.pk}")
    if before != category:
        _tell(News.TEMPLATE_CATEGORY, template, category=category)
    return ""


def _quality(word: _Word, template: MessageTemplate) -> str:
    score = (word.found.new_quality_score or "").upper()
    if not score:
        return f"{word.field}: no score"
    template.quality = score[:10]
    template.save(update_fields=["quality"])
    if score == "RED":
        _tell(News.TEMPLATE_QUALITY, template)
    else:
        settle_notices(News.TEMPLATE_QUALITY.kind, f"template:{template.pk}")
    return ""


_ACTS: dict[str, Callable[[_Word, MessageTemplate], str]] = {
    "message_template_status_update": _status,
    "template_category_update": _category,
    "message_template_quality_update": _quality,
}


def _tell(kind: News, template: MessageTemplate, **params: object) -> None:
    subject = f"template:{template.pk}"
    named: dict[str, object] = {"name": template.name, "language": template.language, **params}
    raise_notice(kind.kind, subject, kind.value.severity, kind.value.text, named)


def _reason(found: TemplateIn) -> str:
    """Meta's own words on it: why, and what would help; "" when it gives none."""
    rejection = found.rejection_info if isinstance(found.rejection_info, dict) else {}
    other = found.other_info if isinstance(found.other_info, dict) else {}
    said = [rejection.get("reason"), rejection.get("recommendation"), other.get("description")]
    words = [part.strip() for part in said if isinstance(part, str) and part.strip()]
    constant = found.reason if isinstance(found.reason, str) else ""
    if constant.upper() not in ("", "NONE"):
        words.insert(0, constant)
    return ": ".join([words[0], " ".join(words[1:])] if len(words) > 1 else words)[:2000]


def _paused_until(word: _Word) -> datetime | None:
    """Meta names no end, only which pause it is; their lengths are the reference's (section 9)."""
    other = word.found.other_info if isinstance(word.found.other_info, dict) else {}
    length = _PAUSES.get(str(other.get("title", "")).upper())
    return word.at + length if length else None


def _ask_for_sync() -> None:
    nudge(SYNC_TASK)


def _matching(account: str, found: TemplateIn) -> QuerySet[MessageTemplate]:
    """By Meta's id, or by name and language; `en_US` may come as `en-US`."""
    language = (found.message_template_language or "").replace("-", "_")
    named = Q(
        name=found.message_template_name or "", language__in=(language, language.replace("_", "-"))
    )
    external_id = text_of(found.message_template_id)
    wanted = named | Q(external_id=external_id) if external_id else named
    return MessageTemplate.objects.filter(wanted, account=account)
