"""The template picker: what may be sent to this customer, what not and why, and one to fill in.

With `?instead=MESSAGE` it stands for a message that missed its window, whose text it brings along.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from consent.gate import permits
from conversations.access import require_writer, visible_conversation
from conversations.known import Known
from conversations.models import Conversation, MessageTemplate, Reason, TemplateStatus
from conversations.policy import may_use
from inbox.doors import agent_view
from inbox.instead import asked_instead, one_line
from inbox.template_form import TemplateForm

MAX_TEMPLATES = 200
# What was once approved and may be again is named with its reason; the rest is for the admin.
NAMED = (TemplateStatus.APPROVED, TemplateStatus.PAUSED, TemplateStatus.DISABLED)


@dataclass(frozen=True)
class Option:
    """A line of the list; `why_not` is empty for what can be sent, `takes_text` true of what has
    a place for the text of the message that it would stand for."""

    form: TemplateForm
    why_not: str
    takes_text: bool = False


@agent_view
@never_cache
@require_safe
def picker(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The list: what can be sent first, in the customer's language before others."""
    require_writer(request.agent)
    shown = visible_conversation(request.agent, pk)
    instead = asked_instead(request.agent, shown, request.GET.get("instead", ""))
    found = _options(Known(shown, request.agent), one_line(instead))
    options = sorted(found, key=lambda option: _rank(option, shown))
    context = {"conversation": shown, "options": options, "instead": instead}
    return render(request, "inbox/picker_list.html", context)


@agent_view
@never_cache
@require_safe
def picked(request: AgentRequest, pk: UUID, template_pk: int) -> HttpResponse:
    """One template to fill in, with its preview and the consent it rests on."""
    require_writer(request.agent)
    shown = visible_conversation(request.agent, pk)
    templates = shown.business_number.templates.filter(status=TemplateStatus.APPROVED)
    known = Known(shown, request.agent)
    form = TemplateForm(get_object_or_404(templates, pk=template_pk), known)
    instead = asked_instead(request.agent, shown, request.GET.get("instead", ""))
    form.suggest(one_line(instead))
    context = {
        "conversation": shown,
        "instead": instead,
        "form": form,
        "permission": permits(shown.contact, form.template.purpose, form.template.consent_topic),
        "why_not": _why_not(form, may_use(form.template, shown.contact).reason),
    }
    return render(request, "inbox/picker_form.html", context)


def _options(known: Known, text: str) -> list[Option]:
    shown = known.conversation
    templates = shown.business_number.templates.filter(status__in=NAMED)
    reasons: dict[tuple[str, ...], Reason | None] = {}  # policy asks the ledger once per kind
    options = []
    for template in templates[:MAX_TEMPLATES]:
        key = (template.category, template.status, template.consent_topic)
        if key not in reasons:
            reasons[key] = may_use(template, shown.contact).reason
        form = TemplateForm(template, known)
        options.append(Option(form, _why_not(form, reasons[key]), form.suggest(text)))
    return options


def _why_not(form: TemplateForm, reason: Reason | None) -> str:
    """Why this template cannot be sent now, in a few words."""
    if reason is None:
        return form.obstacle
    if reason == Reason.TEMPLATE_NOT_APPROVED:
        return _status_words(form.template)
    marketing = form.template.category == "marketing"
    words = {
        Reason.NO_CONSENT: _("No consent to marketing") if marketing else _("No consent"),
        Reason.OPTED_OUT: _("Does not want advertising") if marketing else _("Opted out"),
        Reason.CONSENT_EXPIRED: _("Consent has expired"),
        Reason.NEEDS_PHONE: _("Needs a phone number"),
    }
    return words.get(reason) or str(reason.label)


def _status_words(template: MessageTemplate) -> str:
    if template.status == TemplateStatus.PAUSED:
        return _("Paused by WhatsApp")
    return _("Disabled by WhatsApp")


def _rank(option: Option, shown: Conversation) -> tuple[bool, bool, bool, str, str]:
    template = option.form.template
    spoken = shown.contact.language[:2].lower()
    foreign = bool(spoken) and template.language[:2].lower() != spoken
    name = (template.name, template.language)
    return bool(option.why_not), foreign, not option.takes_text, *name
