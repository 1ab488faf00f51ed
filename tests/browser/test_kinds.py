"""Everything the composer can send, through the page, to the simulator's phone."""

from __future__ import annotations

import base64
import re
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer, answer, bubble, open_inbox, open_new
from tests.stack import Stack, eventually

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAxeGh9gAAAABJRU5ErkJggg=="
)


def open_kind(page: Page, name: str) -> None:
    page.locator(".plus summary").click()
    page.locator(f'[data-kind$="/{name}/"]').click()
    expect(page.locator("#kind-dialog")).to_be_visible()
    expect(page.locator("#kind-dialog #kind-title")).to_be_visible()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f'#kind-dialog [name="{name}"]').first.fill(value)


def send(page: Page) -> None:
    page.locator("#kind-dialog [type=submit]").click()
    expect(page.locator("#kind-dialog")).to_be_hidden()


def arrived(customer: Customer, kind: str) -> dict[str, Any]:
    """The first message of that kind that reached this phone, as the company sent it."""

    def look() -> dict[str, Any] | None:
        for row in customer.stack.simulator.outbox():
            payload: dict[str, Any] = row["payload"]
            if customer.phone in str(row["to"]) and payload.get("type") == kind:
                return payload
        return None

    found = eventually(look, 30, message=f"no {kind} arrived")
    assert found is not None
    return found


def test_a_place_a_card_and_questions_reach_the_phone(
    stack: Stack, agent_page: PageFactory, phone_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Kim")

    open_kind(page, "location")
    fill(page, place="https://www.google.com/maps/@54.3148,10.1319,17z", name="Kiel Hbf")
    expect(page.locator("#kind-dialog .preview")).to_contain_text("Kiel Hbf")
    send(page)
    expect(bubble(page, "Kiel Hbf")).to_be_visible()
    assert arrived(customer, "location")["location"] == {
        "latitude": 54.3148,
        "longitude": 10.1319,
        "name": "Kiel Hbf",
    }

    open_kind(page, "contact")
    page.locator("#kind-people").fill(customer.name[:8])
    page.locator("[data-person-name]").first.click()
    expect(page.locator('#kind-dialog [name="name"]')).to_have_value(re.compile("Kim"))
    fill(page, name="Fundbüro Kiel", phone="+49 431 123456")
    send(page)
    (card,) = arrived(customer, "contacts")["contacts"]
    assert card["name"]["formatted_name"] == "Fundbüro Kiel"

    open_kind(page, "buttons")
    fill(page, body="Was *brauchen* Sie?", button_1="Erstattung", button_2="Ein Mensch")
    expect(page.locator("#kind-dialog .preview b", has_text="brauchen")).to_be_visible()
    send(page)
    expect(bubble(page, "Ein Mensch")).to_be_visible()
    interactive = arrived(customer, "interactive")["interactive"]
    assert [b["reply"]["title"] for b in interactive["action"]["buttons"]] == [
        "Erstattung",
        "Ein Mensch",
    ]

    phone = phone_page(customer.phone)
    expect(phone.get_by_text("Kiel Hbf").first).to_be_visible()
    expect(phone.get_by_text("Fundbüro Kiel").first).to_be_visible()
    expect(phone.get_by_role("button", name="Ein Mensch").first).to_be_visible()


def test_lists_links_forms_and_requests_reach_the_phone(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Lou")
    filled = {
        "list": {"body": "Wohin?", "button": "Wählen", "row_title": "Husum"},
        "link": {"body": "Fahrplan", "display_text": "Öffnen", "url": "https://x.example/a"},
        "ask-location": {"body": "Wo sind Sie?"},
        "ask-contact": {"body": "Dürfen wir anrufen?"},
        "flow": {"body": "Bitte ausfüllen", "flow_id": "1234567890", "flow_cta": "Beginnen"},
    }
    for name, fields in filled.items():
        open_kind(page, name)
        fill(page, **fields)
        send(page)
        expect(bubble(page, fields["body"])).to_be_visible()

    def kinds() -> list[str]:
        rows = [row for row in stack.simulator.outbox() if customer.phone in str(row["to"])]
        return [row["payload"].get("interactive", {}).get("type", "") for row in rows]

    eventually(lambda: len(kinds()) == len(filled), 40, message="not all arrived")
    assert kinds() == [
        "list", "cta_url", "location_request_message", "request_contact_info", "flow",
    ]  # fmt: skip


def test_what_does_not_fit_is_said_and_what_was_typed_stays(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    open_new(stack, page, "Mio")

    open_kind(page, "link")
    fill(page, body="Fahrplan", display_text="Öffnen", url="fahrplan")
    page.locator("#kind-dialog [type=submit]").click()
    expect(page.locator('#kind-dialog [data-error="url"]')).not_to_be_empty()
    expect(page.locator('#kind-dialog [name="url"]')).to_have_attribute("aria-invalid", "true")

    page.locator("#kind-dialog [data-close-kind]").first.click()
    page.reload()
    open_kind(page, "link")
    expect(page.locator('#kind-dialog [name="body"]')).to_have_value("Fahrplan")
    fill(page, url="https://x.example/fahrplan")
    send(page)
    open_kind(page, "link")
    expect(page.locator('#kind-dialog [name="body"]')).to_have_value("")


def test_a_template_with_a_picture_asks_for_it_and_arrives(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Noa", "START")

    open_kind(page, "template")
    page.locator("#kind-dialog [data-filter-templates]").fill("küstenticket")
    page.locator('#kind-dialog .tpl[data-name="neuigkeiten_monat"]').click()
    form = page.locator("#kind-dialog .picker-form")
    form.locator('[name="body_1"]').fill("Noa")
    form.locator('[name="body_2"]').fill("Dezember")
    expect(form.locator(".preview")).to_contain_text("Moin Noa! Im Dezember")
    picture: FilePayload = {"name": "ticket.png", "mimeType": "image/png", "buffer": PNG}
    form.locator("[type=file]").set_input_files(picture)
    expect(form.locator('[name="header_file"]')).to_have_value(re.compile(".{36}"))
    send(page)

    expect(bubble(page, "Moin Noa")).to_be_visible()
    sent = arrived(customer, "template")["template"]
    (header, body) = sent["components"]
    assert set(header["parameters"][0]["image"]) == {"id"}
    assert [row["text"] for row in body["parameters"]] == ["Noa", "Dezember"]


def test_emoji_formatting_and_reactions(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Ole", "Danke!")

    page.locator("#reply-form [data-emoji]").click()
    page.locator("#emoji input").fill("Zug")
    page.locator("#emoji input").press("Enter")
    expect(page.locator("#emoji")).to_be_hidden()
    page.locator("#reply-text").press_sequentially(" und ")
    page.locator("#reply-text").press("Control+b")
    page.locator("#reply-text").press_sequentially("fett")
    expect(page.locator("[data-formatted] b")).to_have_text("fett")
    page.locator("#reply-text").press("Enter")
    eventually(lambda: any("*fett*" in text for text in customer.received()), 30)

    thanks = bubble(page, "Danke!")
    thanks.hover()
    thanks.locator("[data-react]").click()
    page.locator('#react [data-emoji-choice="🙏"]').click()
    expect(thanks.locator(".react")).to_have_text("🙏")
    assert arrived(customer, "reaction")["reaction"]["emoji"] == "🙏"
    thanks.locator(".react").click()
    expect(thanks.locator(".react")).to_have_count(0)


def test_what_is_too_long_goes_in_two(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Pim")
    first, second = "Absatz eins. " * 300, "Absatz zwei. " * 60
    page.locator("#reply-text").fill(f"{first.strip()}\n\n{second.strip()}")
    page.locator("[data-split]").click()
    customer.gets(first.strip())
    customer.gets(second.strip())


@THEMES
@SCREENS
def test_menu_dialogs_and_pickers_are_accessible(
    stack: Stack, agent_page: PageFactory, theme: str, viewport: dict[str, int]
) -> None:
    page = open_inbox(stack, agent_page, "admin", color_scheme=theme, viewport=viewport)
    customer = Customer(stack, "Ria")
    customer.writes("Guten Tag")
    page.locator("#rows > li", has_text=customer.name).locator(".conv").click()
    expect(page.locator("#reply-form")).to_be_visible()

    page.locator(".plus summary").click()
    assert problems(page) == []
    page.locator(".plus summary").click()
    for name in ("list", "contact", "location", "template"):
        open_kind(page, name)
        if name == "template":
            page.locator('#kind-dialog .tpl[data-name="ersatzverkehr"]').first.click()
            expect(page.locator("#kind-dialog .picker-form")).to_be_visible()
        assert problems(page) == [], name
        page.locator("#kind-dialog [data-close-kind]").first.click()
    page.locator("#reply-form [data-emoji]").click()
    expect(page.locator("#emoji .emoji").first).to_be_visible()
    assert problems(page) == []
    page.keyboard.press("Escape")
    answer(page, "Bis gleich")
