"""Example values for a schema."""

from __future__ import annotations

from typing import Any

from api.examples import FIELDS, ID, MOMENT, OBJECTS

Json = dict[str, Any]
BY_FORMAT: dict[str, Any] = {
    "date": MOMENT[:10],
    "date-time": MOMENT,
    "email": "jana@example.org",
    "uuid": ID,
}
BY_TYPE: dict[str, Any] = {
    "array": [],
    "boolean": True,
    "integer": 3,
    "number": 3,
    "object": {},
    "string": "…",
}


class Sampler:
    """Makes them from `components`; a component that contains itself is left empty inside."""

    def __init__(self, components: dict[str, Json]) -> None:
        self.components = components

    def of_component(self, name: str, above: frozenset[str] = frozenset()) -> Any:
        """An example of the component `name`; `above` are those it stands in."""
        component = self.components[name]
        if "properties" not in component:
            return self.of(component, name, above)
        inside = above | {name}
        fitting = OBJECTS.get(name, {})
        return {
            key: fitting[key] if key in fitting else self.of(schema, key, inside)
            for key, schema in component["properties"].items()
        }

    def of(self, schema: Json, name: str, above: frozenset[str] = frozenset()) -> Any:
        """An example of a field `name` with this schema."""
        (part,) = schema.get("allOf", [schema])
        reference = str(part.get("$ref", "")).rpartition("/")[2]
        if reference:
            return {} if reference in above else self.of_component(reference, above)
        if "enum" in schema:
            return schema["enum"][0]
        if name in FIELDS:
            return FIELDS[name]
        if schema.get("type") == "array":
            return [self.of(schema["items"], name, above)]
        if name == "next":
            return "https://…?cursor=cD0yMDI2"
        if schema.get("format") in BY_FORMAT:
            return BY_FORMAT[schema["format"]]
        return BY_TYPE.get(schema.get("type", ""), {})
