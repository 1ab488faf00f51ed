"""Interactive messages: buttons, lists, links, flows, products (reference, sections 7 and 7.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from api.shapes import Object, Shape

BODY = 1024
LIST_BODY = 4096
HEADER_MEDIA = ("image", "video", "document")


def check_interactive(shape: Shape, interactive: Object) -> None:
    """Add to `shape` what WhatsApp would refuse in `interactive`."""
    kind = interactive.get("type")
    if not isinstance(kind, str) or kind not in CHECKS:
        shape.add("type", _("This is not a type of interactive message."))
        return
    if kind not in WITHOUT_BODY or interactive.get("body") is not None:
        body = shape.object(interactive, "body", "")
        if body is not None:
            shape.text(body, "text", "body", LIST_BODY if kind == "list" else BODY)
    footer = shape.object(interactive, "footer", "", required=False)
    if footer is not None:
        shape.text(footer, "text", "footer", 60)
    _check_header(shape, interactive, kind)
    action = shape.object(interactive, "action", "", required=kind != "request_contact_info")
    if action is not None:
        CHECKS[kind](shape, action)


def text_of(interactive: dict[str, Any]) -> str:
    """What a person reads of it."""
    body = interactive.get("body")
    return str(body.get("text", "")) if isinstance(body, dict) else ""


def _check_header(shape: Shape, interactive: Object, kind: str) -> None:
    header = shape.object(interactive, "header", "", required=kind == "product_list")
    if header is None:
        return
    sort = header.get("type")
    if kind in ("list", "product_list") and sort != "text":
        shape.add("header.type", _("Here the header can only be a text."))
    elif sort == "text":
        shape.text(header, "text", "header", 60)
    elif sort in HEADER_MEDIA:
        shape.object(header, sort, "header")
    else:
        shape.add("header.type", _("The header is a text, an image, a video or a document."))


def _buttons(shape: Shape, action: Object) -> None:
    titles, ids = [], []
    for path, button in shape.objects(action, "buttons", "action", 1, 3):
        if button.get("type") != "reply":
            shape.add(f"{path}.type", _("This must be “reply”."))
        reply = shape.object(button, "reply", path)
        if reply is not None:
            inner = f"{path}.reply"
            ids.append((f"{inner}.id", shape.text(reply, "id", inner, 256)))
            titles.append((f"{inner}.title", shape.text(reply, "title", inner, 20)))
    shape.unique(ids)
    shape.unique(titles)


def _list(shape: Shape, action: Object) -> None:
    shape.text(action, "button", "action", 20)
    sections = shape.objects(action, "sections", "action", 1, 10)
    ids: list[tuple[str, str]] = []
    for path, section in sections:
        shape.text(section, "title", path, 24, required=len(sections) > 1)
        for inner, row in shape.objects(section, "rows", path, 1, 10):
            ids.append((f"{inner}.id", shape.text(row, "id", inner, 200)))
            shape.text(row, "title", inner, 24)
            shape.text(row, "description", inner, 72, required=False)
    if len(ids) > 10:
        shape.add("action.sections", _("A list has at most 10 rows in total."))
    shape.unique(ids)


def _cta_url(shape: Shape, action: Object) -> None:
    _name(shape, action, "cta_url")
    parameters = shape.object(action, "parameters", "action")
    if parameters is not None:
        shape.text(parameters, "display_text", "action.parameters", 20)
        url = shape.text(parameters, "url", "action.parameters", 2000)
        if url and not url.startswith(("https://", "http://")):
            shape.add("action.parameters.url", _("This must be a web address."))


def _location_request(shape: Shape, action: Object) -> None:
    _name(shape, action, "send_location")


def _flow(shape: Shape, action: Object) -> None:
    _name(shape, action, "flow")
    parameters = shape.object(action, "parameters", "action")
    if parameters is not None:
        shape.text(parameters, "flow_cta", "action.parameters", 30)
        if not parameters.get("flow_id") and not parameters.get("flow_name"):
            shape.add("action.parameters.flow_id", _("Give flow_id or flow_name."))


def _product(shape: Shape, action: Object) -> None:
    shape.text(action, "catalog_id", "action", 256)
    shape.text(action, "product_retailer_id", "action", 256)


def _product_list(shape: Shape, action: Object) -> None:
    shape.text(action, "catalog_id", "action", 256)
    count = 0
    for path, section in shape.objects(action, "sections", "action", 1, 10):
        shape.text(section, "title", path, 24, required=False)
        count += len(shape.objects(section, "product_items", path, 1, 30))
    if count > 30:
        shape.add("action.sections", _("At most 30 products in total."))


def _carousel(shape: Shape, action: Object) -> None:
    for path, card in shape.objects(action, "cards", "action", 2, 10):
        body = shape.object(card, "body", path, required=False)
        if body is not None:
            shape.text(body, "text", f"{path}.body", 160)


def _anything(_shape: Shape, _action: Object) -> None:
    """Types whose action the reference does not describe: passed on as they are."""


def _name(shape: Shape, action: Object, name: str) -> None:
    if action.get("name") != name:
        shape.add("action.name", _("This must be “%(name)s”.") % {"name": name})


CHECKS: dict[str, Callable[[Shape, Object], None]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _cta_url,
    "location_request_message": _location_request,
    "flow": _flow,
    "product": _product,
    "product_list": _product_list,
    "catalog_message": _anything,
    "carousel": _carousel,
    "request_contact_info": _anything,
    "call_permission_request": _anything,
    "voice_call": _anything,
}
WITHOUT_BODY = {"product"}
