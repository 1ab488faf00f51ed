"""A poster from the admin to the inbox: made, looked at, scanned, sent, and seen by agents."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import uuid4

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, open_inbox, row_of
from tests.browser.test_consent_day import a_phone_of, scan, send
from tests.qr_reader import read_svg
from tests.stack import Stack, eventually

LIST = "/admin/conversations/chatlink/"
POSTER = "RE7-P4T"  # of the demo


def make_link(page: Page, stack: Stack, name: str, places: str) -> None:
    """Fill in the form of a new one, and save it."""
    page.goto(f"{stack.url}{LIST}add/")
    page.locator("[name=name]").fill(name)
    page.locator("[name=business_number]").select_option(index=1)
    page.locator("[name=campaign]").fill("Herbst")
    page.locator("[name=places]").fill(places)
    page.locator("[name=greeting_de]").fill("Moin, <b>wo</b> bin ich & warum?")
    expect(page.locator("#chat-words-de")).to_have_text(
        "Moin, <b>wo</b> bin ich & warum? (Ref. •••-•••)"
    )
    expect(page.locator("#chat-link-en")).to_have_attribute(
        "href", re.compile(r"wa\.me/\d+\?text=Moin%2C%20%3Cb%3Ewo")
    )
    page.locator("[name=_save]").first.click()


def test_from_the_admin_to_the_inbox(
    stack: Stack, agent_page: PageFactory, phone_page: PageFactory
) -> None:
    name = f"Plakat {uuid4().hex[:6]}"
    admin = agent_page("admin")
    make_link(admin, stack, name, "Zug 4711")
    code = admin.locator(".chat-share-qr img").get_attribute("src")
    address = read_svg(admin.request.get(f"{stack.url}{code}").text())
    assert address == admin.locator("#share-link").inner_text()
    inbox = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Piet")
    phone = a_phone_of(stack, customer, phone_page)

    scan(phone, address)
    expect(phone.get_by_test_id("phone-compose")).to_have_value(
        re.compile(r"^Moin, <b>wo</b> bin ich & warum\? \(Ref\. \w{3}-\w{3}\)$")
    )
    send(phone)

    row = row_of(inbox, customer)
    expect(row.locator(".came-by")).to_contain_text(name)
    row.locator(".conv").click()
    expect(inbox.locator("#items .event", has_text=name)).to_contain_text("Herbst")
    expect(inbox.locator("dl.facts", has_text=name)).to_contain_text("Zug 4711")
    admin.goto(f"{stack.url}{LIST}")
    counted = admin.locator("#result_list tr", has_text=name)
    expect(counted.locator(".field-show_opened")).to_have_text("1")
    expect(counted.locator(".field-show_people")).to_have_text("1")


def test_several_places_are_printed_as_one(
    stack: Stack, agent_page: PageFactory, browser: Browser, tmp_path: Any
) -> None:
    admin = agent_page("admin")
    make_link(admin, stack, f"Aufsteller {uuid4().hex[:6]}", "Bahnhof Kiel\nBahnhof Plön")
    link = admin.locator("a[href*='format=poster']").first
    with admin.expect_download() as taken:
        link.click()
    pdf = tmp_path / "posters.pdf"
    taken.value.save_as(pdf)
    assert pdf.read_bytes().count(b"/Type /Page\n") == 2
    # As Chromium draws it: petrol above, and a code in ink on white below.
    context = browser.new_context(viewport={"width": 900, "height": 1250})
    page = context.new_page()
    page.goto(f"{pdf.as_uri()}#toolbar=0&view=FitH")
    eventually(lambda: is_a_poster(page.screenshot()), 20, "the poster was not drawn")
    context.close()


def is_a_poster(picture: bytes) -> bool:
    with Image.open(io.BytesIO(picture)) as image:
        colours = image.convert("RGB").getcolors(image.width * image.height) or []
    total = sum(count for count, _rgb in colours)
    shares: dict[Any, float] = {rgb: count / total for count, rgb in colours}
    return (
        shares.get((11, 107, 115), 0) > 0.2
        and shares.get((27, 34, 38), 0) > 0.03
        and shares.get((255, 255, 255), 0) > 0.3
    )


def test_a_browser_is_led_to_whatsapp_and_the_query_is_ignored(stack: Stack) -> None:
    response = requests.get(
        f"{stack.url}/c/{POSTER}/?text=x&phone=1",
        headers={"Accept-Language": "de", "User-Agent": "Mozilla/5.0 Mobile"},
        allow_redirects=False,
        timeout=10,
    )
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://wa.me/4943139200100?text=Moin")
    assert response.headers["Location"].endswith("%20%28Ref.%20RE7-P4T%29")


@SCREENS
@THEMES
def test_axe_finds_nothing(
    stack: Stack, page_factory: PageFactory, agent_page: PageFactory, viewport: Any, theme: Any
) -> None:
    page = page_factory(viewport=viewport, color_scheme=theme)
    answer = page.goto(f"{stack.url}/c/AAA-22B/")
    assert answer is not None
    assert answer.status == 404
    found = problems(page)
    admin = agent_page("admin", viewport=viewport, color_scheme=theme)
    admin.goto(f"{stack.url}{LIST}")
    admin.locator("#result_list a[href*='/change/']", has_text="Plakat RE 7").first.click()
    expect(admin.locator("#chat-words-en")).to_contain_text(POSTER)
    expect(admin.locator("html:not([x-cloak]) main")).to_be_visible()
    found += problems(admin)
    admin.goto(f"{stack.url}{LIST}add/")
    expect(admin.locator("html:not([x-cloak]) main")).to_be_visible()
    admin.locator("[name=_save]").first.click()
    expect(admin.locator("main .errorlist, main .text-red-600").first).to_be_visible()
    assert found + problems(admin) == []


@pytest.mark.parametrize("path", [LIST, f"{LIST}add/"])
def test_nothing_is_wider_than_a_phone(stack: Stack, agent_page: PageFactory, path: str) -> None:
    page = agent_page("admin", viewport=PHONE)
    page.goto(f"{stack.url}{path}")
    expect(page.locator("html:not([x-cloak]) main")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
