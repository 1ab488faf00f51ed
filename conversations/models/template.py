"""Templates as the platform knows them; synced by the channel's room, never edited here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models import Purpose, Topic
from conversations.models.conversation import BusinessNumber


class TemplateCategory(models.TextChoices):
    MARKETING = "marketing", _("Marketing")
    UTILITY = "utility", _("Utility")
    AUTHENTICATION = "authentication", _("Authentication")


class TemplateStatus(models.TextChoices):
    APPROVED = "approved", _("approved")
    PENDING = "pending", _("in review")
    REJECTED = "rejected", _("rejected")
    PAUSED = "paused", _("paused")
    DISABLED = "disabled", _("disabled")
    GONE = "gone", _("deleted")


class MessageTemplate(models.Model):
    """One language of one template. `components` has the platform's shape (reference, 9)."""

    account = models.CharField(_("business account"), max_length=40)
    business_numbers = models.ManyToManyField(BusinessNumber, related_name="templates", blank=True)
    external_id = models.CharField(max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=512)
    language = models.CharField(_("language"), max_length=15)
    category = models.CharField(_("category"), max_length=20, choices=TemplateCategory)
    status = models.CharField(_("status"), max_length=20, choices=TemplateStatus)
    components = models.JSONField(_("components"), default=list)
    parameter_format = models.CharField(
        _("parameters"),
        max_length=12,
        default="positional",
        choices=[("positional", _("by position")), ("named", _("by name"))],
    )
    quality = models.CharField(_("quality"), max_length=10, blank=True)
    # Ours, not Meta's: whoever gets it must have agreed to this.
    topic = models.ForeignKey(
        Topic,
        to_field="key",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("topic"),
        help_text=_("Only for marketing: goes only to those who agreed to it. Empty: to any."),
    )
    # Ours, too: where the values of its variables come from, by the key of the field that asks for
    # each ("body_1": "contact.name"; see conversations/known.py).
    value_sources = models.JSONField(_("values"), default=dict, blank=True)
    # Meta's word for why it was rejected, paused or disabled, and until when it is paused.
    status_reason = models.TextField(_("reason"), blank=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    previous_category = models.CharField(_("category before"), max_length=20, blank=True)
    synced_at = models.DateTimeField(_("synced at"))

    class Meta:
        ordering = ("name", "language")
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "name", "language"), name="template_once_per_account"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def purpose(self) -> Purpose:
        """The consent it needs follows from its category."""
        if self.category == TemplateCategory.MARKETING:
            return Purpose.MARKETING
        return Purpose.SERVICE

    @property
    def consent_topic(self) -> str:
        """The topic its consent must be for; "" when any will do."""
        return self.topic_id or "" if self.purpose == Purpose.MARKETING else ""

    def component(self, kind: str) -> dict[str, object]:
        """The component `HEADER`, `BODY`, `FOOTER` or `BUTTONS`, or an empty dict."""
        for part in self.components:
            if str(part.get("type", "")).upper() == kind:
                return dict(part)
        return {}

    @property
    def body(self) -> str:
        return str(self.component("BODY").get("text", ""))
