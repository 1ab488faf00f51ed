"""Teams: who works together, and how what comes to them is handed out."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Team(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    hands_out = models.BooleanField(
        _("hands out by itself"),
        default=False,
        db_default=False,
        help_text=_("New conversations of the team go to whose turn it is."),
    )
    skill_wait_min = models.PositiveSmallIntegerField(
        _("wait for the skill (minutes)"),
        default=5,
        db_default=5,
        null=True,
        blank=True,
        help_text=_(
            "So long a conversation waits for one who speaks its language and knows its label; then"
            " anybody gets it. Empty: nobody else does."
        ),
    )
    gives_back_min = models.PositiveSmallIntegerField(
        _("give back after (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "When a customer writes to an agent who has not been there for so long, somebody else"
            " gets the conversation. Empty: it waits for its agent."
        ),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name
