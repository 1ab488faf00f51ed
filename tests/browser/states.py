"""What opens on and over the inbox, one entry per state; each works wide and on a phone.

Each begins on the conversation of the customer of `scene.py`, who has something of everything.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.states_beyond import BEYOND

State = Callable[[Page], None]


def _one(page: Page, *selectors: str) -> Locator:
    """The first of these that is to be seen: the same thing stands elsewhere on a phone."""
    return page.locator(", ".join(f"{one}:visible" for one in selectors)).first


def _menu(name: str) -> State:
    """Over the thread; on a phone by way of "more"."""

    def opens(page: Page) -> None:
        summary = page.locator(f'#thread-head [data-menu="{name}"] > summary')
        if not summary.is_visible():
            page.locator('[data-menu="more"] > summary').click()
            summary = page.locator(f'[data-open-menu="{name}"]:visible').first
        summary.click()
        expect(page.locator(f'[data-menu="{name}"] .pop').first).to_be_visible()
        expect(_one(page, f'[data-menu="{name}"] .pop-i')).to_be_visible()

    return opens


def _more(page: Page) -> None:
    more = page.locator('[data-menu="more"] > summary')
    if more.is_visible():
        more.click()
        expect(_one(page, '[data-menu="more"] .pop-i')).to_be_visible()


def _note(page: Page) -> None:
    _one(page, '[data-mode="note"][role="tab"]').click()
    page.locator("#note-form textarea").fill("")  # as it was left
    page.locator("#note-form textarea").press_sequentially("Bitte prüfen, @")
    expect(page.locator("#mention-list [role=option]").first).to_be_visible()


def _canned(page: Page) -> None:
    page.locator("#reply-text").fill("")  # as it was left
    page.locator("#reply-text").press_sequentially("/")
    expect(page.locator("#canned")).to_be_visible()


def _later(page: Page) -> None:
    page.locator("#reply-text").fill("Bis morgen")
    page.locator("#reply-form [data-later]").click()
    expect(page.locator("#later-own")).to_be_visible()


def _find(page: Page) -> None:
    _more(page)
    _one(page, "[data-find-open]").click()
    expect(page.locator("#find")).to_be_visible()
    page.locator("#find input").first.fill("e")
    expect(page.locator("#find [data-found]")).not_to_be_empty()


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("dialog#palette [role=option]").first).to_be_visible()


def _keys(page: Page) -> None:
    page.locator("[data-open-keys]").first.evaluate("button => button.click()")
    expect(page.locator("dialog#keys")).to_be_visible()


def _bell(page: Page) -> None:
    page.locator("#bell").evaluate("button => button.click()")
    expect(page.locator("#bell-list")).to_be_visible()


def _list(page: Page) -> None:
    """The list; on a phone the thread lies over it."""
    back = page.locator("#thread-head [data-back]")
    if back.is_visible():
        back.click()
    expect(page.locator("#rows > [data-conversation]").first).to_be_visible()


def _filter(page: Page) -> None:
    _list(page)
    page.locator("#filter-open").click()
    expect(page.locator("#filter .rule").first).to_be_visible()


def _bulk_menu(page: Page, name: str = "assign") -> None:
    _list(page)
    page.locator("#rows .conv-pick input").first.evaluate("box => box.click()")
    expect(page.locator("#bulk-bar")).to_be_visible()
    page.locator(f"[data-bulk-menu={name}] summary").click()
    expect(page.locator(f"[data-bulk-menu={name}] [data-value]").first).to_be_visible()


def _bulk_undo(page: Page) -> None:
    """Done, and can be undone; what is undone afterwards costs nothing to look at."""
    _bulk_menu(page, "priority")
    is_high = page.locator("#rows > [data-conversation] >> nth=0").locator(".conv-1 .warn").count()
    other = "4" if is_high else "3"  # what changes nothing cannot be undone
    page.locator(f'[data-bulk-menu=priority] [data-value="{other}"]').click()
    expect(page.locator("#bulk-runs .bulk-item:not([data-working]) .btn").first).to_be_visible()


def _bulk_run(page: Page) -> None:
    """Under way, and no news of it comes."""
    page.route("**/bulk/runs/*/", lambda route: route.abort())
    _bulk_menu(page, "priority")
    page.locator('[data-bulk-menu=priority] [data-value="2"]').click()
    expect(page.locator("#bulk-runs .bulk-run").first).to_be_visible()


def _attach(page: Page) -> None:
    _one(page, "#composer details.menu > summary").click()
    expect(_one(page, "#composer details.menu .pop-i")).to_be_visible()


def _offline(page: Page) -> None:
    page.context.set_offline(True)
    try:
        expect(page.locator('#news [data-news="lost"]')).to_be_visible()
    finally:
        page.context.set_offline(False)


STATES: dict[str, State] = {
    "thread": lambda page: None,
    **{name: _menu(name) for name in ("assign", "snooze", "labels", "priority", "reasons")},
    "more": _more,
    "mention": _note,
    "canned": _canned,
    "later": _later,
    "find": _find,
    "palette": _palette,
    "keys": _keys,
    "bell": _bell,
    "filter": _filter,
    "bulk menu": _bulk_menu,
    "bulk run": _bulk_run,
    "bulk undo": _bulk_undo,
    "attach": _attach,
    **BEYOND,
    "offline": _offline,
}
