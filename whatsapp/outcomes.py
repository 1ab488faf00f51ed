"""What an answer of `POST …/messages` means for the message (reference, sections 7 and 12)."""

from __future__ import annotations

from typing import Any

from conversations.gateway import Accepted, NoAnswer, Refused, SendOutcome, TryLater
from whatsapp.client import Answer
from whatsapp.error_table import Retry
from whatsapp.errors import meaning, tries_of, wait_s, waiting_words_of, words_of
from whatsapp.payload import ErrorIn, Json, list_of, read, text_of

_LONGEST_DETAIL = 500


def outcome_of(answer: Answer, attempt: int) -> SendOutcome:
    """`attempt` counts from 1 and decides how long a pair limit is waited for.

    What says "later" is a refusal here; whether it is put off, the message decides (`parking.py`).
    """
    if answer.ok:
        wamid = _wamid(answer.data)
        # Without a name we cannot follow it, but it may well be on its way.
        return Accepted(wamid) if wamid else NoAnswer("accepted without a message id")
    code, words, is_transient = error_of(answer)
    known = meaning(code) if code is not None else None
    reason = str(code) if code is not None else f"http_{answer.status}"
    if known is not None and known.retry in (Retry.NO, Retry.LATER):
        return Refused(reason, words)
    if known is not None:
        wait = answer.retry_after_s or wait_s(known, attempt)
        # A server's error passes, whatever the code says of itself.
        tries = None if answer.status >= 500 else tries_of(known.retry)
        return TryLater(reason, waiting_words_of(known), wait, tries, given_up=words)
    if is_transient or _passes(answer.status):
        return TryLater(reason, words, answer.retry_after_s)
    return Refused(reason, words)


def error_of(answer: Answer) -> tuple[int | None, str, bool]:
    """Meta's code (None: it gave none), a sentence, and whether Meta calls it transient."""
    error = answer.data.get("error")
    data: Json = error if isinstance(error, dict) else {}
    found = read(ErrorIn, {"code": data.get("code"), "error_data": data.get("error_data")})
    code = text_of(found.code) if found else ""
    number = int(code) if code.isdigit() and len(code) < 10 else None
    message = data.get("message")
    words = words_of(
        -1 if number is None else number,
        message if isinstance(message, str) else f"HTTP {answer.status}",
        _details(data.get("error_data")),
    )
    return number, words[:_LONGEST_DETAIL], data.get("is_transient") is True


def own_words(answer: Answer) -> str:
    """What Meta says of a refusal, as it says it."""
    error = answer.data.get("error")
    data: Json = error if isinstance(error, dict) else {}
    message = data.get("message")
    said = message.strip() if isinstance(message, str) else ""
    parts = dict.fromkeys((said, _details(data.get("error_data")).strip()))
    return ": ".join(one for one in parts if one)[:_LONGEST_DETAIL]


def _passes(status: int) -> bool:
    """Statuses without a code of Meta's that speak of the moment, not of the message."""
    return status >= 500 or status in (408, 425, 429) or 300 <= status < 400


def _wamid(data: dict[str, Any]) -> str:
    for item in list_of(data.get("messages")):
        wamid = item.get("id") if isinstance(item, dict) else None
        if isinstance(wamid, str) and 0 < len(wamid) <= 255:
            return wamid
    return ""


def _details(error_data: object) -> str:
    """`error_data` may be an object, a plain string, or missing."""
    if isinstance(error_data, dict):
        details = error_data.get("details")
        return details if isinstance(details, str) else ""
    return error_data if isinstance(error_data, str) else ""
