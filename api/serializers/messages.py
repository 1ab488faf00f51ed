"""Messages as they are shown."""

from __future__ import annotations

from typing import Any, cast

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Agent
from conversations.access import may_see_earlier_texts
from conversations.models import Direction, Media, MediaStatus, Message, Reaction
from conversations.services.annotations import EARLIER_TEXTS


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

    reactions = ReactionSerializer(many=True)
    context = serializers.SerializerMethodField(  # type: ignore[assignment]  # DRF has a context, too
        help_text=_("The quoted message's wamid.")
    )
    status_detail = serializers.CharField(
        source="reason_words", help_text=_("The reason in words.")
    )
    text = serializers.SerializerMethodField(
        help_text=_("Empty when it was taken back, but not for leads and admins.")
    )
    media = serializers.SerializerMethodField()
    payload = serializers.SerializerMethodField(help_text=_("What has no field of its own."))

    class Meta:
        model = Message
        fields = (
            *("id", "conversation", "direction", "type", "text", "media", "wamid", "status"),
            *("status_reason", "status_detail", "sent_at", "created_at", "updated_at"),
            *(
                "edited_at",
                "revoked_at",
                "text_removed_at",
                "client_uuid",
                "context",
                "reactions",
                "author",
            ),
            *("origin", "scheduled_at", "again_of", "pricing_category", "pricing_type", "payload"),
        )

    def get_context(self, message: Message) -> str | None:
        return message.context_wamid or None

    def get_text(self, message: Message) -> str:
        return message.text if self._may_see(message) else ""

    @extend_schema_field(MediaSerializer(many=True))
    def get_media(self, message: Message) -> Any:
        rows = list(message.media.all()) if self._may_see(message) else []
        return MediaSerializer(rows, many=True, context=self._surroundings).data

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_payload(self, message: Message) -> Any:
        if not self._may_see(message):
            return {}
        if self._sees_earlier_texts:
            return message.payload
        return {key: part for key, part in message.payload.items() if key != EARLIER_TEXTS}

    def _may_see(self, message: Message) -> bool:
        """What was taken back is gone, except for those who may look behind it."""
        return message.revoked_at is None or self._sees_earlier_texts

    @cached_property
    def _sees_earlier_texts(self) -> bool:
        request = self._surroundings.get("request")
        agent = getattr(request, "user", None)
        return isinstance(agent, Agent) and may_see_earlier_texts(agent)

    @property
    def _surroundings(self) -> dict[str, Any]:
        """DRF's own `context`; the field of that name hides it from type checkers only."""
        return cast("dict[str, Any]", self.context)
