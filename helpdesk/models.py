"""What the house itself keeps: tasks that were set aside."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ParkedTask(models.Model):
    """Background work that raised, or took its worker down, again and again.

    One row per task and arguments while it is unsettled, however often it came. Arguments are ids.
    """

    class Cause(models.TextChoices):
        RAISED = "raised", _("raised an error")
        KILLED = "killed", _("ended its worker")

    name = models.CharField(_("task"), max_length=200)
    args = models.JSONField(_("arguments"), default=list, blank=True)
    kwargs = models.JSONField(_("named arguments"), default=dict, blank=True)
    # Of name and arguments, see helpdesk/parking.py.
    signature = models.CharField(max_length=64, editable=False)
    queue = models.CharField(_("queue"), max_length=40, blank=True)
    cause = models.CharField(_("cause"), max_length=8, choices=Cause)
    error = models.CharField(_("error"), max_length=200, blank=True)
    # Files, lines and error names, never content.
    trace = models.TextField(_("trace"), blank=True)
    times = models.PositiveIntegerField(_("times"), default=1)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        ordering = ("-last_at", "-id")
        verbose_name = _("parked task")
        verbose_name_plural = _("parked tasks")
        constraints = (
            models.UniqueConstraint(
                fields=("signature",),
                condition=models.Q(settled_at=None),
                name="parked_task_once_while_open",
            ),
        )
        indexes = (models.Index(fields=("-last_at", "-id"), name="parked_task_newest"),)

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class Welcome(models.Model):
    """Whether the page of the first steps still greets admins. One row at most, for all of them."""

    ONLY = 1

    is_away = models.BooleanField(_("put away"), default=False)

    class Meta:
        verbose_name = _("getting started")
        verbose_name_plural = _("getting started")
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="welcome_only_one"),)

    def __str__(self) -> str:
        return "welcome"

    @classmethod
    def is_put_away(cls) -> bool:
        return cls.objects.filter(is_away=True).exists()

    @classmethod
    def put_away(cls, *, is_put_away: bool) -> None:
        cls.objects.update_or_create(pk=cls.ONLY, defaults={"is_away": is_put_away})
