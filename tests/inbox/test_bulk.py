"""Many at once: done one by one, in portions, resumed, refused, stopped and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Team
from conversations.lists import list_conversations
from conversations.models import Conversation, Event, EventName, Priority
from conversations.services.lifecycle import assign_team
from conversations.services.priority import set_priority
from inbox.bulk import runs
from inbox.bulk.runs import begin_run, stop_run, sweep_runs, undo_run, work_on
from inbox.models import BulkItem, BulkRun
from tests import factories
from tests.inbox.conftest import SignIn
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
URGENT = {"priority": Priority.URGENT.value}


def url(key: str) -> str:
    return reverse("inbox:bulk-begin", args=[key])


@pytest.fixture
def many(number: WhatsAppNumber) -> list[Conversation]:
    return [factories.ConversationFactory.create(business_number=number) for _ in range(6)]


def states(run: BulkRun) -> list[str]:
    return list(run.items.order_by("pk").values_list("state", flat=True))


def test_a_few_are_done_at_once_and_told(
    sign_in: SignIn, agent: Agent, many: list[Conversation]
) -> None:
    ids = [row.pk for row in many[:4]]
    answer = sign_in(agent).post(url("priority"), {"ids": ids, "priority": 4})
    assert answer.status_code == 200
    assert Conversation.objects.filter(priority=Priority.URGENT).count() == 4
    assert Event.objects.filter(name=EventName.CONVERSATION_PRIORITISED, actor=agent).count() == 4
    run = BulkRun.objects.get()
    assert (run.state, run.total, states(run)) == ("done", 4, ["done"] * 4)
    assert b"undo" in answer.content


@pytest.mark.parametrize(
    ("key", "data", "changed"),
    [
        ("assign", {"agent": "me"}, {"assignee": "agent"}),
        ("snooze", {"until": ""}, {"status": "snoozed"}),
        ("snooze", {"hours": "24"}, {"status": "snoozed"}),
        ("resolve", {}, {"status": "resolved"}),
        ("read", {}, {"unread": 0}),
    ],
)
def test_every_action_does_and_gives_back(
    sign_in: SignIn,
    agent: Agent,
    many: list[Conversation],
    key: str,
    data: dict[str, Any],
    changed: dict[str, Any],
) -> None:
    Conversation.objects.update(unread=1)
    if data.get("agent") == "me":
        data, changed = {"agent": agent.pk}, {"assignee": agent.pk}
    before = list(Conversation.objects.order_by("pk").values("status", "assignee"))
    client = sign_in(agent)
    assert client.post(url(key), {"ids": [row.pk for row in many], **data}).status_code == 200
    assert Conversation.objects.filter(**changed).count() == 6
    run = BulkRun.objects.get()
    client.post(reverse("inbox:bulk-undo", args=[run.pk]))
    run.refresh_from_db()
    if key != "read":
        assert (run.state, set(states(run))) == ("undone", {"undone"})
        assert list(Conversation.objects.order_by("pk").values("status", "assignee")) == before


def test_labels_are_added_and_given_back(
    sign_in: SignIn, agent: Agent, many: list[Conversation]
) -> None:
    old, new = factories.LabelFactory.create(), factories.LabelFactory.create()
    many[0].labels.add(old)
    many[1].labels.add(new)
    sign_in(agent).post(url("label"), {"ids": [row.pk for row in many[:3]], "add": new.pk})
    assert new.conversations.count() == 3
    run = BulkRun.objects.get()
    assert states(run) == ["done", "same", "done"]
    undo_run(run, agent)
    assert list(new.conversations.all()) == [many[1]]
    assert list(old.conversations.all()) == [many[0]]


def test_an_undo_leaves_what_somebody_changed_since(
    agent: Agent, lead: Agent, many: list[Conversation]
) -> None:
    run = begin_run("priority", URGENT, list_conversations(agent), agent)
    set_priority(many[0], Priority.LOW, lead)
    run = undo_run(run, agent)
    assert sorted(states(run)) == ["kept", *["undone"] * 5]
    assert Conversation.objects.get(pk=many[0].pk).priority == Priority.LOW
    assert undo_run(run, agent).state == "undone"  # twice is once


def test_an_undo_comes_too_late_after_ten_minutes(
    agent: Agent, many: list[Conversation], clock: Any
) -> None:
    run = begin_run("priority", URGENT, list_conversations(agent), agent)
    clock.forward(timedelta(minutes=11))
    assert undo_run(run, agent).state == "done"
    assert Conversation.objects.filter(priority=Priority.URGENT).count() == 6


def test_what_is_taken_away_meanwhile_is_refused_with_its_reason(
    sign_in: SignIn, agent: Agent, lead: Agent, many: list[Conversation]
) -> None:
    elsewhere = factories.TeamFactory.create()
    with mock.patch.object(runs, "AT_ONCE", 0):
        run = begin_run("priority", URGENT, list_conversations(agent), agent)
    assign_team(many[2], elsewhere, by=lead)
    work_on(run.pk)
    assert run.items.get(state="refused").reason == "not_visible"
    answer = sign_in(agent).get(reverse("inbox:bulk-run", args=[run.pk]))
    assert f"rest={run.pk}" in answer.content.decode()
    rest = sign_in(lead).get("/", {"view": "all", "rest": str(run.pk)})
    assert rest.context["page"].rows == []  # a colleague's run


def test_a_worker_that_dies_between_portions_is_followed_by_another(
    agent: Agent, many: list[Conversation], monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    nudged: list[tuple[object, ...]] = []
    monkeypatch.setattr(runs, "nudge", lambda *args: nudged.append(args))
    monkeypatch.setattr(runs, "AT_ONCE", 2)
    monkeypatch.setattr(runs, "PORTION", 2)
    run = begin_run("priority", URGENT, list_conversations(agent), agent)
    assert states(run).count("done") == 2
    real = runs._work_item
    died: list[int] = []

    def dies(*args: Any, **kwargs: Any) -> None:
        if died:
            raise SystemExit
        died.append(1)
        real(*args, **kwargs)

    monkeypatch.setattr(runs, "_work_item", dies)
    with pytest.raises(SystemExit):
        work_on(run.pk)
    monkeypatch.setattr(runs, "_work_item", real)
    assert states(run).count("done") == 3
    nudged.clear()
    clock.forward(timedelta(minutes=1))
    sweep_runs()
    assert nudged == [(runs.WORK_TASK, str(run.pk))]
    while BulkRun.objects.get(pk=run.pk).state == "running":
        work_on(run.pk)
    assert states(run) == ["done"] * 6
    assert Event.objects.filter(name=EventName.CONVERSATION_PRIORITISED).count() == 6


def test_a_stopped_run_keeps_what_is_done(agent: Agent, many: list[Conversation]) -> None:
    with mock.patch.object(runs, "AT_ONCE", 2):
        run = begin_run("priority", URGENT, list_conversations(agent), agent)
    run = stop_run(run, agent)
    work_on(run.pk)
    assert sorted(states(run)) == [*["done"] * 2, *["waiting"] * 4]
    assert undo_run(run, agent).state == "undone"


def test_from_50_on_it_is_asked_once_with_the_number(
    sign_in: SignIn, agent: Agent, many: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.views.bulk.ASK_FROM", 5)
    client = sign_in(agent)
    data = {"all": "1", "words": "view=all&status=open", "agent": agent.pk}
    asked = client.post(url("assign"), data)
    assert "data-bulk-confirm" in asked.content.decode()
    assert not BulkRun.objects.exists()
    assert "data-bulk-confirm" in client.post(url("assign"), {**data, "sure": 5}).content.decode()
    client.post(url("assign"), {**data, "sure": 6})
    assert Conversation.objects.filter(assignee=agent).count() == 6


def test_only_what_one_may_see_is_touched(
    sign_in: SignIn, other_agent: Agent, team: Team, conversation: Conversation
) -> None:
    answer = sign_in(other_agent).post(url("resolve"), {"ids": [conversation.pk]})
    assert answer.status_code == 422
    assert not BulkItem.objects.exists()


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("priority", {"priority": "9"}),
        ("assign", {"agent": "x"}),
        ("assign", {}),
        ("label", {"add": "0"}),
        ("snooze", {"until": "yesterday"}),
        ("snooze", {"hours": "-1"}),
    ],
)
def test_a_choice_that_is_none_is_refused(
    sign_in: SignIn, agent: Agent, many: list[Conversation], key: str, data: dict[str, str]
) -> None:
    assert sign_in(agent).post(url(key), {"ids": [many[0].pk], **data}).status_code == 422


def test_doors(
    sign_in: SignIn, agent: Agent, lead: Agent, read_only: Agent, many: list[Conversation]
) -> None:
    run = begin_run("priority", URGENT, list_conversations(agent), agent)
    for door in ("bulk-stop", "bulk-undo"):
        assert sign_in(lead).post(reverse(f"inbox:{door}", args=[run.pk])).status_code == 404
        assert sign_in(agent).get(reverse(f"inbox:{door}", args=[run.pk])).status_code == 405
    assert sign_in(lead).get(reverse("inbox:bulk-run", args=[run.pk])).status_code == 404
    assert sign_in(read_only).post(url("read"), {"ids": [many[0].pk]}).status_code == 403
    assert sign_in(agent).post(url("bogus")).status_code == 404
    for key in ("assign", "label", "snooze", "priority", "resolve"):
        menu = reverse("inbox:bulk-menu", args=[key])
        assert sign_in(agent).get(menu).status_code == 200
        assert sign_in(read_only).get(menu).status_code == 403


def test_runs_are_forgotten_after_a_week(agent: Agent, many: list[Conversation]) -> None:
    begin_run("priority", URGENT, list_conversations(agent), agent)
    BulkRun.objects.update(created_at=timezone.now() - timedelta(days=8))
    sweep_runs()
    assert not BulkRun.objects.exists()
