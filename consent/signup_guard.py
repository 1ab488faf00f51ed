"""Who fills in a sign-up form: a person, or a program? Told without anybody else's help.

A field that people do not see, a page that must have been open for a moment and not for hours, and
limits in Redis. Whoever is refused sees the page again, with what they chose and with words.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from django.core import signing
from django.http import HttpRequest

from accounts.throttle import address_of, key_of, too_many
from consent.models import SignUpForm
from consent.signup_wording import Shown

FASTEST_S = 1.5
LONGEST_S = 2 * 3600
# In a quarter of an hour. Offices, schools and trains share one address.
PER_ADDRESS = 120
PER_FORM = 3000
# Its name has to tempt.
HONEYPOT = "website"
_SALT = "consent.optin.page"


class Refusal(StrEnum):
    TOO_MANY = "too_many"
    HONEYPOT = "honeypot"
    TOO_FAST = "too_fast"
    TOO_OLD = "too_old"
    # The words have changed while the page was open: they have to be read again.
    CHANGED = "changed"

    @property
    def status(self) -> int:
        """Of the answer."""
        return {Refusal.TOO_MANY: 429, Refusal.CHANGED: 409}.get(self, 422)


@dataclass(frozen=True)
class Stamp:
    """When a page was made, and which version of the words it showed."""

    made_at: float
    wording: int


def stamp_of(shown: Shown) -> str:
    """For a hidden field of the page."""
    return signing.dumps([round(time.time(), 1), shown.wording.pk], salt=_SALT)


def refusal_of(request: HttpRequest, form: SignUpForm, shown: Shown) -> Refusal | None:
    """Why this POST begins no sign-up; None when it may."""
    limits = {
        key_of("optin", "address", address_of(request)): PER_ADDRESS,
        key_of("optin", "form", form.slug): PER_FORM,
    }
    if too_many(limits):
        return Refusal.TOO_MANY
    if request.POST.get(HONEYPOT):
        return Refusal.HONEYPOT
    stamp = _read(request.POST.get("stamp", ""))
    if stamp is None or not 0 <= (age := time.time() - stamp.made_at) <= LONGEST_S:
        return Refusal.TOO_OLD
    if age < FASTEST_S:
        return Refusal.TOO_FAST
    return None if stamp.wording == shown.wording.pk else Refusal.CHANGED


def _read(text: str) -> Stamp | None:
    try:
        made_at, wording = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Stamp(float(made_at), int(wording))
