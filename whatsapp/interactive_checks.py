"""Interactive messages: buttons, lists, links, requests, flows, products (reference, 7 and 7.1)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from whatsapp.content_limits import LIMITS
from whatsapp.shapes import Object, Shape

_FILES = ("image", "video", "document")
_ANY_HEADER = ("text", *_FILES)
# Types that have a header, and which; product lists need theirs.
_HEADERS = {
    "button": _ANY_HEADER,
    "cta_url": _ANY_HEADER,
    "flow": _ANY_HEADER,
    "list": ("text",),
    "product_list": ("text",),
}
_BODY_OPTIONAL = {"product", "catalog_message", "call_permission_request"}
_NO_FOOTER = {"location_request_message", "request_contact_info", "carousel"}
_ROOT = "interactive"
_ACTION = "interactive.action"


def check_interactive(shape: Shape, interactive: Object) -> None:
    """Add to `shape` what WhatsApp would refuse in `interactive`."""
    kind = interactive.get("type")
    if not isinstance(kind, str) or kind not in CHECKS:
        shape.add(f"{_ROOT}.type", _("This is not a type of interactive message."))
        return
    if kind not in _BODY_OPTIONAL or interactive.get("body") is not None:
        body = shape.object(interactive, "body", _ROOT)
        if body is not None:
            longest = LIMITS.list_body if kind == "list" else LIMITS.body
            shape.text(body, "text", f"{_ROOT}.body", longest)
    _check_footer(shape, interactive, kind)
    _check_header(shape, interactive, kind)
    action = shape.object(interactive, "action", _ROOT)
    if action is not None:
        CHECKS[kind](shape, action)


def _check_footer(shape: Shape, interactive: Object, kind: str) -> None:
    footer = shape.object(interactive, "footer", _ROOT, required=False)
    if footer is None:
        return
    if kind in _NO_FOOTER:
        shape.add(f"{_ROOT}.footer", _("Here there is no footer."))
    else:
        shape.text(footer, "text", f"{_ROOT}.footer", LIMITS.footer)


def _check_header(shape: Shape, interactive: Object, kind: str) -> None:
    header = shape.object(interactive, "header", _ROOT, required=kind == "product_list")
    if header is None:
        return
    sort = header.get("type")
    allowed = _HEADERS.get(kind, ())
    if sort == "text" and "text" in allowed:
        shape.text(header, "text", f"{_ROOT}.header", LIMITS.header)
    elif isinstance(sort, str) and sort in _FILES and sort in allowed:
        shape.file(header, sort, f"{_ROOT}.header")
    elif not allowed:
        shape.add(f"{_ROOT}.header", _("Here there is no header."))
    elif allowed == ("text",):
        shape.add(f"{_ROOT}.header.type", _("Here the header can only be a text."))
    else:
        sentence = _("The header is a text, an image, a video or a document.")
        shape.add(f"{_ROOT}.header.type", sentence)


def _buttons(shape: Shape, action: Object, path: str = _ACTION) -> None:
    titles, ids = [], []
    for place, button in shape.objects(action, "buttons", path, 1, LIMITS.buttons):
        if button.get("type") != "reply":
            shape.add(f"{place}.type", _("This must be “%(name)s”.") % {"name": "reply"})
        reply = shape.object(button, "reply", place)
        if reply is not None:
            inner = f"{place}.reply"
            ids.append((f"{inner}.id", shape.text(reply, "id", inner, LIMITS.button_id)))
            title = shape.text(reply, "title", inner, LIMITS.button_title)
            titles.append((f"{inner}.title", title))
    shape.unique(ids)
    shape.unique(titles)


def _list(shape: Shape, action: Object) -> None:
    shape.text(action, "button", _ACTION, LIMITS.list_button)
    sections = shape.objects(action, "sections", _ACTION, 1, LIMITS.sections)
    ids: list[tuple[str, str]] = []
    for path, section in sections:
        shape.text(section, "title", path, LIMITS.section_title, required=len(sections) > 1)
        for inner, row in shape.objects(section, "rows", path, 1, LIMITS.rows):
            ids.append((f"{inner}.id", shape.text(row, "id", inner, LIMITS.row_id)))
            shape.text(row, "title", inner, LIMITS.row_title)
            shape.text(row, "description", inner, LIMITS.row_description, required=False)
    if len(ids) > LIMITS.rows:
        sentence = _("A list has at most %(limit)s rows in total.")
        shape.add(f"{_ACTION}.sections", sentence % {"limit": LIMITS.rows})
    shape.unique(ids)


def _link(shape: Shape, action: Object, path: str = _ACTION) -> None:
    _name(shape, action, "cta_url", path)
    parameters = shape.object(action, "parameters", path)
    if parameters is not None:
        path = f"{path}.parameters"
        shape.text(parameters, "display_text", path, LIMITS.link_text)
        url = shape.text(parameters, "url", path, LIMITS.url)
        if url and not url.startswith(("https://", "http://")):
            shape.add(f"{path}.url", _("This must be a web address."))


def _flow(shape: Shape, action: Object) -> None:
    _name(shape, action, "flow")
    parameters = shape.object(action, "parameters", _ACTION)
    if parameters is None:
        return
    path = f"{_ACTION}.parameters"
    shape.text(parameters, "flow_cta", path, LIMITS.flow_button)
    if str(parameters.get("flow_message_version")) != "3":
        shape.add(f"{path}.flow_message_version", _("This must be “%(name)s”.") % {"name": "3"})
    if bool(parameters.get("flow_id")) == bool(parameters.get("flow_name")):
        shape.add(f"{path}.flow_id", _("Give either flow_id or flow_name."))
    if parameters.get("mode", "published") not in ("published", "draft"):
        names = {"names": "published, draft"}
        shape.add(f"{path}.mode", _("This must be one of %(names)s.") % names)
    if parameters.get("flow_action", "navigate") not in ("navigate", "data_exchange"):
        names = {"names": "navigate, data_exchange"}
        shape.add(f"{path}.flow_action", _("This must be one of %(names)s.") % names)
    payload = parameters.get("flow_action_payload")
    if payload is not None and (not isinstance(payload, dict) or not payload.get("screen")):
        shape.add(f"{path}.flow_action_payload", _("This must name a screen."))


def _product(shape: Shape, action: Object) -> None:
    shape.text(action, "catalog_id", _ACTION, LIMITS.button_id)
    shape.text(action, "product_retailer_id", _ACTION, LIMITS.button_id)


def _product_list(shape: Shape, action: Object) -> None:
    shape.text(action, "catalog_id", _ACTION, LIMITS.button_id)
    count = 0
    sections = shape.objects(action, "sections", _ACTION, 1, LIMITS.sections)
    for path, section in sections:
        shape.text(section, "title", path, LIMITS.section_title, required=len(sections) > 1)
        items = shape.objects(section, "product_items", path, 1, LIMITS.products)
        for inner, item in items:
            shape.text(item, "product_retailer_id", inner, LIMITS.button_id)
        count += len(items)
    if count > LIMITS.products:
        sentence = _("At most %(limit)s products in total.") % {"limit": LIMITS.products}
        shape.add(f"{_ACTION}.sections", sentence)


def _catalog(shape: Shape, action: Object) -> None:
    _name(shape, action, "catalog_message")
    parameters = shape.object(action, "parameters", _ACTION, required=False)
    if parameters is not None:
        path = f"{_ACTION}.parameters"
        shape.text(parameters, "thumbnail_product_retailer_id", path, LIMITS.button_id)


def _carousel(shape: Shape, action: Object) -> None:
    """2 to 10 cards of one kind, each with a picture or film, and a link or quick replies."""
    cards = shape.objects(action, "cards", _ACTION, 2, LIMITS.cards)
    kinds = set()
    for place, (path, card) in enumerate(cards):
        if card.get("card_index") != place:
            shape.add(f"{path}.card_index", _("Cards are counted from 0."))
        header = shape.object(card, "header", path)
        if header is not None:
            sort = header.get("type")
            if sort in ("image", "video"):
                shape.file(header, str(sort), f"{path}.header")
            else:
                shape.add(f"{path}.header.type", _("A card begins with an image or a video."))
        body = shape.object(card, "body", path, required=False)
        if body is not None:
            shape.text(body, "text", f"{path}.body", LIMITS.card_body)
        inner = shape.object(card, "action", path)
        if inner is not None:
            is_link = inner.get("name") == "cta_url"
            kinds.add(is_link)
            (_link if is_link else _buttons)(shape, inner, f"{path}.action")
    if len(kinds) > 1:
        shape.add(f"{_ACTION}.cards", _("All cards must have the same kind of button."))


def _voice_call(shape: Shape, action: Object) -> None:
    _name(shape, action, "voice_call")
    parameters = shape.object(action, "parameters", _ACTION, required=False)
    if parameters is not None:
        path = f"{_ACTION}.parameters"
        shape.text(parameters, "display_text", path, LIMITS.link_text, required=False)


def _named(name: str) -> Callable[[Shape, Object], None]:
    def check(shape: Shape, action: Object) -> None:
        _name(shape, action, name)

    return check


def _name(shape: Shape, action: Object, name: str, path: str = _ACTION) -> None:
    if action.get("name") != name:
        shape.add(f"{path}.name", _("This must be “%(name)s”.") % {"name": name})


CHECKS: dict[str, Callable[[Shape, Object], None]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _named("send_location"),
    "request_contact_info": _named("request_contact_info"),
    "flow": _flow,
    "product": _product,
    "product_list": _product_list,
    "catalog_message": _catalog,
    "carousel": _carousel,
    "call_permission_request": _named("call_permission_request"),
    "voice_call": _voice_call,
}
