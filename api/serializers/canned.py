"""Canned responses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Team
from inbox.models import CannedResponse, Scope


class CannedResponseSerializer(serializers.ModelSerializer[CannedResponse]):
    """`scope` says whose it is; the agent of a personal one is the token's."""

    scope = serializers.ChoiceField(
        choices=[scope.value for scope in Scope],
        default=Scope.PERSONAL.value,
        help_text=_("Leads may write for teams, admins for everybody."),
    )
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), allow_null=True, default=None
    )
    text_de = serializers.CharField(default="", allow_blank=True, max_length=4096)
    text_en = serializers.CharField(default="", allow_blank=True, max_length=4096)

    class Meta:
        model = CannedResponse
        fields = (
            *("id", "title", "shortcut", "text_de", "text_en", "scope", "agent", "team"),
            *("is_active", "used", "created_at", "updated_at"),
        )
        read_only_fields = ("agent", "used")
        # The owner's rules are the service's; unique names among strangers are none of a caller's.
        validators: tuple[Any, ...] = ()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        data = self._whole(attrs)
        if not data["text_de"] and not data["text_en"]:
            words = _("Please write it in at least one language.")
            raise serializers.ValidationError({"text_de": [words]})
        if data["scope"] == Scope.TEAM and data["team"] is None:
            raise serializers.ValidationError({"team": [_("Please choose a team.")]})
        return data

    def _whole(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With what a `PATCH` leaves as it is."""
        names = ("text_de", "text_en", "scope", "team")
        kept = {} if self.instance is None else {n: getattr(self.instance, n) for n in names}
        return {**kept, **attrs}
