"""Meta's error codes: what each means for a message, in one table (reference, section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from whatsapp.payload import ErrorIn, list_of, read, text_of


class Retry(Enum):
    """Whether sending the same again can help."""

    NO = "no"
    SOON = "soon"  # after the usual back-off
    SLOWLY = "slowly"  # a limit that takes minutes to recover
    PAIR = "pair"  # too fast for one customer: 4^attempt seconds


@dataclass(frozen=True)
class Meaning:
    retry: Retry
    words: Promise | str


SLOW_WAIT_S = 60.0
PAIR_BASE_S = 4.0
PAIR_LONGEST_S = 1024.0

_TOKEN = _("WhatsApp does not accept our access token. Please tell an administrator.")
_PERMISSION = _("Our WhatsApp account lacks the permission for this. Please tell an administrator.")
_BUSY = _("WhatsApp is busy; the message is tried again.")
_TOO_FAST = _("We are sending too fast; the message is tried again.")
_PAYMENT = _("WhatsApp stopped our messages because of a payment problem.")
_BAD = _("WhatsApp refused the message because of its content.")
_TEMPLATE = _("The template's content does not fit what WhatsApp approved.")
_NUMBER = _("Our business number is not registered with WhatsApp.")
_BLOCKED_US = _("WhatsApp has locked our account. Please tell an administrator.")

# Not Meta's: a file of ours that is not there (any more).
NO_FILE = -2

MEANINGS: dict[int, Meaning] = {
    NO_FILE: Meaning(Retry.NO, _("The file of this message is missing.")),
    0: Meaning(Retry.NO, _TOKEN),
    1: Meaning(Retry.SOON, _BUSY),
    2: Meaning(Retry.SOON, _BUSY),
    3: Meaning(Retry.NO, _PERMISSION),
    4: Meaning(Retry.SLOWLY, _TOO_FAST),
    10: Meaning(Retry.NO, _PERMISSION),
    33: Meaning(Retry.NO, _NUMBER),
    100: Meaning(Retry.NO, _BAD),
    190: Meaning(Retry.NO, _TOKEN),
    368: Meaning(Retry.NO, _BLOCKED_US),
    80007: Meaning(Retry.SLOWLY, _TOO_FAST),
    80008: Meaning(Retry.SLOWLY, _TOO_FAST),
    130403: Meaning(Retry.NO, _("This customer is blocked on our business number.")),
    130429: Meaning(Retry.SOON, _TOO_FAST),
    130472: Meaning(Retry.NO, _("WhatsApp withheld the message from this customer.")),
    130497: Meaning(Retry.NO, _("Our account may not write to this country.")),
    130501: Meaning(Retry.NO, _("Groups do not take this kind of message.")),
    131000: Meaning(Retry.SOON, _BUSY),
    131005: Meaning(Retry.NO, _PERMISSION),
    131008: Meaning(Retry.NO, _BAD),
    131009: Meaning(Retry.NO, _BAD),
    131016: Meaning(Retry.SOON, _BUSY),
    131021: Meaning(Retry.NO, _("A number cannot write to itself.")),
    131026: Meaning(
        Retry.NO,
        _("The message cannot be delivered: not on WhatsApp, an old app, or we are blocked."),
    ),
    131030: Meaning(Retry.NO, _("This test number may write to registered recipients only.")),
    131031: Meaning(Retry.NO, _BLOCKED_US),
    131037: Meaning(Retry.NO, _("WhatsApp has not approved our display name yet.")),
    131042: Meaning(Retry.NO, _PAYMENT),
    131044: Meaning(Retry.NO, _PAYMENT),
    131045: Meaning(Retry.NO, _NUMBER),
    131047: Meaning(Retry.NO, _("More than 24 hours have passed since the customer last wrote.")),
    131048: Meaning(Retry.SLOWLY, _("WhatsApp limits our number because of spam reports.")),
    131049: Meaning(
        Retry.NO, _("WhatsApp withheld it: this customer gets too much marketing already.")
    ),
    131050: Meaning(Retry.NO, _("The customer has stopped marketing messages from us.")),
    131051: Meaning(Retry.NO, _("WhatsApp does not support this kind of message.")),
    131052: Meaning(Retry.NO, _("The customer's file could not be fetched.")),
    131053: Meaning(Retry.NO, _("WhatsApp does not accept this file.")),
    131055: Meaning(Retry.NO, _PERMISSION),
    131056: Meaning(
        Retry.PAIR, _("Too many messages to this customer at once; it is tried again.")
    ),
    131057: Meaning(Retry.SLOWLY, _("WhatsApp is maintaining our number; it is tried again.")),
    131062: Meaning(Retry.NO, _("This kind of message needs the customer's phone number.")),
    131063: Meaning(Retry.NO, _PERMISSION),
    131064: Meaning(Retry.NO, _("WhatsApp limits our templates for the time being.")),
    132000: Meaning(Retry.NO, _TEMPLATE),
    132001: Meaning(Retry.NO, _("WhatsApp does not know this template in this language.")),
    132005: Meaning(Retry.NO, _("The text is too long.")),
    132007: Meaning(Retry.NO, _("The template violates WhatsApp's policy.")),
    132008: Meaning(Retry.NO, _TEMPLATE),
    132012: Meaning(Retry.NO, _TEMPLATE),
    132015: Meaning(Retry.NO, _("WhatsApp has paused this template because of low quality.")),
    132016: Meaning(Retry.NO, _("WhatsApp has disabled this template because of low quality.")),
    132018: Meaning(Retry.NO, _TEMPLATE),
    132068: Meaning(Retry.NO, _("WhatsApp has blocked this form.")),
    132069: Meaning(Retry.SLOWLY, _("WhatsApp slows this form down; it is tried again.")),
    133000: Meaning(Retry.NO, _NUMBER),
    133004: Meaning(Retry.SOON, _BUSY),
    133006: Meaning(Retry.NO, _NUMBER),
    133010: Meaning(Retry.NO, _NUMBER),
    133015: Meaning(Retry.SLOWLY, _NUMBER),
    134011: Meaning(Retry.NO, _PAYMENT),
    134102: Meaning(Retry.SOON, _BUSY),
    135000: Meaning(Retry.NO, _BAD),
    137000: Meaning(Retry.NO, _("The customer's security code has changed.")),
}
# 200 to 299 are all about permissions.
_PERMISSION_CODES = range(200, 300)


def meaning(code: int) -> Meaning | None:
    """What a code means, or None when Meta has not told us."""
    if code in _PERMISSION_CODES:
        return Meaning(Retry.NO, _PERMISSION)
    return MEANINGS.get(code)


def words_of(code: int, title: str = "", details: str = "") -> str:
    """A sentence to store with a message: untranslated, `Message.reason_words` translates it."""
    known = meaning(code)
    with translation.override(None):
        if known is not None:
            return str(known.words)
        said = ": ".join(part for part in (title.strip(), details.strip()) if part)
        return said or str(_("WhatsApp gave no reason."))


def wait_s(retry: Retry, attempt: int) -> float | None:
    """Seconds to wait after the `attempt`-th refusal; None: the usual back-off."""
    if retry is Retry.SLOWLY:
        return SLOW_WAIT_S
    if retry is Retry.PAIR:
        return min(PAIR_BASE_S ** max(attempt - 1, 0), PAIR_LONGEST_S)
    return None


def first_error(errors: object) -> tuple[str, str]:
    """Code and sentence of the first of Meta's `errors[]`; two empty texts when there is none."""
    for item in list_of(errors):
        found = read(ErrorIn, item)
        if found is None:
            continue
        code = text_of(found.code)
        data = found.error_data
        details = data.get("details") if isinstance(data, dict) else data
        number = int(code) if code.isdigit() and len(code) < 10 else -1
        return code[:40], words_of(number, found.title or "", str(details or ""))
    return "", ""
