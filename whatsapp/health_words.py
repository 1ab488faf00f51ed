"""What Meta finds wrong with a number or an account, in our own words: parts of a sentence.

Meta's own words are English whatever we ask with; they stay beside ours as a detail.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_noop

from accounts.sayings import saying

_LOCKED = gettext_noop("the account is locked or restricted because of a violated policy")
_PAYMENT = gettext_noop("there is a problem with the payment")
_UNREGISTERED = gettext_noop("the number is not registered")
_TOKEN = gettext_noop("the access token is not accepted")
_RIGHTS = gettext_noop("a permission is missing")

# The codes of refusals (reference, section 12), and those only `health_status` knows (141…).
CODES: dict[str, str] = {
    **dict.fromkeys(("368", "131031"), _LOCKED),
    **dict.fromkeys(("131042", "131044", "134011", "141006"), _PAYMENT),
    **dict.fromkeys(("33", "131045", "133000", "133006", "133010", "133015"), _UNREGISTERED),
    **dict.fromkeys(("0", "190"), _TOKEN),
    **dict.fromkeys(("3", "10", "131005"), _RIGHTS),
    "130497": gettext_noop("some countries may not be written to"),
    "131037": gettext_noop("the display name is not approved yet"),
    "131048": gettext_noop("customers blocked or reported too many messages"),
    "131057": gettext_noop("WhatsApp is maintaining the number"),
    "131064": gettext_noop("templates are limited for the time being"),
    "133016": gettext_noop("the number was registered too often"),
    "141010": gettext_noop("the business is not verified"),
}
# What a status says where no error does.
STATUSES: dict[str, str] = {
    "BANNED": gettext_noop("the number is banned"),
    "DISCONNECTED": gettext_noop("the number is not connected"),
    "FLAGGED": gettext_noop("the number's quality is too low"),
    "RESTRICTED": gettext_noop("the number is restricted"),
    "PENDING": gettext_noop("the number is not set up yet"),
}
# Of `account_update`: what is restricted, and what was violated.
RESTRICTIONS: dict[str, str] = {
    "RESTRICTED_BIZ_INITIATED_MESSAGING": gettext_noop("we may not write first"),
    "RESTRICTED_CUSTOMER_INITIATED_MESSAGING": gettext_noop("we may not answer customers"),
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION": gettext_noop("no numbers may be added"),
    "ADULT": gettext_noop("offers for adults"),
    "ALCOHOL": gettext_noop("alcohol"),
    "DRUGS": gettext_noop("drugs"),
    "GAMBLING": gettext_noop("gambling"),
    "SCAM": gettext_noop("fraud"),
    "SPAM": gettext_noop("unwanted bulk messages"),
    "UNKNOWN": gettext_noop("no reason was given"),
}


def saying_of(found: Iterable[tuple[str, str]], status: str = "") -> dict[str, object]:
    """Of pairs of a code and Meta's words; where there are none, of a number's status.

    A code we do not know speaks in Meta's own words, and is no detail as well.
    """
    pairs = [(code, words.strip().rstrip(".")[:300]) for code, words in found]
    ours = [CODES.get(code, words) for code, words in pairs]
    sentences = [one for one in dict.fromkeys(ours) if one]
    if not sentences:
        sentences = [STATUSES.get(status, status.replace("_", " ").lower() or "?")]
    theirs = dict.fromkeys(words for code, words in pairs if code in CODES and words)
    return saying(sentences, "; ".join(theirs)[:500])


def restrictions(constants: Iterable[str]) -> dict[str, object]:
    """`RESTRICTED_BIZ_INITIATED_MESSAGING`, in words; Meta names more of them every year."""
    names = [one[:80] for one in constants]
    known = [RESTRICTIONS.get(one.upper(), one.replace("_", " ").lower()) for one in names]
    return saying(known, ", ".join(one for one in names if one.upper() in RESTRICTIONS))
