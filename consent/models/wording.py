"""Words: the topics one can subscribe to, the words customers use, and those they are shown."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consent.models.basis import FOR_MARKETING, MOST_MONTHS, MOST_YEARS


class Topic(models.Model):
    """What one can subscribe to, as customers name it: "news", "offers", "line-s1"."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name_de = models.CharField(_("name in German"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    # One per line: what customers may call it in "START …" and "STOP …", beside key and names.
    also_called = models.TextField(_("also called"), blank=True)
    # For sign-up pages: what it is about, and how often one hears of it.
    description_de = models.CharField(_("description in German"), max_length=160, blank=True)
    description_en = models.CharField(_("description in English"), max_length=160, blank=True)
    frequency_de = models.CharField(
        _("how often, in German"), max_length=60, blank=True, help_text="etwa 3 pro Woche"
    )
    frequency_en = models.CharField(
        _("how often, in English"), max_length=60, blank=True, help_text="about 3 a week"
    )
    # On what it rests and for how long, where the purpose says otherwise (`processing.py`).
    legal_basis = models.CharField(
        _("legal basis"),
        max_length=16,
        blank=True,
        choices=[(basis.value, basis.label) for basis in FOR_MARKETING],
        help_text=_("Empty: as for marketing in general."),
    )
    explanation_de = models.TextField(
        _("what one agrees to, in German"),
        blank=True,
        max_length=1000,
        help_text=_("The words of the consent. Each change is a new version."),
    )
    explanation_en = models.TextField(
        _("what one agrees to, in English"), blank=True, max_length=1000
    )
    expires_after_months = models.PositiveSmallIntegerField(
        _("consent expires after (months)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_MONTHS)],
        help_text=_(
            "Without a sign of life. Empty: as for marketing in general; 0: until withdrawn."
        ),
    )
    proof_years = models.PositiveSmallIntegerField(
        _("proof is kept for (years)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_YEARS)],
        help_text=_(
            "After the consent has ended, to the end of the year. Empty: as for marketing in"
            " general."
        ),
    )
    is_active = models.BooleanField(_("can be subscribed to"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("key",)
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.name_de if _is_german() else self.name_en

    @property
    def description(self) -> str:
        """In the language of the page."""
        return self.description_de if _is_german() else self.description_en

    @property
    def explanation(self) -> str:
        """In the language of the page."""
        return self.explanation_de if _is_german() else self.explanation_en

    @property
    def wording_key(self) -> str:
        """What the versions of its words are kept under."""
        return f"topic-{self.key}"

    @property
    def frequency(self) -> str:
        """In the language of the page."""
        return self.frequency_de if _is_german() else self.frequency_en


class ConsentWord(models.Model):
    """A word (or some) that does something when it is all a customer writes: see `words.py`."""

    class Intent(models.TextChoices):
        START = "start", _("subscribes")
        STOP = "stop", _("unsubscribes")
        HELP = "help", _("asks for help")
        SETTINGS = "settings", _("asks for the settings page")
        EVERYTHING = "everything", _("means all topics")

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    intent = models.CharField(_("does"), max_length=16, choices=Intent)
    # As `words.normalise` writes it, so that two spellings of one cannot mean two things.
    word = models.CharField(_("word"), max_length=60, unique=True)

    class Meta:
        ordering = ("intent", "language", "word")
        verbose_name = _("word")
        verbose_name_plural = _("words")

    def __str__(self) -> str:
        return self.word


class Wording(models.Model):
    """Words a person is shown, in one version. Never changed: a new text is a new version, so that
    what somebody agreed to stays what it was."""

    key = models.SlugField(_("key"), max_length=50)
    language = models.CharField(_("language"), max_length=10)
    version = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ("key", "language", "-version")
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = (
            models.UniqueConstraint(
                fields=("key", "language", "version"), name="wording_version_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.language} v{self.version}"


def _is_german() -> bool:
    return (get_language() or "").startswith("de")
