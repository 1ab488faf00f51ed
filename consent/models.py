"""The consent ledger: what a person did, with the words they used. Rows are only ever added."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact


class Purpose(models.TextChoices):
    SERVICE = "service", _("Service")
    MARKETING = "marketing", _("Marketing")


class Act(models.TextChoices):
    GRANTED = "granted", _("granted")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Source(models.TextChoices):
    MESSAGE = "message", _("Customer's own message")
    PLATFORM = "platform", _("WhatsApp's own setting")


class ConsentRecord(models.Model):
    """One act of one person for one purpose. `reference` is the wamid it rests on."""

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="consent_records", verbose_name=_("contact")
    )
    purpose = models.CharField(_("purpose"), max_length=32, choices=Purpose)
    act = models.CharField(_("act"), max_length=16, choices=Act)
    source = models.CharField(_("source"), max_length=16, choices=Source)
    words = models.TextField(_("words"), blank=True)
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    # Which of our numbers it was said to (E.164), as it was called then.
    business_number = models.CharField(_("business number"), max_length=40, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        ordering = ("-occurred_at", "-id")
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "purpose", "act", "reference"),
                condition=~models.Q(reference=""),
                name="consent_record_once_per_reference",
            ),
        )
        indexes = (
            models.Index(fields=("contact", "purpose", "-occurred_at"), name="consent_in_force"),
        )

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.get_act_display()}"
