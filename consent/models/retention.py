"""How long each kind of data is kept, what the nightly runs did, and who is held."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent
from consent.models.ledger import Purpose
from consent.models.wording import Topic

MOST_DAYS = 36_500


class RetentionRule(models.Model):
    """How many days a kind of data is kept. What kinds there are the rooms say (`retention.py`).

    The narrower rule counts: that of a topic before that of a purpose before the general one.
    """

    kind = models.SlugField(_("kind"), max_length=32)
    purpose = models.CharField(
        _("only of the purpose"), max_length=32, choices=Purpose, blank=True, default=""
    )
    topic = models.ForeignKey(
        Topic,
        to_field="key",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only of the topic"),
    )
    days = models.PositiveIntegerField(
        _("days"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Empty: kept until the person is erased."),
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        ordering = ("kind", "-purpose", "topic")
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "purpose"),
                condition=Q(topic=None),
                name="retention_rule_once",
                violation_error_message=_("There is a rule for this already."),
            ),
            models.UniqueConstraint(
                fields=("kind", "topic"),
                condition=Q(topic__isnull=False),
                name="retention_rule_once_per_topic",
                violation_error_message=_("There is a rule for this already."),
            ),
            models.CheckConstraint(
                condition=Q(purpose="") | Q(topic=None),
                name="retention_rule_purpose_or_topic",
                violation_error_message=_("Choose a purpose or a topic, not both."),
            ),
            models.CheckConstraint(
                condition=Q(days=None) | Q(days__lte=MOST_DAYS),
                name="retention_rule_days_make_sense",
            ),
        )

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.kind, self.purpose, self.topic_id)))


class RetentionRun(models.Model):
    """One run, or what one would have done. `counts` is `{kind: {"count", "oldest"}}`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    is_dry = models.BooleanField(_("dry run"), default=False)
    by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("started by"),
    )
    started_at = models.DateTimeField(_("started at"))
    worked_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    # Kinds at which an error happened that nobody foresaw; the others were done all the same.
    failed = models.JSONField(_("failed"), default=dict, blank=True)

    class Meta:
        ordering = ("-started_at", "-id")
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"

    @property
    def total(self) -> int:
        return sum(found["count"] for found in self.counts.values())


class LegalHold(models.Model):
    """Nothing of this person is removed by rules or erased, for as long as it is not lifted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No foreign key: a trigger (migration 0009) keeps the contact while the hold is in force.
    contact_id = models.UUIDField(_("contact"), db_index=True)
    reason = models.TextField(_("reason"), max_length=2000)
    set_at = models.DateTimeField(_("since"))
    set_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("set by"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )

    class Meta:
        ordering = ("-set_at", "-id")
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        constraints = (
            models.UniqueConstraint(
                fields=("contact_id",),
                condition=Q(lifted_at=None),
                name="legal_hold_one_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="legal_hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(lifted_at__gte=models.F("set_at")),
                name="legal_hold_ends_after_it_began",
            ),
        )

    def __str__(self) -> str:
        return str(self.contact_id)

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None
