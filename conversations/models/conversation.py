"""A conversation: one thread with one contact on one business number, and its window."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent, Team
from consent.models import Topic
from contacts.models import Contact
from conversations.models.work import Priority, ResolveReason, SlaTarget
from conversations.window import Window


class BusinessNumber(models.Model):
    """A number of ours that customers write to. The channel's room adds what it needs."""

    name = models.CharField(_("name"), max_length=80)
    phone_number = models.CharField(
        _("phone number"), max_length=20, blank=True, help_text=_("With country code, +49…")
    )
    default_team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team for new conversations"),
    )
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="business_numbers",
        verbose_name=_("only these teams"),
        help_text=_("Who else may see conversations on this number: admins. Empty: every team."),
    )
    default_topic = models.ForeignKey(
        Topic,
        to_field="key",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("topic of START"),
        help_text=_("What START alone subscribes to on this number. Empty: news."),
    )
    privacy_notice_de = models.TextField(
        _("privacy notice in German"),
        blank=True,
        max_length=4096,
        help_text=_("Answers a customer's first message. Empty: nothing is sent."),
    )
    privacy_notice_en = models.TextField(
        _("privacy notice in English"), blank=True, max_length=4096
    )
    is_active = models.BooleanField(
        _("may send"), default=True, help_text=_("Off: nothing leaves from this number.")
    )
    sends_read_receipts = models.BooleanField(
        _("sends read receipts"),
        default=True,
        help_text=_("Customers see blue ticks when an agent has read their message."),
    )
    sends_typing = models.BooleanField(
        _("shows typing"), default=True, help_text=_("Customers see that an agent is writing.")
    )
    replaced_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaces",
        editable=False,
        verbose_name=_("replaced by"),
    )
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("business number")
        verbose_name_plural = _("business numbers")

    def __str__(self) -> str:
        return self.name or self.phone_number


LABEL_COLORS = ("blue", "brown", "green", "pink", "grey")


class Label(models.Model):
    name = models.CharField(_("name"), max_length=40, unique=True)
    color = models.CharField(
        _("color"),
        max_length=10,
        default="blue",
        # Their words are translated where menus name them (inbox_text.py).
        choices=[(c, _(c)) for c in LABEL_COLORS],
    )
    skilled = models.ManyToManyField(
        Agent,
        blank=True,
        related_name="skills",
        verbose_name=_("who knows this matter"),
        help_text=_(
            "Conversations with this label are handed out to them. Nobody chosen: to anybody."
        ),
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("label")
        verbose_name_plural = _("labels")

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    """The thread. The `last_*` and `unread` columns let a list row be drawn from one table."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        PENDING = "pending", _("pending")
        SNOOZED = "snoozed", _("snoozed")
        RESOLVED = "resolved", _("resolved")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="conversations", verbose_name=_("contact")
    )
    business_number = models.ForeignKey(
        BusinessNumber,
        on_delete=models.PROTECT,
        related_name="conversations",
        verbose_name=_("business number"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    assignee = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="conversations",
        verbose_name=_("assignee"),
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="conversations",
        verbose_name=_("team"),
    )
    labels = models.ManyToManyField(
        Label, blank=True, related_name="conversations", verbose_name=_("labels")
    )
    window_expires_at = models.DateTimeField(_("window closes at"), null=True, blank=True)
    # Within it all messages cost nothing; free-form ones still need the window (reference, 10).
    free_entry_expires_at = models.DateTimeField(_("free entry ends at"), null=True, blank=True)
    last_inbound_at = models.DateTimeField(_("last inbound message at"), null=True, blank=True)
    last_message_at = models.DateTimeField(_("last message at"), null=True, blank=True)
    last_message = models.ForeignKey(
        "conversations.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    unread = models.PositiveIntegerField(_("unread"), default=0)
    # All the customer ever wrote here; only grows. What is unread for each agent is counted from it
    # (`ConversationRead`).
    inbound_count = models.PositiveIntegerField(
        _("messages of the customer"), default=0, db_default=0
    )
    # The first link of ours that the customer came by, and when by WhatsApp's clock. Its index is
    # partial (below): most conversations have none.
    chat_link = models.ForeignKey(
        "conversations.ChatLink",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="conversations",
        db_index=False,
        verbose_name=_("came by"),
    )
    came_at = models.DateTimeField(_("came by it at"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolve_reason = models.ForeignKey(
        ResolveReason,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("resolved because"),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    # Snoozed without a time: until the customer writes.
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    # Since when the customer waits for an answer: their first message that nobody has answered.
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    first_replied_at = models.DateTimeField(_("first replied at"), null=True, blank=True)
    # The promise of the service level that ends next, kept by the room `automation`.
    sla_target = models.CharField(
        _("next service level"),
        max_length=16,
        choices=SlaTarget,
        blank=True,
        default="",
        db_default="",
    )
    sla_due_at = models.DateTimeField(_("service level ends at"), null=True, blank=True)
    sla_warn_at = models.DateTimeField(_("service level warns at"), null=True, blank=True)
    # Waits to be handed out since then, and which rule wants it (services/hand_out.py).
    handout_since = models.DateTimeField(_("waits for hands since"), null=True, blank=True)
    handout_rule = models.CharField(
        _("handed out by rule"), max_length=80, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ("-last_message_at", "-id")
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "business_number"),
                condition=~models.Q(status="resolved"),
                name="one_open_conversation_per_contact_and_number",
            ),
            models.CheckConstraint(
                condition=models.Q(snoozed_until=None) | models.Q(status="snoozed"),
                name="snoozed_until_only_while_snoozed",
            ),
            models.CheckConstraint(
                condition=models.Q(resolve_reason=None) | models.Q(status="resolved"),
                name="resolve_reason_only_while_resolved",
            ),
        )
        indexes = (
            models.Index(fields=("-last_message_at", "-id"), name="conversation_newest"),
            models.Index(fields=("-created_at", "-id"), name="conversation_created"),
            models.Index(
                fields=("assignee", "-last_message_at"),
                condition=~models.Q(status="resolved"),
                name="conversation_mine",
            ),
            models.Index(
                fields=("-last_message_at", "-id"),
                condition=~models.Q(status="resolved"),
                name="conversation_unresolved",
            ),
            models.Index(
                fields=("-priority", "-last_message_at", "-id"),
                condition=~models.Q(status="resolved"),
                name="conversation_urgent",
            ),
            # All that the navigation counts, read from the index alone.
            models.Index(
                fields=("team", "assignee", "status", "window_expires_at"),
                condition=~models.Q(status="resolved"),
                name="conversation_counted",
            ),
            models.Index(
                fields=("waiting_since",),
                condition=models.Q(waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            models.Index(
                fields=("team", "-last_message_at"),
                condition=~models.Q(status="resolved"),
                name="conversation_team",
            ),
            models.Index(
                fields=("window_expires_at",),
                condition=~models.Q(status="resolved"),
                name="conversation_closing",
            ),
            models.Index(
                fields=("window_expires_at",),
                condition=models.Q(status="resolved"),
                name="conversation_resolved_open",
            ),
            models.Index(
                fields=("chat_link",),
                condition=models.Q(chat_link__isnull=False),
                name="conversation_chat_link",
            ),
            models.Index(
                fields=("snoozed_until",),
                condition=models.Q(snoozed_until__isnull=False),
                name="conversation_snoozed",
            ),
            models.Index(
                fields=("sla_due_at",),
                condition=models.Q(sla_due_at__isnull=False),
                name="conversation_sla_due",
            ),
            models.Index(
                fields=("-priority", "waiting_since"),
                condition=models.Q(handout_since__isnull=False),
                name="conversation_handout",
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact} · {self.business_number}"

    @property
    def window(self) -> Window:
        return Window(self.window_expires_at)

    @property
    def waits_for_customer(self) -> bool:
        """Whether the last word was ours, and got through."""
        last = self.last_message
        if self.status != self.Status.OPEN or last is None or self.waiting_since is not None:
            return self.status == self.Status.PENDING
        return last.direction == "outbound" and last.status not in ("failed", "blocked")

    @property
    def is_snoozed(self) -> bool:
        return self.status == self.Status.SNOOZED

    @property
    def is_resolved(self) -> bool:
        return self.status == self.Status.RESOLVED
