"""Links to a customer's own page: signed, sent to their WhatsApp on request, valid for a while."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, Identity


class OwnPageLink(models.Model):
    """One link. It is dead once its time is over, it was revoked, or the identity it was sent to
    is not this contact's any more. What opens the page is not here: see `consent.own_page`."""

    # That of the message it goes out in: each message carries one link at most.
    id = models.UUIDField(primary_key=True, editable=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", verbose_name=_("contact")
    )
    # An erasure removes it at its very beginning, and the link with it.
    identity = models.ForeignKey(
        Identity, on_delete=models.CASCADE, related_name="+", verbose_name=_("sent to")
    )
    business_number = models.CharField(_("business number"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("asked for"))
    expires_at = models.DateTimeField(_("valid until"), db_index=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("link to an own page")
        verbose_name_plural = _("links to own pages")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="own_page_link_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)

    def is_alive(self, at: datetime) -> bool:
        """Whether it still opens the page of the person it was sent to."""
        return (
            self.revoked_at is None
            and at < self.expires_at
            and self.identity.ended_at is None
            and self.identity.contact_id == self.contact_id
            and self.contact.merged_into_id is None
        )
