"""Messages as they are shown."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.models import Direction, Media, MediaStatus, Message, Reaction


class MediaSerializer(serializers.ModelSerializer[Media]):
    """`url` answers to the same token; null until the file is there."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Media
        fields = ("id", "kind", "mime_type", "filename", "size", "url", "status")

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_url(self, media: Media) -> str | None:
        if media.status != MediaStatus.READY:
            return None
        path = reverse("api:media", args=[media.pk])
        request = self.context.get("request")
        return str(request.build_absolute_uri(path)) if request else path


class ReactionSerializer(serializers.ModelSerializer[Reaction]):
    by = serializers.SerializerMethodField(help_text=_("Who reacted: `contact` or `agent`."))
    at = serializers.DateTimeField(source="reacted_at")

    class Meta:
        model = Reaction
        fields = ("emoji", "by", "at")

    @extend_schema_field({"type": "string", "enum": ["contact", "agent"]})
    def get_by(self, reaction: Reaction) -> str:
        return "contact" if reaction.direction == Direction.INBOUND else "agent"


class MessageSerializer(serializers.ModelSerializer[Message]):
    """One bubble; expects `media` and `reactions` prefetched."""

    media = MediaSerializer(many=True)
    reactions = ReactionSerializer(many=True)
    context = serializers.SerializerMethodField(  # type: ignore[assignment]  # DRF has a context, too
        help_text=_("The quoted message's wamid.")
    )
    status_detail = serializers.CharField(
        source="reason_words", help_text=_("The reason in words.")
    )
    payload = serializers.SerializerMethodField(help_text=_("What has no field of its own."))

    class Meta:
        model = Message
        fields = (
            *("id", "conversation", "direction", "type", "text", "media", "wamid", "status"),
            *("status_reason", "status_detail", "sent_at", "created_at", "updated_at"),
            *("edited_at", "revoked_at", "client_uuid", "context", "reactions", "author"),
            "payload",
        )

    def get_context(self, message: Message) -> str | None:
        return message.context_wamid or None

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_payload(self, message: Message) -> Any:
        return message.payload
