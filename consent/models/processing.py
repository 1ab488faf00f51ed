"""On what we process, and for whom: what records of processing and notices are made of."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consent.models.basis import MOST_MONTHS, MOST_YEARS, LegalBasis
from consent.models.ledger import Purpose


class PurposeBasis(models.Model):
    """What holds for a purpose; a topic may say otherwise. One row each."""

    purpose = models.CharField(_("purpose"), max_length=32, choices=Purpose, unique=True)
    legal_basis = models.CharField(_("legal basis"), max_length=16, choices=LegalBasis)
    explanation_de = models.TextField(_("explanation in German"), blank=True, max_length=1000)
    explanation_en = models.TextField(_("explanation in English"), blank=True, max_length=1000)
    expires_after_months = models.PositiveSmallIntegerField(
        _("consent expires after (months)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)],
        help_text=_("Without a sign of life: no message, no read tick. Empty: until withdrawn."),
    )
    proof_years = models.PositiveSmallIntegerField(
        _("proof is kept for (years)"),
        null=True,
        blank=True,
        default=3,
        validators=[MaxValueValidator(MOST_YEARS)],
        help_text=_(
            "After the consent has ended, to the end of the year. Empty: until it is erased."
        ),
    )

    class Meta:
        ordering = ("-purpose",)
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        constraints = (
            models.CheckConstraint(
                condition=~Q(purpose="marketing") | Q(legal_basis__in=("consent", "advertising")),
                name="purpose_marketing_needs_consent",
                violation_error_message=_("Advertising needs a consent (§ 7 (2) UWG)."),
            ),
            models.CheckConstraint(
                condition=Q(expires_after_months=None)
                | Q(expires_after_months__gte=1, expires_after_months__lte=MOST_MONTHS),
                name="purpose_months_make_sense",
            ),
        )

    def __str__(self) -> str:
        return str(self.get_purpose_display())

    @property
    def explanation(self) -> str:
        """In the language of the page."""
        german = (get_language() or "").startswith("de")
        return self.explanation_de if german else self.explanation_en


class Company(models.Model):
    """Who is responsible (Art. 4 no. 7 GDPR). One row, or none."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("company"), max_length=200, blank=True)
    address = models.TextField(_("address"), max_length=500, blank=True)
    representative = models.CharField(
        _("represented by"), max_length=200, blank=True, help_text=_("Managing directors, board")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    officer = models.TextField(
        _("data protection officer"),
        max_length=500,
        blank=True,
        help_text=_("Name or office, and how to reach them"),
    )
    authority = models.TextField(_("supervisory authority"), max_length=500, blank=True)
    privacy_url = models.URLField(_("privacy notice"), blank=True)
    imprint_url = models.URLField(_("imprint"), blank=True)
    measures = models.TextField(
        _("further measures"),
        max_length=4000,
        blank=True,
        help_text=_(
            "What protects the data beside what this program does by itself: one per line."
            " Backups, rooms, training …"
        ),
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("company")
        constraints = (models.CheckConstraint(condition=Q(id=1), name="company_is_one_row"),)

    def __str__(self) -> str:
        return self.name or str(_("company"))


class Transfer(models.TextChoices):
    """On what data may leave the European Economic Area (Art. 44 ff. GDPR)."""

    UNKNOWN = "", _("not stated yet")
    NONE = "none", _("none: the data stay in the EEA")
    ADEQUACY = "adequacy", _("Adequacy decision (Art. 45 GDPR), e.g. EU-US Data Privacy Framework")
    CLAUSES = "clauses", _("Standard contractual clauses (Art. 46 (2) c GDPR)")
    RULES = "rules", _("Binding corporate rules (Art. 47 GDPR)")


class Processor(models.Model):
    """Who gets data from us: a processor with a contract (Art. 28), or a recipient of its own."""

    name = models.CharField(_("name"), max_length=200)
    address = models.TextField(_("address"), max_length=500, blank=True)
    does_de = models.CharField(_("what it does, in German"), max_length=300, blank=True)
    does_en = models.CharField(_("what it does, in English"), max_length=300, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    transfer = models.CharField(
        _("transfer to third countries"),
        max_length=12,
        choices=Transfer,
        default=Transfer.UNKNOWN,
        blank=True,
    )
    contract_on = models.DateField(
        _("contract under Art. 28 of"), null=True, blank=True, help_text=_("Empty: none yet")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ("position", "name", "pk")
        verbose_name = _("processor")
        verbose_name_plural = _("processors")

    def __str__(self) -> str:
        return self.name

    @property
    def does(self) -> str:
        """In the language of the page."""
        german = (get_language() or "").startswith("de")
        return self.does_de if german else self.does_en
