"""What customers are promised, for whom, and each promise with its clock."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from automation.models.calendar import BusinessCalendar
from consent.models import Topic
from conversations.models import BusinessNumber, Conversation, Label, Priority, SlaTarget

# A year of minutes: longer promises are none.
_MOST_MINUTES = 366 * 24 * 60


class Notify(models.TextChoices):
    """Who hears of a promise that was missed for too long."""

    NOBODY = "", _("nobody")
    ASSIGNEE = "assignee", _("the assignee")
    LEADS = "leads", _("leads")
    BOTH = "both", _("the assignee and leads")


def _minutes(words: Any, help_text: Any = "") -> models.PositiveIntegerField:  # type: ignore[type-arg]
    limits = [MinValueValidator(1), MaxValueValidator(_MOST_MINUTES)]
    return models.PositiveIntegerField(
        words,
        null=True,
        blank=True,
        validators=limits,
        help_text=help_text,
    )


class SlaPolicy(models.Model):
    """The first active policy all of whose conditions are met holds. An empty one is met by all."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    place = models.PositiveSmallIntegerField(
        _("rank"), default=10, help_text=_("Of those that fit, the smallest number holds.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    numbers = models.ManyToManyField(
        BusinessNumber, blank=True, related_name="+", verbose_name=_("business numbers")
    )
    teams = models.ManyToManyField(Team, blank=True, related_name="+", verbose_name=_("teams"))
    labels = models.ManyToManyField(
        Label,
        blank=True,
        related_name="+",
        verbose_name=_("labels"),
        help_text=_("One of them is enough."),
    )
    topics = models.ManyToManyField(
        Topic,
        blank=True,
        related_name="+",
        verbose_name=_("topics"),
        help_text=_("Of the link or QR code the customer came by."),
    )
    priorities = ArrayField(
        models.PositiveSmallIntegerField(choices=Priority),
        default=list,
        blank=True,
        verbose_name=_("priorities"),
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=settings.LANGUAGES),
        default=list,
        blank=True,
        verbose_name=_("customer's languages"),
    )
    first_response_min = _minutes(
        _("first response within (minutes)"), _("From the customer's first message.")
    )
    next_response_min = _minutes(
        _("next response within (minutes)"), _("From a later message that waits for an answer.")
    )
    resolution_min = _minutes(
        _("resolved within (minutes)"),
        _("From the opening. Pending and snoozed time does not count."),
    )
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="policies",
        verbose_name=_("opening hours"),
        help_text=_("Only these hours count. Empty: around the clock."),
    )
    warn_percent = models.PositiveSmallIntegerField(
        _("warn at percent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Of the time that counts."),
    )
    escalate_after_min = models.PositiveIntegerField(
        _("escalate after (minutes)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(_MOST_MINUTES)],
        help_text=_("Minutes by the clock since the promise was missed. Empty: never."),
    )
    notify = models.CharField(
        _("then tell"), max_length=8, choices=Notify, blank=True, default=Notify.NOBODY
    )
    raise_priority_to = models.PositiveSmallIntegerField(
        _("then raise the priority to"), choices=Priority, null=True, blank=True
    )
    move_to_team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("then hand over to"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ("place", "name")
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        constraints = (
            models.CheckConstraint(
                condition=Q(first_response_min__isnull=False)
                | Q(next_response_min__isnull=False)
                | Q(resolution_min__isnull=False),
                name="sla_policy_promises_something",
                violation_error_message=_("A service level needs at least one time."),
            ),
            models.CheckConstraint(
                condition=Q(warn_percent__gte=1, warn_percent__lte=99),
                name="sla_policy_warns_before",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def minutes_for(self, target: SlaTarget) -> int | None:
        minutes: dict[SlaTarget, int | None] = {
            SlaTarget.FIRST_RESPONSE: self.first_response_min,
            SlaTarget.NEXT_RESPONSE: self.next_response_min,
            SlaTarget.RESOLUTION: self.resolution_min,
        }
        return minutes[target]


class SlaClock(models.Model):
    """One promise to one customer: runs, or stands still (`paused_at`, with what is left), until it
    is kept (`met_at`) or nobody waits for it any more (`cancelled_at`). One that was missed stays
    missed and runs on, so that it is seen, until it is kept.

    Target and warning are the policy's of the time when the clock was set.
    """

    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="sla_clocks",
        verbose_name=_("conversation"),
    )
    policy = models.ForeignKey(
        SlaPolicy, on_delete=models.PROTECT, related_name="clocks", verbose_name=_("service level")
    )
    target = models.CharField(_("promise"), max_length=16, choices=SlaTarget)
    target_s = models.PositiveIntegerField(_("seconds promised"))
    warn_percent = models.PositiveSmallIntegerField(_("warn at percent"))
    started_at = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(_("until"), null=True)
    warn_at = models.DateTimeField(_("warn at"), null=True)
    paused_at = models.DateTimeField(_("stands still since"), null=True)
    left_s = models.PositiveIntegerField(_("seconds left"), null=True)
    warned_at = models.DateTimeField(_("warned at"), null=True)
    met_at = models.DateTimeField(_("kept at"), null=True)
    breached_at = models.DateTimeField(_("missed at"), null=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True)
    cancelled_at = models.DateTimeField(_("dropped at"), null=True)

    class Meta:
        ordering = ("-started_at", "-id")
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = (
            models.UniqueConstraint(
                fields=("conversation", "target"),
                condition=Q(met_at=None, cancelled_at=None),
                name="sla_clock_one_runs_per_target",
            ),
            models.CheckConstraint(
                condition=Q(met_at=None) | Q(cancelled_at=None), name="sla_clock_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(breached_at=None) | Q(met_at=None) | Q(met_at__gte=F("due_at")),
                name="sla_clock_kept_in_time_is_not_missed",
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, left_s=None)
                | Q(paused_at__isnull=False, left_s__isnull=False, due_at=None, warn_at=None),
                name="sla_clock_stands_still_with_what_is_left",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=Q(met_at=None, cancelled_at=None, breached_at=None),
                name="sla_clock_due",
            ),
            models.Index(
                fields=("warn_at",),
                condition=Q(met_at=None, cancelled_at=None, breached_at=None, warned_at=None),
                name="sla_clock_warn",
            ),
            models.Index(
                fields=("breached_at",),
                condition=Q(
                    breached_at__isnull=False, escalated_at=None, met_at=None, cancelled_at=None
                ),
                name="sla_clock_escalate",
            ),
            models.Index(fields=("-started_at", "-id"), name="sla_clock_newest"),
        )

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.cancelled_at is None
