"""What Meta says of our numbers by webhook: limits, names, PINs (reference, section 6)."""

from __future__ import annotations

from collections.abc import Callable

from whatsapp.account_payload import CapabilityIn, NumberIn
from whatsapp.field_words import OLD_NEWS, Word, numbers_of, settle, tell
from whatsapp.latest import is_news
from whatsapp.models import WhatsAppNumber
from whatsapp.notice_kinds import News
from whatsapp.payload import Scalar, phone_digits, read, text_of

_NOT_OURS = "of a number that is not configured"
_TIERS = (50, 250, 1_000, 2_000, 10_000, 100_000)


def _of_number(act: Callable[[Word, WhatsAppNumber, NumberIn], str]) -> Callable[[Word], str]:
    """A field about one of our numbers, which it names as it is displayed."""

    def apply(word: Word) -> str:
        found = read(NumberIn, word.value)
        if found is None:
            return f"{word.field}: not of the known shape"
        numbers = numbers_of(word.account, phone_digits(found.display_phone_number))
        if len(numbers) != 1:
            return f"{word.field}: {_NOT_OURS}"
        if not word.is_news(str(numbers[0].pk)):
            return OLD_NEWS
        return act(word, numbers[0], found)

    return apply


def _quality(word: Word, number: WhatsAppNumber, found: NumberIn) -> str:
    event = (found.event or "").upper()
    subject = f"number:{number.pk}"
    if event == "THROUGHPUT_UPGRADE":
        number.throughput = "HIGH"
        number.save(update_fields=["throughput"])
    elif event == "FLAGGED":  # until 2023 it told of quality, too
        number.quality = "RED"
        number.save(update_fields=["quality"])
        tell(News.NUMBER_QUALITY, subject, name=str(number))
    elif event == "UNFLAGGED":
        number.quality = "GREEN"
        number.save(update_fields=["quality"])
        settle(News.NUMBER_QUALITY, subject)
    shared = tier_of(found.max_daily_conversations_per_business)
    limit = shared or tier_of(found.current_limit)
    if limit:
        _set_limit(number, limit)
    if shared:
        _share_limit(word, shared)
    return ""


def _name(_word: Word, number: WhatsAppNumber, found: NumberIn) -> str:
    decision = (found.decision or "").upper()
    if not decision:
        return "phone_number_name_update: no decision"
    number.name_status = decision[:30]
    if decision == "APPROVED" and found.requested_verified_name:
        number.verified_name = found.requested_verified_name.strip()[:120]
    number.save(update_fields=["name_status", "verified_name"])
    if decision in ("REJECTED", "DECLINED"):
        tell(News.NAME_REJECTED, f"number:{number.pk}", name=str(number))
    elif decision == "APPROVED":
        settle(News.NAME_REJECTED, f"number:{number.pk}")
    return ""


def _security(_word: Word, number: WhatsAppNumber, found: NumberIn) -> str:
    event = (found.event or "").upper()
    if event not in ("PIN_CHANGED", "PIN_RESET_REQUEST", "PIN_RESET_SUCCESS"):
        return f"security: {event[:60] or 'no event'}"
    tell(News.PIN_CHANGED, f"number:{number.pk}", name=str(number))
    return ""


def _username(_word: Word, number: WhatsAppNumber, found: NumberIn) -> str:
    gone = (found.status or "").lower() in ("deleted", "declined", "rejected", "expired")
    number.username = "" if gone else (found.username or "").strip()[:40]
    number.save(update_fields=["username"])
    return ""


def _capability(word: Word) -> str:
    found = read(CapabilityIn, word.value)
    if found is None:
        return f"{word.field}: not of the known shape"
    if not word.is_news():
        return OLD_NEWS
    shared = tier_of(found.max_daily_conversations_per_business)
    limit = shared or tier_of(found.max_daily_conversation_per_phone)
    count = text_of(found.max_phone_numbers_per_business or found.max_phone_numbers_per_waba)
    if count.isascii() and count.isdigit() and len(count) < 9:
        word.account.max_numbers = int(count)
    if limit:
        word.account.messaging_limit = limit
        for number in numbers_of(word.account):
            _set_limit(number, limit)
    if shared:
        _share_limit(word, shared)
    word.account.save(update_fields=["max_numbers", "messaging_limit"])
    return ""


NUMBER_FIELDS: dict[str, Callable[[Word], str]] = {
    "business_capability_update": _capability,
    "phone_number_quality_update": _of_number(_quality),
    "phone_number_name_update": _of_number(_name),
    "business_username_updates": _of_number(_username),
    "security": _of_number(_security),
}


def tier_of(value: Scalar) -> str:
    """`TIER_2K` for 2000, "2000", "TIER_2K" and "2K"; "" for what says nothing."""
    word = text_of(value).upper().removeprefix("TIER_")
    if word.isascii() and word.isdigit() and len(word) < 9:
        number = int(word)
        if number > _TIERS[-1]:
            return "TIER_UNLIMITED"
        return f"TIER_{number // 1000}K" if number and number % 1000 == 0 else f"TIER_{number}"
    if word == "UNLIMITED" or (word[:-1].isdigit() and word.endswith("K") and len(word) < 6):
        return f"TIER_{word}"
    return ""


def _share_limit(word: Word, limit: str) -> None:
    """What is said of one account's business holds for all numbers of its portfolio."""
    portfolio = word.account.portfolio_id
    if portfolio and is_news(f"messaging_limit:{portfolio}", word.at, {"limit": limit}):
        rows = WhatsAppNumber.objects.in_portfolio(portfolio).order_by("pk")
        for number in rows.select_for_update(of=("self",), no_key=True):
            _set_limit(number, limit)


def _set_limit(number: WhatsAppNumber, limit: str) -> None:
    """The new messaging limit; a lower one than before is worth a word."""
    before, number.messaging_limit = number.messaging_limit, limit
    if before == limit:
        return
    number.save(update_fields=["messaging_limit"])
    subject = f"number:{number.pk}"
    if _size(before) and _size(limit) < _size(before):
        words = limit.removeprefix("TIER_")
        tell(News.NUMBER_LIMITED, subject, name=str(number), limit=words)
    else:
        settle(News.NUMBER_LIMITED, subject)


def _size(tier: str) -> float:
    word = tier.removeprefix("TIER_")
    if word == "UNLIMITED":
        return float("inf")
    digits = word.removesuffix("K")
    return int(digits) * (1000 if word.endswith("K") else 1) if digits.isdigit() else 0
