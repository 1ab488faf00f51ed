"""What does not fit the composer: a file that cannot go along, and buttons in long languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import open_inbox
from tests.browser.test_media import look, opened
from tests.stack import Stack

MIB = 1024 * 1024


def test_too_large_a_video_is_refused_before_it_is_uploaded(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    opened(stack, page, "Tjark")
    uploads: list[str] = []
    page.on("request", lambda request: uploads.append(request.url))
    page.locator("#pick-files").set_input_files(
        [{"name": "Rundgang.mov", "mimeType": "video/quicktime", "buffer": bytes(17 * MIB)}]
    )
    notice = page.locator("[data-refused-files] .notice")
    expect(notice).to_contain_text("Rundgang.mov")
    expect(notice).to_contain_text("16 MB")
    expect(page.locator(".file-bad small")).to_contain_text("17 MB")
    expect(notice.locator("button")).to_have_count(0)  # WhatsApp takes no .mov as a document
    assert not [url for url in uploads if "upload" in url]
    look(page, "refused-file")
    box = page.locator("#reply-form").bounding_box()
    said = notice.bounding_box()
    assert box
    assert said
    assert abs(box["width"] - said["width"]) < 2

    page.locator(".file-bad button").click()
    expect(notice).to_have_count(0)
    expect(page.locator("#reply-form .files")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 1280, 390])
def test_the_buttons_after_a_crossing_fit(
    stack: Stack, agent_page: PageFactory, width: int
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    opened(stack, page, "Uwe")
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate(
        """() => {
        const submit = document.querySelector('#reply-form .compose-tools [type="submit"]');
        submit.hidden = true;
        submit.after(document.getElementById("crossed-buttons").content.cloneNode(true));
        }"""
    )
    expect(page.locator("[data-send-anyway]")).to_be_visible()
    look(page, f"crossed-{width}")
    over = page.locator("#reply-form").evaluate(
        """(form) => [...form.querySelectorAll("button")].filter((one) => one.offsetParent
        && one.getBoundingClientRect().right > form.getBoundingClientRect().right).length"""
    )
    assert over == 0
