"""Ids in the shapes Meta uses. All of them are opaque to whoever receives them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

BSUID = re.compile(r"^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$")
_COUNTRIES = (  # dialling codes, longest first, for the country prefix of a user id
    ("353", "IE"), ("351", "PT"), ("352", "LU"), ("358", "FI"), ("420", "CZ"), ("1", "US"),
    ("31", "NL"), ("32", "BE"), ("33", "FR"), ("34", "ES"), ("39", "IT"), ("41", "CH"),
    ("43", "AT"), ("44", "GB"), ("45", "DK"), ("46", "SE"), ("47", "NO"), ("48", "PL"),
    ("49", "DE"), ("54", "AR"), ("55", "BR"), ("52", "MX"), ("90", "TR"), ("91", "IN"),
)  # fmt: skip


def new_wamid(peer: str, *, from_business: bool) -> str:
    """A message id. Like Meta's, it hides the peer's number, so it must not be logged."""
    digits = peer.encode()[:40]
    kind = b"\x15\x02\x00\x11\x18\x12" if from_business else b"\x15\x02\x00\x12\x18\x14"
    tail = secrets.token_hex(9 if from_business else 10).upper().encode()
    raw = b"\x1d\x18" + bytes([len(digits)]) + digits + kind + tail + b"\x00"
    return "wamid." + base64.b64encode(raw).decode()


def new_number_id() -> str:
    """A decimal id of 15 to 16 digits: media, templates."""
    return str(secrets.randbelow(9 * 10**15) + 10**15)


def country_of(phone: str) -> str:
    """The country of a phone number, as BSUIDs begin with it (DE when there is none)."""
    return next((name for code, name in _COUNTRIES if phone.startswith(code)), "DE")


def user_id_of(wa_id: str | None, username: str | None = None) -> str:
    """The business-scoped user id of a phone number (or of who has only a username).

    The same one every time: a customer must not become somebody else when the simulator forgets.
    """
    digest = hashlib.sha256((wa_id or username or secrets.token_hex(8)).encode()).digest()
    number = int.from_bytes(digest[:8], "big") % (9 * 10**16) + 10**16
    return f"{country_of(wa_id or '')}.{number}"


def variants(phone: str) -> list[str]:
    """The ways one number is dialled: WhatsApp's own form may differ, and Meta calls that normal.

    Brazil's ninth digit, Mexico's 1 and Argentina's 9 after the country code come and go.
    """
    found = [phone]
    if phone.startswith("55") and len(phone) == 13 and phone[4] == "9":
        found.append(phone[:4] + phone[5:])
    elif phone.startswith("55") and len(phone) == 12:
        found.append(f"{phone[:4]}9{phone[4:]}")
    for code, digit, short in (("52", "1", 12), ("54", "9", 12)):
        if phone.startswith(code + digit) and len(phone) == short + 1:
            found.append(code + phone[3:])
        elif phone.startswith(code) and len(phone) == short:
            found.append(code + digit + phone[2:])
    return found


def dialling_code(phone: str) -> str:
    """The country code a number begins with; two digits when it is none we know."""
    return next((code for code, _ in _COUNTRIES if phone.startswith(code)), phone[:2])


def new_trace_id() -> str:
    """`fbtrace_id` of an error."""
    return "A" + secrets.token_urlsafe(17)


def digits_of(text: str) -> str | None:
    """The digits of a dialled number; None when it holds anything but digits, + - ( ) and space."""
    stripped = re.sub(r"[+\-() ]", "", text)
    return stripped if stripped.isascii() and stripped.isdigit() else None
