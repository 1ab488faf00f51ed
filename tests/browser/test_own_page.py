"""A customer's own page as people use it: asked for on the phone, opened, used, seen by agents."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, bubble, find_conversation, open_inbox
from tests.browser.test_optin import consents_of
from tests.browser.test_simulator_phone import write
from tests.stack import Stack, eventually

LINK = re.compile(r"http://127\.0\.0\.1:\d+/my/\S+/")
ME = "fjordkind"


def link_of(stack: Stack, customer: Customer) -> str:
    """Where the newest link leads that came to this phone."""
    found = eventually(lambda: LINK.findall(" ".join(customer.received())), 30)
    return str(found[-1])


def asks(stack: Stack, name: str = "Karla") -> tuple[Customer, str]:
    """A customer who subscribed to two topics and asked for the page."""
    customer = Customer(stack, name)
    for text in ("START RE7", "START Angebote", "Einstellungen bitte"):
        customer.writes(text)
    return customer, link_of(stack, customer)


def test_the_word_on_the_phone_leads_to_the_page(
    stack: Stack, phone_page: PageFactory, page_factory: PageFactory
) -> None:
    phone = phone_page(ME)
    write(phone, "EINSTELLUNGEN")
    message = phone.get_by_test_id("phone-messages").locator("article", has_text="/my/").last
    expect(message).to_be_visible()
    found = LINK.search(message.inner_text())
    assert found
    page = page_factory(viewport=PHONE)
    page.goto(found[0])
    expect(page.locator("[name=topic]").first).to_be_visible()


def test_a_topic_is_switched_off_and_the_agent_sees_it(
    stack: Stack, page_factory: PageFactory, agent_page: PageFactory
) -> None:
    customer, link = asks(stack, "Paula")
    inbox = open_inbox(stack, agent_page, "admin")
    find_conversation(inbox, customer)
    # The agent sees that there was a link, and not the link.
    expect(bubble(inbox, "/my/🔒")).to_have_count(1)
    assert link.split("/my/")[1][:20] not in inbox.content()

    page = page_factory(viewport=PHONE, locale="en-US", java_script_enabled=False)
    page.goto(f"{link}?lang=en")
    page.locator("[name=topic][value=re7]").uncheck()
    page.locator("button", has_text="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.locator("[name=topic][value=re7]")).not_to_be_checked()
    expect(page.locator("[name=topic][value=angebote]")).to_be_checked()

    assert consents_of(stack, customer)[-1] == ("re7", "withdrawn", "own_page")
    expect(inbox.locator("#items .event", has_text="RE 7").last).to_be_visible()


def test_a_marketing_template_that_waits_does_not_leave(
    stack: Stack, page_factory: PageFactory
) -> None:
    customer, link = asks(stack, "Jule")
    # Queued, and held back until the page was used.
    made = stack.manage("shell", "-c", QUEUE.format(phone=customer.phone))
    message = re.findall(r"message (\S+)", made)[-1]
    page = page_factory(locale="en-US")
    page.goto(f"{link}?lang=en")
    page.locator("button", has_text="Withdraw everything").click()
    expect(page.get_by_role("status")).to_contain_text("Everything is ended")
    stack.manage("shell", "-c", LET_GO.format(message=message))

    def is_blocked() -> bool:
        said = stack.manage("shell", "-c", ASK.format(message=message))
        return "state blocked opted_out" in said

    eventually(is_blocked, 60)
    assert not any("template" in row["payload"] for row in sent_to(stack, customer))


def sent_to(stack: Stack, customer: Customer) -> list[dict[str, Any]]:
    return [row for row in stack.simulator.outbox() if customer.phone in str(row["to"])]


QUEUE = """
from datetime import timedelta
from django.utils import timezone
from conversations.models import *
thread = Conversation.objects.get(contact__identities__value="{phone}",
    contact__identities__kind="wa_id")
template = MessageTemplate.objects.filter(category="marketing", status="approved").first()
row = Message.objects.create(conversation=thread, business_number=thread.business_number,
    direction="outbound", type="template", template=template, status="queued", lane="bulk",
    sent_at=timezone.now(), scheduled_at=timezone.now() + timedelta(hours=1))
print("message", row.pk)
"""
LET_GO = """
from django.utils import timezone
from conversations.delivery import PUMP_TASKS
from conversations.events import nudge
from conversations.models import *
Message.objects.filter(pk="{message}").update(scheduled_at=timezone.now())
nudge(PUMP_TASKS["bulk"])
"""
ASK = """
from conversations.models import *
row = Message.objects.get(pk="{message}")
print("state", row.status, row.status_reason)
"""


def test_the_file_with_the_data_is_taken_from_the_page(
    stack: Stack, page_factory: PageFactory
) -> None:
    customer, link = asks(stack, "Enno")
    page = page_factory(locale="en-US")
    page.goto(f"{link}?lang=en")
    page.locator("button", has_text="Prepare a file").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    content = download.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        [data] = [name for name in names if name.endswith("data.json")]
        told = archive.read(data).decode()
    assert any(name.endswith("index.html") for name in names)
    assert json.loads(told)
    assert customer.phone in told
    assert link.split("/my/")[1][:40] not in told


def test_an_erasure_is_asked_for_after_a_preview(stack: Stack, page_factory: PageFactory) -> None:
    _customer, link = asks(stack, "Imke")
    page = page_factory(locale="en-US")
    page.goto(f"{link}?lang=en")
    page.get_by_role("link", name="Erase…").click()
    expect(page.get_by_role("heading", name="What stays, and why")).to_be_visible()
    page.get_by_role("button", name="Ask for the erasure").click()
    expect(page.get_by_role("status")).to_contain_text("has reached us")
    expect(page.locator(".choice", has_text="Erasure: received")).to_be_visible()


def test_keys_are_enough(stack: Stack, page_factory: PageFactory) -> None:
    _customer, link = asks(stack, "Tjark")
    page = page_factory(locale="en-US")
    page.goto(f"{link}?lang=en")
    page.locator("[name=topic][value=re7]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")


@SCREENS
@THEMES
def test_axe_finds_nothing(
    stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any
) -> None:
    _customer, link = asks(stack, "Antje")
    page = page_factory(viewport=viewport, color_scheme=theme)
    found = []
    for path in ("", "?done=saved", "ask/erasure/", "ask/restriction/", "ask/access/"):
        page.goto(f"{link}{path}")
        found += problems(page)
        assert fits(page)
    for detail in page_details(page, link):
        detail.click()
    found += problems(page)
    page.goto(f"{stack.url}/my/nothing/")
    assert found + problems(page) == []


def page_details(page: Page, link: str) -> list[Any]:
    page.goto(link)
    return list(page.locator("summary").all())


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
