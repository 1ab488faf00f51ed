"""What customers are asked when their question was answered, and what they say."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent, Team
from conversations.models import BusinessNumber, Conversation, Message, ResolveReason

# The platform's limit for the words of a list; buttons take less.
LONGEST_QUESTION = 1024
_EMPTY = _("Empty: the product's own words.")


class Scale(models.TextChoices):
    """How they answer. Both become scores from 1 to 5."""

    LIST = "list", _("a list from 1 to 5 stars")
    BUTTONS = "buttons", _("three buttons: good, all right, bad")


def _words(name: Any, help_text: Any = "") -> models.TextField:  # type: ignore[type-arg]
    return models.TextField(name, blank=True, max_length=LONGEST_QUESTION, help_text=help_text)


class CsatSurvey(models.Model):
    """Whether and how the customers of a number are asked."""

    business_number = models.OneToOneField(
        BusinessNumber,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="survey",
        verbose_name=_("business number"),
    )
    is_active = models.BooleanField(
        _("asks"),
        default=False,
        help_text=_(
            "After a conversation was resolved, while the customer can still be written to. Never"
            " by a template."
        ),
    )
    scale = models.CharField(_("answered by"), max_length=8, choices=Scale, default=Scale.LIST)
    question_de = _words(_("question in German"), _EMPTY)
    question_en = _words(_("question in English"))
    thanks_de = _words(_("thanks in German"), _EMPTY)
    thanks_en = _words(_("thanks in English"))
    asks_comment = models.BooleanField(
        _("asks what went wrong"), default=True, help_text=_("After a low score.")
    )
    low_score = models.PositiveSmallIntegerField(
        _("low scores up to"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(4)],
    )
    comment_de = _words(_("question after a low score in German"), _EMPTY)
    comment_en = _words(_("question after a low score in English"))
    delay_min = models.PositiveIntegerField(
        _("minutes after resolving"),
        default=5,
        validators=[MaxValueValidator(23 * 60)],
        help_text=_("Nobody is asked whose conversation goes on meanwhile."),
    )
    quiet_days = models.PositiveSmallIntegerField(
        _("at most once in days"),
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text=_("Per customer. 0: after every conversation."),
    )
    excluded_reasons = models.ManyToManyField(
        ResolveReason,
        blank=True,
        related_name="+",
        verbose_name=_("not when resolved because"),
    )

    class Meta:
        verbose_name = _("satisfaction survey")
        verbose_name_plural = _("satisfaction surveys")

    def __str__(self) -> str:
        return str(self.business_number)


class CsatRequest(models.Model):
    """One customer is to be asked, or was, or why not. Its id travels in the answers."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        ASKED = "asked", _("asked")
        ANSWERED = "answered", _("answered")
        SKIPPED = "skipped", _("not asked")

    class Skipped(models.TextChoices):
        REOPENED = "reopened", _("the conversation went on")
        REASON = "reason", _("resolved for a reason that is not asked about")
        LATELY = "lately", _("asked not long ago")
        UNANSWERED = "unanswered", _("nobody had answered")
        REFUSED = "refused", _("the customer could not be written to")
        SWITCHED_OFF = "switched_off", _("the survey is switched off")
        TOO_LATE = "too_late", _("too late")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="csat_requests",
        verbose_name=_("conversation"),
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    skipped = models.CharField(_("why not"), max_length=12, choices=Skipped, blank=True)
    ask_at = models.DateTimeField(_("to be asked at"))
    asked_at = models.DateTimeField(_("asked at"), null=True)
    resolved_at = models.DateTimeField(_("resolved at"))
    # Who is being spoken of: who resolved it, else who answered last; and the team of the time.
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("agent")
    )
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("team")
    )
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("message")
    )
    # In how many steps the scores go up, as it was asked.
    scale = models.CharField(_("answered by"), max_length=8, choices=Scale, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("survey request")
        verbose_name_plural = _("survey requests")
        constraints = (
            models.UniqueConstraint(
                fields=("conversation",),
                condition=Q(state="waiting"),
                name="csat_request_one_waits_per_conversation",
            ),
            models.UniqueConstraint(
                fields=("conversation", "resolved_at"), name="csat_request_once_per_resolving"
            ),
        )
        indexes = (
            models.Index(fields=("ask_at",), condition=Q(state="waiting"), name="csat_request_due"),
            models.Index(fields=("-created_at", "-id"), name="csat_request_newest"),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.pk}"


class CsatAnswer(models.Model):
    """What one customer said, once. The comment is a message like any other, and goes with it."""

    request = models.OneToOneField(
        CsatRequest, on_delete=models.CASCADE, related_name="answer", verbose_name=_("request")
    )
    score = models.PositiveSmallIntegerField(_("score"))
    answered_at = models.DateTimeField(_("answered at"))
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("answer")
    )
    # Until then the next words are the comment; None: it was not asked for.
    comment_until = models.DateTimeField(null=True, editable=False)
    comment = models.OneToOneField(
        Message,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("comment"),
    )

    class Meta:
        ordering = ("-answered_at", "-id")
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = (
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=5), name="csat_score_is_of_five"
            ),
        )
        indexes = (models.Index(fields=("-answered_at", "-id"), name="csat_answer_newest"),)

    def __str__(self) -> str:
        return "★" * self.score
