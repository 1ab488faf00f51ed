"""What a template says once its variables are filled: for the bubble, the preview and the API."""

from __future__ import annotations

import re
from typing import Any

from conversations.models import MessageTemplate

_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z0-9_]+)\s*\}\}")


def render_body(template: MessageTemplate, components: list[dict[str, Any]]) -> str:
    """The body with its positional (`{{1}}`) or named (`{{customer}}`) variables filled.

    `components` are what is sent (reference, section 7). A variable that nobody fills stays as it
    stands, so that it is seen.
    """
    values: dict[str, str] = {}
    for component in components:
        if str(component.get("type", "")).lower() != "body":
            continue
        for position, parameter in enumerate(component.get("parameters") or [], start=1):
            name = str(parameter.get("parameter_name") or position)
            values[name] = _words(parameter)
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), template.body)


def _words(parameter: dict[str, Any]) -> str:
    kind = str(parameter.get("type", "text"))
    if kind == "text":
        return str(parameter.get("text", ""))
    inner = parameter.get(kind)
    return str(inner.get("fallback_value", "")) if isinstance(inner, dict) else ""
