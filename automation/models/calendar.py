"""When somebody is there, and what customers are told when nobody is."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import check_time_zone
from automation.week_text import from_json
from conversations.models import BusinessNumber, Conversation, Message

LONGEST_TEXT = 4096


def working_week() -> list[list[list[str]]]:
    """Monday to Friday from nine to five: a beginning to change."""
    return [[["09:00", "17:00"]] for _day in range(5)] + [[], []]


def company_zone() -> str:
    return settings.TIME_ZONE


def check_week(value: object) -> None:
    """Raises `ValidationError` for what is not seven days of spans."""
    try:
        assert isinstance(value, list)
        fits = len(from_json(value)) == 7
    except (AssertionError, TypeError, ValueError):
        fits = False
    if not fits:
        raise ValidationError(_("A week has seven days, each with hours from and to."))


class BusinessCalendar(models.Model):
    """Opening hours of a week, with the public holidays of a region."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=company_zone, validators=[check_time_zone]
    )
    week = models.JSONField(_("week"), default=working_week, validators=[check_week])
    country = models.CharField(_("country"), max_length=2, blank=True)
    subdivision = models.CharField(_("state or canton"), max_length=20, blank=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")

    def __str__(self) -> str:
        return self.name


class SpecialDay(models.Model):
    """Days with a name on which other hours hold, or none: they go before week and holidays."""

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.CASCADE, related_name="special_days"
    )
    name = models.CharField(_("name"), max_length=80)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"), null=True, blank=True, help_text=_("Empty: one day only."))
    opens = models.TimeField(
        _("opens"), null=True, blank=True, help_text=_("Empty: closed all day.")
    )
    closes = models.TimeField(_("closes"), null=True, blank=True)

    class Meta:
        ordering = ("first_day", "opens")
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(last_day=None) | models.Q(last_day__gte=models.F("first_day")),
                name="special_day_ends_after_it_begins",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                condition=models.Q(opens=None, closes=None)
                | models.Q(opens__isnull=False, closes__isnull=False),
                name="special_day_opens_and_closes",
                violation_error_message=_("Give both hours, or none for a closed day."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.first_day} {self.name}"


class NumberHours(models.Model):
    """What a number does when nobody is there."""

    business_number = models.OneToOneField(
        BusinessNumber,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="hours",
        verbose_name=_("business number"),
    )
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        related_name="numbers",
        verbose_name=_("opening hours"),
    )
    is_active = models.BooleanField(
        _("answers when nobody is there"),
        default=False,
        help_text=_(
            "Whoever writes outside the hours gets the text below: once per conversation and day,"
            " and not while an agent is answering."
        ),
    )
    away_de = models.TextField(
        _("away message in German"),
        blank=True,
        max_length=LONGEST_TEXT,
        help_text=_(
            "{{contact.first_name}} becomes the customer's first name, {{opens_at}} when somebody"
            " is there again, as in “tomorrow at 9:00”."
        ),
    )
    away_en = models.TextField(
        _("away message in English"),
        blank=True,
        max_length=LONGEST_TEXT,
        help_text=_("Empty: everybody gets the German one."),
    )
    holiday_de = models.TextField(
        _("on holidays, in German"),
        blank=True,
        max_length=LONGEST_TEXT,
        help_text=_("Empty: the same as on other days. {{holiday}} becomes the holiday's name."),
    )
    holiday_en = models.TextField(_("on holidays, in English"), blank=True, max_length=LONGEST_TEXT)

    class Meta:
        verbose_name = _("away message")
        verbose_name_plural = _("away messages")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_active=False) | ~models.Q(away_de=""),
                name="away_message_says_something",
                violation_error_message=_("An away message needs words, in German at least."),
            ),
        )

    def __str__(self) -> str:
        return str(self.business_number)


class AwayNotice(models.Model):
    """A customer was told that nobody is there: once per conversation and local day."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="away_notices"
    )
    day = models.DateField(_("day"))
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("message")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("away notice")
        verbose_name_plural = _("away notices")
        constraints = (
            models.UniqueConstraint(
                fields=("conversation", "day"), name="away_notice_once_per_conversation_and_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.day}"
