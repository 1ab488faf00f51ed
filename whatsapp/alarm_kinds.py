"""What an admin is told of when Meta refuses: one notice per kind and subject, until it is over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext_noop

from accounts.models import Severity


class Subject(Enum):
    """What a notice is about, and so how often the same one can be open."""

    NUMBER = "number"
    TEMPLATE = "template"


@dataclass(frozen=True)
class _Kind:
    severity: Severity
    text: str
    subject: Subject = Subject.NUMBER
    # Whether a message that WhatsApp takes from the number proves that it is over.
    ends_with_success: bool = False


class Alarm(Enum):
    """`name.lower()` is the notice's kind. The texts take `%(name)s` of the number or template."""

    TOKEN = _Kind(
        Severity.CRITICAL,
        gettext_noop("WhatsApp refuses the access token of %(name)s. Please enter a new one."),
        ends_with_success=True,
    )
    PERMISSION = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "The access token of %(name)s lacks a permission. Please check its permissions at Meta."
        ),
        ends_with_success=True,
    )
    LOCKED = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "WhatsApp has locked or restricted the account of %(name)s. Please look into Meta's "
            "Business Support Home."
        ),
        ends_with_success=True,
    )
    PAYMENT = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "WhatsApp stops messages of %(name)s because of a payment problem. Please check the "
            "payment method at Meta."
        ),
    )
    REGISTRATION = _Kind(
        Severity.CRITICAL,
        gettext_noop("%(name)s is not registered with WhatsApp. Please register it again."),
        ends_with_success=True,
    )
    DISPLAY_NAME = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp has not approved the display name of %(name)s yet."),
        ends_with_success=True,
    )
    SPAM = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "WhatsApp limits %(name)s because customers reported or blocked it. Please stop bulk "
            "messages and look at the number's quality."
        ),
    )
    API_LIMIT = _Kind(
        Severity.WARNING,
        gettext_noop("%(name)s asks more of WhatsApp than its account may; it goes on slowly."),
        ends_with_success=True,
    )
    COUNTRY = _Kind(
        Severity.WARNING,
        gettext_noop("%(name)s may not write to some countries."),
    )
    MARKETING_OFF = _Kind(
        Severity.WARNING, gettext_noop("Marketing messages are switched off for %(name)s at Meta.")
    )
    WINDOW = _Kind(
        Severity.INFO,
        gettext_noop(
            "WhatsApp closed a customer's 24-hour window on %(name)s earlier than we counted."
        ),
    )
    TIER_NEARLY_FULL = _Kind(
        Severity.WARNING,
        gettext_noop(
            "%(name)s has used %(percent)s %% of WhatsApp's limit of customers written to first "
            "within 24 hours (%(limit)s)."
        ),
    )
    TIER_FULL = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "%(name)s has reached WhatsApp's limit of customers written to first within 24 hours "
            "(%(limit)s). Templates to others wait."
        ),
    )
    TEMPLATE_PAUSED = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp has paused the template %(name)s because of low quality."),
        Subject.TEMPLATE,
        ends_with_success=True,
    )
    TEMPLATE_DISABLED = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp has disabled the template %(name)s because of low quality."),
        Subject.TEMPLATE,
        ends_with_success=True,
    )
    TEMPLATE_POLICY = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp says that the template %(name)s violates its policy."),
        Subject.TEMPLATE,
        ends_with_success=True,
    )
    TEMPLATE_UNKNOWN = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp does not know the template %(name)s in this language."),
        Subject.TEMPLATE,
        ends_with_success=True,
    )
    TEMPLATE_LIMIT = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp limits the templates of %(name)s after a wrong category."),
    )
    FLOW = _Kind(Severity.WARNING, gettext_noop("WhatsApp has blocked a form of %(name)s."))

    @property
    def kind(self) -> str:
        return self.name.lower()
