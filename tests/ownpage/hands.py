"""What customers do on their own page, and what came of it."""

from __future__ import annotations

import re

from consent.models import ConsentRecord, Source
from conversations.models import Event, EventName
from inbox.event_words import sentence
from tests.ownpage.conftest import Customer


def page_of(customer: Customer, **query: str) -> str:
    response = customer.client.get(customer.path, query)
    assert response.status_code == 200
    return response.content.decode()


def hidden(page: str) -> dict[str, list[str]]:
    """What the page's hidden fields send along."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page):
        found.setdefault(name, []).append(value)
    return found


def saves(customer: Customer, *topics: str, page: str = "", **more: object) -> object:
    """Press Save with these topics on."""
    data = {**hidden(page or page_of(customer)), "topic": list(topics), **more}
    return customer.client.post(f"{customer.path}topics/", data)


def acts() -> list[tuple[str, str]]:
    rows = ConsentRecord.objects.filter(source=Source.OWN_PAGE).order_by("pk")
    return [(row.topic, row.act) for row in rows]


def told() -> list[str]:
    events = Event.objects.filter(name=EventName.CONSENT_CHANGED, message=None).order_by("id")
    return [str(sentence(event)) for event in events]
