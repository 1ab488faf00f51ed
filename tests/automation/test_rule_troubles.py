"""Rules that cannot do what they say: said in the admin, told when it matters, or prevented."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AdminNotice, Agent, Role, Team
from automation.models import AssignmentRule, BusinessCalendar, SlaPolicy
from automation.rule_troubles import is_idle, tell_of_person, troubles, with_troubles
from conversations.models import Conversation, Label
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "admin:automation_assignmentrule_changelist"
CHANGE = "admin:automation_assignmentrule_change"


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    return client


def rule(**said: Any) -> AssignmentRule:
    return AssignmentRule.objects.create(**{"name": "Refunds", **said})


def looked_at(row: AssignmentRule) -> AssignmentRule:
    return with_troubles(AssignmentRule.objects.filter(pk=row.pk)).get()


def test_a_rule_for_somebody_who_left_has_no_effect_and_says_so(
    browser: Client, agent: Agent
) -> None:
    row = rule(person=agent)
    assert troubles(looked_at(row)) == []
    Agent.objects.filter(pk=agent.pk).update(is_active=False)

    assert is_idle(looked_at(row))
    for page in (reverse(LIST), reverse(CHANGE, args=[row.pk])):
        shown = browser.get(page, follow=True).content.decode()
        assert f"{agent.name} cannot have conversations any more." in shown
        assert "without effect" in shown.lower()


def test_a_rule_that_still_does_something_works_in_part(agent: Agent) -> None:
    row = rule(person=agent, priority=3)
    Agent.objects.filter(pk=agent.pk).update(role=Role.READ_ONLY)

    assert troubles(looked_at(row))
    assert not is_idle(looked_at(row))


def test_a_team_without_anybody_is_named() -> None:
    row = rule(team=Team.objects.create(name="Empty"), distributes=True)

    assert "Empty" in troubles(looked_at(row))[0]


def test_a_sound_rule_has_no_field_for_what_is_wrong(browser: Client, team: Team) -> None:
    page = browser.get(reverse(CHANGE, args=[rule(team=team).pk])).content.decode()

    assert "to be mended" not in page.lower()


def test_the_list_costs_the_same_for_one_rule_and_for_many(
    browser: Client, agent: Agent, team: Team
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse(LIST)).status_code == 200
        return len(queries)

    for number in range(2):
        rule(name=str(number), person=agent, team=team)
    cost()
    before = cost()
    for number in range(2, 8):
        rule(name=str(number), team=Team.objects.create(name=str(number)), distributes=True)
    assert cost() == before


@pytest.mark.parametrize("field", ["labels", "adds_labels"])
def test_a_label_that_a_rule_needs_stays(browser: Client, field: str) -> None:
    label = Label.objects.create(name="Refund")
    getattr(rule(priority=2), field).add(label)

    with pytest.raises(ProtectedError, match="Refund"), transaction.atomic():
        label.delete()
    with pytest.raises(ProtectedError), transaction.atomic():
        Label.objects.filter(pk=label.pk).delete()
    page = reverse("admin:conversations_label_delete", args=[label.pk])
    assert "Refunds" in browser.get(page).content.decode()
    browser.post(page, {"post": "yes"})
    assert Label.objects.filter(pk=label.pk).exists()


def test_a_label_nobody_needs_goes(browser: Client) -> None:
    label = Label.objects.create(name="Refund")

    browser.post(reverse("admin:conversations_label_delete", args=[label.pk]), {"post": "yes"})

    assert not Label.objects.filter(pk=label.pk).exists()


def test_service_levels_and_macros_for_all_keep_their_labels(agent: Agent) -> None:
    promised, set_by_key, own = (Label.objects.create(name=name) for name in "abc")
    office = BusinessCalendar.objects.create(name="Office")
    policy = SlaPolicy.objects.create(name="All", calendar=office, first_response_min=60)
    policy.labels.add(promised)
    factories.MacroFactory.create(actions=[{"kind": "label", "value": set_by_key.pk}])
    factories.MacroFactory.create(agent=agent, actions=[{"kind": "label", "value": own.pk}])

    for label in (promised, set_by_key):
        with pytest.raises(ProtectedError), transaction.atomic():
            label.delete()
    own.delete()


def test_a_number_is_not_opened_to_all_by_deleting_its_team(
    browser: Client, conversation: Conversation
) -> None:
    business_number, team = conversation.business_number, Team.objects.create(name="Only these")
    business_number.teams.add(team)

    with pytest.raises(ProtectedError), transaction.atomic():
        team.delete()
    page = reverse("admin:accounts_team_delete", args=[team.pk])
    assert str(business_number) in browser.get(page).content.decode()
    browser.post(page, {"post": "yes"})
    assert Team.objects.filter(pk=team.pk).exists()


def test_who_cannot_have_what_comes_is_told_until_the_rule_is_changed(
    browser: Client, agent: Agent, lead: Agent
) -> None:
    row = rule(person=agent)
    tell_of_person(row)
    tell_of_person(row)
    notice = AdminNotice.objects.get(kind="rule_person")
    assert (notice.times, agent.name in notice.words) == (2, True)
    assert reverse(CHANGE, args=[row.pk]) in browser.get("/admin/").content.decode()

    said = {"name": "Refunds", "place": "1", "is_active": "on", "person": str(lead.pk)}
    assert browser.post(reverse(CHANGE, args=[row.pk]), said).status_code == 302

    notice.refresh_from_db()
    assert notice.settled_at is not None
