"""Messages as they are sent: `{"client_uuid", "type", …}` to a `Draft` for the core."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.settings import api_settings

from accounts.models import Agent
from api.interactive import check_interactive, text_of
from api.shapes import Shape, check_contacts, check_template_components
from conversations.errors import Refused
from conversations.models import Conversation, Media, MessageTemplate, MessageType, Reason
from conversations.services.reply import MAX_CAPTION, MAX_TEXT, Draft
from conversations.template_text import render_body

MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
WITHOUT_CAPTION = ("audio", "sticker")
TYPES = (*("text", *MEDIA_TYPES, "location", "contacts", "interactive", "reaction", "template"),)


class ObjectField(serializers.JSONField):
    """An object in Meta's shape, checked by `check(shape, value)` and passed on as it came."""

    kind: type = dict

    def __init__(self, check: Callable[[Shape, Any], None], **options: Any) -> None:
        self.check = check
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, self.kind):
            raise serializers.ValidationError(_("This has the wrong shape."))
        shape = Shape()
        self.check(shape, data)
        if shape.errors:
            raise serializers.ValidationError(
                {
                    path.lstrip(".") or api_settings.NON_FIELD_ERRORS_KEY: [str(w) for w in words]
                    for path, words in shape.errors.items()
                }
            )
        return data


@extend_schema_field({"type": "object", "additionalProperties": True})
class MetaObjectField(ObjectField):
    kind = dict


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class MetaListField(ObjectField):
    kind = list


class FiniteFloatField(serializers.FloatField):
    """A number of JSON; "NaN" and "Infinity" in quotes are none."""

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
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
    caption = serializers.CharField(
        max_length=MAX_CAPTION, required=False, allow_blank=True, trim_whitespace=False
    )


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
    components = MetaListField(check_template_components, required=False)


class MessageInput(serializers.Serializer[Any]):
    """One message to send; `type` says which of the other fields belongs to it.

    Needs `conversation` and `agent` in its context.
    """

    client_uuid = serializers.UUIDField(
        help_text=_("Made by the client; the same one again is the same message.")
    )
    type = serializers.ChoiceField(choices=[(name, name) for name in TYPES])
    text = serializers.CharField(max_length=MAX_TEXT, required=False, trim_whitespace=False)
    media = serializers.UUIDField(
        required=False, help_text=_("For the media types: the id that `uploads/` answered.")
    )
    caption = serializers.CharField(
        max_length=MAX_CAPTION, required=False, allow_blank=True, trim_whitespace=False
    )
    image = MediaInput(required=False)
    video = MediaInput(required=False)
    audio = MediaInput(required=False)
    document = MediaInput(required=False)
    sticker = MediaInput(required=False)
    location = LocationInput(required=False)
    contacts = MetaListField(check_contacts, required=False)
    interactive = MetaObjectField(check_interactive, required=False)
    reaction = ReactionInput(required=False)
    template = TemplateInput(required=False)
    context = ContextField(  # type: ignore[assignment]  # DRF has a context, too
        max_length=255, required=False, help_text=_("The wamid of the message it quotes.")
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
        if kind in MEDIA_TYPES:
            self._check_media(attrs, kind)
        elif kind not in attrs:
            raise serializers.ValidationError({kind: [_("This field is required.")]})
        return attrs

    def validate_reaction(self, reaction: dict[str, str]) -> dict[str, str]:
        if not self.conversation.messages.filter(wamid=reaction["message_id"]).exists():
            raise serializers.ValidationError(
                {"message_id": [_("This conversation has no such message.")]}
            )
        return reaction

    def _check_media(self, attrs: dict[str, Any], kind: str) -> None:
        """Lay `{"image": {"media", "caption"}}` and `{"media", "caption"}` on one form."""
        attrs.update(attrs.pop(kind, {}))
        if "media" not in attrs:
            raise serializers.ValidationError({"media": [_("This field is required.")]})
        if attrs.get("caption") and kind in WITHOUT_CAPTION:
            raise serializers.ValidationError(
                {"caption": [_("WhatsApp shows no caption with this kind of file.")]}
            )
        agent: Agent = self._context["agent"]
        upload = Media.objects.filter(pk=attrs["media"], uploaded_by=agent).first()
        if upload is not None and kind not in (upload.kind, "document"):
            raise serializers.ValidationError(
                {"media": [_("This upload is of another kind: %(kind)s.") % {"kind": upload.kind}]}
            )

    def draft(self) -> Draft:
        """What the core is asked to send; raises `Refused` for a template this number has not."""
        data = self.validated_data
        kind: str = data["type"]
        parts: dict[str, Any] = {}
        if kind == MessageType.TEXT:
            parts = {"text": data["text"]}
        elif kind in MEDIA_TYPES:
            parts = {"text": data.get("caption", ""), "media_id": data["media"]}
        elif kind == MessageType.TEMPLATE:
            parts = self._template_parts(data["template"])
        elif kind == MessageType.INTERACTIVE:
            parts = {"text": text_of(data[kind]), "payload": {kind: data[kind]}}
        else:
            parts = {"payload": {kind: data[kind]}}
        return Draft(
            client_uuid=data["client_uuid"],
            type=kind,
            context_wamid=data.get("context", ""),
            **parts,
        )

    def _template_parts(self, asked: dict[str, Any]) -> dict[str, Any]:
        components = asked.get("components", [])
        template = MessageTemplate.objects.filter(
            business_numbers=self.conversation.business_number_id,
            name=asked["name"],
            language=asked["language"],
        ).first()
        if template is None:
            raise Refused(Reason.TEMPLATE_NOT_APPROVED)
        return {
            "text": render_body(template, components),
            "payload": {MessageType.TEMPLATE.value: {"components": components}},
            "template": template,
        }
