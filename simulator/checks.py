"""The Cloud API's checks of a message to send: what is missing, malformed or too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.errors import GraphError
from simulator.interactive import check_interactive

Json = dict[str, Any]

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
CALLBACK_LENGTH = 512
CONTACT_CARDS = 257
MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
TYPES = (*MEDIA_TYPES, "text", "location", "contacts", "reaction", "interactive", "template")
_KNOWN = {
    "messaging_product", "recipient_type", "to", "recipient", "type", "context",
    "biz_opaque_callback_data", "recipient_identity_key_hash", "messaging_account_id", "status",
    "message_id", "typing_indicator", "ttl", "product_policy", "message_activity_sharing", *TYPES,
}  # fmt: skip


def need(part: Json, key: str, where: str) -> Any:
    """`part[key]`, or 131008 when it is missing."""
    found = part.get(key)
    if found is None or found == "":
        raise GraphError(131008, f"The parameter {where}['{key}'] is required.")
    return found


def need_text(part: Json, key: str, where: str, longest: int) -> str:
    """A required string of at most `longest` characters."""
    text = need(part, key, where)
    if not isinstance(text, str):
        raise GraphError(100, f"Param {where}['{key}'] must be a string.")
    if len(text) > longest:
        raise GraphError(100, f"Param {where}['{key}'] must be at most {longest} characters long.")
    return text


def check_envelope(body: Any) -> Json:
    """The keys every request to /messages shares."""
    if not isinstance(body, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required and must be whatsapp.")
    for key in body:
        if key not in _KNOWN:
            raise GraphError(100, f'Unexpected key "{key}" on param "message".')
    callback = body.get("biz_opaque_callback_data")
    if callback is not None and (not isinstance(callback, str) or len(callback) > CALLBACK_LENGTH):
        raise GraphError(
            100, f"Param biz_opaque_callback_data must be a string of at most {CALLBACK_LENGTH} "
            "characters."
        )  # fmt: skip
    return body


def check_message(body: Json) -> tuple[str, Json]:
    """The type of the message and its object, checked against the limits of the reference."""
    if body.get("recipient_type", "individual") not in ("individual", "group"):
        raise GraphError(100, "Param recipient_type must be one of {INDIVIDUAL, GROUP}.")
    kind = body.get("type", "text")
    if not isinstance(kind, str) or kind not in TYPES:
        code = 131051 if kind in ("pin", "unpin", "system") else 100
        raise GraphError(code, "Param type must be one of {" + ", ".join(TYPES).upper() + "}.")
    context = body.get("context")
    if context is not None:
        if not isinstance(context, dict):
            raise GraphError(100, "Param context must be an object.")
        need_text(context, "message_id", "context", 512)
    if kind == "contacts":
        cards = need(body, "contacts", "message")
        _check_contacts(cards)
        return kind, {"contacts": cards}
    part = need(body, kind, "message")
    if not isinstance(part, dict):
        raise GraphError(100, f"Param {kind} must be an object.")
    if kind in MEDIA_TYPES:
        _check_media(kind, part)
    elif kind != "template":
        _CHECKS[kind](part)
    return kind, part


def _check_text(part: Json) -> None:
    need_text(part, "body", "text", TEXT_LENGTH)
    if not isinstance(part.get("preview_url", False), bool):
        raise GraphError(100, "Param text['preview_url'] must be a boolean.")


def _check_media(kind: str, part: Json) -> None:
    if bool(part.get("id")) == bool(part.get("link")):
        raise GraphError(131008 if not part.get("id") else 131009,
                         f"The {kind} object needs exactly one of id and link.")  # fmt: skip
    link = part.get("link")
    if link is not None and not str(link).startswith(("http://", "https://")):
        raise GraphError(131009, f"Param {kind}['link'] is not a valid URL.")
    if "caption" in part:
        if kind in {"audio", "sticker"}:
            raise GraphError(100, f'Unexpected key "caption" on param "{kind}".')
        if part["caption"]:
            need_text(part, "caption", kind, CAPTION_LENGTH)
    if "filename" in part and kind != "document":
        raise GraphError(100, f'Unexpected key "filename" on param "{kind}".')


def _check_location(part: Json) -> None:
    for key, limit in (("latitude", 90), ("longitude", 180)):
        try:
            inside = abs(float(need(part, key, "location"))) <= limit
        except (TypeError, ValueError):
            inside = False
        if not inside:
            raise GraphError(
                131009, f"Param location['{key}'] must be between -{limit} and {limit}."
            )


def _check_contacts(cards: Any) -> None:
    if not isinstance(cards, list) or not cards:
        raise GraphError(131009, "Param contacts must be a non-empty array.")
    if len(cards) > CONTACT_CARDS:
        raise GraphError(131009, f"Param contacts must hold at most {CONTACT_CARDS} cards.")
    for card in cards:
        name = card.get("name") if isinstance(card, dict) else None
        if not isinstance(name, dict):
            raise GraphError(131008, "The parameter contacts['name'] is required.")
        need_text(name, "formatted_name", "contacts['name']", 1024)


def _check_reaction(part: Json) -> None:
    need_text(part, "message_id", "reaction", 512)
    if not isinstance(part.get("emoji", ""), str):
        raise GraphError(100, "Param reaction['emoji'] must be a string.")


_CHECKS: dict[str, Callable[[Json], None]] = {
    "text": _check_text,
    "location": _check_location,
    "reaction": _check_reaction,
    "interactive": check_interactive,
}
