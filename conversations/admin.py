"""Conversations, messages and what belongs to them in Django admin.

All to be read: work is done in the inbox, where the rules are asked and everybody hears of it.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import HouseAdmin, ReadOnlyAdmin, ReadOnlyInline, display, pretty_json
from conversations.chat_link_admin import ChatLinkAdmin
from conversations.models import (
    Conversation,
    DeliveryAttempt,
    EarlyStatus,
    Event,
    Label,
    Media,
    MediaStatus,
    Message,
    Note,
    Reaction,
    Status,
)
from conversations.work_admin import ResolveReasonAdmin, ServiceSettingsAdmin

__all__ = ["ChatLinkAdmin", "ResolveReasonAdmin", "ServiceSettingsAdmin"]

STATUS_COLOURS = {
    Status.FAILED: "danger",
    Status.BLOCKED: "danger",
    Status.UNCONFIRMED: "warning",
    Status.QUEUED: "info",
    Status.SENDING: "info",
    Status.DELIVERED: "success",
    Status.READ: "success",
    Status.PLAYED: "success",
}


@admin.register(Label)
class LabelAdmin(HouseAdmin):
    list_display = ("name", "color")
    search_fields = ("name",)
    autocomplete_fields = ("skilled",)


class NoteInline(ReadOnlyInline):
    model = Note
    fields = ("created_at", "author", "text")
    readonly_fields = fields


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = (
        *("last_message_at", "contact", "business_number", "status", "assignee", "team"),
        *("unread", "window_expires_at"),
    )
    list_display_links = ("last_message_at", "contact")
    list_filter = ("status", "business_number", "team", "assignee", "labels")
    list_select_related = ("contact", "business_number", "assignee", "team")
    search_fields = ("=id", "contact__name", "contact__identities__value")
    search_help_text = _("Contact's name, phone number or username")
    date_hierarchy = "created_at"
    inlines = (NoteInline,)
    fields = (
        *("contact", "business_number", "status", "assignee", "team", "labels", "show_messages"),
        *("unread", "window_expires_at", "last_inbound_at", "last_message_at", "resolved_at"),
        *("resolve_reason", "priority", "snoozed_until", "waiting_since", "first_replied_at"),
        *("handout_since", "handout_rule", "chat_link", "came_at", "created_at", "updated_at"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        found: QuerySet[Conversation] = super().get_queryset(request)
        return found.prefetch_related("contact__identities")

    @display(description=_("messages"))
    def show_messages(self, conversation: Conversation) -> SafeString:
        address = reverse("admin:conversations_message_changelist")
        return format_html(
            '<a class="text-link" href="{}?conversation__id__exact={}">{}</a>',
            address,
            conversation.pk,
            _("Show the messages"),
        )


class MediaInline(ReadOnlyInline):
    model = Media
    fields = ("kind", "status", "mime_type", "filename", "size", "failure")
    readonly_fields = fields


class AttemptInline(ReadOnlyInline):
    """Each try to send it: when, what WhatsApp said, how long to wait."""

    model = DeliveryAttempt
    fields = (
        *("number", "started_at", "ended_at", "outcome", "reason", "show_detail", "wait_s"),
        "came_too_late",
    )
    readonly_fields = fields
    show_change_link = False

    @display(description=_("reason in words"))
    def show_detail(self, attempt: DeliveryAttempt) -> str:
        return gettext(attempt.detail) if attempt.detail else ""


class ReactionInline(ReadOnlyInline):
    model = Reaction
    fields = ("emoji", "direction", "agent", "reacted_at")
    readonly_fields = fields
    show_change_link = False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = (
        *("sent_at", "conversation", "direction", "type", "show_text", "show_status"),
        *("status_reason", "author"),
    )
    list_filter = ("direction", "type", "status", "business_number")
    list_select_related = ("conversation__contact", "conversation__business_number", "author")
    search_fields = ("text", "=wamid", "=client_uuid", "=id", "conversation__contact__name")
    search_help_text = _("Text, WhatsApp message id, client UUID or contact's name")
    date_hierarchy = "sent_at"
    ordering = ("-sent_at", "-id")
    inlines = (MediaInline, AttemptInline, ReactionInline)
    fields = (
        *("conversation", "direction", "type", "text", "status", "status_reason"),
        *("status_detail", "wamid", "client_uuid", "author", "template", "context_wamid"),
        *("sent_at", "created_at", "updated_at", "edited_at", "revoked_at"),
        *("scheduled_at", "again_of", "pricing_category", "pricing_type"),
        *("attempts", "claimed_at", "retry_at", "show_payload"),
    )
    readonly_fields = fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """The conversation's page links here."""
        return lookup == "conversation__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        found: QuerySet[Message] = super().get_queryset(request)
        return found.prefetch_related("conversation__contact__identities")

    @display(description=_("text"))
    def show_text(self, message: Message) -> str:
        return message.text[:80]

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def show_status(self, message: Message) -> tuple[str, str]:
        return message.status, message.get_status_display()

    @display(description=_("payload"))
    def show_payload(self, message: Message) -> SafeString:
        return pretty_json(message.payload)


@admin.register(Media)
class MediaAdmin(ReadOnlyAdmin):
    ordering = ("-created_at", "-id")
    list_display = ("created_at", "kind", "show_status", "mime_type", "filename", "size")
    list_filter = ("kind", "status")
    search_fields = ("=id", "filename", "=external_id", "=sha256")
    date_hierarchy = "created_at"
    fields = (
        *("message", "uploaded_by", "kind", "status", "failure", "attempts", "mime_type"),
        *("filename", "size", "sha256", "width", "height", "is_voice", "external_id", "created_at"),
    )
    readonly_fields = fields

    @display(
        description=_("status"),
        ordering="status",
        label={
            MediaStatus.READY: "success",
            MediaStatus.PENDING: "info",
            MediaStatus.FAILED: "danger",
        },
    )
    def show_status(self, media: Media) -> tuple[str, str]:
        return media.status, media.get_status_display()


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    ordering = ("-created_at", "-id")
    list_display = ("created_at", "conversation", "author", "show_text")
    list_select_related = ("conversation__contact", "conversation__business_number", "author")
    search_fields = ("text", "author__name", "conversation__contact__name")
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Note]:
        found: QuerySet[Note] = super().get_queryset(request)
        return found.prefetch_related("conversation__contact__identities")

    @display(description=_("text"))
    def show_text(self, note: Note) -> str:
        return note.text[:80]


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What happened, in the order it was told."""

    ordering = ("-id",)
    list_display = ("sequence", "occurred_at", "name", "conversation_id", "actor", "dispatched_at")
    list_display_links = ("sequence", "occurred_at")
    list_filter = ("name", ("dispatched_at", admin.EmptyFieldListFilter))
    list_select_related = ("actor",)
    search_fields = ("=conversation__id", "=message__id")


@admin.register(EarlyStatus)
class EarlyStatusAdmin(ReadOnlyAdmin):
    """Statuses of messages that nobody knows (yet)."""

    ordering = ("-id",)
    list_display = ("occurred_at", "business_number", "wamid", "status", "reason", "created_at")
    list_filter = ("status",)
    list_select_related = ("business_number",)
    search_fields = ("=wamid",)
