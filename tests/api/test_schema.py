"""The schema is complete in both languages, and its page needs nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.utils.functional import Promise
from drf_spectacular.utils import OpenApiExample
from rest_framework.test import APIClient

from api.documentation import documentation
from api.examples import SENDING
from api.schema import lay_words
from api.words import OPERATIONS, SECTIONS
from conversations.models import Conversation


def schema_in(client: Client, language: str) -> dict[str, Any]:
    answer = client.get("/api/schema/?format=json", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return json.loads(answer.content)  # type: ignore[no-any-return]


def test_the_schema_has_no_warnings(tmp_path: Path) -> None:
    target = tmp_path / "schema.yml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(target))

    paths = yaml.safe_load(target.read_text())["paths"]
    send = paths["/api/v1/conversations/{id}/messages/"]["post"]
    assert {"200", "201", "400", "409", "422", "default"} <= set(send["responses"])
    assert send["security"] == [{"token": []}]
    upload = yaml.safe_load(target.read_text())["components"]["schemas"]["UploadInput"]
    assert upload["properties"]["file"]["format"] == "binary"


@pytest.mark.parametrize("path", ["/api/schema/", "/api/schema/?format=json", "/api/docs/"])
def test_the_schema_and_its_page_are_open(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 200


def test_every_operation_has_words(client: Client, db: None) -> None:
    paths = schema_in(client, "en")["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]

    assert {one["operationId"] for one in operations} - set(OPERATIONS) == set(), "api/words.py"
    assert {one["tags"][0] for one in operations} - set(SECTIONS) == set(), "api/words.py"


def shape(part: Any) -> Any:
    """A schema without what it says to people; a label that only repeats a name is left out."""
    if isinstance(part, dict):
        if len(part.get("allOf", ())) == 1:
            part = {**part, **part["allOf"][0]}
            del part["allOf"]
        said = ("title", "description", "summary")
        return {
            key: shape(value)
            for key, value in part.items()
            if key not in said or not isinstance(value, str)
        }
    return [shape(item) for item in part] if isinstance(part, list) else part


def test_both_languages_describe_the_same_api(client: Client, db: None) -> None:
    assert shape(schema_in(client, "de")) == shape(schema_in(client, "en"))


def test_the_words_follow_the_readers_language() -> None:
    """A sentence that is fixed when a module is loaded would stay in one language for all."""
    laid = lay_words({"paths": {}, "components": {"schemas": {"Media": {"properties": {}}}}})

    assert all(isinstance(words.title, Promise) for words in OPERATIONS.values())
    assert isinstance(laid["components"]["schemas"]["Media"]["description"], str)
    assert all(type(tag["description"]) is str for tag in laid["tags"])


def operations() -> Iterator[tuple[str, str]]:
    for section in documentation("en").sections:
        for operation in section.operations:
            yield operation.id, operation.path


def test_the_page_shows_every_operation_and_object(client: Client, db: None) -> None:
    page = client.get("/api/docs/", headers={"Accept-Language": "en"}).content.decode()

    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert {name for name, _path in operations()} == set(OPERATIONS)
    assert set(OPERATIONS) <= set(anchors)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(anchors)


def test_the_page_speaks_the_readers_language(client: Client, db: None) -> None:
    for language in ("de", "en"):
        page = client.get("/api/docs/", headers={"Accept-Language": language}).content.decode()
        assert f'<html lang="{language}"' in page


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(client: Client, db: None) -> None:
    answer = client.get("/api/docs/")
    page = answer.content.decode()

    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_the_page_calls_the_address_it_was_asked_at(client: Client, db: None) -> None:
    page = client.get("/api/docs/", headers={"Host": "localhost"}).content.decode()

    assert "http://localhost/api/v1/" in page
    assert "&quot;client_uuid&quot;" in page


@pytest.mark.parametrize("example", SENDING, ids=lambda example: str(example.name))
def test_what_the_page_shows_can_be_sent(
    example: OpenApiExample, api: APIClient, conversation: Conversation
) -> None:
    """Well-formed, that is: the file, the message and the template they name do not exist here."""
    answer = api.post(f"/api/v1/conversations/{conversation.pk}/messages/", example.value)

    body = answer.json()
    if answer.status_code == 400:
        assert set(body["errors"]) <= {"context", "media", "reaction.message_id"}, body
    elif answer.status_code != 201:
        assert body["code"] == "template_not_approved", body
