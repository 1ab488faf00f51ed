"""`make screenshots`: the README's pictures, of a helpdesk of its own with fresh demo data."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.place import temporary_place  # noqa: E402 (the checkout must be on the path)
from tests.browser import chromium  # noqa: E402
from tools.screenshot_states import Variant, take_all  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOGIN = re.compile(r"login +\S+ +(\w+)@\S+ +(\S+)")
passwords: dict[str, str] = {}
# By theme, language and width: states of `screenshot_states`, and what the README calls them.
SHOWN: dict[Variant, dict[str, str]] = {
    ("light", "de", "wide"): {"menu-assign": "hand-over", "bulk": "bulk", "search": "search"},
    ("dark", "de", "wide"): {"canned": "canned", "palette": "palette"},
    ("light", "en", "wide"): {"picked": "template"},
    ("dark", "en", "phone"): {"thread": "phone-thread", "menu-snooze": "phone-snooze"},
    ("light", "de", "phone"): {"offline": "phone-offline"},
}


def page_of(browser: Browser, *, dark: bool = False, phone: bool = False) -> Page:
    """A fresh browser window in German."""
    context = browser.new_context(
        locale="de-DE",
        timezone_id="Europe/Berlin",
        viewport=PHONE if phone else DESKTOP,
        color_scheme="dark" if dark else "light",
        has_touch=phone,
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def sign_in(page: Page, url: str, who: str = "jana") -> None:
    """Sign in as one of the demo's agents."""
    page.goto(f"{url}/")
    page.locator("[name=username]").fill(f"{who}@nordlicht.example")
    page.locator("[name=password]").fill(passwords[who])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda now: "login" not in now)


def open_conversation(page: Page, name: str) -> None:
    """Open the conversation of the customer called `name`, and let its pictures load."""
    page.locator("a.conv", has_text=name).first.click()
    page.locator("#thread-head", has_text=name).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)


def shoot(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")
    page.context.close()
    shrink(FOLDER / f"{name}.png")


def shrink(path: Path) -> None:
    """256 colours are enough for a page, and a third of the bytes."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def states(browser: Browser, url: str) -> None:
    """Some of the states of an agent's day."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for variant, wanted in SHOWN.items():
            problems = take_all(browser, url, variant, list(wanted), folder)
            if problems:
                raise SystemExit("\n".join(problems))
            for state, picture in wanted.items():
                copy(folder / f"{state}.png", FOLDER / f"{picture}.png")
                shrink(FOLDER / f"{picture}.png")


def inbox(browser: Browser, url: str) -> None:
    """The inbox in both themes, with a closed window, and on a phone."""
    for theme in ("light", "dark"):
        page = page_of(browser, dark=theme == "dark")
        sign_in(page, url)
        open_conversation(page, "Lena Brandt")
        shoot(page, f"inbox-{theme}")
    page = page_of(browser)
    sign_in(page, url)
    open_conversation(page, "Tomke Visser")
    shoot(page, "window-closed")
    page = page_of(browser, phone=True)
    sign_in(page, url)
    page.wait_for_timeout(500)
    shoot(page, "inbox-phone")


def simulator(browser: Browser, url: str, simulator_url: str) -> None:
    """The phone beside its switches, with an answer from the inbox."""
    phone = page_of(browser)
    phone.goto(f"{simulator_url}/")
    phone.get_by_test_id("phone-compose").fill("Moin, fährt heute noch ein Zug nach Husum?")
    phone.get_by_test_id("phone-send").click()
    agent = page_of(browser)
    sign_in(agent, url)
    open_conversation(agent, "Lena Brandt")
    agent.locator("#reply-text").fill(
        "Moin Frau Brandt! Ja, um *16:05* und *18:05* Uhr, beide von Gleis 2."
    )
    agent.locator("#reply-text").press("Enter")
    phone.get_by_test_id("phone-messages").get_by_text("Gleis 2").wait_for()
    agent.context.close()
    phone.get_by_test_id("phone-compose").fill("Danke, das ging ja schnell 🙌")
    phone.get_by_test_id("phone-send").click()
    phone.wait_for_timeout(2500)
    shoot(phone, "simulator")


def admin(browser: Browser, url: str) -> None:
    """The list of conversations in the admin."""
    page = page_of(browser)
    sign_in(page, url, "admin")
    page.goto(f"{url}/admin/conversations/conversation/")
    page.wait_for_load_state("networkidle")
    shoot(page, "admin")


def consent(browser: Browser, url: str) -> None:
    """Signing up, what the ledger holds of it, and the figures."""
    page = page_of(browser, phone=True)
    page.goto(f"{url}/optin/meldungen/?lang=de")
    shoot(page, "sign-up")
    page = page_of(browser)
    sign_in(page, url)
    open_conversation(page, "Henrik Ellerbrock")
    page.locator("a[href$='/consents/']").first.click()
    page.locator(".entry-more summary").first.click()
    shoot(page, "consent-ledger")
    page = page_of(browser)
    sign_in(page, url, "admin")
    page.goto(f"{url}/admin/consent/consentrecord/figures/")
    page.wait_for_load_state("networkidle")
    shoot(page, "consent-figures")


def main() -> None:
    """Take them all."""
    path, why = chromium.find_or_install()
    if path is None:
        raise SystemExit(f"There is no Chromium and none can be installed: {why}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        temporary_place() as place,
        place.make_run(),
        sync_playwright() as playwright,
    ):
        passwords.update(LOGIN.findall(place.log_path.read_text(errors="replace")))
        browser = playwright.chromium.launch(executable_path=path, args=chromium.flags())
        states(browser, place.url)
        inbox(browser, place.url)
        simulator(browser, place.url, place.simulator_url)
        admin(browser, place.url)
        consent(browser, place.url)
        browser.close()


if __name__ == "__main__":
    main()
