"""Checks of a template message against its template."""

from __future__ import annotations

from typing import Any

from simulator.checks import need, need_text
from simulator.errors import GraphError
from simulator.models import Template
from simulator.store import Store
from simulator.view import fill, parameter_text, placeholders

Json = dict[str, Any]
HYDRATED_LENGTH = 1024
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
    _check_header(template, _find(sent, "header"))
    _check_body(template, _find(sent, "body"))
    _check_buttons(template, [each for each in sent if _kind(each) == "button"])
    known = {"header", "body", "button", "carousel", "limited_time_offer", "footer"}
    for each in sent:
        if _kind(each) not in known:
            raise GraphError(100, "Param template['components'][]['type'] is not valid.")
    return template, sent


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


def _check_header(template: Template, parameters: list[Json]) -> None:
    header = template.component("HEADER") or {}
    form = str(header.get("format", "TEXT")).upper()
    if form not in MEDIA_FORMATS:
        names = placeholders(str(header.get("text", "")))
        _count("header", parameters, len(names))
        _check_texts(template, "header", parameters, names)
        return
    _count("header", parameters, 1)
    kind = str(parameters[0].get("type", "")).lower()
    if kind != form.lower():
        raise GraphError(
            132012, f"header: Format mismatch, expected {form}, received {kind.upper()}"
        )
    media = parameters[0].get(kind)
    if not isinstance(media, dict) or (
        kind != "location" and not (media.get("id") or media.get("link"))
    ):
        raise GraphError(131008, f"header: Parameter of type {kind} is missing its {kind} object.")


def _check_body(template: Template, parameters: list[Json]) -> None:
    text = str((template.component("BODY") or {}).get("text", ""))
    names = placeholders(text)
    _count("body", parameters, len(names))
    values = _check_texts(template, "body", parameters, names)
    if len(fill(text, values)) > HYDRATED_LENGTH:
        raise GraphError(132005, f"body: translated text exceeds {HYDRATED_LENGTH} characters")


def _check_texts(
    template: Template, where: str, parameters: list[Json], names: list[str]
) -> dict[str, str]:
    """The values by placeholder."""
    values: dict[str, str] = {}
    for position, parameter in enumerate(parameters, start=1):
        if parameter.get("type") not in ("text", "currency", "date_time"):
            raise GraphError(132012, f"{where}: Parameter {position} must be of type text.")
        text = parameter_text(parameter)
        if not text:
            raise GraphError(131008, f"{where}: Parameter of type text is missing text value")
        if "\n" in text or "\t" in text or "     " in text:
            raise GraphError(
                132018,
                "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
            )
        if template.parameter_format == "NAMED":
            name = str(parameter.get("parameter_name") or "")
            if name not in names or name in values:
                raise GraphError(132012, f"{where}: Parameter name is missing or empty: {name}")
            values[name] = text
        else:
            values[str(position)] = text
    return values


def _check_buttons(template: Template, sent: list[Json]) -> None:
    buttons = (template.component("BUTTONS") or {}).get("buttons") or []
    given: dict[int, Json] = {}
    for component in sent:
        position = str(component.get("index", ""))
        if position not in map(str, range(len(buttons))):
            raise GraphError(132012, f"buttons: Button index {position!r} does not exist.")
        parameters = component.get("parameters") or []
        if not isinstance(parameters, list) or not all(isinstance(p, dict) for p in parameters):
            raise GraphError(100, "Param template['components']: parameters must be an array.")
        given[int(position)] = component
    for index, button in enumerate(buttons):
        kind = str(button.get("type", "")).upper()
        component = given.get(index, {})
        wanted = {"QUICK_REPLY": "quick_reply", "URL": "url", "COPY_CODE": "copy_code",
                  "FLOW": "flow", "CATALOG": "catalog", "MPM": "mpm"}.get(kind)  # fmt: skip
        if component and str(component.get("sub_type", "")).lower() != wanted:
            raise GraphError(132012, f"buttons: Button at index {index} is not of that sub_type.")
        needs_value = kind == "COPY_CODE" or (kind == "URL" and placeholders(button.get("url", "")))
        if needs_value:
            parameters = component.get("parameters") or []
            if not parameters:
                raise GraphError(
                    131008,
                    f"buttons: Button at index {index} of type {kind.title()} requires a parameter",
                )
