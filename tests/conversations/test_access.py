"""Who sees what: the SQL rule and the live rule are one."""

from __future__ import annotations

from itertools import product

import pytest
from django.http import Http404

from accounts.models import Agent, Role, Team
from conversations.access import (
    Scope,
    agents_who_see,
    scopes_of,
    visible_contacts,
    visible_conversation,
    visible_conversations,
    visible_media,
    visible_messages,
    visible_numbers,
)
from conversations.models import Conversation
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_live_rule_and_the_sql_rule_agree_for_every_role() -> None:
    teams = [*factories.TeamFactory.create_batch(2), None]
    agents = [
        factories.AgentFactory.create(role=role, teams=list(own))
        for role in Role.values
        for own in ((), (teams[0],), (teams[0], teams[1]))
    ]
    numbers = factories.WhatsAppNumberFactory.create_batch(3)
    numbers[1].teams.set([teams[0]])
    numbers[2].teams.set([teams[0], teams[1]])
    conversations = [
        factories.ConversationFactory.create(team=team, assignee=assignee, business_number=number)
        for team, assignee, number in product(teams, [None, *agents[:4]], numbers)
    ]
    for agent in agents:
        scope = Scope.of(agent)
        by_sql = set(visible_conversations(agent))
        by_scope = {
            c for c in conversations if scope.covers(c.team_id, c.assignee_id, c.business_number_id)
        }
        assert by_sql == by_scope
        assert scopes_of([agent])[agent.pk] == scope
        seen_by = {c for c in conversations if agent in agents_who_see(c)}
        assert seen_by == by_sql


def test_a_number_of_other_teams_is_closed_to_leads_too(
    conversation: Conversation, lead: Agent, admin: Agent
) -> None:
    other = factories.TeamFactory.create()
    conversation.business_number.teams.set([other])
    assert conversation not in visible_conversations(lead)
    assert conversation.contact not in visible_contacts(lead)
    number = conversation.business_number_id
    assert number not in visible_numbers(lead).values_list("pk", flat=True)
    assert conversation in visible_conversations(admin)
    lead.teams.add(other)
    assert conversation in visible_conversations(lead)
    assert conversation.contact in visible_contacts(lead)
    assert number in visible_numbers(lead).values_list("pk", flat=True)


def test_who_only_signed_up_is_seen_by_leads(agent: Agent, lead: Agent) -> None:
    contact = factories.ContactFactory.create()
    assert contact in visible_contacts(lead)
    assert contact not in visible_contacts(agent)


def test_another_teams_conversation_is_404(conversation: Conversation, other_agent: Agent) -> None:
    with pytest.raises(Http404):
        visible_conversation(other_agent, conversation.pk)


def test_what_hangs_on_it_is_hidden_with_it(
    conversation: Conversation, agent: Agent, other_agent: Agent
) -> None:
    message = factories.MessageFactory.create(conversation=conversation)
    media = factories.MediaFactory.create(message=message)
    assert message in visible_messages(agent)
    assert media in visible_media(agent)
    assert conversation.contact in visible_contacts(agent)
    assert message not in visible_messages(other_agent)
    assert media not in visible_media(other_agent)
    assert conversation.contact not in visible_contacts(other_agent)


def test_an_upload_is_seen_by_who_made_it(agent: Agent, lead: Agent) -> None:
    media = factories.MediaFactory.create(message=None, uploaded_by=agent)
    assert media in visible_media(agent)
    assert media not in visible_media(lead)


def test_the_assignee_sees_it_in_whatever_team(other_agent: Agent, team: Team) -> None:
    mine = factories.ConversationFactory.create(team=team, assignee=other_agent)
    assert visible_conversation(other_agent, mine.pk) == mine
