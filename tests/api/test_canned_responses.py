"""REST: canned responses."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Agent, Team
from inbox.models import CannedResponse
from tests import factories

PATH = "/api/v1/canned-responses/"
BODY = {"title": "Fund", "shortcut": "fund", "text_de": "Da."}


def api_of(agent: Agent) -> APIClient:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.issue_token(agent)}")
    return api


def post(agent: Agent, **more: Any) -> Any:
    return api_of(agent).post(PATH, {**BODY, **more}, format="json")


def test_written_read_changed_and_deleted(agent: Agent) -> None:
    made = post(agent)
    assert made.status_code == 201
    row = made.json()
    assert (row["scope"], row["agent"], row["used"]) == ("personal", agent.pk, 0)
    one = f"{PATH}{row['id']}/"
    api = api_of(agent)
    assert api.get(one).json() == row
    changed = api.patch(one, {"text_en": "There."}, format="json")
    assert (changed.status_code, changed.json()["text_de"]) == (200, "Da.")
    assert api.get(PATH).json()["results"][0]["text_en"] == "There."
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404


def test_one_sees_only_what_one_may_use(agent: Agent, other_agent: Agent, team: Team) -> None:
    make = factories.CannedResponseFactory.create
    mine, shared, everybodys = make(agent=agent), make(team=team), make()
    foreign = make(agent=other_agent)
    seen = {row["id"] for row in api_of(agent).get(PATH).json()["results"]}
    assert seen == {mine.pk, shared.pk, everybodys.pk}
    assert api_of(agent).get(f"{PATH}{foreign.pk}/").status_code == 404
    for row in (shared, everybodys, foreign):
        path = f"{PATH}{row.pk}/"
        assert api_of(agent).patch(path, {"title": "x"}, format="json").status_code == 404
        assert api_of(agent).delete(path).status_code == 404


def test_scopes_by_role(
    agent: Agent, lead: Agent, admin: Agent, read_only: Agent, team: Team
) -> None:
    assert post(read_only).status_code == 403
    assert post(agent, scope="team", team=team.pk).status_code == 403
    assert post(lead, scope="team", team=team.pk).status_code == 201
    assert post(lead, scope="global").status_code == 403
    assert post(admin, scope="global").status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"shortcut": "a b"}, "shortcut"),
        ({"text_de": ""}, "text_de"),
        ({"text_de": "x" * 5000}, "text_de"),
        ({"scope": "mine"}, "scope"),
        ({"team": 4711}, "team"),
    ],
)
def test_what_is_wrong_is_named(agent: Agent, wrong: dict[str, Any], field: str) -> None:
    answer = post(agent, **wrong)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not CannedResponse.objects.exists()


def test_a_team_needs_its_team_and_a_shortcut_is_taken_once(lead: Agent) -> None:
    assert "team" in post(lead, scope="team").json()["errors"]
    assert post(lead).status_code == 201
    assert "shortcut" in post(lead).json()["errors"]


def test_many_cost_what_one_costs(
    agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        factories.CannedResponseFactory.create()
    api = api_of(agent)
    with django_assert_max_num_queries(6):
        assert len(api.get(PATH).json()["results"]) == 12
