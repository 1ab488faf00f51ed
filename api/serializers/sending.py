"""Messages as they are sent: `{"client_uuid", "type", …}` to a `Draft` for the core."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Agent
from conversations.models import Conversation, Media, MessageTemplate, MessageType
from conversations.services.reply import Draft
from conversations.template_text import render_body

MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
TYPES = (*("text", *MEDIA_TYPES, "location", "contacts", "interactive", "reaction", "template"),)


@extend_schema_field({"type": "object", "additionalProperties": True})
class MetaObjectField(serializers.JSONField):
    """An object in Meta's shape. What WhatsApp would refuse in it, the gateway says (`check`)."""

    kind: type = dict

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, self.kind):
            raise serializers.ValidationError(_("This has the wrong shape."))
        return data


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class MetaListField(MetaObjectField):
    kind = list


@extend_schema_field(OpenApiTypes.STR)
class TextField(serializers.CharField):
    """The words, or Meta's `{"body": "…", "preview_url": false}`."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        shown = data.get("preview_url")
        if not isinstance(data.get("body"), str) or not isinstance(shown, bool | None):
            raise serializers.ValidationError(_("This has the wrong shape."))
        return {"body": super().to_internal_value(data["body"]), "preview_url": shown}


class FiniteFloatField(serializers.FloatField):
    """A number of JSON; "NaN" and "Infinity" in quotes are none."""

    def to_internal_value(self, data: Any) -> float:
        try:
            value = super().to_internal_value(data)
        except OverflowError:  # an integer of hundreds of digits
            self.fail("invalid")
        if not math.isfinite(value):
            self.fail("invalid")
        return value


@extend_schema_field(OpenApiTypes.STR)
class LanguageField(serializers.CharField):
    """`"de"`, or Meta's `{"code": "de"}`."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, dict):
            data = data.get("code")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.STR)
class ContextField(serializers.CharField):
    """The quoted wamid, or Meta's `{"message_id": "wamid…"}`."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, dict):
            data = data.get("message_id")
        return super().to_internal_value(data)


class MediaInput(serializers.Serializer[Any]):
    media = serializers.UUIDField(help_text=_("The id that `uploads/` answered."))
    caption = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)


class LocationInput(serializers.Serializer[Any]):
    latitude = FiniteFloatField(min_value=-90, max_value=90)
    longitude = FiniteFloatField(min_value=-180, max_value=180)
    name = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    address = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ReactionInput(serializers.Serializer[Any]):
    message_id = serializers.CharField(max_length=255, help_text=_("The wamid it is on."))
    emoji = serializers.CharField(
        max_length=32, allow_blank=True, help_text=_("Empty takes the reaction back.")
    )


class TemplateInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=512)
    language = LanguageField(max_length=15)
    components = MetaListField(required=False)


class MessageInput(serializers.Serializer[Any]):
    """One message to send; `type` says which of the other fields belongs to it.

    Needs `conversation` and `agent` in its context.
    """

    client_uuid = serializers.UUIDField(
        help_text=_("Made by the client; the same one again is the same message.")
    )
    type = serializers.ChoiceField(choices=[(name, name) for name in TYPES])
    text = TextField(required=False, trim_whitespace=False)
    media = serializers.UUIDField(
        required=False, help_text=_("For the media types: the id that `uploads/` answered.")
    )
    caption = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    image = MediaInput(required=False)
    video = MediaInput(required=False)
    audio = MediaInput(required=False)
    document = MediaInput(required=False)
    sticker = MediaInput(required=False)
    location = LocationInput(required=False)
    contacts = MetaListField(required=False)
    interactive = MetaObjectField(required=False)
    reaction = ReactionInput(required=False)
    template = TemplateInput(required=False)
    context = ContextField(  # type: ignore[assignment]  # DRF has a context, too
        max_length=255, required=False, help_text=_("The wamid of the message it quotes.")
    )
    scheduled_at = serializers.DateTimeField(
        required=False,
        help_text=_("Not before then. The window must still be open at that time."),
    )
    instead = serializers.UUIDField(
        required=False,
        help_text=_("Of a template: the id of a message blocked as `window_closed`, for once."),
    )

    @property
    def conversation(self) -> Conversation:
        found: Conversation = self._context["conversation"]
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["type"]
        allowed = {kind, "media", "caption"} if kind in MEDIA_TYPES else {kind}
        foreign = (set(attrs) & {*TYPES, "media", "caption"}) - allowed
        if foreign:
            sentence = _("This does not belong to a message of type %(type)s.") % {"type": kind}
            raise serializers.ValidationError({name: [sentence] for name in sorted(foreign)})
        if "instead" in attrs and kind != MessageType.TEMPLATE:
            raise serializers.ValidationError({"instead": [_("Only a template can be that.")]})
        if kind in MEDIA_TYPES:
            self._check_media(attrs, kind)
        elif kind not in attrs:
            raise serializers.ValidationError({kind: [_("This field is required.")]})
        return attrs

    def _check_media(self, attrs: dict[str, Any], kind: str) -> None:
        """Lay `{"image": {"media", "caption"}}` and `{"media", "caption"}` on one form."""
        attrs.update(attrs.pop(kind, {}))
        if "media" not in attrs:
            raise serializers.ValidationError({"media": [_("This field is required.")]})
        agent: Agent = self._context["agent"]
        upload = Media.objects.filter(pk=attrs["media"], uploaded_by=agent).first()
        if upload is not None and kind not in (upload.kind, "document"):
            raise serializers.ValidationError(
                {"media": [_("This upload is of another kind: %(kind)s.") % {"kind": upload.kind}]}
            )

    def draft(self) -> Draft:
        """What the core is asked to send; it refuses a template that this number has not."""
        data = self.validated_data
        kind: str = data["type"]
        parts: dict[str, Any] = {}
        if kind == MessageType.TEXT:
            parts = _text_parts(data["text"])
        elif kind in MEDIA_TYPES:
            parts = {"text": data.get("caption", ""), "media_id": data["media"]}
        elif kind == MessageType.TEMPLATE:
            parts = self._template_parts(data["template"])
        elif kind == MessageType.INTERACTIVE:
            parts = {"text": _body_of(data[kind]), "payload": {kind: data[kind]}}
        else:
            parts = {"payload": {kind: data[kind]}}
        return Draft(
            client_uuid=data["client_uuid"],
            type=kind,
            context_wamid=data.get("context", ""),
            scheduled_at=data.get("scheduled_at"),
            **parts,
        )

    def _template_parts(self, asked: dict[str, Any]) -> dict[str, Any]:
        components = asked.get("components", [])
        template = MessageTemplate.objects.filter(
            business_numbers=self.conversation.business_number_id,
            name=asked["name"],
            language=asked["language"],
        ).first()
        return {
            "text": "" if template is None else render_body(template, components),
            "payload": {MessageType.TEMPLATE.value: {"components": components}},
            "template": template,
        }


def _text_parts(text: Any) -> dict[str, Any]:
    if not isinstance(text, dict):
        return {"text": text}
    shown = text["preview_url"]
    payload = {} if shown is None else {MessageType.TEXT.value: {"preview_url": shown}}
    return {"text": text["body"], "payload": payload}


def _body_of(interactive: dict[str, Any]) -> str:
    """What a person reads of it."""
    body = interactive.get("body")
    words = body.get("text") if isinstance(body, dict) else None
    return words if isinstance(words, str) else ""
