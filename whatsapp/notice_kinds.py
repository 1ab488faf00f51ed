"""What an admin is told of when Meta speaks of an account, a number or a template by webhook.

What Meta says when it refuses a message is in `whatsapp/alarm_kinds.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext_noop

from accounts.models import Severity


@dataclass(frozen=True)
class _Kind:
    severity: Severity
    text: str


class News(Enum):
    """`name.lower()` is the notice's kind. The texts take `%(name)s`, and what stands beside it in
    the code that raises it."""

    ACCOUNT_DISABLED = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "WhatsApp has banned the business account %(name)s: nothing can be sent from its "
            "numbers. Please ask for a review in Meta's Business Support Home."
        ),
    )
    ACCOUNT_DISABLED_SOON = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "WhatsApp is going to ban the business account %(name)s (%(when)s). Please look into "
            "Meta's Business Support Home."
        ),
    )
    ACCOUNT_RESTRICTED = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "WhatsApp restricts the business account %(name)s: %(what)s. Please look into Meta's "
            "Business Support Home."
        ),
    )
    ACCOUNT_VIOLATION = _Kind(
        Severity.WARNING,
        gettext_noop(
            "WhatsApp says that the business account %(name)s violates its policy: %(what)s."
        ),
    )
    ACCOUNT_DELETED = _Kind(
        Severity.CRITICAL, gettext_noop("The business account %(name)s was deleted at WhatsApp.")
    )
    ACCOUNT_DISCONNECTED = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "The business account %(name)s is no longer connected: nothing will arrive from it. "
            "Please connect it again at Meta."
        ),
    )
    ACCOUNT_REJECTED = _Kind(
        Severity.CRITICAL,
        gettext_noop("WhatsApp's review has rejected the business account %(name)s."),
    )
    ACCOUNT_ALERT = _Kind(
        Severity.WARNING, gettext_noop("WhatsApp warns about %(name)s: %(what)s.")
    )
    NUMBER_QUALITY = _Kind(
        Severity.CRITICAL,
        gettext_noop(
            "WhatsApp rates the quality of %(name)s as low: customers block or report it. Please "
            "stop bulk messages."
        ),
    )
    NUMBER_BLOCKED = _Kind(
        Severity.CRITICAL,
        gettext_noop("WhatsApp lets nothing leave from %(name)s at present: %(what)s."),
    )
    NUMBER_RESTRICTED = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp restricts what may leave from %(name)s: %(what)s."),
    )
    NUMBER_LIMITED = _Kind(
        Severity.WARNING,
        gettext_noop(
            "WhatsApp has lowered how many customers %(name)s may write to first: %(limit)s in "
            "24 hours."
        ),
    )
    NAME_REJECTED = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp has rejected the display name of %(name)s. Please choose another."),
    )
    PIN_CHANGED = _Kind(
        Severity.WARNING,
        gettext_noop(
            "The PIN of %(name)s was changed or is asked to be reset at Meta. If that was none of "
            "you, please look into it."
        ),
    )
    TEMPLATE_REJECTED = _Kind(
        Severity.WARNING,
        gettext_noop("WhatsApp has rejected the template %(name)s (%(language)s)."),
    )
    TEMPLATE_QUALITY = _Kind(
        Severity.WARNING,
        gettext_noop(
            "WhatsApp rates the template %(name)s (%(language)s) as low: it may be paused soon."
        ),
    )
    TEMPLATE_CATEGORY = _Kind(
        Severity.WARNING,
        gettext_noop(
            "WhatsApp has moved the template %(name)s (%(language)s) to another category: "
            "%(category)s. Price and required consent follow it."
        ),
    )
    TEMPLATE_CATEGORY_SOON = _Kind(
        Severity.WARNING,
        gettext_noop(
            "WhatsApp is going to move the template %(name)s (%(language)s) to another category: "
            "%(category)s."
        ),
    )
    FLOW = _Kind(Severity.WARNING, gettext_noop("WhatsApp has stopped or slowed a form: %(what)s."))
    PAYMENT_SETUP = _Kind(
        Severity.WARNING,
        gettext_noop("The payment configuration %(name)s needs attention at Meta."),
    )
    HISTORY_DECLINED = _Kind(
        Severity.INFO,
        gettext_noop(
            "Whoever connected %(name)s did not share the chats on the phone: there will be no "
            "history from before."
        ),
    )

    @property
    def kind(self) -> str:
        return self.name.lower()
