"""Rules at the door: where a conversation goes when a customer begins or reopens it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Team
from automation.models.calendar import BusinessCalendar
from consent.models import Topic
from contacts.attribute_models import AttributeDefinition
from conversations.models import BusinessNumber, ChatLink, Conversation, Label, Message, Priority

MOST_WORDS = 50
LONGEST_WORD = 60


class CameBy(models.TextChoices):
    """How the customer found us."""

    ANY = "", _("does not matter")
    LINK = "link", _("by a click-to-chat link or QR code")
    AD = "ad", _("by an ad or a post")


class AtHours(models.TextChoices):
    ANY = "", _("does not matter")
    INSIDE = "inside", _("within the opening hours")
    OUTSIDE = "outside", _("outside the opening hours")


def _several(model: type[models.Model], words: Any, help_text: Any = "") -> Any:
    return models.ManyToManyField(
        model, blank=True, related_name="+", verbose_name=words, help_text=help_text
    )


def _one(model: type[models.Model], words: Any, help_text: Any = "") -> Any:
    """What a rule names cannot be deleted: the rule would mean something else."""
    return models.ForeignKey(
        model,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=words,
        help_text=help_text,
    )


class AssignmentRule(models.Model):
    """Every condition must be met; an empty one is. The first rule that fits acts, and where it
    goes on, later ones may add what is still open."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    place = models.PositiveSmallIntegerField(
        _("rank"), default=10, help_text=_("The smallest number is asked first.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    numbers = _several(BusinessNumber, _("business numbers"))
    languages = ArrayField(
        models.CharField(max_length=2, choices=settings.LANGUAGES),
        default=list,
        blank=True,
        verbose_name=_("customer's languages"),
    )
    topics = _several(Topic, _("topics"), _("Of the link or QR code the customer came by."))
    labels = _several(Label, _("has one of the labels"), _("Of a conversation that is reopened."))
    attribute = _one(AttributeDefinition, _("attribute of the contact"))
    attribute_equals = models.CharField(
        _("is"),
        max_length=200,
        blank=True,
        help_text=_("Upper and lower case are the same. A date as 2026-12-31; yes or no."),
    )
    came_by = models.CharField(
        _("came"), max_length=4, choices=CameBy, blank=True, default=CameBy.ANY
    )
    chat_links = _several(ChatLink, _("by one of these links"))
    words = ArrayField(
        models.CharField(max_length=LONGEST_WORD),
        size=MOST_WORDS,
        default=list,
        blank=True,
        verbose_name=_("words in the first message"),
        help_text=_(
            "Separated by commas; one is enough. Whole words, or their beginning with a star:"
            " refund*. Case and accents do not matter."
        ),
    )
    hours = models.CharField(
        _("written"), max_length=7, choices=AtHours, blank=True, default=AtHours.ANY
    )
    calendar = _one(BusinessCalendar, _("opening hours"), _("Empty: those of the business number."))
    first_contact = models.BooleanField(
        _("writes for the first time"), null=True, blank=True, default=None
    )

    team = _one(Team, _("hand over to the team"))
    person = _one(Agent, _("assign to"))
    distributes = models.BooleanField(
        _("distribute"),
        default=False,
        help_text=_("Among those of the team who are here, have room and the skill."),
    )
    adds_labels = _several(Label, _("add labels"))
    # What the constraint below can see of them.
    has_labels = models.BooleanField(default=False, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("set the priority"), choices=Priority, null=True, blank=True
    )
    goes_on = models.BooleanField(
        _("goes on"),
        default=False,
        help_text=_("Later rules may add what this one leaves open."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ("place", "name")
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")
        constraints = (
            models.CheckConstraint(
                condition=Q(team__isnull=False)
                | Q(person__isnull=False)
                | Q(distributes=True)
                | Q(has_labels=True)
                | Q(priority__isnull=False),
                name="assignment_rule_does_something",
                violation_error_message=_("A rule must do something."),
            ),
            models.CheckConstraint(
                condition=Q(person=None) | Q(distributes=False),
                name="assignment_rule_person_or_distributes",
                violation_error_message=_("Either one person, or distribute."),
            ),
            models.CheckConstraint(
                condition=Q(attribute=None, attribute_equals="")
                | (Q(attribute__isnull=False) & ~Q(attribute_equals="")),
                name="assignment_rule_attribute_has_value",
                violation_error_message=_("An attribute and what it is belong together."),
            ),
            models.CheckConstraint(
                condition=Q(words__len__lte=MOST_WORDS), name="assignment_rule_few_words"
            ),
        )

    def __str__(self) -> str:
        return self.name


class RuleRun(models.Model):
    """One rule acted on one message, once."""

    rule = models.ForeignKey(
        AssignmentRule, on_delete=models.PROTECT, related_name="runs", verbose_name=_("rule")
    )
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="rule_runs",
        verbose_name=_("conversation"),
    )
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="+", verbose_name=_("message")
    )
    ran_at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("-ran_at", "-id")
        verbose_name = _("run of a rule")
        verbose_name_plural = _("runs of rules")
        constraints = (
            models.UniqueConstraint(fields=("message", "rule"), name="rule_run_once_per_message"),
        )
        indexes = (models.Index(fields=("rule", "-ran_at"), name="rule_run_latest"),)

    def __str__(self) -> str:
        return f"{self.rule_id} {self.conversation_id}"
