"""Filters: their words in a URL, and that SQL says what they mean."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Agent, Team
from consent.gate import subscribed_topics
from consent.models import ConsentState
from conversations.filter_fields import FIELDS, Op
from conversations.filters import Condition, Filter, Read, read_filter
from conversations.lists import (
    VIEWS,
    Sort,
    count_all,
    in_order,
    list_conversations,
    with_unread_mentions,
)
from conversations.models import Conversation, ConversationRead, Priority
from conversations.services.snooze import snooze_conversation
from tests import factories


def read(words: str) -> Read:
    return read_filter(QueryDict(words))


def found(agent: Agent, words: str, view: str = "all") -> set[Conversation]:
    return set(list_conversations(agent, view, narrowed=read(words).filter))


VALUES = {
    "status": ["open", "snoozed", "resolved"],
    "assignee": ["me", "none", "12"],
    "team": ["none", "3", "7"],
    "label": ["none", "1", "2"],
    "topic": ["news", "line-s1"],
    "number": ["1", "2"],
    "language": ["de", "en", "pt_BR", "none"],
    "window": ["open", "closing", "urgent", "closed"],
    "priority": ["low", "normal", "high", "urgent"],
    "waiting": ["15", "60"],
    "sla": ["breached", "soon", "running"],
    "unread": ["yes", "no"],
    "link": ["any", "none", "4"],
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    key = draw(st.sampled_from(sorted(FIELDS)))
    field = FIELDS[key]
    op = draw(st.sampled_from(field.ops))
    values = VALUES.get(key, ["7", "30"] if op == Op.WITHIN else ["2026-11-01", "2025-02-28"])
    size = len(values) if field.takes_many else 1
    picked = draw(st.lists(st.sampled_from(values), min_size=1, max_size=size, unique=True))
    return Condition(key, op, tuple(picked))


@given(st.lists(conditions(), max_size=8, unique_by=lambda one: (one.key, one.op)))
def test_what_is_written_into_a_url_is_read_out_of_it(rows: list[Condition]) -> None:
    narrowed = Filter(tuple(rows))
    assert read(narrowed.words()) == Read(narrowed)


@given(st.dictionaries(st.text(), st.text(), max_size=6))
def test_nothing_in_a_url_is_too_strange_to_be_read(params: dict[str, str]) -> None:
    known = dict(zip(FIELDS, params.values(), strict=False))
    for said in (params, known):
        told = read(urlencode(said, errors="replace"))
        assert read(told.filter.words()).filter == told.filter


@pytest.mark.django_db
@settings(deadline=None)
@given(words=st.lists(conditions(), max_size=4, unique_by=lambda one: (one.key, one.op)))
def test_every_filter_is_sql_that_runs(words: list[Condition]) -> None:
    agent = Agent(pk=1, role="lead")
    for view in ("mine", "closing"):
        list(list_conversations(agent, view, narrowed=Filter(tuple(words))))


@pytest.mark.parametrize(
    "words",
    [
        "status=bogus",
        "team=%00",
        "created=-1",
        "created_from=31.12.",
        "label=99999999999999",
        "status_bogus=open",
        "unread=maybe",
    ],
)
def test_what_makes_no_sense_is_left_out_and_named(words: str) -> None:
    told = read(words)
    assert not told.filter
    assert told.ignored == (words.partition("=")[0],)


def test_parameters_of_others_are_none_of_ours() -> None:
    assert read("view=all&q=x&utm_source=mail&after=1").ignored == ()


@pytest.mark.django_db
def test_conditions_narrow(lead: Agent, team: Team) -> None:
    label = factories.LabelFactory.create()
    mine = factories.ConversationFactory.create(assignee=lead, labels=[label])
    of_team = factories.ConversationFactory.create(team=team, priority=Priority.URGENT)
    closed = factories.ConversationFactory.create(closed=True)
    resolved = factories.ConversationFactory.create(resolved=True)

    assert found(lead, "assignee=me") == {mine}
    assert found(lead, "assignee=none") == found(lead, "assignee_not=me") == {of_team, closed}
    assert found(lead, f"label={label.pk}") == {mine}
    assert found(lead, "label=none") == found(lead, f"label_not={label.pk}") == {of_team, closed}
    assert found(lead, f"team={team.pk}&priority=urgent,high") == {of_team}
    assert found(lead, "window=closed") == {closed}
    assert found(lead, "window_not=closed") == {mine, of_team}
    assert found(lead, "status=resolved") == {resolved}
    assert found(lead, "status=resolved,open") == {mine, of_team, closed, resolved}
    assert found(lead, "status_not=open") == {resolved}
    assert found(lead, "team=999999") == set()


@pytest.mark.django_db
def test_times_narrow(lead: Agent) -> None:
    now = timezone.now()
    waits, missed = (factories.ConversationFactory.create() for _ in range(2))
    Conversation.objects.filter(pk=waits.pk).update(
        waiting_since=now - timedelta(hours=2), created_at=now - timedelta(days=20)
    )
    Conversation.objects.filter(pk=missed.pk).update(
        sla_due_at=now - timedelta(minutes=1), sla_warn_at=now - timedelta(hours=1)
    )
    assert found(lead, "waiting=60") == {waits}
    assert found(lead, "waiting=240") == set()
    assert found(lead, "sla=breached") == {missed}
    assert found(lead, "created=7") == {missed}
    day = (now - timedelta(days=10)).date()
    assert found(lead, f"created_before={day}") == {waits}
    assert found(lead, f"created_from={day}") == {missed}


@pytest.mark.django_db
def test_topic_means_what_the_gate_says(lead: Agent) -> None:
    stays, left, general = (factories.ConversationFactory.create() for _ in range(3))
    rows = [
        (stays, "news", "granted"),
        (left, "news", "granted"),
        (left, "news", "withdrawn"),
        (general, "news", "granted"),
        (general, "", "withdrawn"),
    ]
    for minute, (row, topic, act) in enumerate(rows):
        at = timezone.now() + timedelta(minutes=minute)
        record = factories.ConsentRecordFactory.create(
            contact=row.contact, purpose="marketing", topic=topic, act=act, occurred_at=at
        )
        ConsentState.objects.update_or_create(
            contact=row.contact,
            purpose="marketing",
            topic=topic,
            defaults={"act": act, "occurred_at": at, "record": record},
        )
    by_gate = subscribed_topics([row.contact for row in (stays, left, general)])
    expected = {row for row in (stays, left, general) if "news" in by_gate[row.contact_id]}
    assert found(lead, "topic=news") == expected == {stays}
    assert found(lead, "topic_not=news") == {left, general}


@pytest.mark.django_db
def test_unread_is_the_one_who_asks(lead: Agent, agent: Agent) -> None:
    row = factories.ConversationFactory.create(unread=0, inbound_count=3)
    ConversationRead.objects.create(agent=agent, conversation=row, seen_count=1)
    assert found(agent, "unread=yes") == found(lead, "unread=no") == {row}
    assert found(agent, "unread=no") == found(lead, "unread=yes") == set()


@pytest.mark.django_db
def test_what_was_put_off_is_not_in_ones_own_list(agent: Agent) -> None:
    row = factories.ConversationFactory.create(assignee=agent)
    snooze_conversation(row, None, agent)
    assert [view for view in VIEWS if found(agent, "", view)] == ["all", "snoozed"]


@pytest.mark.django_db
def test_the_navigation_is_counted_in_one_query(
    lead: Agent, team: Team, django_assert_num_queries: object
) -> None:
    factories.ConversationFactory.create(team=team)
    factories.ConversationFactory.create(assignee=lead)
    factories.ConversationFactory.create(resolved=True, team=team)
    saved = {7: ("all", read("window=open").filter), 8: ("resolved", Filter())}
    with django_assert_num_queries(1):  # type: ignore[operator]
        told = count_all(lead, saved)
    assert (told.views["all"], told.views["mine"], told.views["unassigned"]) == (2, 1, 1)
    assert told.teams == {team.pk: 1}
    assert told.saved == {7: 2}


@pytest.mark.django_db
@pytest.mark.parametrize("sort", list(Sort))
def test_every_order_is_total(lead: Agent, sort: Sort) -> None:
    for _ in range(3):
        factories.ConversationFactory.create()
    factories.ConversationFactory.create(window_expires_at=None, last_message_at=None)
    rows = with_unread_mentions(list_conversations(lead), lead)
    once = [row.pk for part in in_order(rows, sort) for row in part]
    assert len(set(once)) == len(once) == 4
    assert once == [row.pk for part in in_order(rows, sort) for row in part]
