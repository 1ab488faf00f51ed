"""The words of the work on a conversation: how urgent it is, and why it was resolved."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# Three days: who comes back within a weekend means the same thing.
REOPEN_WITHIN_HOURS = 72
LONGEST_REOPEN_HOURS = 24 * 366


class Priority(models.IntegerChoices):
    """Numbers, so that what is more urgent can be sorted first."""

    LOW = 1, _("low")
    NORMAL = 2, _("normal")
    HIGH = 3, _("high")
    URGENT = 4, _("urgent")


class SlaTarget(models.TextChoices):
    """What a service level promises next."""

    FIRST_RESPONSE = "first_response", _("first response")
    NEXT_RESPONSE = "next_response", _("next response")
    RESOLUTION = "resolution", _("resolution")


class ResolveReason(models.Model):
    """Why a conversation was resolved, in both languages; agents pick one."""

    name_de = models.CharField(_("name in German"), max_length=60, unique=True)
    name_en = models.CharField(_("name in English"), max_length=60, unique=True)
    place = models.PositiveSmallIntegerField(
        _("place"), default=0, help_text=_("Small numbers come first.")
    )
    is_active = models.BooleanField(_("can be picked"), default=True)

    class Meta:
        ordering = ("place", "name_en")
        verbose_name = _("resolve reason")
        verbose_name_plural = _("resolve reasons")

    def __str__(self) -> str:
        return self.name_in(get_language())

    def name_in(self, language: str | None) -> str:
        """As agents of that language read it."""
        return self.name_de if (language or "").startswith("de") else self.name_en


class ServiceSettings(models.Model):
    """How the house works on conversations. One row, or none: then the defaults hold
    (`conversations/service_settings.py`)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    reason_required = models.BooleanField(
        _("a reason is required"),
        default=False,
        help_text=_("Nobody resolves a conversation without saying why."),
    )
    reopen_within_hours = models.PositiveIntegerField(
        _("reopen within hours"),
        default=REOPEN_WITHIN_HOURS,
        validators=[MaxValueValidator(LONGEST_REOPEN_HOURS)],
        help_text=_(
            "A customer who writes later than that after their conversation was resolved starts a"
            " new one. 0: it is always reopened."
        ),
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("working rules")
        verbose_name_plural = _("working rules")
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="service_settings_are_one_row"),
        )

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
