"""What a set of messages costs: as many statements for many as for few."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.services import Person
from conversations.models import Conversation, Event, EventName
from conversations.services.receive import receive_messages
from tests import factories

pytestmark = pytest.mark.django_db
FEW, MANY = 2, 12
# A person, a thread, rows, events, ledger and locks; and all the ways a message can begin or end.
MOST = 34


def stated(which: str, how_many: int) -> list[Conversation]:
    """Conversations that stand so, each of a customer of its own."""
    now = timezone.now()
    number = factories.WhatsAppNumberFactory.create()
    rows = [factories.ConversationFactory.create(business_number=number) for _ in range(how_many)]
    changes: dict[str, dict[str, Any]] = {
        "open": {},
        "snoozed": {"status": "snoozed", "snoozed_until": now + timedelta(days=1)},
        "resolved": {"status": "resolved", "resolved_at": now},
        "long resolved": {"status": "resolved", "resolved_at": now - timedelta(days=90)},
        "late": {"last_message_at": now + timedelta(hours=1)},
    }
    Conversation.objects.filter(business_number=number).update(**changes[which])
    return rows


def person_of(row: Conversation) -> Person:
    return Person(wa_id=row.contact.identity_values["wa_id"])


@pytest.mark.parametrize("which", ["open", "snoozed", "resolved", "long resolved", "late"])
def test_a_set_costs_the_same_for_few_and_for_many(inbound: Any, which: str) -> None:
    def cost(how_many: int) -> int:
        rows = stated(which, how_many)
        said = [
            inbound(person=person_of(row), business_number_id=row.business_number_id)
            for row in rows
            for _ in range(2)
        ]
        with CaptureQueriesContext(connection) as queries:
            assert len(receive_messages(said)) == 2 * how_many
        return len(queries)

    cost(1)  # what is asked once per process is asked now
    few = cost(FEW)
    assert cost(MANY) == few <= MOST


@pytest.mark.parametrize(
    ("which", "told"),
    [
        ("snoozed", EventName.CONVERSATION_WOKEN),
        ("resolved", EventName.CONVERSATION_REOPENED),
    ],
)
def test_what_was_put_away_is_told_once_and_before_the_message(
    inbound: Any, which: str, told: EventName
) -> None:
    (row,) = stated(which, 1)
    said = {"person": person_of(row), "business_number_id": row.business_number_id}
    receive_messages([inbound(**said) for _ in range(2)])
    names = list(Event.objects.order_by("pk").values_list("name", flat=True))
    assert names == [told, EventName.MESSAGE_RECEIVED, EventName.MESSAGE_RECEIVED]
    row.refresh_from_db()
    assert row.status == Conversation.Status.OPEN
