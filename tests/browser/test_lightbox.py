"""A picture, large: turned, enlarged, answered, by hand and by keys."""

from __future__ import annotations

import re

from playwright.sync_api import CDPSession, expect

from tests.browser.axe import problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, open_inbox
from tests.browser.test_media import look, opened, photo, send
from tests.stack import Stack


def two_pictures(customer: Customer) -> None:
    for color in ("teal", "brown"):
        send(customer, "image", photo(color), "image/jpeg")


def test_pictures_are_turned_enlarged_and_answered(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = opened(stack, page, "Imke")
    send(customer, "image", photo("navy"), "image/jpeg")
    pictures = page.locator("#items .pic-link")
    box = page.locator("#lightbox")
    expect(pictures).to_have_count(1, timeout=30_000)

    pictures.first.click()
    expect(box.locator("[data-who]")).to_have_text(customer.name)
    expect(box.locator("[data-place]")).to_have_text(re.compile(r", \d\d:\d\d$"))
    expect(box.locator("[data-step]:visible")).to_have_count(0)
    expect(box.locator(".lightbox-strip")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(pictures.first).to_be_focused()

    two_pictures(customer)
    expect(pictures).to_have_count(3, timeout=30_000)
    pictures.first.click()
    expect(box.locator(".lightbox-strip button")).to_have_count(3)
    page.keyboard.press("End")
    expect(box.locator("[data-place]")).to_contain_text("3")
    expect(box.locator(".lightbox-strip [aria-current]")).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(box.locator('[data-step="-1"]')).to_be_disabled()
    assert problems(page) == []
    look(page, "lightbox")

    image = box.locator(".lightbox-stage img")
    page.keyboard.press("+")
    expect(box).to_have_class(re.compile("is-zoomed"))
    page.keyboard.press("ArrowRight")  # moves what is enlarged
    expect(box.locator("[data-place]")).to_contain_text("1")
    page.keyboard.press("0")
    expect(box).not_to_have_class(re.compile("is-zoomed"))
    image.dblclick()
    expect(box.locator("[data-zoom]")).to_have_attribute("aria-pressed", "true")
    image.hover()
    page.mouse.wheel(0, 4000)
    expect(box.locator("[data-zoom]")).to_have_attribute("aria-pressed", "false")

    box.locator("[data-reply]").click()
    expect(box).to_be_hidden()
    expect(page.locator("#reply-form [data-quoting]")).to_be_visible()
    expect(page.locator("#reply-text")).to_be_focused()


def test_a_picture_of_the_gallery_is_answered_where_it_stands(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin", viewport=PHONE, has_touch=True)
    customer = Customer(stack, "Jorin")
    customer.writes("Guten Tag")
    two_pictures(customer)
    page.locator("#rows > li", has_text=customer.name).locator(".conv").click()
    expect(page.locator("#items .pic-link")).to_have_count(2, timeout=30_000)
    gallery = page.locator('#contact-details a[href*="/gallery/"], #contact-details .block-h a')
    page.goto(stack.url + str(gallery.first.get_attribute("href")))
    page.locator("a.tile[data-lightbox]").first.click()
    expect(page.locator("#lightbox [data-who]")).to_have_text(customer.name)
    look(page, "lightbox-phone")
    page.locator("#lightbox [data-reply]").click()
    expect(page.locator("#reply-form [data-quoting]")).to_be_visible()


def fingers(devtools: CDPSession, *ways: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """Each finger comes down at the first point of its way and goes up at the second."""
    steps = 8
    for step in range(steps + 1):
        points = [
            {
                "x": start[0] + (end[0] - start[0]) * step / steps,
                "y": start[1] + (end[1] - start[1]) * step / steps,
                "id": finger,
            }
            for finger, (start, end) in enumerate(ways)
        ]
        kind = "touchMove" if step else "touchStart"
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_fingers_turn_and_enlarge(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin", viewport=PHONE, has_touch=True, is_mobile=True)
    customer = opened(stack, page, "Kaya")
    two_pictures(customer)
    expect(page.locator("#items .pic-link")).to_have_count(2, timeout=30_000)
    page.locator("#items .pic-link").first.tap()
    box = page.locator("#lightbox")
    expect(box.locator("[data-place]")).to_contain_text("1")
    devtools = page.context.new_cdp_session(page)

    fingers(devtools, ((300, 400), (100, 410)))
    expect(box.locator("[data-place]")).to_contain_text("2")
    fingers(devtools, ((200, 300), (210, 500)))  # down is no swipe
    fingers(devtools, ((100, 400), (300, 400)))
    expect(box.locator("[data-place]")).to_contain_text("1")

    fingers(devtools, ((180, 400), (60, 400)), ((210, 400), (330, 400)))
    expect(box).to_have_class(re.compile("is-zoomed"))
    wide = box.locator(".lightbox-stage img").evaluate("it => it.getBoundingClientRect().width")
    assert wide > PHONE["width"] * 2
    look(page, "lightbox-pinched")
    fingers(devtools, ((300, 400), (100, 410)))  # moves what is enlarged
    expect(box.locator("[data-place]")).to_contain_text("1")
    fingers(devtools, ((60, 400), (180, 400)), ((330, 400), (210, 400)))
    expect(box).not_to_have_class(re.compile("is-zoomed"))
    assert page.evaluate("visualViewport.scale") == 1
