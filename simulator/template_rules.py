"""What Meta checks when a template is made or edited (sections 7.1, 9 and 12 of the reference)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

from simulator.errors import GraphError
from simulator.view import placeholders

Json = dict[str, Any]
CATEGORIES = {"MARKETING", "UTILITY", "AUTHENTICATION"}
LENGTHS = {"HEADER": 60, "BODY": 1024, "FOOTER": 60}
FORMAT_CODES = {"HEADER": 2388047, "BODY": 2388072, "FOOTER": 2388073}
HEADER_FORMATS = {"TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"}
COMPONENTS = {"HEADER", "BODY", "FOOTER", "BUTTONS", "CAROUSEL", "LIMITED_TIME_OFFER"}
MOST_BUTTONS, BUTTON_LENGTH, URL_LENGTH, CODE_LENGTH = 10, 25, 2000, 15
CARD_BODY_LENGTH, MOST_CARD_BUTTONS, OFFER_LENGTH = 160, 2, 16
CARD_BUTTONS = {"QUICK_REPLY", "URL", "PHONE_NUMBER"}
MOST_OF_KIND = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "FLOW": 1, "CATALOG": 1, "MPM": 1,
                "OTP": 1, "QUICK_REPLY": 10, "REQUEST_CONTACT_INFO": 1, "VOICE_CALL": 1,
                "CALL_PERMISSION_REQUEST": 1}  # fmt: skip
OTP_URL = "https://www.whatsapp.com/otp/code/?otp_type={kind}&code=otp{{{{1}}}}"
_NAMED = re.compile(r"^[a-z][a-z0-9_]*$")
_TOO_MUCH_SPACE = re.compile(r"\n{3,}|\t| {5,}")


def check_components(found: Any, category: str, named: bool) -> list[Json]:
    """The components as they are stored, or `GraphError` with the code of what is wrong."""
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise GraphError(100, "Param components must be an array of objects.")
    kinds = [str(each.get("type", "")).upper() for each in found]
    for kind in kinds:
        if kind not in COMPONENTS:
            raise GraphError(100, f"Param components['type'] must be one of {sorted(COMPONENTS)}.")
    if len(set(kinds)) < len(kinds):
        raise GraphError(100, "A component may occur once only.")
    if "BODY" not in kinds:
        raise GraphError(100, "Param components must hold a BODY.")
    if category == "AUTHENTICATION":
        return _authentication(dict(zip(kinds, found, strict=True)))
    checks: dict[str, Callable[[Json], None]] = {
        "HEADER": lambda part: _check_header(part, named),
        "BODY": lambda part: check_body(part, named),
        "FOOTER": _check_footer,
        "BUTTONS": lambda part: check_buttons(part.get("buttons")),
        "CAROUSEL": lambda part: _check_carousel(part, kinds, category, named),
        "LIMITED_TIME_OFFER": lambda part: _check_offer(part, category),
    }
    for kind, component in zip(kinds, found, strict=True):
        checks[kind](component)
    return found


def _text(component: Json, kind: str, longest: int | None = None) -> str:
    text = component.get("text")
    if not isinstance(text, str) or not text.strip():
        raise GraphError(FORMAT_CODES[kind], f"The {kind} needs a text.")
    if len(text) > (longest or LENGTHS[kind]):
        raise GraphError(
            2388040, f"The {kind} must be at most {longest or LENGTHS[kind]} characters long."
        )
    return text


def _check_variables(text: str, kind: str, named: bool) -> list[str]:
    names = placeholders(text)
    if named:
        if not all(_NAMED.match(name) for name in names):
            raise GraphError(FORMAT_CODES[kind], f"{kind}: names are lowercase letters and _.")
    elif names != [str(number) for number in range(1, len(names) + 1)]:
        raise GraphError(FORMAT_CODES[kind], f"{kind}: variables must be numbered {{{{1}}}} on.")
    return names


def _check_example(component: Json, kind: str, names: list[str], named: bool) -> None:
    """Each variable needs an example."""
    if not names:
        return
    example = component.get("example")
    example = example if isinstance(example, dict) else {}
    key = kind.lower()
    if named:
        given = example.get(f"{key}_text_named_params")
        rows = given if isinstance(given, list) else []
        found = {str(each.get("param_name")) for each in rows if isinstance(each, dict)}
        complete = found >= set(names)
    else:
        given = example.get(f"{key}_text")
        row = given[0] if kind == "BODY" and isinstance(given, list) and given else given
        complete = isinstance(row, list) and len(row) == len(names)
    if not complete:
        raise GraphError(2388043, f"The {kind} has variables but not an example for each.")


def _check_header(component: Json, named: bool) -> None:
    form = str(component.get("format", "")).upper()
    if form not in HEADER_FORMATS:
        raise GraphError(2388047, f"HEADER format must be one of {sorted(HEADER_FORMATS)}.")
    if form == "TEXT":
        text = _text(component, "HEADER")
        names = _check_variables(text, "HEADER", named)
        if len(names) > 1:
            raise GraphError(2388047, "A HEADER has at most one variable.")
        if "\n" in text or "*" in text:
            raise GraphError(2388047, "A HEADER has no new lines and no formatting.")
        _check_example(component, "HEADER", names, named)
        return
    if form != "LOCATION":
        _check_handle(component, form)


def _check_handle(component: Json, form: str) -> None:
    """The sample file that Meta reviews."""
    example = component.get("example")
    handles = example.get("header_handle") if isinstance(example, dict) else None
    if not (isinstance(handles, list) and handles and all(isinstance(h, str) for h in handles)):
        raise GraphError(2388043, f"A HEADER of format {form} needs an example.header_handle.")


def check_body(component: Json, named: bool, longest: int | None = None) -> None:
    """The text, its variables, their examples, and the ratio of variables to words."""
    text = _text(component, "BODY", longest)
    names = _check_variables(text, "BODY", named)
    stripped = text.strip()
    if names and (stripped.startswith("{{") or stripped.endswith("}}")):
        raise GraphError(2388299)
    if _TOO_MUCH_SPACE.search(text):
        raise GraphError(2388072, "The BODY has too many new lines, tabs or spaces in a row.")
    words = [word for word in text.split() if any(c.isalnum() for c in word) and "{{" not in word]
    if len(names) > 0 and len(words) < 2 * len(names) - 1:
        raise GraphError(2388293)
    _check_example(component, "BODY", names, named)


def _check_footer(component: Json) -> None:
    if placeholders(_text(component, "FOOTER")):
        raise GraphError(2388073, "A FOOTER has no variables.")


def check_buttons(buttons: Any, most: int = MOST_BUTTONS) -> None:
    """Kinds, numbers, order, lengths and examples of buttons."""
    if not isinstance(buttons, list) or not buttons:
        raise GraphError(100, "BUTTONS needs an array buttons.")
    if not all(isinstance(each, dict) for each in buttons):
        raise GraphError(100, "BUTTONS must hold objects.")
    if len(buttons) > most:
        raise GraphError(100, f"At most {most} buttons are allowed.")
    kinds = [str(each.get("type", "")).upper() for each in buttons]
    for kind in kinds:
        if kind not in MOST_OF_KIND:
            raise GraphError(100, f"Button type must be one of {sorted(MOST_OF_KIND)}.")
        if kinds.count(kind) > MOST_OF_KIND[kind]:
            raise GraphError(100, f"At most {MOST_OF_KIND[kind]} buttons of type {kind}.")
    replies = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(a != b for a, b in itertools.pairwise(replies)) > 1:
        raise GraphError(100, "Quick replies and other buttons must stand in two groups.")
    for kind, button in zip(kinds, buttons, strict=True):
        _check_button(kind, button)


def _check_button(kind: str, button: Json) -> None:
    text = button.get("text", "")
    needs_text = kind in {"QUICK_REPLY", "URL", "PHONE_NUMBER", "FLOW"}
    if needs_text and (not isinstance(text, str) or not text):
        raise GraphError(100, f"A button of type {kind} needs a text.")
    if len(str(text)) > BUTTON_LENGTH:
        raise GraphError(2388040, f"A button's text has at most {BUTTON_LENGTH} characters.")
    if kind == "URL":
        url = str(button.get("url", ""))
        if not url.startswith(("http://", "https://")):
            raise GraphError(100, "A URL button needs a url.")
        if len(url) > URL_LENGTH:
            raise GraphError(2388040, f"A button's url has at most {URL_LENGTH} characters.")
        names = placeholders(url)
        if len(names) > 1 or (names and not url.endswith("}}")):
            raise GraphError(100, "A url has at most one variable, at its end.")
        if names and not button.get("example"):
            raise GraphError(2388043, "A url with a variable needs an example.")
    elif kind == "PHONE_NUMBER" and not str(button.get("phone_number", "")).strip("+").isdigit():
        raise GraphError(100, "A phone button needs a phone_number.")
    elif kind == "COPY_CODE":
        example = button.get("example")
        code = example[0] if isinstance(example, list) and example else example
        if not isinstance(code, str) or not code:
            raise GraphError(2388043, "A copy code button needs an example.")
        if len(code) > CODE_LENGTH:
            raise GraphError(2388040, f"A code has at most {CODE_LENGTH} characters.")
    elif kind == "FLOW" and not any(button.get(k) for k in ("flow_id", "flow_name", "flow_json")):
        raise GraphError(100, "A flow button needs flow_id, flow_name or flow_json.")


def _check_carousel(component: Json, kinds: list[str], category: str, named: bool) -> None:
    """2 to 10 cards, all alike, of a marketing template with a text and maybe an offer."""
    if category != "MARKETING":
        raise GraphError(100, "A carousel needs the category MARKETING.")
    if {"HEADER", "FOOTER", "BUTTONS"} & set(kinds):
        raise GraphError(100, "A template with a CAROUSEL has no HEADER, FOOTER or BUTTONS.")
    cards = component.get("cards")
    if not isinstance(cards, list) or not 2 <= len(cards) <= 10:
        raise GraphError(100, "A carousel needs 2 to 10 cards.")
    if len({_check_card(card, named) for card in cards}) > 1:
        raise GraphError(100, "All cards of a carousel must have the same components.")


def _check_card(card: Any, named: bool) -> tuple[object, ...]:
    """What the other cards must have, too."""
    parts = card.get("components") if isinstance(card, dict) else None
    if not isinstance(parts, list) or not all(isinstance(each, dict) for each in parts):
        raise GraphError(100, "A card needs components.")
    found = {str(each.get("type", "")).upper(): each for each in parts}
    if len(found) < len(parts) or not set(found) <= {"HEADER", "BODY", "BUTTONS"}:
        raise GraphError(100, "A card has a HEADER, and may have a BODY and BUTTONS, each once.")
    form = str(found.get("HEADER", {}).get("format", "")).upper()
    if form not in {"IMAGE", "VIDEO", "PRODUCT"}:
        raise GraphError(100, "A card needs a HEADER of format IMAGE or VIDEO.")
    if form != "PRODUCT":
        _check_handle(found["HEADER"], form)
    if "BODY" in found:
        check_body(found["BODY"], named, CARD_BODY_LENGTH)
    if "BUTTONS" not in found:
        return form, "BODY" in found, ()
    buttons = found["BUTTONS"].get("buttons")
    check_buttons(buttons, MOST_CARD_BUTTONS)
    kinds = tuple(str(each.get("type")).upper() for each in buttons)
    if form != "PRODUCT" and not set(kinds) <= CARD_BUTTONS:
        raise GraphError(100, f"Buttons of a card must be of type {sorted(CARD_BUTTONS)}.")
    return form, "BODY" in found, kinds


def _check_offer(component: Json, category: str) -> None:
    offer = component.get("limited_time_offer")
    text = offer.get("text") if isinstance(offer, dict) else None
    if category != "MARKETING" or not isinstance(text, str) or not text:
        raise GraphError(100, "A limited-time offer needs a text and the category MARKETING.")
    if len(text) > OFFER_LENGTH:
        raise GraphError(2388040, f"The text of an offer has at most {OFFER_LENGTH} characters.")


def _authentication(found: dict[str, Json]) -> list[Json]:
    """Meta writes the text of an authentication template itself."""
    if set(found) - {"BODY", "FOOTER", "BUTTONS"}:
        raise GraphError(100, "Authentication templates have a BODY, a FOOTER and a button.")
    buttons = found.get("BUTTONS", {}).get("buttons")
    button = buttons[0] if isinstance(buttons, list) and len(buttons) == 1 else None
    kind = str(button.get("otp_type", "")).upper() if isinstance(button, dict) else ""
    if kind not in {"COPY_CODE", "ONE_TAP", "ZERO_TAP"}:
        raise GraphError(100, "Authentication templates need one OTP button.")
    assert isinstance(button, dict)
    body: Json = {"type": "BODY", "text": "*{{1}}* is your verification code."}
    if found["BODY"].get("add_security_recommendation"):
        body["text"] += " For your security, do not share this code."
        body["add_security_recommendation"] = True
    body["example"] = {"body_text": [["123456"]]}
    components = [body]
    minutes = found.get("FOOTER", {}).get("code_expiration_minutes")
    if minutes is not None:
        if not isinstance(minutes, int) or not 1 <= minutes <= 90:
            raise GraphError(100, "code_expiration_minutes must be from 1 to 90.")
        text = f"This code expires in {minutes} minutes."
        components.append({"type": "FOOTER", "text": text, "code_expiration_minutes": minutes})
    url = OTP_URL.format(kind=kind)
    words = str(button.get("text") or "Copy code")
    shown = {"type": "URL", "text": words, "url": url, "otp_type": kind, "example": [url]}
    components.append({"type": "BUTTONS", "buttons": [shown]})
    return components
