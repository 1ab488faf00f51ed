"""A thread read page by page shows everything once and in order, however much has one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import Conversation, Event, EventName, Note
from conversations.selectors import thread_items
from inbox.paging import Cursor, item_page
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Few moments, so that many items share one.
PLACES = st.lists(st.tuples(st.sampled_from("mmmmne"), st.integers(0, 2)), max_size=14)


def write(places: list[tuple[str, int]]) -> Conversation:
    conversation = factories.ConversationFactory.create()
    author = factories.AgentFactory.create()
    for kind, second in places:
        at = NOON + timedelta(seconds=second)
        if kind == "m":
            factories.MessageFactory.create(conversation=conversation, sent_at=at)
        elif kind == "n":
            Note.objects.create(conversation=conversation, author=author, created_at=at)
        else:
            name = EventName.CONVERSATION_RESOLVED
            Event.objects.create(conversation=conversation, name=name, occurred_at=at)
    return conversation


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(places=PLACES, limit=st.integers(1, 4))
def test_every_item_comes_once_and_in_order(places: list[tuple[str, int]], limit: int) -> None:
    with transaction.atomic(), patch("inbox.paging.ITEMS", limit):
        conversation = write(places)
        page = item_page(conversation, None)
        read = page.items
        while page.earlier:
            page = item_page(conversation, Cursor.read(page.earlier))
            read = page.items + read
        assert read == thread_items(conversation, limit=100)
        assert len(read) == len(places)
        transaction.set_rollback(True)
