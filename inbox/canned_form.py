"""The forms of the agents' own page: a canned response, a macro with its actions."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Role, Team
from conversations.models import Label, Priority, ResolveReason
from conversations.services.notes import MAX_NOTE
from inbox.macro_actions import ACTIONS, MOST_HOURS
from inbox.models import CannedResponse, Macro, Scope, Scoped
from inbox.services.macros import MOST_ACTIONS
from inbox.services.owned import scopes_of, visible_of

_CONTROL = {"class": "form-control"}
_SELECT = {"class": "form-select"}


class _ScopeForm(forms.ModelForm):  # type: ignore[type-arg]
    """For whom it is: what this agent may choose."""

    scope = forms.ChoiceField(label=_("For"), widget=forms.Select(_SELECT))
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, label=_("Team"), widget=forms.Select(_SELECT)
    )

    def __init__(self, agent: Agent, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = agent
        allowed = scopes_of(agent)
        scope = cast("forms.ChoiceField", self.fields["scope"])
        scope.choices = [(one.value, one.label) for one in allowed]
        scope.initial = cast("Scoped", self.instance).scope
        team = cast("forms.ModelChoiceField[Team]", self.fields["team"])
        team.queryset = Team.objects.all()
        team.initial = self.instance.team_id
        if Scope.TEAM not in allowed:
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("scope") == Scope.TEAM and not data.get("team"):
            self.add_error("team", _("Please choose a team."))
        return data

    @property
    def owner(self) -> tuple[Scope, Team | None]:
        return Scope(self.cleaned_data["scope"]), self.cleaned_data.get("team")

    def _post_clean(self) -> None:
        """The model's own checks, but not of whose it is: that is said afterwards."""
        given = self.cleaned_data.pop("team", None)
        super()._post_clean()  # type: ignore[misc]
        if given is not None:
            self.cleaned_data["team"] = given


class CannedForm(_ScopeForm):
    class Meta:
        model = CannedResponse
        fields = ("title", "shortcut", "text_de", "text_en", "is_active")
        widgets = {
            "title": forms.TextInput(_CONTROL),
            "shortcut": forms.TextInput({**_CONTROL, "autocapitalize": "none"}),
            "text_de": forms.Textarea({**_CONTROL, "rows": 5, "lang": "de"}),
            "text_en": forms.Textarea({**_CONTROL, "rows": 5, "lang": "en"}),
            "is_active": forms.CheckboxInput({"class": "form-check-input"}),
        }

    def clean_shortcut(self) -> str:
        return str(self.cleaned_data["shortcut"]).strip().lstrip("/").lower()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("text_de") and not data.get("text_en"):
            self.add_error("text_de", _("Please write it in at least one language."))
        return data

    def __init__(self, agent: Agent, *args: Any, **kwargs: Any) -> None:
        if args and args[0] is not None:
            # Before the field's own check: people type it as they use it.
            posted = args[0].copy()
            posted["shortcut"] = posted.get("shortcut", "").strip().lstrip("/").lower()
            args = (posted, *args[1:])
        super().__init__(agent, *args, **kwargs)


class MacroForm(_ScopeForm):
    class Meta:
        model = Macro
        fields = ("name", "key", "is_active")
        widgets = {
            "name": forms.TextInput(_CONTROL),
            "key": forms.NumberInput({**_CONTROL, "min": 1, "max": 9}),
            "is_active": forms.CheckboxInput({"class": "form-check-input"}),
        }


class StepForm(forms.Form):
    """One action of a macro: its kind, and the field that the kind takes its value from."""

    kind = forms.ChoiceField(required=False, label=_("Action"), widget=forms.Select(_SELECT))
    canned = forms.ModelChoiceField(
        CannedResponse.objects.none(),
        required=False,
        label=_("Canned response"),
        widget=forms.Select(_SELECT),
    )
    label = forms.ModelChoiceField(
        Label.objects.none(), required=False, label=_("Label"), widget=forms.Select(_SELECT)
    )
    agent = forms.ModelChoiceField(
        Agent.objects.none(), required=False, label=_("Person"), widget=forms.Select(_SELECT)
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, label=_("Team"), widget=forms.Select(_SELECT)
    )
    priority = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "–"), *Priority.choices],
        label=_("Priority"),
        widget=forms.Select(_SELECT),
    )
    hours = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_HOURS,
        label=_("Hours"),
        widget=forms.NumberInput({**_CONTROL, "min": 1, "max": MOST_HOURS}),
    )
    reason = forms.ModelChoiceField(
        ResolveReason.objects.none(),
        required=False,
        label=_("Reason"),
        widget=forms.Select(_SELECT),
    )
    text = forms.CharField(
        required=False,
        max_length=MAX_NOTE,
        label=_("Note"),
        widget=forms.Textarea({**_CONTROL, "rows": 2}),
    )

    def __init__(self, by: Agent, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [("", "–"), *((kind, action.words) for kind, action in ACTIONS.items())]
        cast("forms.ChoiceField", self.fields["kind"]).choices = kinds
        rows = {
            "canned": visible_of(CannedResponse.objects.filter(is_active=True), by),
            "label": Label.objects.all(),
            "agent": Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY),
            "team": Team.objects.all(),
            "reason": ResolveReason.objects.filter(is_active=True),
        }
        for name, found in rows.items():
            cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = found

    @property
    def step(self) -> dict[str, object] | None:
        """As a macro keeps it; None for an empty row."""
        kind = self.cleaned_data.get("kind")
        if not kind:
            return None
        field = ACTIONS[kind].field
        value = self.cleaned_data.get(field) if field else None
        return {"kind": kind, "value": getattr(value, "pk", value)}


def step_forms(by: Agent, data: Any, steps: list[dict[str, Any]]) -> list[StepForm]:
    """A form for each action that there can be, filled from `steps`."""
    filled = [{"kind": s.get("kind"), _field(s): s.get("value")} for s in steps]
    filled += [{}] * (MOST_ACTIONS - len(filled))
    return [
        StepForm(by, data, prefix=f"step-{place}", initial=initial)
        for place, initial in enumerate(filled[:MOST_ACTIONS])
    ]


def _field(step: dict[str, Any]) -> str:
    action = ACTIONS.get(str(step.get("kind")))
    return action.field if action and action.field else "-"
