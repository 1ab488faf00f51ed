"""Meta's news about templates: approved, paused, moved to another category, rewritten."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from conversations.events import nudge
from conversations.models import MessageTemplate, TemplateCategory, TemplateStatus
from whatsapp.payload import Json, TemplateIn, read, text_of

SYNC_TASK = "whatsapp.sync_templates"
TEMPLATE_FIELDS = (
    "message_template_status_update",
    "template_category_update",
    "message_template_components_update",
)

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


def update_template(field: str, account: str, value: Json) -> str:
    """Apply one template webhook; "" or the reason why there was nothing to change.

    The texts of a template, and templates nobody here has seen, come with a sync.
    """
    found = read(TemplateIn, value)
    if found is None:
        return f"{field}: not a template object"
    templates = _matching(account, found)
    if field == "message_template_components_update" or not templates.exists():
        transaction.on_commit(_ask_for_sync)
        return f"{field}: synced"
    if field == "template_category_update":
        category = (found.new_category or "").lower()
        if category not in TemplateCategory.values:
            return f"{field}: unknown category"
        templates.update(category=category)
        return ""
    status = STATUSES.get((found.event or "").upper())
    if status is None:
        return f"{field}: unknown event"
    templates.update(status=status)
    return ""


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
