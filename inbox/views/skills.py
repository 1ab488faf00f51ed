"""What an agent answers in and knows: leads set it, handing out goes by it."""

from __future__ import annotations

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.change_history import differences, note_change
from accounts.middleware import AgentRequest
from accounts.models import LANGUAGE_CODE, Agent
from conversations.models import Label
from inbox.doors import agent_view
from inbox.views.page import navigation
from inbox.views.together import require_lead


class SkillsForm(forms.Form):
    languages = SimpleArrayField(
        forms.CharField(max_length=10, validators=[LANGUAGE_CODE]),
        label=_("answers in"),
        required=False,
        max_length=20,
    )
    labels = forms.ModelMultipleChoiceField(Label.objects.all(), required=False)

    def clean_languages(self) -> list[str]:
        return list(dict.fromkeys(code.strip() for code in self.cleaned_data["languages"] or []))


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def skills(request: AgentRequest, pk: int) -> HttpResponse:
    """For leads and admins."""
    require_lead(request.agent)
    agent = get_object_or_404(Agent, pk=pk, is_active=True)
    form = SkillsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _save(agent, form.cleaned_data["languages"], form.cleaned_data["labels"], request.agent)
        return redirect("inbox:team")
    known = set(agent.skills.values_list("pk", flat=True))
    context = {
        "form": form,
        "of": agent,
        "languages": request.POST.get("languages", ", ".join(agent.languages)),
        "labels": [(label, label.pk in known) for label in Label.objects.all()],
        "state": None,
        **navigation(request),
    }
    return render(request, "inbox/skills.html", context, status=422 if form.errors else 200)


def _save(agent: Agent, languages: list[str], labels: QuerySet[Label], by: Agent) -> None:
    with transaction.atomic():
        agent.languages = languages
        changed = differences(agent)
        agent.save(update_fields=["languages"])
        if set(agent.skills.values_list("pk", flat=True)) != {label.pk for label in labels}:
            agent.skills.set(labels)
            changed.append("skills")
        note_change(by, agent, changed)
