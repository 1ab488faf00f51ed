"""The schema is complete, and its page works without anything from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client


def test_the_schema_has_no_warnings(tmp_path: Path) -> None:
    target = tmp_path / "schema.yml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(target))

    paths = yaml.safe_load(target.read_text())["paths"]
    send = paths["/api/v1/conversations/{id}/messages/"]["post"]
    assert {"200", "201", "400", "409", "422", "default"} <= set(send["responses"])
    assert send["security"] == [{"token": []}]


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/", "/api/docs/?script="])
def test_the_schema_and_its_page_are_open(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 200


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(client: Client, db: None) -> None:
    page = client.get("/api/docs/").content.decode()

    assert "<script>" not in page
    assert "http://" not in page.replace("http://testserver", "")
    assert "https://" not in page
