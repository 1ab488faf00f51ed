"""On what a processing may rest (Art. 6 GDPR), and how long a consent may at most last."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# Twenty years: whoever means longer means "until withdrawn".
MOST_MONTHS = 240
MOST_YEARS = 30


class LegalBasis(models.TextChoices):
    CONSENT = "consent", _("Consent (Art. 6 (1) a GDPR)")
    ADVERTISING = (
        "advertising",
        _("Consent to advertising (Art. 6 (1) a GDPR, § 7 (2) UWG)"),
    )
    CONTRACT = "contract", _("Contract, or steps before one (Art. 6 (1) b GDPR)")
    LEGAL_DUTY = "legal_duty", _("Legal obligation (Art. 6 (1) c GDPR)")
    VITAL = "vital", _("Vital interests (Art. 6 (1) d GDPR)")
    PUBLIC = "public", _("Public interest (Art. 6 (1) e GDPR)")
    LEGITIMATE = "legitimate", _("Legitimate interests (Art. 6 (1) f GDPR)")


# Advertising by electronic mail needs a consent, whatever else may hold (§ 7 (2) UWG).
FOR_MARKETING = (LegalBasis.CONSENT, LegalBasis.ADVERTISING)
