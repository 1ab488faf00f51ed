"""Messages, their delivery status, and what annotates them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import LONGEST_UNDO_S, Agent
from conversations.models.conversation import BusinessNumber, Conversation

# What was put off no longer than this was put off to be taken back.
BRIEFLY = timedelta(seconds=LONGEST_UNDO_S + 1)


class Direction(models.TextChoices):
    INBOUND = "inbound", _("inbound")
    OUTBOUND = "outbound", _("outbound")


class MessageType(models.TextChoices):
    TEXT = "text", _("Text")
    IMAGE = "image", _("Photo")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Voice note")
    DOCUMENT = "document", _("Document")
    STICKER = "sticker", _("Sticker")
    LOCATION = "location", _("Location")
    CONTACTS = "contacts", _("Contact card")
    INTERACTIVE = "interactive", _("Answer")
    BUTTON = "button", _("Button")
    ORDER = "order", _("Order")
    REQUEST_WELCOME = "request_welcome", _("Opened the chat")
    TEMPLATE = "template", _("Template")
    # Outbound only: on its way it is a row, but it annotates another message and is no bubble.
    REACTION = "reaction", _("Reaction")
    UNSUPPORTED = "unsupported", _("Unsupported message")


class Status(models.TextChoices):
    """Ours up to ACCEPTED and BLOCKED; the platform's words from SENT on.

    `conversations/delivery.py` holds which may follow which.
    """

    RECEIVED = "received", _("received")
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    UNCONFIRMED = "unconfirmed", _("unconfirmed")
    ACCEPTED = "accepted", _("accepted")
    BLOCKED = "blocked", _("blocked")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    READ = "read", _("read")
    PLAYED = "played", _("played")
    FAILED = "failed", _("failed")


class Reason(models.TextChoices):
    """Why our own policy refused a message."""

    WINDOW_CLOSED = "window_closed", _("The 24-hour window has closed.")
    NO_CONSENT = "no_consent", _("The customer never agreed to messages of this kind.")
    OPTED_OUT = "opted_out", _("The customer does not want messages of this kind any more.")
    CONSENT_EXPIRED = (
        "consent_expired",
        _("The customer's consent has expired: we have not heard from them for too long."),
    )
    RESTRICTED = (
        "restricted",
        _("The customer asked us to restrict the use of their data: nothing may be sent."),
    )
    TEMPLATE_NOT_APPROVED = "template_not_approved", _("WhatsApp has not approved this template.")
    NUMBER_UNAVAILABLE = "number_unavailable", _("This business number cannot send at present.")
    NO_ADDRESS = "no_address", _("No identity of this customer can be written to.")
    NEEDS_PHONE = (
        "needs_phone",
        _("This template needs the customer's phone number, which WhatsApp does not tell us."),
    )
    NOT_ALLOWED = "not_allowed", _("Your role may read, but not write.")
    TAKEN_BACK = "taken_back", _("It was taken back before it left.")
    ARRIVED = "arrived", _("The earlier attempt has arrived after all.")


class Lane(models.TextChoices):
    """Who goes first when a number's throughput is short: answers before bulk."""

    REPLY = "reply", _("reply")
    BULK = "bulk", _("bulk")


class Origin(models.TextChoices):
    """How a message came to us, if not over the wire when it was written."""

    LIVE = "live", _("live")
    ECHO = "echo", _("written on the business phone")
    HISTORY = "history", _("from the time before")


class Message(models.Model):
    """One bubble. Its `id` travels as `biz_opaque_callback_data` and comes back in statuses."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.PROTECT,
        related_name="messages",
        verbose_name=_("conversation"),
    )
    # The conversation's, repeated so that the wamid can be unique per number.
    business_number = models.ForeignKey(
        BusinessNumber,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("business number"),
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    type = models.CharField(_("type"), max_length=20, choices=MessageType)
    text = models.TextField(_("text"), blank=True)
    payload = models.JSONField(
        _("payload"), default=dict, blank=True, help_text=_("What has no field of its own.")
    )
    wamid = models.CharField(_("WhatsApp message id"), max_length=255, null=True, blank=True)  # noqa: DJ001
    client_uuid = models.UUIDField(_("client UUID"), null=True, blank=True, unique=True)
    author = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    template = models.ForeignKey(
        "conversations.MessageTemplate",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("template"),
    )
    context_wamid = models.CharField(_("quoted message"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status)
    status_reason = models.CharField(_("reason"), max_length=40, blank=True)
    status_detail = models.TextField(_("reason in words"), blank=True)
    # What it costs, by WhatsApp's word (reference, section 4).
    pricing_category = models.CharField(_("price category"), max_length=40, blank=True)
    pricing_type = models.CharField(_("price type"), max_length=40, blank=True)
    lane = models.CharField(max_length=8, choices=Lane, default=Lane.REPLY, editable=False)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin, default=Origin.LIVE)
    again_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sent_again_as",
        editable=False,
        verbose_name=_("sent again instead of"),
    )
    scheduled_at = models.DateTimeField(_("to be sent at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    # A retention rule has emptied it (`services/forget.py`); the row stays.
    text_removed_at = models.DateTimeField(
        _("content removed at"), null=True, blank=True, editable=False
    )
    # Delivery: when a worker took it, how often it was tried, when it may be tried next.
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    retry_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("sent_at", "id")
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = (
            models.UniqueConstraint(
                fields=("business_number", "wamid"),
                condition=models.Q(wamid__isnull=False),
                name="message_wamid_once_per_number",
            ),
            models.CheckConstraint(
                condition=models.Q(direction="inbound", status="received")
                | (models.Q(direction="outbound") & ~models.Q(status="received")),
                name="message_status_fits_direction",
            ),
            models.CheckConstraint(
                condition=models.Q(direction="outbound") | models.Q(wamid__isnull=False),
                name="inbound_message_has_wamid",
            ),
            models.CheckConstraint(
                condition=models.Q(text_removed_at=None) | models.Q(text="", payload={}),
                name="message_removed_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=("conversation", "sent_at", "id"), name="message_thread"),
            models.Index(fields=("-sent_at", "-id"), name="message_newest"),
            models.Index(fields=("-created_at", "-id"), name="message_created"),
            models.Index(fields=("wamid",), name="message_wamid"),
            # What a retention rule may still have to empty, the oldest first.
            models.Index(
                fields=("created_at", "id"),
                condition=models.Q(text_removed_at=None),
                name="message_to_forget",
            ),
            models.Index(fields=("updated_at",), name="message_updated"),
            models.Index(
                fields=("conversation", "created_at"),
                condition=models.Q(status__in=("queued", "sending", "unconfirmed")),
                name="message_undelivered",
            ),
            models.Index(
                fields=("business_number", "lane", "created_at", "id"),
                condition=models.Q(status="queued"),
                name="message_due",
            ),
            models.Index(
                fields=("claimed_at",),
                condition=models.Q(status__in=("sending", "unconfirmed")),
                name="message_claimed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.id}"

    @property
    def is_inbound(self) -> bool:
        return self.direction == Direction.INBOUND

    @property
    def is_free_form(self) -> bool:
        """Not a template: needs an open window."""
        return self.type != MessageType.TEMPLATE

    @property
    def is_held(self) -> bool:
        """Waits only so that its agent can take it back; not put off, nor planned for later."""
        return self.status == Status.QUEUED and not self.status_reason and self._is_put_off_briefly

    @property
    def is_undone(self) -> bool:
        """Its agent took it back within the seconds they have for that: it was never said."""
        is_back = self.status == Status.BLOCKED and self.status_reason == Reason.TAKEN_BACK
        return is_back and self._is_put_off_briefly

    @property
    def _is_put_off_briefly(self) -> bool:
        return self.scheduled_at is not None and self.scheduled_at - self.created_at <= BRIEFLY

    @property
    def missed_window(self) -> bool:
        """Blocked because its window had closed: what it says can go as a template instead."""
        return (
            self.direction == Direction.OUTBOUND
            and self.origin == Origin.LIVE
            and self.is_free_form
            and self.text_removed_at is None
            and self.status == Status.BLOCKED
            and self.status_reason == Reason.WINDOW_CLOSED
        )

    @property
    def days_kept(self) -> int:
        """How long we had what it said, when a rule has removed it."""
        return (self.text_removed_at - self.created_at).days if self.text_removed_at else 0

    @property
    def reason_words(self) -> str:
        """Why it did not leave, in the reader's language: our own reason or the platform's.

        `status_detail` is stored in English; the sentences the channel's room knows are in the
        catalogues, others (the platform's own) stay as they came.
        """
        if self.status_reason in Reason.values:
            return str(Reason(self.status_reason).label)
        return gettext(self.status_detail) if self.status_detail else ""


class DeliveryAttempt(models.Model):
    """The log of one try to send a message; `number` is the claim's fence."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("under way")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        TRY_LATER = "try_later", _("to be tried again")
        NO_ANSWER = "no_answer", _("no answer")
        ABANDONED = "abandoned", _("worker died")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempt_log")
    number = models.PositiveSmallIntegerField(_("attempt"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome, default=Outcome.RUNNING
    )
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    detail = models.TextField(_("reason in words"), blank=True)
    wait_s = models.FloatField(_("wait in seconds"), null=True, blank=True)
    # Settled after another worker had taken the message over: it changed nothing.
    came_too_late = models.BooleanField(_("came too late"), default=False)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        ordering = ("message", "number")
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        constraints = (
            models.UniqueConstraint(
                fields=("message", "number"), name="delivery_attempt_once_per_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.message_id} {self.number}"


class Reaction(models.Model):
    """An emoji on a message: one per person and message. `agent` is None for the contact's."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, blank=True)
    direction = models.CharField(max_length=8, choices=Direction)
    emoji = models.CharField(_("emoji"), max_length=32)
    reacted_at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("reacted_at", "id")
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints = (
            models.UniqueConstraint(
                fields=("message", "direction"), name="reaction_one_per_side_and_message"
            ),
        )

    def __str__(self) -> str:
        return self.emoji


class EarlyStatus(models.Model):
    """A status that came before its message was known by wamid; applied when it is."""

    business_number = models.ForeignKey(BusinessNumber, on_delete=models.CASCADE)
    wamid = models.CharField(max_length=255)
    status = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    pricing = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("early status")
        verbose_name_plural = _("early statuses")
        constraints = (
            models.UniqueConstraint(
                fields=("business_number", "wamid", "status"), name="early_status_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.status} {self.wamid}"
