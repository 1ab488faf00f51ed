"""What the channel keeps: our numbers on WhatsApp, and every webhook body as it came."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField
from conversations.models import BusinessNumber


class NumberQuerySet(models.QuerySet["WhatsAppNumber"]):
    """Our numbers, and which business portfolio they belong to."""

    def with_portfolio(self) -> Self:
        """Each with its `portfolio_id`, in the same query."""
        of = WhatsAppAccount.objects.filter(waba_id=models.OuterRef("waba_id"))
        found = models.Subquery(of.values("portfolio_id")[:1])
        return self.annotate(portfolio_id=Coalesce(found, models.Value("")))

    def in_portfolio(self, portfolio_id: str) -> Self:
        """Those of one business portfolio; "": those of which nobody knows it."""
        known = WhatsAppAccount.objects.exclude(portfolio_id="")
        if not portfolio_id:
            return self.exclude(waba_id__in=known.values("waba_id"))
        return self.filter(waba_id__in=known.filter(portfolio_id=portfolio_id).values("waba_id"))


NumberManager = models.Manager.from_queryset(NumberQuerySet)


class WhatsAppNumber(BusinessNumber):
    """A business number on WhatsApp, of a WhatsApp Business Account (WABA)."""

    objects: ClassVar[models.Manager[WhatsAppNumber]] = NumberManager()

    phone_number_id = models.CharField(
        _("phone number ID"), max_length=40, unique=True, help_text=_("From Meta's app dashboard.")
    )
    waba_id = models.CharField(_("WhatsApp Business Account ID"), max_length=40)
    access_token = EncryptedTextField(_("access token"))
    templates_synced_at = models.DateTimeField(_("templates synced at"), null=True, editable=False)
    # What Meta says of it; see whatsapp/health.py.
    verified_name = models.CharField(_("verified name"), max_length=120, blank=True, editable=False)
    quality = models.CharField(_("quality"), max_length=10, blank=True, editable=False)
    throughput = models.CharField(_("throughput"), max_length=12, blank=True, editable=False)
    messaging_limit = models.CharField(
        _("messaging limit"), max_length=20, blank=True, editable=False
    )
    platform_status = models.CharField(
        _("status at WhatsApp"), max_length=20, blank=True, editable=False
    )
    name_status = models.CharField(_("name review"), max_length=30, blank=True, editable=False)
    can_send = models.CharField(_("can send"), max_length=10, blank=True, editable=False)
    health = models.JSONField(_("health"), default=list, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked at"), null=True, editable=False)
    username = models.CharField(_("username"), max_length=40, blank=True, editable=False)
    # Also used in the WhatsApp Business app on a phone.
    is_coexistent = models.BooleanField(_("also on a phone"), default=False, editable=False)

    class Meta:
        verbose_name = _("WhatsApp number")
        verbose_name_plural = _("WhatsApp numbers")

    @cached_property
    def portfolio_id(self) -> str:
        """The business portfolio of its account; "" when nobody knows it."""
        of = WhatsAppAccount.objects.filter(waba_id=self.waba_id)
        return of.values_list("portfolio_id", flat=True).first() or ""


class WhatsAppAccount(models.Model):
    """A WhatsApp Business Account (WABA), as its webhooks and health tell of it."""

    waba_id = models.CharField(_("WhatsApp Business Account ID"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    # Whoever owns the account. All numbers of a portfolio share one messaging limit.
    portfolio_id = models.CharField(
        _("business portfolio ID"),
        max_length=40,
        blank=True,
        help_text=_(
            "WhatsApp tells it with each check. All accounts of a portfolio share the limit of "
            "customers written to first; accounts without one share theirs."
        ),
    )
    can_send = models.CharField(_("can send"), max_length=10, blank=True)
    review_status = models.CharField(_("review"), max_length=20, blank=True)
    # Restrictions and bans as Meta names them: [{"type", "until"}].
    restrictions = models.JSONField(_("restrictions"), default=list, blank=True)
    health = models.JSONField(_("health"), default=list, blank=True)
    max_numbers = models.PositiveIntegerField(_("numbers allowed"), null=True, blank=True)
    messaging_limit = models.CharField(_("messaging limit"), max_length=20, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)

    class Meta:
        ordering = ("waba_id",)
        verbose_name = _("WhatsApp Business Account")
        verbose_name_plural = _("WhatsApp Business Accounts")

    def __str__(self) -> str:
        return self.name or self.waba_id


class ConnectionCheck(models.Model):
    """What one check of a number's connection found last; see whatsapp/connection_check.py."""

    class Found(models.TextChoices):
        FINE = "fine", _("fine")
        WAIT = "wait", _("waiting")
        WRONG = "wrong", _("failing")
        UNKNOWN = "unknown", _("not known")

    number = models.ForeignKey(
        WhatsAppNumber, on_delete=models.CASCADE, related_name="checks", verbose_name=_("number")
    )
    name = models.CharField(_("check"), max_length=20)
    found = models.CharField(_("result"), max_length=8, choices=Found, default=Found.UNKNOWN)
    # Of a sentence in whatsapp/connection_words.py, with what fills it.
    code = models.CharField(max_length=30, blank=True)
    params = models.JSONField(default=dict, blank=True)
    since = models.DateTimeField(_("since"))
    checked_at = models.DateTimeField(_("checked at"))

    class Meta:
        ordering = ("number", "id")
        verbose_name = _("connection check")
        verbose_name_plural = _("connection checks")
        constraints = (
            models.UniqueConstraint(fields=("number", "name"), name="connection_check_once"),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.found}"


class LatestNews(models.Model):
    """When Meta last spoke of something, by its own clock: what comes late changes nothing.

    `subject` says of what, `template_category_update:104996122399160:16895`; `digest` tells a
    repetition from a second change within the same second.
    """

    subject = models.CharField(max_length=255, primary_key=True)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("latest news")
        verbose_name_plural = _("latest news")

    def __str__(self) -> str:
        return self.subject


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
    # Where in our code it failed: files, lines and error names, never content.
    trace = models.TextField(_("trace"), blank=True, db_default="")
    phone_number_id = models.CharField(
        _("phone number ID"), max_length=40, blank=True, db_default=""
    )
    fields = models.CharField(_("fields"), max_length=200, blank=True, db_default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0)
    # A phone's history of months: drained apart, so that nobody who writes now waits for it.
    is_bulk = models.BooleanField(_("bulk"), db_default=False, editable=False)
    processed_at = models.DateTimeField(_("processed at"), null=True)
    # Of a WAITING event: when to look again whether what it speaks of has arrived.
    retry_at = models.DateTimeField(_("next attempt at"), null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        indexes = (
            models.Index(
                fields=("is_bulk", "id"),
                condition=models.Q(state="pending"),
                name="webhook_event_pending",
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
            models.Index(
                fields=("id",), condition=models.Q(state="failed"), name="webhook_event_failed"
            ),
            models.Index(fields=("-received_at",), name="webhook_event_newest"),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"
