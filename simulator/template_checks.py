"""Checks of a template message against its template."""

from __future__ import annotations

from typing import Any

from simulator.checks import need, need_text
from simulator.errors import GraphError
from simulator.models import Template
from simulator.store import Store
from simulator.template_rules import CODE_LENGTH, URL_LENGTH
from simulator.view import fill, parameter_text, placeholders

Json = dict[str, Any]
HYDRATED_LENGTH, HEADER_LENGTH, CARD_LENGTH = 1024, 60, 160
PARAMETER_LENGTH, PAYLOAD_LENGTH = 32_768, 256
KNOWN = {"header", "body", "button", "carousel", "limited_time_offer", "footer"}
SUB_TYPES = {"QUICK_REPLY": "quick_reply", "URL": "url", "COPY_CODE": "copy_code", "FLOW": "flow",
             "CATALOG": "catalog", "MPM": "mpm", "VOICE_CALL": "voice_call"}  # fmt: skip
MEDIA_FORMATS = {"IMAGE", "VIDEO", "DOCUMENT", "LOCATION"}


def check_template(store: Store, part: Json, waba_id: str) -> tuple[Template, list[Json]]:
    """The template that `part` names and the components sent with it, or `GraphError`."""
    name = need_text(part, "name", "template", 512)
    language = need(part, "language", "template")
    if not isinstance(language, dict):
        raise GraphError(100, "Param template['language'] must be an object.")
    code = need_text(language, "code", "template['language']", 32)
    sent = part.get("components") or []
    if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
        raise GraphError(100, "Param template['components'] must be an array of objects.")
    template = store.find_template(name, code, waba_id)
    if template is None:
        raise GraphError(132001, f"template name ({name}) does not exist in {code}")
    if template.status in {"PAUSED", "DISABLED"}:
        raise GraphError(132015 if template.status == "PAUSED" else 132016)
    if template.status != "APPROVED":
        raise GraphError(132001, f"template name ({name}) does not exist in {code}")
    for each in sent:
        if _kind(each) not in KNOWN:
            raise GraphError(100, "Param template['components'][]['type'] is not valid.")
    named = template.parameter_format == "NAMED"
    _check_parts(template.components, sent, named)
    _check_offer(template, sent)
    _check_carousel(template, sent, named)
    return template, sent


def _component(components: list[Json], kind: str) -> Json:
    return next((c for c in components if str(c.get("type", "")).upper() == kind), {})


def _check_parts(components: list[Json], sent: list[Json], named: bool, where: str = "") -> None:
    """Header, body and buttons of a template or of one card."""
    _check_header(_component(components, "HEADER"), _find(sent, "header"), named, where)
    _check_body(_component(components, "BODY"), _find(sent, "body"), named, where)
    buttons = _component(components, "BUTTONS").get("buttons") or []
    _check_buttons(buttons, [each for each in sent if _kind(each) == "button"], where)


def _kind(component: Json) -> str:
    return str(component.get("type", "")).lower()


def _find(sent: list[Json], kind: str) -> list[Json]:
    component: Json = next((each for each in sent if _kind(each) == kind), {})
    parameters = component.get("parameters") or []
    if not isinstance(parameters, list) or not all(isinstance(p, dict) for p in parameters):
        raise GraphError(100, f"Param template['components']['{kind}'] needs an array parameters.")
    return parameters


def _count(where: str, parameters: list[Json], wanted: int) -> None:
    if len(parameters) != wanted:
        raise GraphError(
            132000,
            f"{where}: number of localizable_params ({len(parameters)}) does not match the "
            f"expected number of params ({wanted})",
        )


def _check_header(header: Json, parameters: list[Json], named: bool, card: str) -> None:
    where, form = f"{card}header", str(header.get("format", "TEXT")).upper()
    if form not in MEDIA_FORMATS:
        names = placeholders(str(header.get("text", "")))
        _count(where, parameters, len(names))
        values = _check_texts(named, where, parameters, names)
        if len(fill(str(header.get("text", "")), values)) > HEADER_LENGTH:
            raise GraphError(132005, f"{where}: translated text exceeds {HEADER_LENGTH} characters")
        return
    _count(where, parameters, 1)
    kind = str(parameters[0].get("type", "")).lower()
    if kind != form.lower():
        raise GraphError(
            132012, f"{where}: Format mismatch, expected {form}, received {kind.upper()}"
        )
    media = parameters[0].get(kind)
    if not isinstance(media, dict) or (
        kind != "location" and not (media.get("id") or media.get("link"))
    ):
        raise GraphError(131008, f"{where}: Parameter of type {kind} is missing its {kind} object.")
    if kind == "location" and not {"latitude", "longitude"} <= set(media):
        raise GraphError(131008, f"{where}: a location needs latitude and longitude.")


def _check_body(body: Json, parameters: list[Json], named: bool, card: str) -> None:
    where, text = f"{card}body", str(body.get("text", ""))
    names = placeholders(text)
    _count(where, parameters, len(names))
    values = _check_texts(named, where, parameters, names)
    longest = CARD_LENGTH if card else HYDRATED_LENGTH
    if len(fill(text, values)) > longest:
        raise GraphError(132005, f"{where}: translated text exceeds {longest} characters")


def _check_texts(
    named: bool, where: str, parameters: list[Json], names: list[str]
) -> dict[str, str]:
    """The values by placeholder."""
    values: dict[str, str] = {}
    for position, parameter in enumerate(parameters, start=1):
        if parameter.get("type") not in ("text", "currency", "date_time"):
            raise GraphError(132012, f"{where}: Parameter {position} must be of type text.")
        text = parameter_text(parameter)
        if len(text) > PARAMETER_LENGTH:
            raise GraphError(100, f"{where}: Parameter {position} is too long.")
        if not text:
            raise GraphError(131008, f"{where}: Parameter of type text is missing text value")
        if "\n" in text or "\t" in text or "     " in text:
            raise GraphError(
                132018,
                "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
            )
        if named:
            name = str(parameter.get("parameter_name") or "")
            if name not in names or name in values:
                raise GraphError(132012, f"{where}: Parameter name is missing or empty: {name}")
            values[name] = text
        else:
            values[str(position)] = text
    return values


def _check_buttons(buttons: list[Json], sent: list[Json], card: str) -> None:
    where = f"{card}buttons"
    given: dict[int, Json] = {}
    for component in sent:
        position = str(component.get("index", ""))
        if position not in map(str, range(len(buttons))):
            raise GraphError(132012, f"{where}: Button index {position!r} does not exist.")
        parameters = component.get("parameters") or []
        if not isinstance(parameters, list) or not all(isinstance(p, dict) for p in parameters):
            raise GraphError(100, "Param template['components']: parameters must be an array.")
        given[int(position)] = component
    for index, button in enumerate(buttons):
        _check_button(button, given.get(index, {}), f"{where}: Button at index {index}")


def _check_button(button: Json, component: Json, where: str) -> None:
    kind = str(button.get("type", "")).upper()
    if component and str(component.get("sub_type", "")).lower() != SUB_TYPES.get(kind):
        raise GraphError(132012, f"{where} is not of that sub_type.")
    parameter = (component.get("parameters") or [{}])[0]
    if kind == "COPY_CODE" or (kind == "URL" and placeholders(str(button.get("url", "")))):
        name = "coupon_code" if kind == "COPY_CODE" else "text"
        if not parameter:
            raise GraphError(131008, f"{where} of type {kind.title()} requires a parameter")
        if kind == "COPY_CODE" and parameter.get("type") != name:
            raise GraphError(132012, f"{where}: the parameter must be of type {name}.")
        value = str(parameter.get(name) or "")
        if not value:
            raise GraphError(131008, f"{where}: the parameter needs a {name}.")
        if kind == "COPY_CODE" and len(value) > CODE_LENGTH:
            raise GraphError(131009, f"{where}: a code has at most {CODE_LENGTH} characters.")
        if kind == "URL" and len(value) > URL_LENGTH:
            raise GraphError(131009, f"{where}: a url has at most {URL_LENGTH} characters.")
    if kind == "QUICK_REPLY" and len(str(parameter.get("payload") or "")) > PAYLOAD_LENGTH:
        raise GraphError(131009, f"{where}: a payload has at most {PAYLOAD_LENGTH} characters.")


def _check_offer(template: Template, sent: list[Json]) -> None:
    """A limited-time offer that ends needs to know when."""
    offer = _component(template.components, "LIMITED_TIME_OFFER").get("limited_time_offer")
    if not isinstance(offer, dict):
        return
    parameters = _find(sent, "limited_time_offer")
    found = parameters[0].get("limited_time_offer") if parameters else None
    ends = found.get("expiration_time_ms") if isinstance(found, dict) else None
    if offer.get("has_expiration") and not isinstance(ends, int):
        raise GraphError(131008, "limited_time_offer: expiration_time_ms is required.")


def _check_carousel(template: Template, sent: list[Json], named: bool) -> None:
    """As many cards as the template has, each complete."""
    wanted = _component(template.components, "CAROUSEL").get("cards") or []
    component = next((each for each in sent if _kind(each) == "carousel"), {})
    cards = component.get("cards") or []
    if not isinstance(cards, list) or not all(isinstance(card, dict) for card in cards):
        raise GraphError(100, "Param template['components']['carousel'] needs an array cards.")
    if len(cards) != len(wanted):
        raise GraphError(
            132000, f"carousel: number of cards ({len(cards)}) does not match the expected number "
            f"of cards ({len(wanted)})",
        )  # fmt: skip
    seen = sorted(str(card.get("card_index")) for card in cards)
    if seen != sorted(str(index) for index in range(len(wanted))):
        raise GraphError(132012, "carousel: card_index must count from 0.")
    for card in cards:
        parts = card.get("components") or []
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise GraphError(100, "A card needs an array components.")
        index = int(card["card_index"])
        _check_parts(wanted[index].get("components") or [], parts, named, f"card {index} ")
