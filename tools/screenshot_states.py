"""Every state of the inbox as a picture: both themes, both languages, wide and on a phone.

`python tools/screenshot_states.py URL [NAME …]` looks at a running demo helpdesk (`make run`) and
writes to `screenshots/states/`, one folder per theme, language and width. Nothing is sent, so it
can be run again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from playwright.sync_api import Browser, Error, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser import chromium  # noqa: E402 (the checkout must be on the path)
from tools.screenshot_more import ADMINS, AFTER_MORE, MORE  # noqa: E402

FOLDER = ROOT / "screenshots" / "states"
PASSWORD = "kuestenexpress"  # noqa: S105 (the demo's, printed by `make run`)
SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
AGENT = "jana@nordlicht.example"
ADMIN = "admin@nordlicht.example"
EMPTY = """field => {
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
}"""

Variant: TypeAlias = tuple[Literal["light", "dark"], str, str]


class Inbox:
    """One agent's browser, brought from state to state."""

    def __init__(self, page: Page, url: str, size: str) -> None:
        self.page = page
        self.url = url
        self.is_phone = size == "phone"

    def sign_in(self, language: str, who: str = AGENT) -> None:
        """Sign in, and choose the language as one does: by the menu."""
        page = self.page
        page.goto(f"{self.url}/")
        page.locator("[name=username]").fill(who)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda now: "login" not in now)
        if page.locator("html").get_attribute("lang") != language:
            button = page.locator(f'#me-menu [name="language"][value="{language}"]')
            button.evaluate("button => button.click()")
            expect(page.locator("html")).to_have_attribute("lang", language)

    def to(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_load_state("networkidle")

    def thread(self, name: str, view: str = "all") -> None:
        """The conversation with the customer called `name`."""
        self.to(f"/?view={view}&q={name.rsplit(maxsplit=1)[-1]}")
        self.page.locator("a.conv", has_text=name).first.click()
        expect(self.page.locator("#thread-head")).to_contain_text(name)
        self.settle()

    def settle(self) -> None:
        """Everything that is fetched after the first paint is there."""
        expect(self.page.locator("#contact-details .facts").first).to_be_attached()
        self.page.wait_for_load_state("networkidle")

    def menu(self, name: str) -> None:
        """One of the menus over the thread, in the way this width has it."""
        if self.is_phone:
            self.page.locator("[data-menu=more] > summary").click()
            self.page.locator(f"[data-menu=more] [data-open-menu={name}]").click()
        else:
            self.page.locator(f"[data-menu={name}] > summary").click()
        expect(self.page.locator(f"[data-menu={name}] .pop-i").first).to_be_visible()

    def composer(self, selector: str) -> None:
        self.page.locator(f"#reply-form {selector}").click()


def mine(inbox: Inbox) -> None:
    inbox.to("/?view=mine")


def closing(inbox: Inbox) -> None:
    inbox.to("/?view=closing")


def unassigned(inbox: Inbox) -> None:
    inbox.to("/?view=unassigned")


def everything(inbox: Inbox) -> None:
    inbox.to("/?view=all")


def snoozed(inbox: Inbox) -> None:
    inbox.to("/?view=snoozed")


def resolved(inbox: Inbox) -> None:
    inbox.to("/?view=resolved")


def nothing_found(inbox: Inbox) -> None:
    inbox.to("/?view=all&q=xyzxyz")


def thread(inbox: Inbox) -> None:
    inbox.to("/?view=mine")
    inbox.page.locator("a.conv", has_text="Lena Brandt").first.click()
    expect(inbox.page.locator("#thread-head")).to_contain_text("Lena")
    inbox.settle()


def contact(inbox: Inbox) -> None:
    thread(inbox)
    if inbox.is_phone:
        inbox.page.locator("#thread-head a[href='#contact']").first.click()


def english_thread(inbox: Inbox) -> None:
    inbox.thread("Idris Obuya")


def menu_state(name: str) -> Callable[[Inbox], None]:
    def open_it(inbox: Inbox) -> None:
        inbox.thread("Lena Brandt")
        inbox.menu(name)

    return open_it


def composer_state(selector: str, shown: str) -> Callable[[Inbox], None]:
    def open_it(inbox: Inbox) -> None:
        inbox.thread("Lena Brandt")
        inbox.composer(selector)
        expect(inbox.page.locator(shown).first).to_be_visible()

    return open_it


def kind_state(name: str) -> Callable[[Inbox], None]:
    def open_it(inbox: Inbox) -> None:
        inbox.thread("Lena Brandt")
        inbox.composer(".plus summary")
        inbox.page.locator(f'.plus [data-kind$="/{name}/"]').click()
        expect(inbox.page.locator("#kind-dialog")).to_be_visible()

    return open_it


def page_state(path: str) -> Callable[[Inbox], None]:
    return lambda inbox: inbox.to(path)


def slash(inbox: Inbox) -> None:
    inbox.thread("Lena Brandt")
    inbox.page.locator("#reply-text").fill("")
    inbox.page.locator("#reply-text").press_sequentially("/ruck")
    expect(inbox.page.locator("#canned")).to_be_visible()


def note(inbox: Inbox) -> None:
    inbox.thread("Lena Brandt")
    inbox.page.locator('#reply-form [data-mode="note"]').click()
    inbox.page.locator("#note-text").fill("")
    inbox.page.locator("#note-text").press_sequentially("Bitte prüfen, @")
    expect(inbox.page.locator("#mention-list")).to_be_visible()


def window_closed(inbox: Inbox) -> None:
    inbox.thread("Tomke Visser")
    expect(inbox.page.locator("#picker .tpl").first).to_be_visible()


def picked(inbox: Inbox) -> None:
    window_closed(inbox)
    inbox.page.locator("#picker .tpl", has_text="achgereicht").first.click()
    expect(inbox.page.locator("#picked")).to_be_visible()


def blocked(inbox: Inbox) -> None:
    inbox.thread("Owen Tarrant")


def filter_builder(inbox: Inbox) -> None:
    inbox.to("/?view=all")
    inbox.page.locator("#filter-open").click()
    expect(inbox.page.locator("#filter .rule")).to_have_count(1)


def filtered(inbox: Inbox) -> None:
    inbox.to("/?view=all&status=open&assignee=none&unread=yes")


def bulk(inbox: Inbox) -> None:
    inbox.to("/?view=all")
    for place in range(3):
        inbox.page.locator("#rows .conv-pick input").nth(place).evaluate("box => box.click()")
    expect(inbox.page.locator("#bulk-bar")).to_be_visible()


def palette(inbox: Inbox) -> None:
    inbox.thread("Lena Brandt")
    inbox.page.keyboard.press("Control+k")
    inbox.page.keyboard.type("ko")
    expect(
        inbox.page.locator("#palette [role=option]", has_text="„ko“").or_(
            inbox.page.locator("#palette [role=option]", has_text="“ko”")
        )
    ).to_be_visible()


def keys(inbox: Inbox) -> None:
    inbox.to("/?view=mine")
    inbox.page.keyboard.press("?")
    expect(inbox.page.locator("#keys")).to_be_visible()


def find(inbox: Inbox) -> None:
    inbox.thread("Lena Brandt")
    if inbox.is_phone:
        inbox.page.locator("[data-menu=more] > summary").click()
        inbox.page.locator("[data-menu=more] [data-find-open]").click()
    else:
        inbox.page.locator(".pane-bar > [data-find-open]").click()
    inbox.page.keyboard.type("kiel")
    expect(inbox.page.locator("#items .found").first).to_be_visible()


def me_menu(inbox: Inbox) -> None:
    inbox.to("/?view=mine")
    inbox.page.locator("[popovertarget=me-menu]:visible").first.click()


def bell(inbox: Inbox) -> None:
    inbox.to("/?view=mine")
    if inbox.is_phone:
        inbox.page.locator(".tabbar [popovertarget=me-menu]").click()
        inbox.page.locator("#me-menu [popovertarget=bell-menu]").click()
    else:
        inbox.page.locator("#bell").click()
    inbox.page.wait_for_load_state("networkidle")


def offline(inbox: Inbox) -> None:
    thread(inbox)
    inbox.page.context.set_offline(True)
    expect(inbox.page.locator('#news [data-news="lost"]')).to_be_visible()


def empty(inbox: Inbox) -> None:
    """Nothing is left as a draft."""
    inbox.page.keyboard.press("Escape")
    for name in ("reply", "note"):
        inbox.page.locator(f"#{name}-text").evaluate(EMPTY)
    inbox.page.wait_for_load_state("networkidle")


def online(inbox: Inbox) -> None:
    inbox.page.context.set_offline(False)


STATES: dict[str, Callable[[Inbox], None]] = {
    "list-mine": mine,
    "list-unassigned": unassigned,
    "list-all": everything,
    "list-closing": closing,
    "list-snoozed": snoozed,
    "list-resolved": resolved,
    "list-nothing": nothing_found,
    "list-filtered": filtered,
    "filter": filter_builder,
    "bulk": bulk,
    "thread": thread,
    "thread-english": english_thread,
    "contact": contact,
    "find": find,
    "menu-assign": menu_state("assign"),
    "menu-snooze": menu_state("snooze"),
    "menu-labels": menu_state("labels"),
    "menu-priority": menu_state("priority"),
    "menu-reasons": menu_state("reasons"),
    "canned": slash,
    "later": composer_state("[data-later]", "#later [data-later-at]"),
    "emoji": composer_state("[data-emoji]", "#emoji .emoji"),
    "plus": composer_state(".plus summary", ".plus .pop-i"),
    "kind-buttons": kind_state("buttons"),
    "kind-location": kind_state("location"),
    "kind-template": kind_state("template"),
    "note": note,
    "window-closed": window_closed,
    "picked": picked,
    "missed": blocked,
    "palette": palette,
    "keys": keys,
    "me": me_menu,
    "bell": bell,
    "search": page_state("/search/?q=zug"),
    "search-empty": page_state("/search/"),
    "preferences": page_state("/preferences/"),
    "canned-page": page_state("/canned/"),
    "canned-new": page_state("/canned/new/"),
    "macros": page_state("/macros/"),
    "views": page_state("/views/"),
    "contacts": page_state("/contacts/"),
    **MORE,
    "offline": offline,
    **ADMINS,
}
# First four that show every theme, language and width, then the others.
VARIANTS: tuple[Variant, ...] = (
    ("light", "en", "wide"),
    ("dark", "en", "phone"),
    ("light", "de", "phone"),
    ("dark", "de", "wide"),
    ("dark", "en", "wide"),
    ("light", "en", "phone"),
    ("dark", "de", "phone"),
    ("light", "de", "wide"),
)
AFTERWARDS: dict[str, Callable[[Inbox], None]] = {
    "offline": online,
    **dict.fromkeys(("canned", "note", "planned", "crossed"), empty),
    **AFTER_MORE,
}


def take(inbox: Inbox, name: str, folder: Path) -> str:
    """One picture; what went wrong, or nothing."""
    try:
        STATES[name](inbox)
    except (Error, AssertionError) as problem:
        return f"{folder.name}/{name}: {str(problem).splitlines()[0]}"
    finally:
        inbox.page.wait_for_timeout(250)  # what fades in has done so
        inbox.page.screenshot(path=folder / f"{name}.png")
        if name in AFTERWARDS:
            AFTERWARDS[name](inbox)
    return ""


def take_all(
    browser: Browser, url: str, variant: Variant, names: Sequence[str], folder: Path
) -> list[str]:
    """These states in one theme, language and width; what went wrong."""
    theme, language, size = variant
    problems = []
    for who, theirs in (
        (AGENT, [name for name in names if name not in ADMINS]),
        (ADMIN, [name for name in names if name in ADMINS]),
    ):
        if not theirs:
            continue
        context = browser.new_context(
            locale=language,
            timezone_id="Europe/Berlin",
            viewport=SIZES[size],
            color_scheme=theme,
            has_touch=size == "phone",
        )
        context.set_default_timeout(20_000)
        inbox = Inbox(context.new_page(), url, size)
        inbox.sign_in(language, who)
        problems += [take(inbox, name, folder) for name in theirs]
        context.close()
    return [problem for problem in problems if problem]


def main() -> None:
    """Take them all, or those that are named."""
    url, *names = sys.argv[1:]
    path, why = chromium.find_or_install()
    if path is None:
        raise SystemExit(f"There is no Chromium and none can be installed: {why}")
    problems = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.flags())
        for variant in VARIANTS:
            folder = FOLDER / "-".join(variant)
            folder.mkdir(parents=True, exist_ok=True)
            problems += take_all(browser, url, variant, names or list(STATES), folder)
        browser.close()
    print("\n".join(problems))


if __name__ == "__main__":
    main()
