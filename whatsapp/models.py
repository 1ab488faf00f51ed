"""What the channel keeps: our numbers on WhatsApp, and every webhook body as it came."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models import BusinessNumber
from whatsapp.encryption import EncryptedTextField


class WhatsAppNumber(BusinessNumber):
    """A business number on WhatsApp, of a WhatsApp Business Account (WABA)."""

    phone_number_id = models.CharField(
        _("phone number ID"), max_length=40, unique=True, help_text=_("From Meta's app dashboard.")
    )
    waba_id = models.CharField(_("WhatsApp Business Account ID"), max_length=40)
    access_token = EncryptedTextField(_("access token"))
    templates_synced_at = models.DateTimeField(_("templates synced at"), null=True, editable=False)

    class Meta:
        verbose_name = _("WhatsApp number")
        verbose_name_plural = _("WhatsApp numbers")


class EventState(models.TextChoices):
    PENDING = "pending", _("waiting")
    WAITING = "waiting", _("waiting for another event")
    PROCESSED = "processed", _("processed")
    UNKNOWN_NUMBER = "unknown_number", _("number not configured")
    UNUSABLE = "unusable", _("nothing to act on")
    FAILED = "failed", _("failed in part")


class WebhookEvent(models.Model):
    """One raw POST as stored before it was acknowledged. The body is kept byte for byte."""

    body = models.BinaryField(_("body"))
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    state = models.CharField(
        _("state"), max_length=16, choices=EventState, db_default=EventState.PENDING
    )
    reason = models.TextField(_("reason"), blank=True, db_default="")
    phone_number_id = models.CharField(
        _("phone number ID"), max_length=40, blank=True, db_default=""
    )
    fields = models.CharField(_("fields"), max_length=200, blank=True, db_default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0)
    processed_at = models.DateTimeField(_("processed at"), null=True)
    # Of a WAITING event: when to look again whether what it speaks of has arrived.
    retry_at = models.DateTimeField(_("next attempt at"), null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        indexes = (
            models.Index(
                fields=("id",), condition=models.Q(state="pending"), name="webhook_event_pending"
            ),
            models.Index(
                fields=("phone_number_id",),
                condition=models.Q(state="unknown_number"),
                name="webhook_event_unknown_number",
            ),
            models.Index(
                fields=("retry_at",),
                condition=models.Q(state="waiting"),
                name="webhook_event_waiting",
            ),
            models.Index(fields=("-received_at",), name="webhook_event_newest"),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"
