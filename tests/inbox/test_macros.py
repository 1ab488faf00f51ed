"""Macros: several actions as one, all of them or none, and once for a key pressed twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Agent, Team
from conversations.errors import NotAllowed, ReasonRequired, Refused
from conversations.models import Conversation, Event, Priority, ResolveReason, ServiceSettings
from inbox.macro_actions import CannotRunMacro
from inbox.models import Macro, MacroRun
from inbox.services.macros import run_macro
from tests import factories
from tests.inbox.conftest import SignIn


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


def macro(*steps: tuple[str, object], **more: object) -> Macro:
    actions = [{"kind": kind, "value": value} for kind, value in steps]
    return factories.MacroFactory.create(actions=actions, **more)


def test_it_does_all_that_it_says(conversation: Conversation, agent: Agent, team: Team) -> None:
    label = factories.LabelFactory.create()
    canned = factories.CannedResponseFactory.create(text_de="Hallo {{contact.name}}")
    steps = (("assign_me", None), ("label", label.pk), ("send", canned.pk), ("note", "Fertig."))
    run_macro(macro(*steps, ("resolve", None)), conversation, agent, uuid4())

    conversation.refresh_from_db()
    assert conversation.assignee == agent
    assert list(conversation.labels.all()) == [label]
    assert [m.text for m in conversation.messages.all()] == ["Hallo Karla Kundin"]
    assert [n.text for n in conversation.notes.all()] == ["Fertig."]
    assert conversation.is_resolved
    names = set(Event.objects.values_list("name", flat=True))
    assert {"conversation.assigned", "note.created", "conversation.resolved"} <= names
    canned.refresh_from_db()
    assert canned.used == 1


def test_priority_snooze_and_a_reason(conversation: Conversation, agent: Agent) -> None:
    run_macro(macro(("priority", 4), ("snooze", 3)), conversation, agent, uuid4())
    conversation.refresh_from_db()
    assert (conversation.priority, conversation.is_snoozed) == (Priority.URGENT, True)
    assert conversation.snoozed_until is not None
    hours = (conversation.snoozed_until - timezone.now()) / timedelta(hours=1)
    assert 2.9 < hours <= 3

    run_macro(macro(("snooze_reply", None)), conversation, agent, uuid4())
    conversation.refresh_from_db()
    assert (conversation.is_snoozed, conversation.snoozed_until) == (True, None)

    reason = ResolveReason.objects.filter(is_active=True)[0]
    run_macro(macro(("resolve", reason.pk)), conversation, agent, uuid4())
    conversation.refresh_from_db()
    assert conversation.resolve_reason == reason


def test_a_reason_that_is_not_used_any_more_stops_it(
    conversation: Conversation, agent: Agent
) -> None:
    reason = ResolveReason.objects.filter(is_active=True)[0]
    wanted = macro(("priority", 4), ("resolve", reason.pk))
    ResolveReason.objects.update(is_active=False)
    with pytest.raises(CannotRunMacro):
        run_macro(wanted, conversation, agent, uuid4())
    conversation.refresh_from_db()
    assert (conversation.priority, conversation.is_resolved) == (Priority.NORMAL, False)


def test_where_a_reason_is_required_a_macro_without_one_is_refused(
    conversation: Conversation, agent: Agent
) -> None:
    ServiceSettings.objects.create(reason_required=True)
    with pytest.raises(ReasonRequired):
        run_macro(macro(("resolve", None)), conversation, agent, uuid4())


def test_when_one_action_is_refused_none_has_happened(agent: Agent, team: Team) -> None:
    closed = factories.ConversationFactory.create(closed=True, team=team)
    canned = factories.CannedResponseFactory.create(text_de="Hallo")
    with pytest.raises(Refused):
        run_macro(macro(("assign_me", None), ("send", canned.pk)), closed, agent, uuid4())

    closed.refresh_from_db()
    assert closed.assignee is None
    assert not closed.messages.exists()
    assert not MacroRun.objects.exists()


def test_a_gap_stops_it_and_is_named(conversation: Conversation, agent: Agent) -> None:
    canned = factories.CannedResponseFactory.create(text_de="Nr. {{?Fundnummer}}")
    with pytest.raises(CannotRunMacro) as refused:
        run_macro(macro(("send", canned.pk)), conversation, agent, uuid4())
    assert "Fundnummer" in str(refused.value.message)


def test_what_is_inserted_comes_back_for_the_composer(
    browser: Client, conversation: Conversation
) -> None:
    canned = factories.CannedResponseFactory.create(text_de="Nr. {{?Fundnummer}}")
    wanted = macro(("insert", canned.pk), ("assign_me", None))
    path = f"/conversations/{conversation.pk}/macros/{wanted.pk}/run/"
    press = {"client_uuid": str(uuid4())}
    assert browser.post(path, press).json()["insert"] == "Nr. {{?Fundnummer}}"
    again = browser.post(path, press).json()
    assert (again["insert"], again["again"]) == ("", True)
    assert MacroRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_it_runs_once(conversation: Conversation, agent: Agent) -> None:
    wanted, press = macro(("note", "Einmal.")), uuid4()

    def run(_: int) -> bool:
        try:
            return run_macro(wanted, conversation, agent, press).again
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == [False, True]
    assert conversation.notes.count() == 1


def test_the_same_uuid_elsewhere_is_no_replay(conversation: Conversation, agent: Agent) -> None:
    press = uuid4()
    run_macro(macro(("assign_me", None)), conversation, agent, press)
    other = factories.ConversationFactory.create()
    with pytest.raises(Exception, match="duplicate key"):
        run_macro(macro(("assign_me", None)), other, agent, press)


@pytest.mark.parametrize(
    "actions", [[], [{"kind": "fly"}], ["x"], [{"kind": "assign_me"}, {"kind": "gone"}]]
)
def test_an_action_nobody_knows_stops_it(
    conversation: Conversation, agent: Agent, actions: list[object]
) -> None:
    wanted = factories.MacroFactory.create(actions=actions)
    with pytest.raises(CannotRunMacro):
        run_macro(wanted, conversation, agent, uuid4())


def test_who_left_is_not_assigned_to(conversation: Conversation, agent: Agent) -> None:
    gone = factories.AgentFactory.create(is_active=False)
    with pytest.raises(CannotRunMacro):
        run_macro(macro(("assign_agent", gone.pk)), conversation, agent, uuid4())


def test_another_persons_or_a_foreign_conversation(
    sign_in: SignIn, conversation: Conversation, agent: Agent, other_agent: Agent, read_only: Agent
) -> None:
    foreign, shared = macro(("assign_me", None), agent=other_agent), macro(("assign_me", None))

    def path(one: Macro) -> str:
        return f"/conversations/{conversation.pk}/macros/{one.pk}/run/"

    press = {"client_uuid": str(uuid4())}
    assert sign_in(agent).post(path(foreign), press).status_code == 404
    assert sign_in(agent).get(path(shared)).status_code == 405
    assert sign_in(agent).post(path(shared), {"client_uuid": "x"}).status_code == 422
    assert sign_in(other_agent).post(path(shared), press).status_code == 404
    assert sign_in(read_only).post(path(shared), press).status_code == 403
    with pytest.raises(NotAllowed):
        run_macro(shared, conversation, read_only, UUID(press["client_uuid"]))


# -- The page ------------------------------------------------------------------------------------


def form(**more: object) -> dict[str, object]:
    return {"name": "Abschluss", "key": "3", "scope": "personal", "is_active": "on", **more}


def test_an_agent_puts_one_together(browser: Client, agent: Agent) -> None:
    label = factories.LabelFactory.create(name="Fund")
    steps = {"step-0-kind": "label", "step-0-label": label.pk, "step-1-kind": "resolve"}
    assert browser.get("/macros/new/").status_code == 200
    assert browser.post("/macros/new/", form(**steps)).status_code == 302
    row = Macro.objects.get()
    assert row.actions == [{"kind": "label", "value": label.pk}, {"kind": "resolve", "value": None}]
    assert "Add a label: Fund · Resolve" in browser.get("/macros/").content.decode()
    assert browser.get(f"/macros/{row.pk}/").status_code == 200
    assert browser.post(f"/macros/{row.pk}/delete/").status_code == 302
    assert not Macro.objects.exists()


def test_the_form_knows_what_each_action_needs(browser: Client, agent: Agent) -> None:
    reason = ResolveReason.objects.filter(is_active=True)[0]
    steps = {"step-0-kind": "priority", "step-0-priority": "3"}
    steps |= {"step-1-kind": "snooze", "step-1-hours": "1"}
    steps |= {"step-2-kind": "snooze_reply", "step-2-hours": "7"}
    steps |= {"step-3-kind": "resolve", "step-3-reason": str(reason.pk)}
    assert browser.post("/macros/new/", form(**steps)).status_code == 302
    row = Macro.objects.get()
    kinds = ("priority", "snooze", "snooze_reply", "resolve")
    values = (3, 1, None, reason.pk)
    assert row.actions == [{"kind": k, "value": v} for k, v in zip(kinds, values, strict=True)]
    page = browser.get("/macros/").content.decode()
    assert "Set the priority: high · Snooze for 1 hour" in page
    assert f"Resolve: {reason}" in page
    edit = browser.get(f"/macros/{row.pk}/").content.decode()
    assert '<option value="3" selected>' in edit


@pytest.mark.parametrize(
    "wrong",
    [{}, {"step-0-kind": "label"}, {"step-0-kind": "note", "step-0-text": " "},
     {"step-0-kind": "x"}, {"step-0-kind": "snooze"},
     {"step-0-kind": "snooze", "step-0-hours": "0"},
     {"step-0-kind": "snooze", "step-0-hours": "99999"}, {"step-0-kind": "priority"},
     {"step-0-kind": "priority", "step-0-priority": "9"},
     {"step-0-kind": "resolve", "step-0-reason": "999999"},
     {"step-0-kind": "resolve", "key": "12"}],
)  # fmt: skip
def test_what_is_missing_is_said(browser: Client, wrong: dict[str, str]) -> None:
    response = browser.post("/macros/new/", form(**wrong))
    assert response.status_code == 422
    assert not Macro.objects.exists()


def test_a_key_is_taken_once_per_owner(browser: Client, agent: Agent) -> None:
    macro(("assign_me", None), agent=agent, key=3)
    response = browser.post("/macros/new/", form(**{"step-0-kind": "resolve"}))
    assert response.status_code == 422
    assert "Another macro has this key already." in response.content.decode()


def test_old_windows_are_asked_at_the_moment_of_the_run(
    conversation: Conversation, agent: Agent
) -> None:
    canned = factories.CannedResponseFactory.create(text_de="Hallo")
    wanted = macro(("send", canned.pk))
    run_macro(wanted, conversation, agent, uuid4())
    Conversation.objects.update(window_expires_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(Refused):
        run_macro(wanted, conversation, agent, uuid4())
