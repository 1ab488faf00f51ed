"""Signing up by one's own message: the forms, their words, and the codes they gave out.

Nothing here is a consent. A form gives out a code; whoever sends it from their own phone consents,
and that stands in the ledger.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from consent.models.wording import Topic, Wording
from contacts.models import Contact

E164 = RegexValidator(r"^\+[1-9][0-9]{6,14}$", _("A number with its country code: +49…"))


class SignUpForm(models.Model):
    """A page (`/optin/SLUG/`) on which people choose topics and get a code to send."""

    slug = models.SlugField(_("address"), max_length=32, unique=True, help_text="/optin/…/")
    # Where the code has to be sent. The room that keeps our numbers is above this one.
    business_number = models.CharField(_("business number"), max_length=20, validators=[E164])
    topics = models.ManyToManyField(Topic, through="SignUpTopic", verbose_name=_("topics"))
    privacy_url = models.URLField(_("privacy notice"))
    imprint_url = models.URLField(_("imprint"))
    valid_minutes = models.PositiveSmallIntegerField(
        _("codes are valid for (minutes)"),
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(24 * 60)],
    )
    by_email = models.BooleanField(
        _("e-mail as another way"),
        default=False,
        help_text=_(
            "Customers may confirm by a link in an e-mail instead. It proves the mailbox and not"
            " the number (compare BGH I ZR 164/09): their own message is the better proof."
        ),
    )
    is_active = models.BooleanField(
        _("open"),
        default=True,
        help_text=_("Off: the page is gone; codes that are out already still work."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("slug",)
        verbose_name = _("sign-up form")
        verbose_name_plural = _("sign-up forms")

    def __str__(self) -> str:
        return self.slug

    @property
    def wording_key(self) -> str:
        """What the versions of its words are kept under."""
        return f"form-{self.slug}"

    @property
    def offers_email(self) -> bool:
        """Whether the e-mail way is on, and there is somebody to send mails."""
        return self.by_email and not settings.EMAIL_BACKEND.endswith(".dummy.EmailBackend")

    def offered_topics(self) -> list[Topic]:
        """In the order of the page; without those that can no longer be subscribed to."""
        return list(self.topics.filter(is_active=True).order_by("signuptopic__position"))


class SignUpTopic(models.Model):
    """A topic that a form offers."""

    form = models.ForeignKey(SignUpForm, on_delete=models.CASCADE)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, verbose_name=_("topic"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("offered topic")
        verbose_name_plural = _("offered topics")
        constraints = (
            models.UniqueConstraint(fields=("form", "topic"), name="sign_up_topic_once"),
        )

    def __str__(self) -> str:
        return str(self.topic)


class SignUpWords(models.Model):
    """What a form says in one language, as it is now. What was shown is kept as `Wording`."""

    form = models.ForeignKey(SignUpForm, on_delete=models.CASCADE, related_name="words")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=120)
    intro = models.TextField(_("introduction"), max_length=600)
    who_we_are = models.TextField(
        _("who we are, and what for"),
        max_length=1000,
        help_text=_("Company and address, what is stored, and for which purpose. *Bold*."),
    )
    privacy = models.TextField(
        _("privacy"), max_length=2000, help_text=_("How to withdraw, and their rights. *Bold*.")
    )

    class Meta:
        ordering = ("language",)
        verbose_name = _("words of a form")
        verbose_name_plural = _("words of a form")
        constraints = (
            models.UniqueConstraint(fields=("form", "language"), name="sign_up_words_once"),
        )

    def __str__(self) -> str:
        return self.get_language_display()


class SignUp(models.Model):
    """A choice of topics that waits for its message. Who chose is not known, and not kept.

    The code is stored as it is: it is in the customer's message as well, which lies one table
    away; it lives for an hour, works once, and whoever steals it can do nothing but sign
    themselves up. A digest would protect nothing, and a reload could not show it again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    form = models.ForeignKey(SignUpForm, on_delete=models.PROTECT, related_name="sign_ups")
    # As the form was when it gave the code out: what it says later changes nothing.
    business_number = models.CharField(_("business number"), max_length=20)
    topics = ArrayField(models.SlugField(max_length=40), verbose_name=_("topics"))
    language = models.CharField(_("language"), max_length=10)
    wording = models.ForeignKey(Wording, on_delete=models.PROTECT, verbose_name=_("words shown"))
    code = models.CharField(_("code"), max_length=8, unique=True)
    created_at = models.DateTimeField(_("begun"))
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact"),
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        indexes = (models.Index(fields=("form", "expires_at"), name="sign_up_by_form"),)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_used(self) -> bool:
        return self.used_at is not None

    def is_expired(self, at: datetime) -> bool:
        return at > self.expires_at
