"""Draw the icons of the installed app from our own mark, with Chromium.

Run it as `python tools/make_icons.py`; it writes static/icons/*.png, which are committed. The mark
is that of static/favicon.svg. A maskable icon keeps it within the middle 80 %.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium

OUT = Path(__file__).resolve().parent.parent / "static" / "icons"
MARK = (
    '<circle cx="14" cy="14" r="11.5" stroke-opacity=".35"/>'
    '<path d="M14 2.5a11.5 11.5 0 1 1-9.96 17.25"/>'
    '<circle cx="14" cy="14" r="4" fill="#fff" stroke="none"/>'
)
# Name, pixels, how much of the edge the mark takes, and the radius of the corners (of 28).
ICONS = (
    ("app-192", 192, 0.62, 6),
    ("app-512", 512, 0.62, 6),
    ("app-maskable-512", 512, 0.52, 0),
    ("app-touch-180", 180, 0.58, 0),
)


def drawing(share: float, radius: float) -> str:
    """The white mark on the product's petrol."""
    room = 28 * (1 - share) / 2
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28" width="100%" height="100%">'
        f'<rect width="28" height="28" rx="{radius}" fill="#0b6b75"/>'
        f'<g transform="translate({room} {room}) scale({share})" fill="none" stroke="#fff"'
        f' stroke-width="3" stroke-linecap="round">{MARK}</g></svg>'
    )


def main() -> None:
    """Write all of them."""
    path, why = chromium.find_or_install()
    if path is None:
        raise SystemExit(why)
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.flags())
        for name, pixels, share, radius in ICONS:
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            style = "<style>html,body{margin:0;height:100%;background:none}</style>"
            page.set_content(style + drawing(share, radius))
            page.screenshot(path=OUT / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
