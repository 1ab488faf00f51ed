"""What holds for a purpose or topic: its legal basis, how long a consent lasts, how long its proof.

A topic's own word counts before that of its purpose.
"""

from __future__ import annotations

from collections.abc import Mapping

from consent.models import Purpose, PurposeBasis, Topic

# A purpose or topic: `("marketing", "news")`.
About = tuple[str, str]


def purposes() -> dict[str, PurposeBasis]:
    """The row of each purpose; what nobody has set is as in a new installation."""
    rows = {row.purpose: row for row in PurposeBasis.objects.all()}
    return {purpose: rows.get(purpose) or default_of(purpose) for purpose in Purpose.values}


def default_of(purpose: str) -> PurposeBasis:
    """What a new installation begins with."""
    return PurposeBasis(purpose=purpose, **_DEFAULTS[purpose])


def months_by_topic() -> tuple[dict[str, int | None], dict[About, int | None]]:
    """After how many months without a sign of life consents expire: by purpose, and by topic where
    it says otherwise. None: never."""
    general = {key: row.expires_after_months for key, row in purposes().items()}
    topics = {
        (str(Purpose.MARKETING), key): months or None
        for key, months in Topic.objects.exclude(expires_after_months=None).values_list(
            "key", "expires_after_months"
        )
    }
    return general, topics


def years_by_topic() -> tuple[dict[str, int | None], dict[About, int | None]]:
    """The same for how many years the proof is kept."""
    general = {key: row.proof_years for key, row in purposes().items()}
    topics: dict[About, int | None] = {
        (str(Purpose.MARKETING), key): years
        for key, years in Topic.objects.exclude(proof_years=None).values_list("key", "proof_years")
    }
    return general, topics


_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    Purpose.SERVICE: {
        "legal_basis": "contract",
        "explanation_de": (
            "Wir beantworten, was Sie uns schreiben, und schicken Ihnen, was zu Ihrem Anliegen"
            " gehört."
        ),
        "explanation_en": "We answer what you write to us, and send you what belongs to it.",
        "expires_after_months": 24,
        "proof_years": 3,
    },
    Purpose.MARKETING: {
        "legal_basis": "advertising",
        "explanation_de": (
            "Sie haben eingewilligt, dass wir Ihnen zu den gewählten Themen schreiben. Das können"
            " Sie jederzeit widerrufen: Senden Sie STOPP."
        ),
        "explanation_en": (
            "You agreed that we write to you about the topics you chose. You can withdraw at any"
            " time: send STOP."
        ),
        "expires_after_months": 24,
        "proof_years": 3,
    },
}
