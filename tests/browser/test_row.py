"""One row of the list that has everything to say at once: nothing bursts, nothing is lost."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, connected, open_inbox, row_of
from tests.stack import Stack, eventually

DAY_S = 24 * 3600
# The narrowest list there is beside a thread, and a phone.
WINDOWS = {"narrow": {"width": 1280, "height": 800}, "phone": PHONE}
# The last message failed, the promise runs out, the window is closed, and labels there are, too.
WORST = """
from datetime import timedelta
from django.utils import timezone
from conversations.models import Conversation, Label, Message
row = Conversation.objects.get(contact__identities__value="{phone}")
Message.objects.filter(conversation=row).update(status="failed", direction="outbound")
now = timezone.now()
Conversation.objects.filter(pk=row.pk).update(
    sla_due_at=now + timedelta(hours=23, minutes=30), sla_warn_at=now - timedelta(minutes=5))
row.labels.set(Label.objects.all()[:3])
"""
# What ends beyond the line it stands in.
OUTSIDE = """(line) => [...line.children].filter((one) => one.offsetWidth
  && one.getBoundingClientRect().right > line.getBoundingClientRect().right + 1)
  .map((one) => one.textContent)"""


def _found(page: Page, customer: Customer) -> bool:
    page.reload()
    return row_of(page, customer).count() == 1


@pytest.mark.parametrize("window", WINDOWS)
def test_not_sent_and_the_service_level_are_both_seen(
    stack: Stack, agent_page: PageFactory, window: str
) -> None:
    page = open_inbox(stack, agent_page, "jana@nordlicht.example", viewport=WINDOWS[window])
    customer = Customer(stack, "Allerhand")
    customer.writes("Gestern geschrieben", age_s=DAY_S + 60)
    # Many have written since: it is looked for by its name.
    page.goto(f"{stack.url}/?view=all&q={quote(customer.name)}")
    eventually(lambda: _found(page, customer), 30, "it was not stored")
    stack.manage("shell", "-v", "0", "-c", WORST.format(phone=customer.phone))
    page.reload()
    connected(page)

    line = row_of(page, customer).locator(".conv-3")
    expect(line.locator(".went-wrong .i")).to_be_visible()
    expect(line.locator(".went-wrong")).to_contain_text(re.compile("Nicht gesendet|Not sent"))
    expect(line.locator("[data-sla]")).to_be_visible()
    assert line.evaluate(OUTSIDE) == []
