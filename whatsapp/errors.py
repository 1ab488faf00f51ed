"""What Meta's error codes mean for a message (reference, section 12): the one classification.

`whatsapp/error_table.py` holds the codes; here is what a class means and how a code is looked up.
"""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from whatsapp.error_table import MEANINGS, RANGES, Meaning, Retry
from whatsapp.payload import ErrorIn, list_of, read, text_of

# Tries in all, the first one included, for what may be over soon, or may be no accident.
FEW_TRIES = 5
ONCE_TRIES = 2
ONCE_WAIT_S = 10.0
SLOW_WAIT_S = 60.0
SLOW_LONGEST_S = 900.0
PAIR_BASE_S = 4.0
PAIR_LONGEST_S = 1024.0


def meaning(code: int) -> Meaning | None:
    """What a code means, or None when Meta has not told us."""
    known = MEANINGS.get(code)
    if known is not None:
        return known
    return next((found for codes, found in RANGES if code in codes), None)


def words_of(code: int, title: str = "", details: str = "") -> str:
    """A sentence to store with a message: untranslated, `Message.reason_words` translates it."""
    known = meaning(code)
    with translation.override(None):
        if known is not None:
            return str(known.words)
        said = ": ".join(part for part in (title.strip(), details.strip()) if part)
        return said or str(_("WhatsApp gave no reason."))


def waiting_words_of(known: Meaning) -> str:
    """Likewise, for a message that is tried again."""
    with translation.override(None):
        return str(known.waiting or known.words)


def tries_of(retry: Retry) -> int | None:
    """How often in all a message is tried; None: until it would be too late."""
    return {Retry.FEW: FEW_TRIES, Retry.ONCE: ONCE_TRIES}.get(retry)


def wait_s(known: Meaning, attempt: int) -> float | None:
    """Seconds to wait after the `attempt`-th refusal; None: the usual back-off."""
    if known.wait_s is not None:
        return known.wait_s
    before = min(max(attempt - 1, 0), 20)
    if known.retry is Retry.SLOWLY:
        return min(SLOW_WAIT_S * 2.0**before, SLOW_LONGEST_S)
    if known.retry is Retry.PAIR:
        return min(PAIR_BASE_S**before, PAIR_LONGEST_S)
    if known.retry is Retry.ONCE:
        return ONCE_WAIT_S
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
