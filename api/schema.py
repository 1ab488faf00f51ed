"""How the API describes itself."""

from __future__ import annotations

from typing import Any, Literal

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from api.errors import ErrorSerializer
from api.words import FIELDS, OBJECTS, OPERATIONS, PARAMETERS, SECTIONS


class Schema(AutoSchema):
    """Every operation also tells how it fails."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        error = self._get_response_for_code(  # type: ignore[no-untyped-call]
            ErrorSerializer, "default", direction=direction
        )
        return {**bodies, "default": {**error, "description": _("What went wrong.")}}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer TOKEN`, as OpenAPI names it."""

    target_class = "api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def lay_words(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Postprocessing hook: what the schema says is in the language of the moment, and for callers.

    The order of `tags` is that of the sections.
    """
    for path in result["paths"].values():
        for operation in path.values():
            _lay_on_operation(operation)
    for name, component in result["components"]["schemas"].items():
        if "enum" not in component:
            _lay_on_object(name, component)
    result["tags"] = [{"name": name, "description": str(title)} for name, title in SECTIONS.items()]
    return result


def _lay_on_operation(operation: dict[str, Any]) -> None:
    words = OPERATIONS.get(operation["operationId"])
    if words is not None:
        operation.pop("description", None)
        operation["summary"] = str(words.title)
        if words.text:
            operation["description"] = str(words.text)
    for parameter in operation.get("parameters", ()):
        parameter["schema"].pop("title", None)
        if "description" not in parameter and parameter["name"] in PARAMETERS:
            parameter["description"] = str(PARAMETERS[parameter["name"]])


def _lay_on_object(name: str, component: dict[str, Any]) -> None:
    component.pop("description", None)
    if name in OBJECTS:
        component["description"] = str(OBJECTS[name])
    for field, schema in component.get("properties", {}).items():
        # A model's label explains; as a title it would name classes in generated clients.
        label = schema.pop("title", "")
        words = FIELDS.get(name, {}).get(field, schema.get("description", label))
        if words and "$ref" in schema:  # beside which OpenAPI 3.0 reads nothing
            schema["allOf"] = [{"$ref": schema.pop("$ref")}]
        if words:
            schema["description"] = str(words)
