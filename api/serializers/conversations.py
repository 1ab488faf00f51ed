"""Conversations and what they are sorted by."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Agent, Role, Team
from conversations.models import BusinessNumber, ChatLink, Conversation, Label, MessageTemplate


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


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    # A declared field, not what a serializer calls its own source.
    source = SourceSerializer(  # type: ignore[assignment]
        source="chat_link", allow_null=True, read_only=True
    )

    class Meta:
        model = Conversation
        fields = (
            *("id", "contact", "business_number", "status", "assignee", "team", "labels"),
            *("window_expires_at", "last_message_at", "unread", "created_at", "updated_at"),
            "source",
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
