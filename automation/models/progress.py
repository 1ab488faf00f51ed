"""How far each of this room's followers has come with what happened."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Progress(models.Model):
    """Moved on in the transaction of what was done about the events up to `sequence`: each of them
    is acted on once, whatever dies."""

    follower = models.CharField(_("follower"), max_length=20, primary_key=True)
    sequence = models.BigIntegerField(_("up to event"))
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")

    def __str__(self) -> str:
        return f"{self.follower} {self.sequence}"
