"""The admin of rules at the door: made, read in words, tried, by admins only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent, Role, Team
from automation.models import AssignmentRule, RuleRun
from conversations.models import Conversation
from tests import factories
from tests.automation.conftest import happen
from tests.automation.test_rules import Writes, rule

pytestmark = pytest.mark.django_db
LIST = reverse("admin:automation_assignmentrule_changelist")
ADD = reverse("admin:automation_assignmentrule_add")
TRY = reverse("admin:automation_assignmentrule_try")


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    return client


def test_one_is_made_with_labels_only(browser: Client) -> None:
    label = factories.LabelFactory.create()
    said = {"name": "Koffer", "place": 1, "is_active": "on", "words": "Koffer*, lost property"}
    assert browser.post(ADD, {**said, "adds_labels": [label.pk]}).status_code == 302

    made = AssignmentRule.objects.get()
    assert (made.words, made.has_labels) == (["Koffer*", "lost property"], True)
    assert list(made.adds_labels.all()) == [label]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "A rule must do something."),
        ({"priority": 2, "words": "!!, ok"}, "There is no word in “!!”."),
        ({"priority": 2, "words": ",".join("x" * 51)}, "51 items"),
        ({"priority": 2, "attribute_equals": "x"}, "An attribute and what it is belong together."),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_lost(
    browser: Client, fields: dict[str, object], error: str
) -> None:
    page = browser.post(ADD, {"name": "A <b>", "place": 1, **fields}, HTTP_ACCEPT_LANGUAGE="en")
    text = page.content.decode()
    assert page.status_code == 200
    assert error in text.replace("&quot;", '"')
    assert "A &lt;b&gt;" in text
    assert not AssignmentRule.objects.exists()


def test_a_person_or_distribute_and_who_may_not_write(browser: Client, agent: Agent) -> None:
    both = {"name": "A", "place": 1, "person": agent.pk, "distributes": "on"}
    page = browser.post(ADD, both, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Either one person, or distribute." in page
    Agent.objects.filter(pk=agent.pk).update(role=Role.READ_ONLY)
    del both["distributes"]
    page = browser.post(ADD, both, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "This agent cannot have conversations." in page


def test_the_list_says_it_in_words_and_how_often(
    browser: Client, writes: Writes, team: Team
) -> None:
    rule(name="Koffer", words=["Koffer*"], team=team, came_by="", goes_on=True)
    writes("Koffer")
    happen()
    page = browser.get(LIST, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert RuleRun.objects.count() == 1
    for words in ("words: Koffer*", f"to the team {team}; then later rules", TRY[:-4]):
        assert words in page


def test_trying_shows_what_would_be_and_changes_nothing(
    browser: Client, writes: Writes, team: Team
) -> None:
    row = writes("Koffer <script>").conversation
    made = rule(name="Koffer <b>", words=["Koffer"], team=team)
    page = browser.get(TRY, HTTP_ACCEPT_LANGUAGE="en")
    text = page.content.decode()

    assert page.status_code == 200
    assert page.context["rules"] == [(made, 1, 1)]
    assert "Koffer &lt;b&gt;" in text
    assert "<script>" not in text.split('id="try-rules"')[1].split("</section>")[0]
    assert Conversation.objects.get(pk=row.pk).team is None
    assert not RuleRun.objects.exists()


def test_trying_with_nothing_there(browser: Client) -> None:
    page = browser.get(TRY, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "There is no rule yet." in page
    assert "Nobody has written yet." in page


def test_trying_is_looked_at_only(browser: Client) -> None:
    assert browser.post(TRY).status_code == 405


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.AGENT, Role.LEAD])
@pytest.mark.parametrize("address", [LIST, ADD, TRY])
def test_it_is_for_admins(client: Client, role: Role, address: str) -> None:
    client.force_login(factories.AgentFactory.create(role=role))
    assert client.get(address).status_code in (302, 403)
