"""Signing up with a number and an e-mail address, where a form allows it: see `docs/sign-up.md`."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from consent.models.signup import E164, SignUpForm
from consent.models.wording import Wording
from contacts.models import Contact


class EmailSignUp(models.Model):
    """A choice of topics that waits for the link in an e-mail to be confirmed.

    Number and address go when it is used: what has to be shown later stands in the ledger. What
    nobody confirmed goes when its time is over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    form = models.ForeignKey(SignUpForm, on_delete=models.PROTECT, related_name="+")
    # As the form was then.
    business_number = models.CharField(_("business number"), max_length=20)
    topics = ArrayField(models.SlugField(max_length=40), verbose_name=_("topics"))
    language = models.CharField(_("language"), max_length=10)
    wording = models.ForeignKey(Wording, on_delete=models.PROTECT, verbose_name=_("words shown"))
    number = models.CharField(_("phone number"), max_length=20, blank=True, validators=[E164])
    email = models.EmailField(_("e-mail address"), blank=True)
    created_at = models.DateTimeField(_("begun"))
    expires_at = models.DateTimeField(_("valid until"), db_index=True)
    # Sending: how often it was tried, when next, and when it left.
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    retry_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("mail sent at"), null=True, blank=True)
    used_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact"),
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("sign-up by e-mail")
        verbose_name_plural = _("sign-ups by e-mail")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(number="", email=""),
                name="email_sign_up_forgets_when_used",
            ),
        )
        indexes = (
            models.Index(
                fields=("created_at",),
                condition=models.Q(sent_at=None, used_at=None),
                name="email_sign_up_unsent",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be confirmed."""
        return self.used_at is None and at < self.expires_at
