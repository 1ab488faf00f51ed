"""The files the pages are made of fit together: no stale join, no missing icon, nothing inline."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tools.join_css import JOINED, join_css

ROOT = Path(__file__).resolve().parents[2]
# Read from a disk, without us: it brings what it needs.
BY_ITSELF = ROOT / "templates" / "consent" / "export.html"
TEMPLATES = sorted(set((ROOT / "templates").rglob("*.html")) - {BY_ITSELF})
MARKUP = [*TEMPLATES, *sorted((ROOT / "static" / "js").rglob("*.js"))]
SPRITE = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")
FIRST_LOAD = [
    "css/app.css",
    "icons.svg",
    "vendor/htmx/htmx.min.js",
    "vendor/inter/inter-latin-wght-normal.woff2",
]


def test_the_joined_style_sheet_is_what_its_sources_say() -> None:
    assert JOINED.read_text(encoding="utf-8") == join_css(), "run: python tools/join_css.py"


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    named = {
        name
        for template in TEMPLATES
        for name in re.findall(r"{% icon [\"']([\w-]+)[\"']", template.read_text(encoding="utf-8"))
    }
    missing = sorted(name for name in named if f'<symbol id="{name}"' not in SPRITE)
    assert missing == [], "add them to tools/icons.txt and run: make vendor"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|\shx-on", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_fetches_nothing_from_elsewhere(template: Path) -> None:
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", template.read_text(encoding="utf-8"))


def test_the_first_load_leaves_room_for_the_page_itself() -> None:
    """250 KB compressed is the aim for all of it; the page itself needs the rest."""
    found = (ROOT / "static" / "js").rglob("*.js")
    # Django admin's, the API's and other pages' are fetched there only, others at rest.
    elsewhere = ("admin", "api-docs", "search", "emoji", "palette.js", "find", "team")
    elsewhere += ("preferences", "pane", "people", "sw", "copy", "lightbox")
    scripts = [path for path in found if not path.name.startswith(elsewhere)]
    files = [ROOT / "static" / name for name in FIRST_LOAD] + scripts
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 200_000
