"""How a number stands, in one word: what WhatsApp says of it and what we do with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from whatsapp.models import WhatsAppNumber

# Unfold's names of colours.
_GOOD, _WARNING, _BAD, _QUIET = "success", "warning", "danger", "info"


@dataclass(frozen=True)
class State:
    """`key` for programs, `words` for people, `colour` as Unfold's labels call it."""

    key: str
    words: str | Promise
    colour: str


REPLACED = State("replaced", _("replaced"), _QUIET)
OFF = State("off", _("switched off"), _QUIET)
BANNED = State("banned", _("banned"), _BAD)
DISCONNECTED = State("disconnected", _("not connected"), _BAD)
BLOCKED = State("blocked", _("blocked"), _BAD)
RESTRICTED = State("restricted", _("restricted"), _WARNING)
PAUSED = State("paused", _("paused"), _WARNING)
UNKNOWN = State("unknown", _("not checked yet"), _QUIET)
CONNECTED = State("connected", _("connected"), _GOOD)
STATES = (*(REPLACED, OFF, BANNED, DISCONNECTED, BLOCKED, RESTRICTED, PAUSED, UNKNOWN, CONNECTED),)

_AT_META = {
    "BANNED": BANNED,
    "DISCONNECTED": DISCONNECTED,
    "DELETED": DISCONNECTED,
    "MIGRATED": DISCONNECTED,
    "UNVERIFIED": DISCONNECTED,
    "RESTRICTED": RESTRICTED,
    "RATE_LIMITED": RESTRICTED,
    "FLAGGED": RESTRICTED,
}
_QUALITIES: dict[str, tuple[str | Promise, str]] = {
    "GREEN": (_("high"), _GOOD),
    "YELLOW": (_("medium"), _WARNING),
    "RED": (_("low"), _BAD),
}


def state_of(number: WhatsAppNumber, waits_s: float = 0.0) -> State:
    """The state of a number that our own limits hold back for `waits_s` more seconds."""
    if number.replaced_by_id is not None:
        return REPLACED
    if not number.is_active:
        return OFF
    said = _AT_META.get(number.platform_status)
    if said in (BANNED, DISCONNECTED):
        return said
    if number.can_send == "BLOCKED":
        return BLOCKED
    if said is not None or number.can_send == "LIMITED":
        return RESTRICTED
    if waits_s > 0:
        return PAUSED
    return CONNECTED if number.checked_at else UNKNOWN


def quality_of(number: WhatsAppNumber) -> State:
    """How WhatsApp rates the number: by what customers do with its messages."""
    words, colour = _QUALITIES.get(number.quality, ("–", _QUIET))
    return State(number.quality.lower(), words, colour)


def limit_words(number: WhatsAppNumber) -> str:
    """`2,000` customers a day as `2K`; "–" when nobody knows."""
    word = number.messaging_limit.removeprefix("TIER_")
    return "∞" if word == "UNLIMITED" else word or "–"
