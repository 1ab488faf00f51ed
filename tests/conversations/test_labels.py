"""Labels and priority: sets, told once each, and only where something changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Agent
from conversations.errors import Malformed, NotAllowed
from conversations.models import Conversation, Event
from conversations.services.labels import add_labels, remove_labels, set_labels
from conversations.services.priority import set_priority
from tests import factories

pytestmark = pytest.mark.django_db


def test_many_at_once_in_a_fixed_number_of_queries(agent: Agent) -> None:
    rows = factories.ConversationFactory.create_batch(6)
    labels = factories.LabelFactory.create_batch(2)
    assert add_labels(rows[:1], labels[:1], by=agent) == 1
    counts = []
    for some in (rows[1:2], rows):
        with CaptureQueriesContext(connection) as queries:
            add_labels(some, labels, by=agent)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert all(row.labels.count() == 2 for row in rows)
    assert Event.objects.filter(name="conversation.labelled").count() == 7
    assert add_labels(rows, labels, by=agent) == 0
    assert remove_labels(rows, labels[:1], by=agent) == 6
    assert Conversation.labels.through.objects.count() == 6


def test_exactly_these(conversation: Conversation, agent: Agent) -> None:
    one, two, three = factories.LabelFactory.create_batch(3)
    set_labels(conversation, [one.pk, two.pk], by=agent)
    set_labels(conversation, [two.pk, three.pk, 99_999], by=agent)
    assert set(conversation.labels.all()) == {two, three}
    assert Event.objects.last().data == {"added": [three.pk], "removed": [one.pk]}  # type: ignore[union-attr]


def test_readers_change_nothing(conversation: Conversation, read_only: Agent) -> None:
    label = factories.LabelFactory.create()
    with pytest.raises(NotAllowed):
        add_labels([conversation], [label], by=read_only)
    with pytest.raises(NotAllowed):
        set_priority(conversation, 4, by=read_only)


def test_a_rule_of_the_house_may_raise_the_priority(conversation: Conversation) -> None:
    set_priority(conversation, 4, by=None)
    with pytest.raises(Malformed):
        set_priority(conversation, 9, by=None)
    assert Conversation.objects.get().priority == 4
    assert Event.objects.get().actor is None
