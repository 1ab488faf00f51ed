"""axe-core, and what its tests vary: the theme and the screen."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE

SCREENS = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
axe = Axe()


def problems(page: Page) -> list[str]:
    """What axe-core finds, minor things too, each with the first element it is about.

    It passes over icons, which are glyphs of a font, and takes them for words of too little
    contrast while that font is still on its way.
    """
    page.evaluate("document.body.getBoundingClientRect(), document.fonts.ready.then(() => true)")
    found: list[dict[str, Any]] = axe.run(page).response["violations"]
    return [
        f"{page.url} {one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['target']}"
        f" {one['nodes'][0]['failureSummary']}"
        for one in found
    ]
