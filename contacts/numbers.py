"""Phone numbers that are spelled in more than one way.

WhatsApp's wa_id may differ from the number that was dialled, and from one webhook to the next
(reference, section 3): Brazil with and without the ninth digit of mobile numbers, Mexico with and
without the 1, Argentina with and without the 9 of mobile numbers. Each pair is one person.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_BRAZIL = re.compile(r"55([1-9][1-9])(9?)(\d{8})")
_MEXICO = re.compile(r"521?([2-9]\d{9})")
_ARGENTINA = re.compile(r"549?([1-9]\d{9})")
# What a Brazilian landline begins with; such a number is somebody else's than the mobile one.
_LANDLINE = "2345"

_WA_ID, _PHONE, _USERNAME = "wa_id", "phone", "username"


def variants(wa_id: str) -> tuple[str, ...]:
    """All spellings of a wa_id (digits only), the canonical one first; usually just itself."""
    if brazil := _BRAZIL.fullmatch(wa_id):
        area, _ninth, number = brazil.groups()
        return (wa_id,) if number[0] in _LANDLINE else (f"55{area}9{number}", f"55{area}{number}")
    if mexico := _MEXICO.fullmatch(wa_id):
        return (f"52{mexico[1]}", f"521{mexico[1]}")
    if argentina := _ARGENTINA.fullmatch(wa_id):
        return (f"549{argentina[1]}", f"54{argentina[1]}")
    return (wa_id,)


def match_key(kind: str, value: str) -> str:
    """What is the same for two identities of `kind` that are one: compare and look up by it.

    `value` as in `Identity.value`. Numbers are spelled canonically, usernames in small letters
    (they are case-insensitive), everything else as it is.
    """
    if kind == _WA_ID:
        return variants(value)[0]
    if kind == _PHONE:
        return f"+{variants(value.removeprefix('+'))[0]}"
    if kind == _USERNAME:
        return value.lower()
    return value


def also_written(digits: str) -> tuple[str, ...]:
    """How else than with its country code people write a number (digits only): with the
    zero that only counts within the country, and as within it."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ()
    national = phonenumbers.national_significant_number(number)
    if not phonenumbers.is_possible_number(number):
        return ()
    return (f"{number.country_code}0{national}", f"0{national}", national)


@lru_cache(maxsize=4096)
def phone_of_wa_id(wa_id: str) -> str:
    """E.164 with plus of a wa_id (digits only), or "" when it is not a possible number."""
    if not wa_id.isdigit():
        return ""
    try:
        number = phonenumbers.parse(f"+{wa_id}")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def spelled(number: str) -> str:
    """An E.164 number as people write it; itself where it is none."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
