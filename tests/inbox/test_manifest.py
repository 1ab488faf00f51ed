"""The installed app: a manifest that fits, icons that exist, a worker that keeps nobody's data."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(settings.BASE_DIR)


@pytest.mark.parametrize(("language", "unassigned"), [("en", "Unassigned"), ("de", "Offen")])
def test_the_manifest_is_in_the_readers_language(
    client: Client, language: str, unassigned: str, db: None
) -> None:
    answer = client.get("/manifest.webmanifest", headers={"Accept-Language": language})
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert body["name"] == settings.SITE_NAME
    assert body["lang"] == language
    assert body["start_url"] == "/?source=pwa"
    assert body["share_target"]["action"] == "/share/"
    assert len(body["shortcuts"]) == 2


def test_its_icons_have_the_size_they_say(client: Client, db: None) -> None:
    icons = client.get("/manifest.webmanifest").json()["icons"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    for icon in icons:
        raw = (ROOT / icon["src"].lstrip("/")).read_bytes()
        width, height = struct.unpack(">II", raw[16:24])
        assert f"{width}x{height}" == icon["sizes"]


def test_worker_and_offline_page_know_nobody(client: Client, db: None) -> None:
    script = client.get("/sw.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "sw-offline.js" in script.content.decode()
    page = client.get("/offline/")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    for path in ("/manifest.webmanifest", "/sw.js", "/offline/"):
        assert client.post(path).status_code == 405
