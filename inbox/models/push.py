"""Browsers that are told when the page is closed (Web Push), and the key that says it is us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField
from accounts.models import Agent


class PushKey(models.Model):
    """Our VAPID key: push services know by it that a message is ours. Made once; with another
    one, every browser would have to subscribe again. One row, or none."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    private_key = EncryptedTextField(_("private key"))
    public_key = models.CharField(_("public key"), max_length=100)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("key of push messages")
        verbose_name_plural = _("keys of push messages")
        constraints = (models.CheckConstraint(condition=Q(id=1), name="push_key_is_one_row"),)

    def __str__(self) -> str:
        return self.public_key


class PushSubscription(models.Model):
    """A browser of an agent. Whoever knows `endpoint` can reach it, so it is kept encrypted; its
    digest tells whether it is here already. `session_digest` names the login it belongs to."""

    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="push_subscriptions", verbose_name=_("agent")
    )
    endpoint = EncryptedTextField(_("address"))
    endpoint_digest = models.CharField(max_length=64, unique=True, editable=False)
    p256dh = EncryptedTextField(_("key of the browser"))
    auth = EncryptedTextField(_("secret of the browser"))
    label = models.CharField(_("browser"), max_length=80, blank=True)
    session_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_ok_at = models.DateTimeField(_("last reached at"), null=True, blank=True)
    failed = models.PositiveSmallIntegerField(_("failed in a row"), default=0)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("browser for push messages")
        verbose_name_plural = _("browsers for push messages")

    def __str__(self) -> str:
        return self.label or str(self.pk)
