"""Files on both sides: what customers send as they see it, and a voice note that is spoken."""

from __future__ import annotations

import base64
import io
import os
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, bubble, open_conversation, open_inbox, row_of
from tests.conversations.recordings import film, sound
from tests.stack import Stack, eventually

# A folder for pictures that a person looks at; nothing is written without it.
LOOK = os.environ.get("SCREENSHOTS", "")


def photo(color: str, size: tuple[int, int] = (1280, 960)) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, "JPEG")
    tinted = Image.blend(Image.open(out), Image.new("RGB", size, color), 0.7)
    out = io.BytesIO()
    tinted.save(out, "JPEG", quality=85)
    return out.getvalue()


def send(customer: Customer, kind: str, content: bytes, mime_type: str, **more: object) -> None:
    data = base64.b64encode(content).decode()
    customer.writes("", type=kind, data=data, mime_type=mime_type, **more)


def opened(stack: Stack, page: Page, name: str) -> Customer:
    customer = Customer(stack, name)
    customer.writes("Guten Tag")
    expect(row_of(page, customer)).to_be_visible()
    open_conversation(page, customer)
    return customer


def look(page: Page, name: str) -> None:
    if LOOK:
        page.screenshot(path=Path(LOOK) / f"{name}.png")


def seek_bar(page: Page) -> Locator:
    return page.locator("#items .voice .seek").first


def test_every_kind_of_file_stands_in_the_thread(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = opened(stack, page, "Marieke")
    for color in ("teal", "brown", "navy", "olive", "purple"):
        send(customer, "image", photo(color), "image/jpeg")
    send(customer, "image", photo("orange", (900, 1600)), "image/jpeg", caption="Mein Koffer")
    customer.writes("So sah er aus.")
    send(customer, "audio", sound("ogg", seconds=23), "audio/ogg; codecs=opus", voice=True)
    video = film("libx264", size=(640, 360), frames=120, sound_codec="aac")
    send(customer, "video", video, "video/mp4")
    send(customer, "document", b"%PDF-1.7\n" + bytes(300_000), "application/pdf", filename="a.pdf")
    send(customer, "sticker", photo("green", (512, 512)), "image/webp")

    items = page.locator("#items")
    expect(items.locator(".sticker")).to_be_visible(timeout=30_000)
    expect(items.locator(".album-set img")).to_have_count(6)
    expect(items.locator(".album-set article:visible")).to_have_count(4)
    expect(items.locator("[data-more]")).to_have_attribute("data-more", "+ 2")
    expect(items.locator(".album-caption")).to_have_text("Mein Koffer")
    expect(items.locator(".album-set img").first).to_have_js_property("naturalWidth", 480)
    expect(items.locator(".video .length")).to_contain_text("0:12")
    expect(items.locator(".voice [data-left]")).to_have_text("0:23")
    expect(items.locator("a.doc")).to_contain_text("a.pdf")
    page.wait_for_load_state("networkidle")
    look(page, "media-light")

    seek_bar(page).focus()
    page.keyboard.press("ArrowRight")
    expect(seek_bar(page)).to_have_attribute("aria-valuenow", "5")
    page.keyboard.press("Space")
    expect(items.locator(".voice")).to_have_class(re.compile("is-playing"))
    page.keyboard.press("Space")
    expect(items.locator(".voice")).not_to_have_class(re.compile("is-playing"))

    items.locator(".album-set .pic-link").nth(3).click()
    expect(page.locator("#lightbox [data-place]")).to_contain_text("4")
    page.keyboard.press("Escape")

    items.locator(".video .play").click()
    expect(items.locator(".video video")).to_be_visible()

    page.reload()
    expect(items.locator(".album-set img")).to_have_count(6)
    for name, options in {
        "dark": {"color_scheme": "dark"},
        "phone": {"viewport": PHONE, "has_touch": True},
    }.items():
        if LOOK:
            other = open_inbox(stack, agent_page, "admin", **options)
            row_of(other, customer).locator(".conv").click()
            expect(other.locator(".album-set img").first).to_be_visible()
            other.wait_for_load_state("networkidle")
            look(other, f"media-{name}")


def test_a_voice_note_is_spoken_heard_and_sent(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = opened(stack, page, "Nele")
    page.locator("#reply-text").fill("Mein Entwurf")
    page.get_by_role("button", name="Sprachnachricht aufnehmen").or_(
        page.locator("[data-record]")
    ).first.click()
    panel = page.locator("[data-recorder]")
    expect(panel.locator(".is-recording")).to_be_visible()
    expect(page.locator("#reply-text")).to_be_hidden()
    expect(panel.locator("[data-rec-time]")).to_have_text("0:03", timeout=20_000)
    look(page, "recorder-light")
    panel.locator("[data-rec-pause]").click()
    expect(panel.locator(".is-recording")).to_have_count(0)
    panel.locator("[data-rec-listen]").click()
    panel.locator("[data-rec-pause]").click()
    expect(panel.locator(".is-recording")).to_be_visible()
    expect(panel.locator("[data-rec-time]")).to_have_text("0:05", timeout=20_000)
    panel.locator("[data-rec-send]").click()

    sent = page.locator("#items > article.msg-out")
    expect(sent.locator(".voice")).to_be_visible(timeout=60_000)
    expect(sent).to_have_attribute("data-status", re.compile("sent|delivered"))
    expect(page.locator("#reply-text")).to_have_value("Mein Entwurf")
    rows = [row for row in stack.simulator.outbox() if customer.phone in str(row["to"])]
    assert [row["payload"]["audio"]["voice"] for row in rows] == [True]


def test_a_recording_is_discarded_and_the_draft_is_back(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    opened(stack, page, "Onno")
    page.locator("[data-record]").click()
    panel = page.locator("[data-recorder]")
    expect(panel.locator("[data-rec-time]")).to_have_text("0:01", timeout=20_000)
    panel.locator("[data-rec-discard]").click()
    expect(panel).to_be_hidden()
    expect(page.locator("#reply-text")).to_be_focused()
    expect(page.locator("#items > article.msg-out")).to_have_count(0)


def test_a_refused_microphone_is_said_in_words(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    opened(stack, page, "Pia")
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    page.locator("[data-record]").click()
    expect(page.locator("#composer-error")).to_be_visible()
    expect(page.locator("[data-recorder]")).to_be_hidden()


def test_several_files_become_several_messages_in_their_order(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = opened(stack, page, "Rieke")
    page.locator("#pick-files").set_input_files(
        [
            {"name": "eins.jpg", "mimeType": "image/jpeg", "buffer": photo("teal")},
            {"name": "zwei.wav", "mimeType": "audio/wav", "buffer": sound("wav", "pcm_s16le")},
            {"name": "drei.mp4", "mimeType": "video/mp4", "buffer": film("mpeg4")},
        ]
    )
    expect(page.locator(".file-bad")).to_have_count(1, timeout=30_000)
    page.locator(".as-document").click()
    expect(page.locator(".file progress")).to_have_count(0, timeout=30_000)
    expect(page.locator(".file")).to_have_count(3)
    page.locator("#reply-form [type=submit]").click()
    expect(bubble(page, "drei.mp4")).to_have_attribute(
        "data-status", re.compile("sent|delivered"), timeout=30_000
    )

    def kinds() -> list[str]:
        rows = [row for row in stack.simulator.outbox() if customer.phone in str(row["to"])]
        return [row["payload"]["type"] for row in rows]

    eventually(lambda: len(kinds()) == 3, 30)
    assert kinds() == ["image", "audio", "document"]
