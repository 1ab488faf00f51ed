"""Checks of interactive messages: buttons, lists, links, requests, flows, products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.errors import GraphError

Json = dict[str, Any]
BODY_LENGTH = 1024
LIST_BODY_LENGTH = 4096
CARD_BODY_LENGTH = 160


def _refuse(details: str, code: int = 131009) -> GraphError:
    return GraphError(code, details)


def _part(parent: Json, key: str, where: str) -> Json:
    found = parent.get(key)
    if not isinstance(found, dict):
        raise _refuse(f"The parameter {where}['{key}'] is required.", 131008)
    return found


def _list(parent: Json, key: str, where: str) -> list[Any]:
    found = parent.get(key)
    if not isinstance(found, list) or not found:
        raise _refuse(f"The parameter {where}['{key}'] is required.", 131008)
    return found


def _text(parent: Json, key: str, where: str, longest: int, required: bool = True) -> str:
    found = parent.get(key)
    if found in (None, "") and not required:
        return ""
    if not isinstance(found, str) or not found:
        raise _refuse(f"The parameter {where}['{key}'] is required.", 131008)
    if len(found) > longest:
        raise _refuse(f"{where}['{key}'] length invalid. Min length: 1, Max length: {longest}")
    return found


def check_interactive(part: Json) -> None:
    """Raise `GraphError` unless `part` is an interactive object within its limits."""
    kind = part.get("type")
    check = _KINDS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise GraphError(100, "Param interactive['type'] must be one of {"
                         + ", ".join(_KINDS).upper() + "}.")  # fmt: skip
    action = _part(part, "action", "interactive")
    if kind not in _BODY_OPTIONAL or "body" in part:
        longest = LIST_BODY_LENGTH if kind == "list" else BODY_LENGTH
        _text(_part(part, "body", "interactive"), "text", "interactive['body']", longest)
    if "footer" in part:
        if kind in _NO_FOOTER:
            raise _refuse(f'Unexpected key "footer" on param "interactive" of type {kind}.', 100)
        _text(_part(part, "footer", "interactive"), "text", "interactive['footer']", 60)
    _check_header(str(kind), part)
    check(action)


def _check_header(kind: str, part: Json) -> None:
    allowed = _HEADERS.get(kind, set())
    if "header" not in part:
        if kind == "product_list":
            raise _refuse("The parameter interactive['header'] is required.", 131008)
        return
    header = _part(part, "header", "interactive")
    if not isinstance(header.get("type"), str) or header["type"] not in allowed:
        raise _refuse(f"interactive['header']['type'] is not allowed for {kind}.")
    if header["type"] == "text":
        _text(header, "text", "interactive['header']", 60)
        return
    media = _part(header, header["type"], "interactive['header']")
    if bool(media.get("id")) == bool(media.get("link")):
        raise _refuse("The header needs exactly one of id and link.", 131008)


def _check_buttons(action: Json) -> None:
    buttons = _list(action, "buttons", "interactive['action']")
    if len(buttons) > 3:
        raise _refuse("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    titles: set[str] = set()
    ids: set[str] = set()
    for button in buttons:
        if not isinstance(button, dict) or button.get("type") != "reply":
            raise _refuse("interactive['action']['buttons'][]['type'] must be reply.")
        reply = _part(button, "reply", "interactive['action']['buttons'][]")
        titles.add(_text(reply, "title", "reply", 20))
        ids.add(_text(reply, "id", "reply", 256))
    if len(titles) < len(buttons) or len(ids) < len(buttons):
        raise _refuse("Duplicated title or id in buttons.")


def _check_list(action: Json) -> None:
    _text(action, "button", "interactive['action']", 20)
    sections = _list(action, "sections", "interactive['action']")
    if len(sections) > 10:
        raise _refuse("Invalid sections count. Max allowed sections: 10")
    rows = 0
    ids: set[str] = set()
    for section in sections:
        if not isinstance(section, dict):
            raise _refuse("interactive['action']['sections'] must hold objects.")
        _text(section, "title", "section", 24, required=len(sections) > 1)
        for row in _list(section, "rows", "section"):
            if not isinstance(row, dict):
                raise _refuse("section['rows'] must hold objects.")
            rows += 1
            ids.add(_text(row, "id", "row", 200))
            _text(row, "title", "row", 24)
            _text(row, "description", "row", 72, required=False)
    if rows > 10:
        raise _refuse("Total row count exceed max allowed count: 10")
    if len(ids) < rows:
        raise _refuse("Duplicated row id in sections.")


def _check_link(action: Json) -> None:
    _named("cta_url")(action)
    parameters = _part(action, "parameters", "interactive['action']")
    _text(parameters, "display_text", "parameters", 20)
    url = _text(parameters, "url", "parameters", 2000)
    if not url.startswith(("http://", "https://")):
        raise _refuse("parameters['url'] must begin with http:// or https://.")


def _named(name: str) -> Callable[[Json], None]:
    def check(action: Json) -> None:
        if action.get("name") != name:
            raise _refuse(f"interactive['action']['name'] must be {name}.")

    return check


def _check_flow(action: Json) -> None:
    _named("flow")(action)
    parameters = _part(action, "parameters", "interactive['action']")
    if bool(parameters.get("flow_id")) == bool(parameters.get("flow_name")):
        raise _refuse("parameters needs exactly one of flow_id and flow_name.", 131008)
    _text(parameters, "flow_message_version", "parameters", 8)
    if str(parameters["flow_message_version"]) != "3":
        raise _refuse("parameters['flow_message_version'] must be 3.")
    _text(parameters, "flow_cta", "parameters", 30)
    if parameters.get("mode", "published") not in ("published", "draft"):
        raise _refuse("parameters['mode'] must be published or draft.")
    wanted = parameters.get("flow_action", "navigate")
    if wanted not in ("navigate", "data_exchange"):
        raise _refuse("parameters['flow_action'] must be navigate or data_exchange.")
    payload = parameters.get("flow_action_payload")
    if payload is not None and (not isinstance(payload, dict) or not payload.get("screen")):
        raise _refuse("parameters['flow_action_payload'] needs a screen.", 131008)


def _check_product(action: Json) -> None:
    _text(action, "catalog_id", "interactive['action']", 256)
    _text(action, "product_retailer_id", "interactive['action']", 256)


def _check_product_list(action: Json) -> None:
    _text(action, "catalog_id", "interactive['action']", 256)
    sections = _list(action, "sections", "interactive['action']")
    if len(sections) > 10:
        raise _refuse("Invalid sections count. Max allowed sections: 10")
    products = 0
    for section in sections:
        items = section.get("product_items") if isinstance(section, dict) else None
        if not isinstance(items, list) or not items:
            raise _refuse("section['product_items'] is required.", 131008)
        _text(section, "title", "section", 24, required=len(sections) > 1)
        for item in items:
            _text(item if isinstance(item, dict) else {}, "product_retailer_id", "item", 256)
        products += len(items)
    if products > 30:
        raise _refuse("Max allowed products: 30")


def _check_catalog(action: Json) -> None:
    _named("catalog_message")(action)
    parameters = action.get("parameters")
    if parameters is not None:
        where = "interactive['action']['parameters']"
        _text(_part(action, "parameters", where), "thumbnail_product_retailer_id", where, 256)


def _check_voice_call(action: Json) -> None:
    _named("voice_call")(action)
    if "parameters" in action:
        parameters = _part(action, "parameters", "interactive['action']")
        _text(parameters, "display_text", "parameters", 20, required=False)


def _check_carousel(action: Json) -> None:
    """2 to 10 cards of one kind, each with a picture or film, and a link or quick replies."""
    cards = _list(action, "cards", "interactive['action']")
    if not 2 <= len(cards) <= 10:
        raise _refuse("A carousel needs 2 to 10 cards.")
    indexes: list[Any] = []
    kinds: set[str] = set()
    for card in cards:
        if not isinstance(card, dict):
            raise _refuse("interactive['action']['cards'] must hold objects.")
        indexes.append(card.get("card_index"))
        kinds.add(_check_card(card))
    if not all(number in indexes for number in range(len(cards))):
        raise _refuse("card['card_index'] must count from 0.")
    if len(kinds) > 1:
        raise _refuse("All cards of a carousel must be of one kind.")


def _check_card(card: Json) -> str:
    header = _part(card, "header", "card")
    if header.get("type") not in ("image", "video"):
        raise _refuse("card['header']['type'] must be image or video.")
    media = _part(header, str(header["type"]), "card['header']")
    if bool(media.get("id")) == bool(media.get("link")):
        raise _refuse("The header of a card needs exactly one of id and link.", 131008)
    if "body" in card:
        _text(_part(card, "body", "card"), "text", "card['body']", CARD_BODY_LENGTH)
    action = _part(card, "action", "card")
    if action.get("name") == "cta_url":
        _check_link(action)
        return "cta_url"
    _check_buttons(action)
    return "button"


_MEDIA_HEADERS = {"text", "image", "video", "document"}
_HEADERS: dict[str, set[str]] = {
    "button": _MEDIA_HEADERS, "cta_url": _MEDIA_HEADERS, "flow": _MEDIA_HEADERS,
    "list": {"text"}, "product_list": {"text"},
}  # fmt: skip
_BODY_OPTIONAL = {"product", "catalog_message", "call_permission_request"}
_NO_FOOTER = {"location_request_message", "request_contact_info", "carousel"}
_KINDS: dict[str, Callable[[Json], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "location_request_message": _named("send_location"),
    "request_contact_info": _named("request_contact_info"),
    "flow": _check_flow,
    "product": _check_product,
    "product_list": _check_product_list,
    "catalog_message": _check_catalog,
    "carousel": _check_carousel,
    "call_permission_request": _named("call_permission_request"),
    "voice_call": _check_voice_call,
}
