"""What agents set for themselves, and the browsers that are told when the page is closed."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.middleware import AgentRequest
from accounts.models import LONGEST_UNDO_S, Agent, Preferences
from accounts.preferences import preferences_of
from conversations.errors import Malformed
from conversations.events import nudge
from inbox.doors import agent_view
from inbox.models import PushSubscription
from inbox.push import TEST_TASK, push_key, subscribe
from inbox.views.page import navigation

LANGUAGES = [("de", "Deutsch"), ("en", "English")]
_REGIONS = (
    *("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/"),
    *("Europe/", "Indian/", "Pacific/"),
)


class PreferencesForm(forms.Form):
    """One page, two rows: the agent's name and language, and their preferences."""

    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    undo_send_s = forms.IntegerField(
        label=_("Seconds to take a message back"), min_value=0, max_value=LONGEST_UNDO_S
    )
    desktop_notifications = forms.BooleanField(label=_("Desktop notifications"), required=False)
    show_text = forms.BooleanField(label=_("With the first words of the message"), required=False)
    push_notifications = forms.BooleanField(label=_("Also when the page is closed"), required=False)
    sound = forms.BooleanField(label=_("Sound"), required=False)
    title_count = forms.BooleanField(label=_("Number in the title"), required=False)
    badge = forms.BooleanField(label=_("Dot on the icon"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        company = _("The company's (%(zone)s)") % {"zone": settings.TIME_ZONE}
        zones = [(name, name.replace("_", " ")) for name in _zones()]
        self.fields["time_zone"].choices = [("", company), *zones]  # type: ignore[attr-defined]

    def save(self, agent: Agent) -> None:
        data = dict(self.cleaned_data)
        agent.name, agent.language = data.pop("name"), data.pop("language")
        agent.save(update_fields=["name", "language"])
        Preferences.objects.update_or_create(agent=agent, defaults=data)


@lru_cache(maxsize=1)
def _zones() -> list[str]:
    """Those with a place; "Etc/GMT+3" is nobody's."""
    return [*sorted(name for name in available_timezones() if name.startswith(_REGIONS)), "UTC"]


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: AgentRequest) -> HttpResponse:
    """The page, and what it posts."""
    agent = request.agent
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        if form.is_valid():
            form.save(agent)
            return redirect("/preferences/?saved")
    else:
        mine = preferences_of(agent)
        own = {
            name: getattr(mine, name) for name in PreferencesForm.base_fields if hasattr(mine, name)
        }
        form = PreferencesForm(initial={**own, "name": agent.name, "language": agent.language})
    context = {
        "form": form,
        "saved": "saved" in request.GET and not form.is_bound,
        "devices": PushSubscription.objects.filter(agent=agent),
        "public_key": push_key().public_key,
        "state": None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "inbox/preferences.html", navigation(request) | context, status=status)


class SubscriptionForm(forms.Form):
    """What a browser's PushManager gives."""

    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=120)
    auth = forms.CharField(max_length=60)
    label = forms.CharField(max_length=80, required=False)


@agent_view
@require_POST
def push_subscribe(request: AgentRequest) -> HttpResponse:
    """This browser is to be told."""
    form = SubscriptionForm(request.POST)
    if not form.is_valid():
        raise Malformed({name: [str(e) for e in found] for name, found in form.errors.items()})
    try:
        row = subscribe(request.agent, form.cleaned_data, request.session.session_key or "")
    except ValidationError as error:
        raise Malformed({"endpoint": list(error.messages)}) from None
    return JsonResponse({"id": row.pk}, status=201)


@agent_view
@require_POST
def push_remove(request: AgentRequest, pk: int) -> HttpResponse:
    """A browser of the agent's is not told any more."""
    get_object_or_404(PushSubscription, agent=request.agent, pk=pk).delete()
    return redirect("inbox:preferences")


@agent_view
@require_POST
def push_test(request: AgentRequest) -> HttpResponse:
    """Ring all browsers of the agent."""
    rows = list(PushSubscription.objects.filter(agent=request.agent).values_list("pk", flat=True))
    told = sum(nudge(TEST_TASK, pk) for pk in rows)
    return JsonResponse({"told": told})
