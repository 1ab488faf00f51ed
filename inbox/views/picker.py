"""The template picker: which approved templates this number has, and one of them to fill in."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from consent.gate import permits
from conversations.access import require_writer, visible_conversation
from conversations.models import TemplateStatus
from inbox.doors import agent_view
from inbox.template_form import TemplateForm

MAX_TEMPLATES = 200


@agent_view
@never_cache
@require_safe
def picker(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The list; what consent or shape forbids is shown with its reason."""
    require_writer(request.agent)
    shown = visible_conversation(request.agent, pk)
    templates = shown.business_number.templates.filter(status=TemplateStatus.APPROVED)
    permissions: dict[str, bool] = {}
    options = []
    for template in templates[:MAX_TEMPLATES]:
        purpose = template.purpose
        if purpose not in permissions:
            permissions[purpose] = permits(shown.contact, purpose).granted
        options.append((TemplateForm(template, shown.contact), permissions[purpose]))
    context = {"conversation": shown, "options": options}
    return render(request, "inbox/picker_list.html", context)


@agent_view
@never_cache
@require_safe
def picked(request: AgentRequest, pk: UUID, template_pk: int) -> HttpResponse:
    """One template to fill in, with its preview and the consent it rests on."""
    require_writer(request.agent)
    shown = visible_conversation(request.agent, pk)
    templates = shown.business_number.templates.filter(status=TemplateStatus.APPROVED)
    form = TemplateForm(get_object_or_404(templates, pk=template_pk), shown.contact)
    permission = permits(shown.contact, form.template.purpose)
    context = {"conversation": shown, "form": form, "permission": permission}
    return render(request, "inbox/picker_form.html", context)
