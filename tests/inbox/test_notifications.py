"""Who is told of what: once, in their language, and not of what they see anyway."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Agent, Role, Team
from consent.personal_data import Person
from consent.retention import Limits
from contacts.models import Contact
from conversations.dispatch import dispatch_events
from conversations.events import record
from conversations.models import Conversation, Event, EventName, Status
from conversations.services.erase import erase_threads
from conversations.services.lifecycle import assign_conversation, assign_team
from conversations.services.notes import write_note
from inbox import live
from inbox.keepers import DAYS, _notifications
from inbox.looking import came_into_view
from inbox.member import member_for
from inbox.models import Notification
from inbox.notifications import lines_of, notify_of, unread_count
from inbox.watching import Watcher, _redis, key_of
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tarek(team: Team) -> Agent:
    return factories.AgentFactory.create(name="Tarek Aydin", teams=[team], language="de")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The frames that went to single agents."""
    frames: list[dict[str, Any]] = []

    def publish(message: dict[str, Any]) -> bool:
        for agent, frame in message.get("frames", {}).items():
            frames.append({"to": int(agent), **msgspec.json.decode(frame)})
        return True

    monkeypatch.setattr(live, "publish", publish)
    return frames


def customer_writes(conversation: Conversation, text: str = "Hallo") -> None:
    message = factories.MessageFactory.create(conversation=conversation, text=text)
    conversation.last_message = message
    conversation.save()
    record(EventName.MESSAGE_RECEIVED, conversation, message=message)
    dispatch_events()


def of(agent: Agent) -> list[str]:
    return list(Notification.objects.filter(agent=agent).values_list("kind", flat=True))


def looks(agent: Agent, conversation: Conversation) -> None:
    watcher = Watcher(agent.pk, agent.name, "X", "", 0.0, time.time())
    _redis().hset(key_of(conversation.pk), "page", msgspec.json.encode(watcher))


def test_a_mention_is_told(
    conversation: Conversation, agent: Agent, tarek: Agent, told: list[dict[str, Any]]
) -> None:
    write_note(conversation, "@Tarek Aydin bitte prüfen", agent)
    dispatch_events()
    assert of(tarek) == ["mentioned"]
    assert of(agent) == []
    frame = told[-1]
    assert (frame["to"], frame["kind"], frame["count"]) == (tarek.pk, "mentioned", 1)
    assert frame["text"] == "@Tarek Aydin bitte prüfen"


def test_told_again_it_is_one(conversation: Conversation, agent: Agent, tarek: Agent) -> None:
    write_note(conversation, "@Tarek Aydin", agent)
    dispatch_events()
    notify_of(list(Event.objects.all()))
    assert of(tarek) == ["mentioned"]


def test_assignments_are_told_to_who_gets_them(
    conversation: Conversation, agent: Agent, tarek: Agent, other_agent: Agent
) -> None:
    assign_conversation(conversation, agent, by=agent)  # taken by oneself: no news
    assign_conversation(conversation, tarek, by=agent)
    dispatch_events()
    assign_conversation(conversation, None, by=agent)
    conversation.refresh_from_db()
    assign_team(conversation, other_agent.teams.get(), by=agent)
    dispatch_events()
    assert (of(agent), of(tarek), of(other_agent)) == ([], ["assigned"], ["team_assigned"])


def test_who_may_not_see_it_any_more_is_not_told(
    conversation: Conversation, agent: Agent, tarek: Agent, other_agent: Agent
) -> None:
    assign_conversation(conversation, tarek, by=agent)
    conversation.refresh_from_db()
    assign_conversation(conversation, None, by=agent)
    conversation.refresh_from_db()
    assign_team(conversation, other_agent.teams.get(), by=agent)
    dispatch_events()
    assert of(tarek) == []


def test_many_messages_of_my_customer_are_one_line(
    conversation: Conversation, agent: Agent
) -> None:
    customer_writes(conversation)
    assert of(agent) == []  # nobody's yet
    Conversation.objects.update(assignee=agent)
    conversation.refresh_from_db()
    for number in range(3):
        customer_writes(conversation, f"Nummer {number}")
    assert of(agent) == ["replied_in_mine"]


def test_what_is_on_screen_is_no_news(
    conversation: Conversation, agent: Agent, tarek: Agent, told: list[dict[str, Any]]
) -> None:
    Conversation.objects.update(assignee=tarek)
    conversation.refresh_from_db()
    looks(tarek, conversation)
    customer_writes(conversation)
    write_note(conversation, "@Tarek Aydin", agent)
    dispatch_events()
    assert of(tarek) == ["mentioned"]
    assert unread_count(tarek) == 0
    assert [frame for frame in told if frame["type"] == "notification"] == []


def test_a_late_refusal_is_told_to_its_author(conversation: Conversation, agent: Agent) -> None:
    late = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        author=agent,
        status=Status.BLOCKED,
        scheduled_at=timezone.now(),
    )
    record(EventName.MESSAGE_STATUS_CHANGED, conversation, message=late, data={"status": "blocked"})
    dispatch_events()
    assert of(agent) == ["scheduled_blocked"]


@pytest.mark.parametrize("name", [EventName.SLA_WARNED, EventName.SLA_BREACHED])
def test_a_service_level_is_told_to_the_team_where_nobody_has_it(
    conversation: Conversation, agent: Agent, tarek: Agent, other_agent: Agent, name: EventName
) -> None:
    record(name, conversation)
    dispatch_events()
    assert len(of(agent)) == len(of(tarek)) == 1
    assert of(other_agent) == []


def test_a_service_level_is_told_to_whom_its_policy_says(
    conversation: Conversation, agent: Agent, tarek: Agent, lead: Agent
) -> None:
    assign_conversation(conversation, agent, by=tarek)
    dispatch_events()

    def breach(*notify: str, escalated: bool = False) -> None:
        Notification.objects.all().delete()
        data: dict[str, object] = {"notify": list(notify), "escalated": escalated}
        record(EventName.SLA_BREACHED, conversation, data=data)
        dispatch_events()

    breach("leads")
    assert (of(lead), of(agent), of(tarek)) == (["sla_breached"], [], [])
    breach("assignee", "leads")
    assert (of(lead), of(agent), of(tarek)) == (["sla_breached"], ["sla_breached"], [])
    breach("leads", escalated=True)
    assert of(lead) == ["sla_escalated"]
    with translation.override("en"):
        [line] = lines_of(lead, None)[0]
        assert line.title.startswith("Escalated: ")
    breach()
    assert Notification.objects.count() == 0


def test_the_teams_own_leads_are_told_before_all_leads(
    conversation: Conversation, team: Team, lead: Agent
) -> None:
    own = factories.AgentFactory.create(role=Role.LEAD)
    own.teams.add(team)
    record(EventName.SLA_BREACHED, conversation, data={"notify": ["leads"]})
    dispatch_events()
    assert (of(own), of(lead)) == (["sla_breached"], [])


def test_nobody_is_told_of_a_number_they_do_not_work_on(
    conversation: Conversation, agent: Agent, tarek: Agent, lead: Agent
) -> None:
    conversation.business_number.teams.add(factories.TeamFactory.create())
    record(EventName.SLA_BREACHED, conversation, data={"notify": ["assignee", "leads"]})
    dispatch_events()
    assert Notification.objects.count() == 0


def test_inactive_agents_are_not_told(
    conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    Agent.objects.filter(pk=tarek.pk).update(is_active=False)
    assign_conversation(conversation, tarek, by=agent)
    dispatch_events()
    assert of(tarek) == []


def test_the_first_words_are_left_out_when_the_agent_says_so(
    conversation: Conversation, agent: Agent, tarek: Agent, told: list[dict[str, Any]]
) -> None:
    factories.PreferencesFactory.create(agent=tarek, show_text=False)
    write_note(conversation, "@Tarek Aydin geheim", agent)
    dispatch_events()
    assert told[-1]["text"] == ""


def test_opening_the_conversation_reads_it(
    conversation: Conversation, agent: Agent, tarek: Agent, told: list[dict[str, Any]]
) -> None:
    write_note(conversation, "@Tarek Aydin", agent)
    dispatch_events()
    assert came_into_view(member_for(tarek, "session"), conversation.pk)
    assert unread_count(tarek) == 0
    assert told[-1] == {"to": tarek.pk, "type": "notifications", "count": 0}


def test_the_bells_list(
    sign_in: SignIn, conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    write_note(conversation, "@Tarek Aydin", agent)
    dispatch_events()
    browser = sign_in(tarek)
    url = reverse("inbox:notifications")
    html = browser.get(url).content.decode()
    assert "Anna Agent" in html
    assert "data-unread" in html
    assert "data-unread" not in sign_in(agent).get(url).content.decode()  # somebody else's
    assert browser.post(url).status_code == 405
    page = browser.get("/").content.decode()
    assert 'data-count="1"' in page
    assert browser.get(reverse("inbox:read-notifications")).status_code == 405
    assert browser.post(reverse("inbox:read-notifications")).status_code == 302
    assert unread_count(tarek) == 0


def test_what_one_may_not_see_any_more_is_not_listed(
    sign_in: SignIn, conversation: Conversation, agent: Agent, tarek: Agent, other_agent: Agent
) -> None:
    write_note(conversation, "@Tarek Aydin", agent)
    dispatch_events()
    assign_team(conversation, other_agent.teams.get(), by=agent)
    html = sign_in(tarek).get(reverse("inbox:notifications")).content.decode()
    assert conversation.contact.name not in html
    assert str(conversation.pk) not in html


def test_pages_of_the_list_and_their_queries(
    sign_in: SignIn, conversation: Conversation, agent: Agent, django_assert_max_num_queries: Any
) -> None:
    Notification.objects.bulk_create(
        Notification(
            agent=agent,
            kind="woken",
            conversation=conversation,
            sequence=number,
            created_at=timezone.now(),
        )
        for number in range(45)
    )
    browser = sign_in(agent)
    url, seen = reverse("inbox:notifications"), 0
    for _ in range(3):
        with django_assert_max_num_queries(8):
            html = browser.get(url).content.decode()
        seen += html.count("data-notification=")
        url = html.split('data-older="')[1].split('"')[0] if "data-older" in html else url
    assert seen == 45
    for nonsense in ("x", "-1", "²", "9" * 40):
        assert browser.get(reverse("inbox:notifications"), {"before": nonsense}).status_code == 200


def test_they_go_after_their_time_and_with_the_person(
    conversation: Conversation, contact: Contact, agent: Agent, tarek: Agent
) -> None:
    write_note(conversation, "@Tarek Aydin", agent)
    dispatch_events()
    later = timezone.now() + timedelta(days=DAYS + 1)
    assert _notifications.look(Limits(DAYS), later).count == 1
    assert _notifications.look(Limits(DAYS), timezone.now()).count == 0
    with transaction.atomic():
        while erase_threads(Person.of(contact)).looked_at:
            pass
    assert not Notification.objects.exists()


def test_a_batch_costs_the_same_for_one_and_for_many(
    conversation: Conversation, agent: Agent, django_assert_max_num_queries: Any
) -> None:
    Conversation.objects.update(assignee=agent)
    for _ in range(20):
        one = factories.ConversationFactory.create(
            business_number=conversation.business_number, assignee=agent
        )
        message = factories.MessageFactory.create(conversation=one)
        record(EventName.MESSAGE_RECEIVED, one, message=message)
    events = list(Event.objects.all())
    for number, event in enumerate(events, 1):
        event.sequence = number
    with django_assert_max_num_queries(16):
        notify_of(events)
    assert len(of(agent)) == 20
