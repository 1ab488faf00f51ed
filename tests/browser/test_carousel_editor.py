"""A template with cards is written in the admin, by the keyboard, up to its approval."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.stack import Stack, eventually

NAME = "written_with_cards"


def picture(color: tuple[int, int, int]) -> bytes:
    """A small PNG of one colour."""
    rows = b"".join(b"\0" + bytes(color) * 40 for _ in range(24))
    found = b"\x89PNG\r\n\x1a\n"
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 40, 24, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    for kind, body in parts:
        found += struct.pack(">I", len(body)) + kind + body
        found += struct.pack(">I", zlib.crc32(kind + body))
    return found


def choose(page: Page, card: int, name: str, color: tuple[int, int, int]) -> None:
    file: Any = {"name": name, "mimeType": "image/png", "buffer": picture(color)}
    page.locator(f"[name=cards-{card}-file]").set_input_files(file)


def begin(page: Page, stack: Stack, name: str) -> None:
    """A template with two cards, complete but for the second one's picture."""
    page.goto(f"{stack.url}{reverse('admin:conversations_messagetemplate_add')}")
    page.locator("[name=name]").fill(name)
    page.locator("[name=language]").fill("de")
    page.locator("[name=category]").select_option("marketing")
    page.locator("[name=body]").fill("Moin {{1}}, das sind unsere *Angebote* im Winter.")
    page.locator("[name=sample-1]").fill("Lena")
    page.locator("[name=card_header]").select_option("IMAGE")
    page.locator("[name=card_button_1]").select_option("URL")
    page.locator("[name=card_button_2]").select_option("QUICK_REPLY")
    for card, title in enumerate(("Küste", "Förde")):
        page.locator(f"[name=cards-{card}-body]").fill(f"{title} für nur {{{{1}}}} Euro am Tag")
        page.locator(f"[name=cards-{card}-sample-1]").fill("29")
        page.locator(f"[name=cards-{card}-button1_text]").fill("Buchen")
        page.locator(f"[name=cards-{card}-button1_value]").fill("https://bahn.example/winter")
        page.locator(f"[name=cards-{card}-button2_text]").fill("Mehr davon")
    choose(page, 0, "kueste.png", (20, 120, 140))


def strip(page: Page) -> list[str]:
    """What the preview's cards say, from left to right."""
    return [
        text.split(" ")[0] for text in page.locator("#template-strip .wa-body").all_inner_texts()
    ]


def cards_shown(page: Page) -> int:
    return page.locator("#template-card-rows > fieldset:visible").count()


def test_it_is_written_refused_in_words_handed_in_and_approved(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = agent_page("admin")
    begin(page, stack, NAME)
    expect(page.locator("[data-without-cards]:visible")).to_have_count(0)
    expect(page.locator("#template-strip .wa-bubble").first).to_contain_text(
        "Küste für nur 29 Euro"
    )
    expect(page.locator("#template-strip img")).to_have_attribute("alt", "kueste.png")

    page.locator("#template-form [type=submit]").click()
    wrong = page.locator("[data-card=cards-1] .errors")
    expect(wrong).to_have_count(1)
    expect(page.locator("[name=cards-1-file]")).to_be_focused()
    assert page.locator("[name=cards-0-file]").evaluate("one => one.files[0].name") == "kueste.png"
    choose(page, 1, "foerde.png", (150, 60, 30))
    page.locator("#template-form [type=submit]").click()
    page.wait_for_url("**/change/")
    expect(page.locator(".wa-cards li")).to_have_count(2)

    assert stack.simulator.post("templates", name=NAME, language="de", status="APPROVED")
    api = page.context.request
    headers = {"Authorization": f"Bearer {stack.api_token()}"}

    def status() -> str:
        rows = api.get(f"{stack.url}/api/v1/templates/?name={NAME}", headers=headers).json()
        return str(rows["results"][0]["status"])

    eventually(lambda: status() == "approved", 30)
    page.goto(f"{page.url}".replace("/change/", "/write/"))
    expect(page.locator("[name=cards-1-body]")).to_have_value("Förde für nur {{1}} Euro am Tag")


def test_cards_are_added_moved_and_taken_away_with_the_keyboard(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = agent_page("admin")
    begin(page, stack, "moved_about")
    assert cards_shown(page) == 2
    page.locator("#template-more-cards").press("Enter")
    assert cards_shown(page) == 3
    expect(page.locator("[name=cards-2-file]")).to_be_focused()
    page.locator("[name=cards-2-body]").fill("Insel für nur {{1}} Euro am Tag")
    up = page.locator("[data-card=cards-2] [data-move='-1']")
    up.press("Enter")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    assert strip(page) == ["Insel", "Küste", "Förde"]
    expect(up).to_be_disabled()
    expect(page.locator("[data-card=cards-2] [data-move='1']")).to_be_focused()
    expect(page.locator("[data-card=cards-2] legend")).to_have_text("Karte 1")

    page.locator("[data-card=cards-0] [data-remove]").press("Enter")
    assert strip(page) == ["Insel", "Förde"]
    expect(page.locator("[data-card=cards-1] [data-remove]")).to_be_focused()
    assert cards_shown(page) == 2
    page.locator("#template-form [type=submit]").press("Enter")
    expect(page.locator("[data-card=cards-1] .errors")).to_have_count(1)
    assert strip(page) == ["Insel", "Förde"]


def test_without_an_answer_nothing_is_lost(stack: Stack, agent_page: PageFactory) -> None:
    page = agent_page("admin")
    begin(page, stack, "lost_on_the_way")
    page.context.set_offline(True)
    page.locator("#template-form [type=submit]").click()
    expect(page.locator("[data-lost]")).to_be_visible()
    expect(page.locator("#template-form [type=submit]")).to_be_enabled()
    expect(page.locator("[name=cards-0-body]")).to_have_value("Küste für nur {{1}} Euro am Tag")


@SCREENS
@THEMES
def test_axe_finds_nothing(
    stack: Stack, agent_page: PageFactory, viewport: Any, theme: Any
) -> None:
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    begin(page, stack, "seen_by_axe")
    found = problems(page)
    page.locator("#template-form [type=submit]").click()
    expect(page.locator("[data-card=cards-1] .errors")).to_have_count(1)
    assert found + problems(page) == []


def test_without_scripts_every_row_is_there(
    stack: Stack, agent_page: PageFactory, page_factory: PageFactory
) -> None:
    signed_in = agent_page("admin")
    page = page_factory(java_script_enabled=False)
    page.context.add_cookies(signed_in.context.cookies())
    page.goto(f"{stack.url}{reverse('admin:conversations_messagetemplate_add')}")
    assert page.locator("#template-card-rows > fieldset").count() == 10
    assert page.locator("[name$=-position]").count() == 10
