"""What one can do on the phone beyond writing. There is no helpdesk here, only a receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from simulator.media_kinds import stand_in
from tests.simulator.driver import NUMBER, eventually
from tests.simulator.process import Run, running

Json = dict[str, Any]
PageFactory = Callable[..., Page]
LENA = "491713920047"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A simulator of their own."""
    with running(tmp_path_factory.mktemp("phone")) as run:
        yield run


@pytest.fixture
def phone(run: Run, page_factory: PageFactory) -> Callable[..., Page]:
    """Lena's phone, with nothing in its chat."""
    run.client.post("/control/reset", json={})

    def make(**options: Any) -> Page:
        page = page_factory(**options)
        page.goto(f"{run.client.base_url}/?customer=lena")
        expect(page.get_by_test_id("phone-messages")).to_contain_text("Nichts verlässt")
        return page

    return make


def writes(run: Run, text: str) -> str:
    """Lena writes; the wamid."""
    answer = run.client.post("/control/inbound", json={"from": LENA, "text": text}).json()
    return str(answer["wamid"])


def offers(run: Run, kind: str, action: Json) -> None:
    """The business sends something to press."""
    part = {"type": kind, "body": {"text": "Bitte wählen"}, "action": action}
    message = {"messaging_product": "whatsapp", "to": f"+{LENA}", "type": "interactive"}
    run.client.post(
        f"/v25.0/{NUMBER}/messages", json=message | {"interactive": part}
    ).raise_for_status()


def choose(page: Page, wamid: str, word: str) -> Locator:
    """Open the menu of a message and press one of its words; the message."""
    message = page.locator(f'[data-wamid="{wamid}"]')
    message.hover()
    message.locator(".act").click()
    message.get_by_text(word, exact=True).click()
    return message


def test_a_message_is_edited_and_deleted(run: Run, phone: Callable[..., Page]) -> None:
    page, wamid = phone(), writes(run, "Fällt der RE 7 auss?")
    message = choose(page, wamid, "Bearbeiten")
    expect(page.get_by_test_id("phone-compose")).to_have_value("Fällt der RE 7 auss?")

    page.get_by_test_id("phone-compose").fill("Fällt der RE 7 aus?")
    page.keyboard.press("Enter")

    expect(message).to_contain_text("Fällt der RE 7 aus?")
    expect(message).to_contain_text("Bearbeitet")
    choose(page, wamid, "Für alle löschen")
    expect(message).to_contain_text("Diese Nachricht wurde gelöscht")
    expect(page.locator("#problem")).to_contain_text("erfährt davon nichts")
    expect(page.get_by_test_id("phone-messages").locator("article")).to_have_count(1)


def test_a_message_is_forwarded(run: Run, phone: Callable[..., Page]) -> None:
    page, wamid = phone(), writes(run, "Gleis 4")

    choose(page, wamid, "Weiterleiten")

    expect(page.locator("article").last).to_contain_text("Weitergeleitet")


def test_forms_numbers_calls_and_products_are_answered(
    run: Run, phone: Callable[..., Page]
) -> None:
    page = phone()
    writes(run, "Moin")
    flow = {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Antrag", "flow_token": "t"}
    offers(run, "flow", {"name": "flow", "parameters": flow})
    offers(run, "request_contact_info", {"name": "request_contact_info"})
    offers(run, "call_permission_request", {"name": "call_permission_request"})
    items = [{"product_retailer_id": name} for name in ("KUESTENTICKET", "TAGESKARTE")]
    sections = [{"title": "Tickets", "product_items": items}]
    header = {"type": "text", "text": "Tickets"}
    message = {"messaging_product": "whatsapp", "to": f"+{LENA}", "type": "interactive"}
    part = {
        "type": "product_list", "header": header, "body": {"text": "x"},
        "action": {"catalog_id": "1", "sections": sections},
    }  # fmt: skip
    run.client.post(f"/v25.0/{NUMBER}/messages", json=message | {"interactive": part})
    talk = page.get_by_test_id("phone-messages")

    page.get_by_role("button", name="Antrag").click()
    page.get_by_label("Ihr Name").fill("Lena Brandt")
    page.get_by_label("Ihre Nachricht").fill("Zug fiel aus")
    page.locator("#flow").get_by_role("button", name="Senden").click()
    expect(talk).to_contain_text("Lena Brandt · Zug fiel aus")
    page.get_by_role("button", name="Nummer teilen").click()
    expect(talk).to_contain_text(f"+{LENA}")
    page.get_by_role("button", name="Anrufe erlauben").click()
    expect(talk).to_contain_text("Anrufe erlaubt")
    page.get_by_role("button", name="Katalog ansehen").click()
    page.get_by_role("button", name="TAGESKARTE").click()
    expect(talk).to_contain_text("1 × TAGESKARTE")


def test_several_pictures_go_off_together(phone: Callable[..., Page]) -> None:
    page = phone()
    content, mime_type, _ = stand_in("image")
    files = [{"name": f"{n}.png", "mimeType": mime_type, "buffer": content} for n in range(3)]

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Foto").click()
    chooser.value.set_files(files)  # type: ignore[arg-type]

    expect(page.locator('article[data-type="image"]')).to_have_count(3)


def test_a_person_changes_number_and_user_id(run: Run, phone: Callable[..., Page]) -> None:
    page = phone()
    before = page.locator("#user-id").inner_text()

    page.get_by_role("button", name="Nummer wechseln").click()
    page.get_by_label("Telefonnummer", exact=True).last.fill("+49 151 39200 777")
    page.locator("#move").get_by_role("button", name="Nummer wechseln").click()

    expect(page.locator("#user-id")).not_to_have_text(before)
    customers = run.client.get("/control/customers").json()["customers"]
    assert customers[0]["phone"] == "4915139200777"
    page.get_by_role("button", name="BSUID wechseln").click()
    eventually(
        lambda: (
            run.client.get("/control/customers").json()["customers"][0]["user_id"]
            not in (before, customers[0]["user_id"])
        )
    )


def test_the_chat_with_another_number_is_another_chat(run: Run, phone: Callable[..., Page]) -> None:
    writes(run, "An die Bahn")
    page = phone()
    run.client.post("/control/numbers", json={"id": "77", "verified_name": "Nordlicht Bus"})
    page.reload()

    page.get_by_test_id("phone-number").select_option("77")

    expect(page.locator(".chat-bar")).to_contain_text("Nordlicht Bus")
    expect(page.locator("article")).to_have_count(0)
    page.get_by_test_id("phone-compose").fill("An den Bus")
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(run: Run, phone: Callable[..., Page], scheme: str, width: int) -> None:
    page = phone(color_scheme=scheme, viewport={"width": width, "height": 844})
    wamid = writes(run, "Moin")
    cards = [
        {
            "card_index": index,
            "header": {"type": "image", "image": {"link": "https://nordlicht-bahn.example/a"}},
            "body": {"text": "Küstenticket"},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "Ansehen", "url": "https://example.org"},
            },
        }
        for index in range(3)
    ]
    offers(run, "carousel", {"cards": cards})
    offers(run, "request_contact_info", {"name": "request_contact_info"})
    expect(page.get_by_role("button", name="Nummer teilen")).to_be_visible()
    message = page.locator(f'[data-wamid="{wamid}"]')
    message.hover()
    message.locator(".act").click()

    violations = Axe().run(page).response["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
