"""Conversations, their messages, and what they are sorted by."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Agent
from api.errors import ErrorSerializer
from api.examples import SENDING
from api.filters import ConversationFilter, TemplateFilter
from api.pagination import OldestFirst
from api.serializers.conversations import (
    BusinessNumberSerializer,
    ConversationChange,
    ConversationSerializer,
    LabelSerializer,
    ResolveReasonSerializer,
    TemplateSerializer,
)
from api.serializers.messages import MessageSerializer
from api.serializers.sending import MessageInput
from api.views.base import AgentView, DetailView, ListView
from api.views.messages import with_parts
from conversations.access import (
    visible_conversation,
    visible_conversations,
    visible_messages,
    visible_numbers,
)
from conversations.models import (
    BusinessNumber,
    Conversation,
    Label,
    Message,
    MessageTemplate,
    ResolveReason,
)
from conversations.services.instead import send_instead
from conversations.services.labels import set_labels
from conversations.services.lifecycle import assign_conversation, assign_team, set_status
from conversations.services.priority import set_priority
from conversations.services.reactions import send_draft
from conversations.services.reply import Reply
from conversations.services.snooze import snooze_conversation


class _Conversations(AgentView[Conversation]):
    queryset = Conversation.objects.none()
    serializer_class = ConversationSerializer

    def get_queryset(self) -> QuerySet[Conversation]:
        if self.describing:
            return super().get_queryset()
        rows = visible_conversations(self.agent).select_related("chat_link")
        return rows.prefetch_related("labels")


class ConversationList(_Conversations, ListView[Conversation]):
    """Conversations that the token's agent may see."""

    filterset_class = ConversationFilter


class ConversationDetail(_Conversations, DetailView[Conversation]):
    """One conversation."""

    @extend_schema(request=ConversationChange, responses=ConversationSerializer)
    def patch(self, request: Request, **_: Any) -> Response:
        """Change status, assignee, team, labels or priority; all of it or nothing."""
        conversation = self.get_object()
        change = ConversationChange(data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        change_conversation(conversation, change.validated_data, by=self.agent)
        # Read without the visibility rule: whoever hands it to another team still gets an answer.
        rows = Conversation.objects.select_related("chat_link").prefetch_related("labels")
        changed = rows.get(pk=conversation.pk)
        return Response(self.get_serializer(changed).data)


@transaction.atomic
def change_conversation(conversation: Conversation, wanted: dict[str, Any], by: Agent) -> None:
    """Make the wanted changes through the services that announce them."""
    if "team" in wanted:
        assign_team(conversation, wanted["team"], by)
    if "assignee" in wanted:
        assign_conversation(conversation, wanted["assignee"], by)
    if "labels" in wanted:
        set_labels(conversation, [label.pk for label in wanted["labels"]], by)
    if "priority" in wanted:
        set_priority(conversation, wanted["priority"], by)
    status = wanted.get("status")
    if status == Conversation.Status.SNOOZED and "snoozed_until" in wanted:
        snooze_conversation(conversation, wanted["snoozed_until"], by)
    elif status is not None:
        set_status(conversation, status, by, wanted.get("resolve_reason"))


class ConversationMessages(ListView[Message]):
    """The messages of a conversation, oldest first; and where one is sent."""

    queryset = Message.objects.none()
    serializer_class = MessageSerializer
    pagination_class = OldestFirst

    def conversation(self) -> Conversation:
        return visible_conversation(self.agent, self.kwargs["pk"])

    def get_queryset(self) -> QuerySet[Message]:
        if self.describing:
            return super().get_queryset()
        return with_parts(Message.objects.filter(conversation=self.conversation()))

    @extend_schema(
        request=MessageInput,
        examples=SENDING,
        parameters=[
            OpenApiParameter(
                "Idempotent-Replay",
                bool,
                OpenApiParameter.HEADER,
                response=[200],
                description=_("The same `client_uuid` with the same content was here before."),
            )
        ],
        responses={
            201: MessageSerializer,
            200: OpenApiResponse(MessageSerializer, _("The message of an earlier request.")),
            400: OpenApiResponse(ErrorSerializer, _("Malformed; `errors` by field.")),
            409: OpenApiResponse(
                ErrorSerializer,
                _(
                    "`client_uuid_reused`: the same `client_uuid` came with other content."
                    " `cannot_send_again`: what `instead` names needs no template, or had one."
                ),
            ),
            422: OpenApiResponse(ErrorSerializer, _("Refused by policy; `code` says why.")),
        },
    )
    def post(self, request: Request, **_: Any) -> Response:
        """Queue a message to the customer."""
        conversation = self.conversation()
        asked = MessageInput(
            data=request.data, context={"conversation": conversation, "agent": self.agent}
        )
        asked.is_valid(raise_exception=True)
        reply = self._send(conversation, asked)
        message = with_parts(Message.objects.all(), reactions=True).get(pk=reply.message.pk)
        body = self.get_serializer(message).data
        if reply.replayed:
            return Response(body, headers={"Idempotent-Replay": "true"})
        return Response(body, status=status.HTTP_201_CREATED)

    def _send(self, conversation: Conversation, asked: MessageInput) -> Reply:
        instead = asked.validated_data.get("instead")
        if instead is None:
            return send_draft(conversation, asked.draft(), by=self.agent)
        missed = get_object_or_404(
            visible_messages(self.agent), pk=instead, conversation=conversation
        )
        return send_instead(missed, asked.draft(), by=self.agent, refuse=True)


class LabelList(ListView[Label]):
    """All labels."""

    queryset = Label.objects.all()
    serializer_class = LabelSerializer


class LabelDetail(DetailView[Label]):
    """One label."""

    queryset = Label.objects.all()
    serializer_class = LabelSerializer


class ResolveReasonList(ListView[ResolveReason]):
    """Why conversations are resolved."""

    queryset = ResolveReason.objects.all()
    serializer_class = ResolveReasonSerializer


class _BusinessNumbers(AgentView[BusinessNumber]):
    queryset = BusinessNumber.objects.none()
    serializer_class = BusinessNumberSerializer

    def get_queryset(self) -> QuerySet[BusinessNumber]:
        return super().get_queryset() if self.describing else visible_numbers(self.agent)


class BusinessNumberList(_BusinessNumbers, ListView[BusinessNumber]):
    """Our own numbers, those the agent works on."""


class BusinessNumberDetail(_BusinessNumbers, DetailView[BusinessNumber]):
    """One of our own numbers."""


class TemplateList(ListView[MessageTemplate]):
    """Templates as WhatsApp knows them; synced, never edited here."""

    queryset = MessageTemplate.objects.prefetch_related("business_numbers")
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter


class TemplateDetail(DetailView[MessageTemplate]):
    """One language of one template."""

    queryset = MessageTemplate.objects.prefetch_related("business_numbers")
    serializer_class = TemplateSerializer
