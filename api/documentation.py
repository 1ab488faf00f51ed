"""The OpenAPI schema as the page `/api/docs/` needs it: sections, operations, fields, examples."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from api.samples import Sampler

Json = dict[str, Any]

CHOICE = re.compile(r"^\s*\* `(?P<value>[^`]*)` - (?P<label>.*)$", re.MULTILINE)
LIST = re.compile(r"^Paginated(?P<of>\w+)List$")


@dataclass(frozen=True)
class Kind:
    """A type: `word` says which one, `component` is the object it leads to, or empty."""

    word: str
    component: str = ""
    many: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Choice:
    """A value that a field may have; `label` is empty where it would only repeat it."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of an object."""

    name: str
    kind: Kind
    required: bool
    text: str
    choices: tuple[Choice, ...]
    longest: int | None


@dataclass(frozen=True)
class Example:
    """A JSON body, and what it is an example of."""

    title: str
    body: str


@dataclass(frozen=True)
class Body:
    """What a request carries."""

    media_type: str
    component: str
    fields: tuple[Field, ...]
    examples: tuple[Example, ...]

    @property
    def is_form(self) -> bool:
        """Whether it is sent as a form with a file, and not as JSON."""
        return self.media_type == "multipart/form-data"


@dataclass(frozen=True)
class Answer:
    """One status that an operation answers with; `status` is "default" for all errors."""

    status: str
    phrase: str
    text: str
    component: str
    is_page: bool
    example: str

    @property
    def is_error(self) -> bool:
        return not self.status.startswith("2")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    example_path: str
    title: str
    text: str
    parameters: tuple[Field, ...]
    filters: tuple[Field, ...]
    body: Body | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Section:
    """The operations of one tag."""

    name: str
    title: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Component:
    """An object that requests or answers carry."""

    name: str
    text: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True)
class Documentation:
    """The whole page."""

    title: str
    version: str
    sections: tuple[Section, ...]
    components: tuple[Component, ...]


@cache
def documentation(language: str) -> Documentation:
    """All of it in `language`; the schema of a process never changes, so it is read once."""
    with translation.override(language):
        generator = SchemaGenerator()  # type: ignore[no-untyped-call]
        schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return Reader(schema).documentation()


class Reader:
    """Reads an OpenAPI 3.0 schema as drf-spectacular writes it."""

    def __init__(self, schema: Json) -> None:
        self.schema = schema
        self.components: dict[str, Json] = schema["components"]["schemas"]
        self.sampler = Sampler(self.components)

    def documentation(self) -> Documentation:
        return Documentation(
            title=self.schema["info"]["title"],
            version=self.schema["info"]["version"],
            sections=self.sections(),
            components=tuple(
                Component(
                    name,
                    component.get("description", ""),
                    self.fields(component),
                    as_json(self.sampler.of_component(name)),
                )
                for name, component in self.components.items()
                if "properties" in component and not LIST.match(name)
            ),
        )

    def sections(self) -> tuple[Section, ...]:
        """By tag: the known ones in their order, then any other under its own name."""
        by_tag: dict[str, list[Operation]] = {tag["name"]: [] for tag in self.schema["tags"]}
        titles = {tag["name"]: tag["description"] for tag in self.schema["tags"]}
        for path, methods in self.schema["paths"].items():
            for method, operation in methods.items():
                found = by_tag.setdefault(operation["tags"][0], [])
                found.append(self.operation(path, method, operation))
        return tuple(
            Section(name, titles.get(name, name), tuple(operations))
            for name, operations in by_tag.items()
            if operations
        )

    def operation(self, path: str, method: str, operation: Json) -> Operation:
        asked = operation.get("parameters", [])
        paths = [parameter for parameter in asked if parameter["in"] == "path"]
        for parameter in paths:
            example = str(self.sampler.of(parameter["schema"], parameter["name"]))
            path_now = path.replace(f"{{{parameter['name']}}}", example)
        return Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            example_path=path_now if paths else path,
            title=operation.get("summary") or operation["operationId"],
            text=operation.get("description", ""),
            parameters=tuple(self.parameter(parameter) for parameter in paths),
            filters=tuple(
                self.parameter(parameter) for parameter in asked if parameter["in"] == "query"
            ),
            body=self.body(operation["requestBody"]) if "requestBody" in operation else None,
            answers=tuple(
                self.answer(status, answer)
                for status, answer in sorted(operation["responses"].items())
            ),
        )

    def parameter(self, parameter: Json) -> Field:
        schema = {"description": parameter.get("description", ""), **parameter["schema"]}
        return self.field(parameter["name"], schema, required=parameter.get("required", False))

    def body(self, body: Json) -> Body:
        media_type, content = next(iter(body["content"].items()))
        name = component_of(content["schema"])
        examples = tuple(
            Example(example.get("summary", ""), as_json(example["value"]))
            for example in content.get("examples", {}).values()
        )
        return Body(
            media_type=media_type,
            component=name,
            fields=self.fields(self.components[name]),
            examples=examples or (Example("", as_json(self.sampler.of_component(name))),),
        )

    def answer(self, status: str, answer: Json) -> Answer:
        content: Json = next(iter(answer.get("content", {}).values()), {})
        name = component_of(content.get("schema", {}))
        page = LIST.match(name)
        return Answer(
            status=status,
            phrase=HTTPStatus(int(status)).phrase if status.isdecimal() else "",
            text=answer.get("description", ""),
            component=page["of"] if page else name,
            is_page=page is not None,
            example=as_json(self.sampler.of_component(name)) if name else "",
        )

    def fields(self, component: Json) -> tuple[Field, ...]:
        required = component.get("required", ())
        return tuple(
            self.field(name, schema, required=name in required)
            for name, schema in component["properties"].items()
        )

    def field(self, name: str, schema: Json, *, required: bool) -> Field:
        inner = schema.get("items", schema)
        target = self.components.get(component_of(inner), {})
        values = (target or inner).get("enum", ())
        said = "\n".join((schema.get("description", ""), target.get("description", "")))
        labels = {match["value"]: match["label"] for match in CHOICE.finditer(said)}
        text = CHOICE.sub("", schema.get("description", "")).strip()
        return Field(
            name=name,
            kind=self.kind(schema),
            required=required,
            text=text,
            choices=tuple(
                Choice(str(value), "" if labels.get(value) == value else labels.get(value, ""))
                for value in values
            ),
            longest=schema.get("maxLength"),
        )

    def kind(self, schema: Json) -> Kind:
        nullable = schema.get("nullable", False)
        if schema.get("type") == "array":
            inner = self.kind(schema["items"])
            return Kind(inner.word, inner.component, many=True, nullable=nullable)
        name = component_of(schema)
        if name and "enum" not in self.components[name]:
            return Kind(name, name, nullable=nullable)
        if name:
            schema = self.components[name]
        return Kind(schema.get("format") or schema.get("type") or "JSON", nullable=nullable)


def component_of(schema: Json) -> str:
    """The component that `schema` refers to, straight or as the only part of `allOf`; or ""."""
    (part,) = schema.get("allOf", [schema])
    return str(part.get("$ref", "")).rpartition("/")[2]


def as_json(value: Any) -> str:
    """`value` as a reader wants it: indented, and short lists of plain values on one line."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda match: f"[{_joined(match[1])}]", text)


def _joined(lines: str) -> str:
    return re.sub(r",\s+", ", ", lines)
