"""The bell's list while one walks it and more comes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import open_inbox, open_new
from tests.stack import Stack

JANA, TAREK = "jana@nordlicht.example", "tarek@nordlicht.example"

# Of before: more than the list shows at first. Numbers of events are never negative.
OF_BEFORE = """
from django.utils import timezone
from accounts.models import Agent
from conversations.models import Conversation
from inbox.models import Notification
Notification.objects.bulk_create(
    Notification(
        agent=Agent.objects.get(email="{email}"),
        kind="woken",
        conversation=Conversation.objects.latest("created_at"),
        sequence=-number,
        created_at=timezone.now(),
    )
    for number in range(1, 26)
)
"""


def test_the_list_stays_where_it_is_walked(stack: Stack, agent_page: PageFactory) -> None:
    jana = open_inbox(stack, agent_page, JANA)
    tarek = open_inbox(stack, agent_page, TAREK)
    customer = open_new(stack, jana, "Zora")
    stack.manage("shell", stdin=OF_BEFORE.format(email=TAREK))
    tarek.locator("#bell").click()
    lines = tarek.locator("#bell-list [data-notification]")
    expect(lines).to_have_count(20)
    tarek.locator("#bell-list [data-older]").press("Enter")
    expect(lines.nth(20)).to_be_focused()
    many = lines.count()
    walked = lines.nth(2).get_attribute("id")
    lines.nth(2).focus()

    jana.keyboard.press("n")
    field = jana.locator("#note-form textarea")
    field.press_sequentially("Bitte prüfen, @tar")
    expect(jana.locator("#mention-list [aria-selected=true]")).to_contain_text("Tarek Aydin")
    field.press("Enter")
    field.press("Enter")

    expect(lines).to_have_count(many + 1)
    expect(lines.first).to_contain_text(customer.name)
    expect(tarek.locator(f"#{walked}")).to_be_focused()
    tarek.keyboard.press("Enter")
    expect(tarek.locator("#bell-menu")).to_be_hidden()
    expect(tarek.locator("#thread-head")).to_contain_text(customer.name)
