"""Conversations and what they are sorted by."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Agent, Role, Team
from conversations.models import (
    BusinessNumber,
    ChatLink,
    Conversation,
    Label,
    MessageTemplate,
    Priority,
    ResolveReason,
)


class LabelSerializer(serializers.ModelSerializer[Label]):
    class Meta:
        model = Label
        fields = ("id", "name", "color")


class BusinessNumberSerializer(serializers.ModelSerializer[BusinessNumber]):
    class Meta:
        model = BusinessNumber
        fields = ("id", "name", "phone_number", "is_active")


class TemplateSerializer(serializers.ModelSerializer[MessageTemplate]):
    """One language of one template; `components` in Meta's shape."""

    purpose = serializers.CharField(help_text=_("The consent it needs."))

    class Meta:
        model = MessageTemplate
        fields = (
            *("id", "name", "language", "category", "purpose", "status", "components"),
            *("business_numbers", "synced_at"),
        )


class SourceSerializer(serializers.ModelSerializer[ChatLink]):
    """The link or QR code of ours that the customer first came by."""

    reference = serializers.CharField(source="spelled", help_text=_("As in the message."))

    class Meta:
        model = ChatLink
        fields = ("id", "reference", "name", "campaign", "place")


# How programs name priorities; the rows keep numbers, so that they can be sorted.
PRIORITIES: dict[str, Priority] = {row.name.lower(): row for row in Priority}


class PriorityField(serializers.ChoiceField):
    """`low`, `normal`, `high` or `urgent`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=list(PRIORITIES), **options)

    def to_representation(self, value: Any) -> str:
        return Priority(value).name.lower()

    def to_internal_value(self, data: Any) -> Any:
        return PRIORITIES[super().to_internal_value(data)]


class ResolveReasonSerializer(serializers.ModelSerializer[ResolveReason]):
    class Meta:
        model = ResolveReason
        fields = ("id", "name_de", "name_en", "is_active")


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    # A declared field, not what a serializer calls its own source.
    source = SourceSerializer(  # type: ignore[assignment]
        source="chat_link", allow_null=True, read_only=True
    )
    priority = PriorityField(read_only=True)

    class Meta:
        model = Conversation
        fields = (
            *("id", "contact", "business_number", "status", "assignee", "team", "labels"),
            *("window_expires_at", "last_message_at", "unread", "created_at", "updated_at"),
            *("priority", "snoozed_until", "waiting_since", "first_replied_at", "resolved_at"),
            *("resolve_reason", "source"),
        )


class ConversationChange(serializers.Serializer[Any]):
    """What PATCH may change; every part may be left out."""

    status = serializers.ChoiceField(choices=Conversation.Status.choices, required=False)
    assignee = serializers.PrimaryKeyRelatedField(
        queryset=Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY),
        required=False,
        allow_null=True,
    )
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), required=False, allow_null=True
    )
    labels = serializers.PrimaryKeyRelatedField(
        queryset=Label.objects.all(), many=True, required=False
    )
    priority = PriorityField(required=False)
    resolve_reason = serializers.PrimaryKeyRelatedField(
        queryset=ResolveReason.objects.filter(is_active=True),
        required=False,
        allow_null=True,
        help_text=_("Why it is resolved; together with `status` `resolved`."),
    )
    snoozed_until = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text=_("Together with `status` `snoozed`; null: until the customer writes."),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name, status in _ONLY_WITH.items():
            if attrs.get(name) is not None and attrs.get("status") != status:
                words = _("Only together with status “%(status)s”.") % {"status": status}
                raise serializers.ValidationError({name: [words]})
        return attrs


# What a status may be given with.
_ONLY_WITH = {
    "resolve_reason": Conversation.Status.RESOLVED,
    "snoozed_until": Conversation.Status.SNOOZED,
}
