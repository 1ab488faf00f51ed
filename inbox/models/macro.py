"""Macros: several actions in one key."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.models import Conversation
from inbox.models.scope import Scoped, once_per_owner, one_owner


class Macro(Scoped):
    """`actions` is an ordered list of `{"kind": …, "value": …}`; `inbox/macro_actions.py` knows
    the kinds and checks the values."""

    name = models.CharField(_("name"), max_length=80)
    key = models.PositiveSmallIntegerField(
        _("digit on the keyboard"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("1 to 9: Alt and this digit run it."),
    )
    actions = models.JSONField(_("actions"), default=list)
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        constraints = (
            one_owner("macro"),
            *once_per_owner("macro", "key"),
            models.CheckConstraint(
                condition=Q(key=None) | Q(key__range=(1, 9)), name="macro_key_is_a_digit"
            ),
        )

    def __str__(self) -> str:
        return self.name


class MacroRun(models.Model):
    """A macro was run on a conversation: a key pressed twice finds this row and does nothing."""

    client_uuid = models.UUIDField(primary_key=True)
    macro = models.ForeignKey(
        Macro, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("macro")
    )
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("conversation"),
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("agent")
    )
    ran_at = models.DateTimeField(_("ran at"))

    class Meta:
        verbose_name = _("run of a macro")
        verbose_name_plural = _("runs of macros")

    def __str__(self) -> str:
        return str(self.client_uuid)
