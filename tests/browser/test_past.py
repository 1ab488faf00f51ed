"""`static/js/past.js`: a link to the conversation before, and words for those it is hidden from."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import (
    Customer,
    bubble,
    connected,
    find_conversation,
    open_inbox,
    open_new,
)
from tests.stack import Stack, eventually

OWEN = "owen@nordlicht.example"  # an agent of one team
EARLIER = re.compile("frühere|earlier")
# What was resolved belongs to a team that is not Owen's; or what goes on to nobody.
LONG_AGO = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import Agent, Team
from conversations.models import Conversation
his = Agent.objects.get(email="owen@nordlicht.example").teams.values("pk")
for row in Conversation.objects.filter(contact__identities__value="{phone}"):
    row.team, row.assignee = Team.objects.exclude(pk__in=his).first(), None
    row.resolved_at = timezone.now() - timedelta(hours=100)
    row.save(update_fields=["team", "assignee", "resolved_at"])
"""
FREE = """
from conversations.models import Conversation
rows = Conversation.objects.filter(contact__identities__value="{phone}", resolved_at=None)
print("ROWS", rows.update(team=None, assignee=None))
"""


def comes_back(stack: Stack, page: Page) -> Customer:
    """A customer whose question was resolved days ago, and who has another one."""
    customer = open_new(stack, page, "Wiederkehr", "Die erste Frage")
    page.locator('#thread-head [data-act$="/resolve/"]').first.click()
    expect(page.locator("#items .event").last).to_be_visible()
    stack.manage("shell", "-v", "0", "-c", LONG_AGO.format(phone=customer.phone))
    customer.writes("Noch eine Frage")
    free = FREE.format(phone=customer.phone)
    eventually(lambda: "ROWS 1" in stack.manage("shell", "-v", "0", "-c", free), 30)
    return customer


def opened(page: Page, stack: Stack, customer: Customer) -> None:
    page.goto(f"{stack.url}/?view=all")
    connected(page)
    find_conversation(page, customer)
    expect(bubble(page, "Noch eine Frage")).to_be_visible()


def test_the_link_leads_there_or_becomes_words(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = comes_back(stack, page)

    owen = agent_page(OWEN)
    opened(owen, stack, customer)
    event = owen.locator("#items .event", has_text=EARLIER)
    expect(event).to_be_visible()
    expect(event.locator("a")).to_have_count(0)
    expect(event).to_have_text(EARLIER)  # its words have stayed

    opened(page, stack, customer)
    link = page.locator("#items .event a.past-link")
    expect(link).to_have_text(EARLIER)
    link.click()
    expect(bubble(page, "Die erste Frage")).to_be_visible()
    expect(bubble(page, "Noch eine Frage")).to_have_count(0)


def test_without_an_answer_the_link_stays(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = comes_back(stack, page)
    owen = agent_page(OWEN)
    asked: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "HEAD":
            return route.fallback()
        asked.append(route.request.url)
        return route.abort()

    owen.route("**/head/", lose)
    opened(owen, stack, customer)
    expect(owen.locator("#items .event a.past-link")).to_be_visible()
    eventually(lambda: asked, 20)
    expect(owen.locator("#items .event a.past-link")).to_have_count(1)
