"""The menus over the thread: snooze, resolve with a reason, priority, labels, hand over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Preferences, Team
from conversations.models import Conversation, Event, Label, Note, ResolveReason, ServiceSettings
from conversations.services.snooze import snooze_conversation
from inbox.snooze_times import read_until, snooze_times
from tests import factories
from tests.fixtures import Clock
from tests.inbox.conftest import SignIn

POSTS = ["snooze", "wake", "priority", "label"]
MENUS = ["snooze-menu", "reasons", "priority-menu", "label-menu", "assignees"]
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def url(name: str, conversation: Conversation) -> str:
    return reverse(f"inbox:{name}", args=[conversation.pk])


@pytest.fixture
def reason(db: None) -> ResolveReason:
    row, _new = ResolveReason.objects.get_or_create(name_de="Gelöst", name_en="Solved")
    return row


def test_every_menu_opens(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    client = sign_in(agent)
    for name in MENUS:
        assert client.get(url(name, conversation)).status_code == 200, name
        assert client.post(url(name, conversation)).status_code == 405


@pytest.mark.parametrize("name", [*POSTS, *MENUS, "labels"])
def test_others_conversations_are_not_there(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation, name: str
) -> None:
    client = sign_in(other_agent)
    ask = client.post if name in POSTS else client.get
    assert ask(url(name, conversation), {"until": "reply"}).status_code == 404


def test_readers_look_only(sign_in: SignIn, read_only: Agent, conversation: Conversation) -> None:
    client = sign_in(read_only)
    label = factories.LabelFactory.create()
    posts = {
        "snooze": {"until": "reply"},
        "wake": {},
        "priority": {"priority": "4"},
        "label": {"add": label.pk},
        "assign": {"agent": "", "note": "x"},
    }
    for name, data in posts.items():
        assert client.post(url(name, conversation), data).status_code == 403, name
    for name in MENUS[:-1]:
        assert client.get(url(name, conversation)).status_code == 403, name
    pane = client.get(url("labels", conversation)).content.decode()
    assert "data-act" not in pane
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", POSTS)
def test_a_look_changes_nothing(
    sign_in: SignIn, agent: Agent, conversation: Conversation, name: str
) -> None:
    assert sign_in(agent).get(url(name, conversation)).status_code == 405


# Snooze.


def test_snoozing_by_the_menu(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    client = sign_in(agent)
    page = client.post(url("snooze", conversation), {"until": "tomorrow"}).content.decode()
    row = Conversation.objects.get()
    assert row.snoozed_until is not None
    assert timezone.localtime(row.snoozed_until).hour == 8
    assert "Snoozed until" in page
    page = client.post(url("wake", conversation)).content.decode()
    assert "Snoozed until" not in page
    assert Conversation.objects.get().status == "open"
    client.post(url("snooze", conversation), {"until": "reply"})
    assert Conversation.objects.get().status == "snoozed"


def test_own_times_are_the_agents(
    sign_in: SignIn, agent: Agent, conversation: Conversation, clock: Clock
) -> None:
    clock.at(SUNDAY)
    Preferences.objects.create(agent=agent, time_zone="America/New_York")
    client = sign_in(agent)
    client.post(url("snooze", conversation), {"until": "own", "at": "2026-11-24T09:30"})
    at = Conversation.objects.get().snoozed_until
    assert at == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"until": "never"},
        {"until": "own"},
        {"until": "own", "at": "31.12.2026"},
        {"until": "own", "at": "2020-01-01T00:00"},
        {"until": "own", "at": "9999-12-31T23:59"},
        {"until": "own", "at": "0001-01-01T00:00"},
        {"until": "own", "at": "2026-02-30T00:00"},
        {"until": "own", "at": "\x00"},
    ],
)
def test_times_that_make_no_sense_are_refused_in_words(
    sign_in: SignIn, agent: Agent, conversation: Conversation, data: dict[str, str]
) -> None:
    answer = sign_in(agent).post(url("snooze", conversation), data)
    assert answer.status_code == 422
    assert answer.json()["errors"]["until"]
    assert Conversation.objects.get().status == "open"


def test_the_times_of_a_sunday_evening(conversation: Conversation) -> None:
    """Tomorrow morning is Monday morning: it is offered once."""
    conversation.window_expires_at = SUNDAY + timedelta(hours=10)
    times = snooze_times(conversation, SUNDAY, "Europe/Berlin")
    assert [one.key for one in times] == ["hours", "tomorrow", "week"]
    assert [one.window_closes_first for one in times] == [False, True, True]
    assert times[1].at == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_eight_in_the_morning_is_eight_in_summer_too(conversation: Conversation) -> None:
    saturday = datetime(2027, 3, 27, 12, 0, tzinfo=UTC)  # the clocks go on that night
    at = read_until({"until": "tomorrow"}, conversation, saturday, "Europe/Berlin")
    assert at == datetime(2027, 3, 28, 6, 0, tzinfo=UTC)


# Resolve.


def test_resolving_with_a_reason(
    sign_in: SignIn, agent: Agent, conversation: Conversation, reason: ResolveReason
) -> None:
    client = sign_in(agent)
    assert "Solved" in client.get(url("reasons", conversation)).content.decode()
    client.post(url("resolve", conversation), {"reason": reason.pk})
    row = Conversation.objects.get()
    assert row.resolve_reason == reason
    page = client.get(url("conversation", conversation)).content.decode()
    assert "resolved the conversation: <b>Solved</b>" in page
    client.post(url("reopen", conversation))
    assert Conversation.objects.get().resolve_reason is None


def test_a_reason_that_is_required(
    sign_in: SignIn, agent: Agent, conversation: Conversation, reason: ResolveReason
) -> None:
    ServiceSettings.objects.create(reason_required=True)
    client = sign_in(agent)
    answer = client.post(url("resolve", conversation))
    assert (answer.status_code, answer.json()["code"]) == (422, "reason_required")
    assert Conversation.objects.get().status == "open"
    assert client.post(url("resolve", conversation), {"reason": reason.pk}).status_code == 200


def test_reasons_that_are_switched_off_or_not_there(
    sign_in: SignIn, agent: Agent, conversation: Conversation, reason: ResolveReason
) -> None:
    ResolveReason.objects.update(is_active=False)
    client = sign_in(agent)
    assert "Solved" not in client.get(url("reasons", conversation)).content.decode()
    for wanted in (reason.pk, "x", "99999"):
        answer = client.post(url("resolve", conversation), {"reason": wanted})
        assert answer.status_code == 404


# Priority.


def test_priority(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    client = sign_in(agent)
    for _again in range(2):
        page = client.post(url("priority", conversation), {"priority": "4"}).content.decode()
    assert Conversation.objects.get().priority == 4
    assert "urgent" in page
    event = Event.objects.get()
    assert event.data == {"from": 2, "to": 4}
    thread = client.get(url("conversation", conversation)).content.decode()
    assert "set the priority to <b>urgent</b>" in thread
    for wanted in ("0", "5", "x", ""):
        answer = client.post(url("priority", conversation), {"priority": wanted})
        assert answer.status_code == 422


# Labels.


def test_labels_on_and_off(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    label = factories.LabelFactory.create(name="Fundsache")
    client = sign_in(agent)
    menu = client.post(url("label", conversation), {"add": label.pk}).content.decode()
    assert 'aria-selected="true"' in menu
    assert "Fundsache" in client.get(url("labels", conversation)).content.decode()
    client.post(url("label", conversation), {"remove": label.pk})
    client.post(url("label", conversation), {"remove": label.pk})
    assert not conversation.labels.exists()
    data = [row.data for row in Event.objects.order_by("id")]
    assert data == [{"added": [label.pk], "removed": []}, {"added": [], "removed": [label.pk]}]
    for wanted in ("x", "", "99999"):
        assert client.post(url("label", conversation), {"add": wanted}).status_code == 404


def test_labels_are_made_by_those_who_answer_for_the_house(
    sign_in: SignIn, agent: Agent, lead: Agent, conversation: Conversation
) -> None:
    assert "data-create" not in sign_in(agent).get(url("label-menu", conversation)).content.decode()
    assert sign_in(agent).post(url("label", conversation), {"new": "X"}).status_code == 403
    client = sign_in(lead)
    made = {"new": "  Störung   RE 7 ", "color": "brown"}
    assert client.post(url("label", conversation), made).status_code == 200
    label = Label.objects.get()
    assert (label.name, label.color) == ("Störung RE 7", "brown")
    assert list(conversation.labels.all()) == [label]
    for bad in ({"new": "störung re 7"}, {"new": " "}, {"new": "x" * 41}, {"new": "\x00"}):
        assert client.post(url("label", conversation), bad).status_code == 422
    bad_color = {"new": "Neu", "color": "<b>"}
    assert client.post(url("label", conversation), bad_color).status_code == 422
    assert Label.objects.count() == 1


# Hand over.


def test_handing_over_with_a_note(
    sign_in: SignIn, agent: Agent, conversation: Conversation, team: Team
) -> None:
    colleague = factories.AgentFactory.create(teams=[team])
    client, once = sign_in(agent), str(uuid4())
    for _again in range(2):
        data = {"agent": colleague.pk, "note": "Bitte zurückrufen", "note_uuid": once}
        assert client.post(url("assign", conversation), data).status_code == 200
    assert Note.objects.get().text == "Bitte zurückrufen"
    assert Conversation.objects.get().assignee == colleague
    names = list(Event.objects.order_by("id").values_list("name", flat=True))
    assert names == ["note.created", "conversation.assigned"]  # the note is there first


def test_a_note_that_cannot_be_written_hands_nothing_over(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    client = sign_in(agent)
    for bad in ({"note": "x" * 10_001}, {"note": "x", "note_uuid": "no"}):
        answer = client.post(url("assign", conversation), {"agent": "me", **bad})
        assert answer.status_code == 422
    assert Conversation.objects.get().assignee is None


def test_a_team_takes_it_from_who_is_not_of_it(
    sign_in: SignIn, agent: Agent, conversation: Conversation, team: Team
) -> None:
    elsewhere = factories.TeamFactory.create()
    client = sign_in(agent)
    client.post(url("assign", conversation), {"agent": "me"})
    client.post(url("assign", conversation), {"team": team.pk})
    assert Conversation.objects.get().assignee == agent  # of the team: nothing changed
    client.post(url("assign", conversation), {"team": elsewhere.pk})
    row = Conversation.objects.get()
    assert (row.team, row.assignee) == (elsewhere, None)
    assert Event.objects.filter(name="conversation.assigned").count() == 2


def test_the_head_of_a_snoozed_one_says_until_when(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    snooze_conversation(conversation, None, by=agent)
    page = sign_in(agent).get(url("conversation", conversation)).content.decode()
    assert "Snoozed until the customer writes" in page
    assert "snoozed the conversation until the customer writes" in page
