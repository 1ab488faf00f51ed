"""A customer taps a star: known by the signed id of the row, which only we can have made."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core import signing

from automation.facts import SURVEY_MARK
from automation.models import CsatRequest
from conversations.models import MessageType
from conversations.quiet import know_quiet

_REPLIES = ("list_reply", "button_reply")
_SALT = "automation.survey"


def connect() -> None:
    """Tell the core whose taps nobody has to answer; called once, when Django is ready."""
    know_quiet(lambda inbound: is_survey_answer(inbound.payload))


def row_id(request: CsatRequest, score: int) -> str:
    """What comes back when this score is tapped."""
    return SURVEY_MARK + signing.Signer(salt=_SALT).sign(f"{request.pk.hex}.{score}")


def is_survey_answer(payload: Mapping[str, object]) -> bool:
    return read_answer(payload) is not None


def read_answer(payload: Mapping[str, object]) -> tuple[UUID, int] | None:
    """The request and the score of a tapped row; None for anything we did not sign."""
    given = _reply_id(payload)
    if not given.startswith(SURVEY_MARK):
        return None
    try:
        signed = signing.Signer(salt=_SALT).unsign(given.removeprefix(SURVEY_MARK))
        request, score = signed.split(".")
        return UUID(request), int(score)
    except (signing.BadSignature, ValueError):
        return None


def _reply_id(payload: Mapping[str, object]) -> str:
    own = payload.get(MessageType.INTERACTIVE)
    for kind in _REPLIES:
        reply = own.get(kind) if isinstance(own, dict) else None
        found = reply.get("id") if isinstance(reply, dict) else None
        if isinstance(found, str):
            return found
    return ""
