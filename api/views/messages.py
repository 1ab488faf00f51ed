"""Messages across conversations, and files."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import ErrorSerializer
from api.filters import MessageFilter
from api.parsers import TooLarge
from api.serializers.messages import MediaSerializer, MessageSerializer
from api.views.base import AgentView, DetailView, ListView
from conversations.access import visible_media, visible_messages
from conversations.models import Media, MediaKind, Message, MessageType, Reaction
from conversations.services.uploads import store_upload
from conversations.services.waiting import take_back
from conversations.serving import serve_file

MAX_UPLOAD = 101 * 1024 * 1024


def with_parts(rows: QuerySet[Message], *, reactions: bool = False) -> QuerySet[Message]:
    """What a message shows, in a fixed number of queries.

    Our own reactions are on their way as rows, but annotate what they are on: lists leave them
    out unless `reactions` are asked for.
    """
    if not reactions:
        rows = rows.exclude(type=MessageType.REACTION)
    shown = Prefetch("reactions", Reaction.objects.exclude(emoji=""))
    return rows.prefetch_related("media", shown)


class MessageList(ListView[Message]):
    """Messages of all conversations that the token's agent may see, newest first."""

    queryset = Message.objects.none()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter

    def get_queryset(self) -> QuerySet[Message]:
        if self.describing:
            return super().get_queryset()
        named = {"client_uuid", "wamid"} & set(self.request.query_params)
        return with_parts(visible_messages(self.agent), reactions=bool(named))


class MessageDetail(DetailView[Message]):
    """One message and what became of it."""

    queryset = Message.objects.none()
    serializer_class = MessageSerializer

    def get_queryset(self) -> QuerySet[Message]:
        if self.describing:
            return super().get_queryset()
        return with_parts(visible_messages(self.agent), reactions=True)


class TakeBack(AgentView[Message]):
    """A message that waits is not sent after all."""

    queryset = Message.objects.none()
    serializer_class = MessageSerializer

    def get_queryset(self) -> QuerySet[Message]:
        return super().get_queryset() if self.describing else visible_messages(self.agent)

    @extend_schema(
        request=None,
        responses={
            200: OpenApiResponse(MessageSerializer, _("It is `blocked` now: `taken_back`.")),
            409: OpenApiResponse(
                ErrorSerializer, _("`cannot_take_back`: it is on its way already, or settled.")
            ),
        },
    )
    def post(self, request: Request, **_: Any) -> Response:
        """Take back what is still `queued`: scheduled, held by a limit, or put off."""
        taken = take_back(self.get_object(), by=self.agent)
        message = with_parts(Message.objects.all(), reactions=True).get(pk=taken.pk)
        return Response(self.get_serializer(message).data)


class MediaContent(AgentView[Media]):
    """A file, as a download."""

    queryset = Media.objects.none()
    serializer_class = MediaSerializer

    def get_queryset(self) -> QuerySet[Media]:
        return super().get_queryset() if self.describing else visible_media(self.agent)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, **_: Any) -> HttpResponseBase:
        """The bytes of one file; 404 while it is being fetched."""
        return serve_file(request._request, self.get_object(), as_attachment=True)


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    """A file on its way in; the schema would take it for a URL."""


class UploadInput(serializers.Serializer[Any]):
    file = UploadField(allow_empty_file=True)
    kind = serializers.ChoiceField(
        choices=MediaKind.choices,
        required=False,
        help_text=_("Found by content; `document` sends a picture as a file."),
    )
    voice = serializers.BooleanField(
        default=False, help_text=_("Make a voice note of it, whatever was recorded.")
    )


class Uploads(AgentView[Media]):
    """Where a file goes before the message that sends it."""

    queryset = Media.objects.none()
    serializer_class = MediaSerializer
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": UploadInput},
        responses={201: OpenApiResponse(MediaSerializer, _("Its `id` goes into a message."))},
    )
    def post(self, request: Request, **_: Any) -> Response:
        """Keep a file, checked by its content and the limits of its kind."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_UPLOAD:
            raise TooLarge
        asked = UploadInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        media = store_upload(
            wanted["file"], by=self.agent, kind=wanted.get("kind"), voice=wanted["voice"]
        )
        return Response(self.get_serializer(media).data, status=status.HTTP_201_CREATED)
