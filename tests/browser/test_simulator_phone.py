"""The simulator's phone as a person uses it, beside the running helpdesk."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.stack import Stack, eventually

PageMaker = Callable[..., Page]
ME = "fjordkind"
TONE = """
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const microphone = context.createMediaStreamDestination();
  tone.connect(microphone);
  tone.start();
  return microphone.stream;
};
"""


def business_sends(stack: Stack, **message: Any) -> str:
    """The business sends to the customer of these tests, past the helpdesk; the wamid."""
    customers = stack.simulator.get("customers")["customers"]
    user_id = next(each["user_id"] for each in customers if each["id"] == ME)
    response = requests.post(
        f"{stack.simulator_url}/v23.0/106853218861309/messages",
        json={"messaging_product": "whatsapp", "recipient": user_id, **message},
        headers={"Authorization": "Bearer development-access-token"},
        timeout=10,
    )
    response.raise_for_status()
    return str(response.json()["messages"][0]["id"])


def write(page: Page, text: str) -> None:
    """Type into the phone and send."""
    page.get_by_test_id("phone-compose").fill(text)
    page.get_by_test_id("phone-send").click()


def test_a_text_goes_out_and_gets_its_ticks(stack: Stack, phone_page: PageMaker) -> None:
    page, text = phone_page(ME), f"Moin {uuid4().hex}"

    write(page, text)

    bubble = page.get_by_test_id("phone-messages").locator("article", has_text=text)
    expect(bubble).to_have_attribute("data-status", re.compile("delivered|read"))
    expect(page.get_by_test_id("phone-compose")).to_have_value("")
    expect(page.get_by_test_id("phone-connection")).to_have_text("verbunden")
    expect(page.get_by_test_id("phone-window")).to_contain_text("noch 23 Std.")


def test_buttons_lists_and_quick_replies_are_pressed(stack: Stack, phone_page: PageMaker) -> None:
    page = phone_page(ME)
    write(page, "Hallo")
    expect(page.locator("article", has_text="Hallo").last).to_be_visible()
    mark = uuid4().hex[:8]
    rows = [{"id": "a", "title": f"Verspätung {mark}", "description": "Zug kommt später"}]
    business_sends(
        stack,
        type="interactive",
        interactive={
            "type": "list",
            "body": {"text": "Worum geht es?"},
            "action": {"button": f"Thema {mark}", "sections": [{"title": "Reise", "rows": rows}]},
        },
    )

    page.get_by_role("button", name=f"Thema {mark}").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Verspätung {mark}").click()

    answer = page.locator(".msg-out", has_text=f"Verspätung {mark}")
    expect(answer).to_contain_text("Worum geht es?")


def test_one_reacts_and_replies(stack: Stack, phone_page: PageMaker) -> None:
    page, mark = phone_page(ME), uuid4().hex
    write(page, "Hallo")
    expect(page.locator(".msg-out").last).to_be_visible()
    wamid = business_sends(stack, type="text", text={"body": f"*Gern* {mark}"})
    bubble = page.locator(f'[data-wamid="{wamid}"]')
    expect(bubble.locator("b")).to_have_text("Gern")

    bubble.get_by_role("button", name="Reagieren oder antworten").click()
    bubble.get_by_role("button", name="Reagieren mit 👍").click()
    expect(bubble.get_by_role("img", name="Reaktion: 👍")).to_be_visible()
    bubble.get_by_role("button", name="Reagieren oder antworten").click()
    bubble.get_by_role("button", name="Antworten", exact=True).click()
    write(page, f"Danke {mark[:6]}")

    expect(page.locator(".msg-out", has_text=f"Danke {mark[:6]}")).to_contain_text("Gern")


def test_two_tabs_are_two_phones(stack: Stack, phone_page: PageMaker) -> None:
    mine, other, text = phone_page(ME), phone_page("lena"), uuid4().hex

    write(mine, text)

    expect(mine.locator("article", has_text=text)).to_be_visible()
    write(other, "nur für mich")
    expect(other.locator("article", has_text="nur für mich").last).to_be_visible()
    expect(other.locator("article", has_text=text)).to_have_count(0)


def test_a_new_person_is_made(stack: Stack, phone_page: PageMaker) -> None:
    page, username = phone_page(ME), f"ole{uuid4().hex[:8]}"

    page.get_by_role("button", name="Neue Person").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Ole Thies")
    page.get_by_role("textbox", name="Benutzername").fill(username)
    page.get_by_role("button", name="Anlegen").click()

    page.wait_for_url(f"**/?customer={username}")
    expect(page.get_by_test_id("phone-window")).to_have_text("noch nie geschrieben")


def test_a_voice_note_is_recorded(stack: Stack, page_factory: PageMaker) -> None:
    page = page_factory()
    page.add_init_script(TONE)
    page.goto(f"{stack.simulator_url}/?customer={ME}")
    expect(page.get_by_test_id("phone-connection")).to_have_text("verbunden")
    before = page.locator("article[data-type=audio]").count()

    page.get_by_test_id("phone-record").click()
    expect(page.locator("#recording-time")).to_have_text("0:01")
    page.get_by_role("button", name="Aufnahme senden").click()

    expect(page.locator("article[data-type=audio]")).to_have_count(before + 1)
    player = page.locator("audio").last
    eventually(lambda: player.evaluate("player => player.duration > 0.5"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    stack: Stack, phone_page: PageMaker, theme: str, viewport: dict[str, int] | None
) -> None:
    page = phone_page(ME, color_scheme=theme, **({"viewport": viewport} if viewport else {}))
    write(page, "Alles gut lesbar?")
    expect(page.locator(".msg-out").last).to_be_visible()

    violations = Axe().run(page).response["violations"]

    assert [each["id"] for each in violations] == []
    if viewport:
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        page.get_by_role("button", name="Einstellungen und Protokoll").click()
        assert [each["id"] for each in Axe().run(page).response["violations"]] == []
