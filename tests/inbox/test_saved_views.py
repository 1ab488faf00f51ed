"""Saved views: made, seen by the right people, changed, ordered, removed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Agent, Team
from conversations.models import Conversation
from inbox.models import SavedView
from inbox.saved_views import visible_views
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db
CREATE = reverse("inbox:view-create")


def make(owner: Agent, name: str = "Störung", **more: Any) -> SavedView:
    return SavedView.objects.create(owner=owner, name=name, **{"words": "window=open", **more})


def test_a_list_is_saved_and_stands_in_the_navigation(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    client = sign_in(agent)
    words = "view=all&sort=waiting&status=open&window=open,bogus&q=not+saved"
    answer = client.post(CREATE, {"name": "Offene", "sharing": "nobody", "words": words})
    assert answer.status_code == 201
    view = SavedView.objects.get()
    assert (view.view, view.sort, view.words) == ("all", "waiting", "status=open&window=open")
    page = client.get(answer.json()["url"])
    assert page.context["list_title"] == "Offene"
    assert page.context["saved_links"] == [(view, 1)]
    assert not page.context["saved_changed"]
    assert client.get(f"/?{view.query}&label=none").context["saved_changed"]
    assert client.get("/", {"saved": view.pk}).headers["Location"] == f"/?{view.query}"


def test_each_sees_their_own_and_what_is_shared_with_them(
    agent: Agent, other_agent: Agent, lead: Agent, team: Team
) -> None:
    own = make(agent)
    of_team = make(lead, sharing="team", team=team)
    of_all = make(lead, "Alle", sharing="everybody")
    make(lead, "Meine")
    assert set(visible_views(agent)) == {own, of_team, of_all}
    assert visible_views(other_agent) == [of_all]


def test_a_shared_view_shows_each_only_what_they_may_see(
    sign_in: SignIn, other_agent: Agent, lead: Agent, conversation: Conversation
) -> None:
    view = make(lead, sharing="everybody")
    assert b"Karla Kundin" in sign_in(lead).get(f"/?{view.query}").content
    page = sign_in(other_agent).get(f"/?{view.query}")
    assert b"Karla Kundin" not in page.content
    assert page.context["saved_links"] == [(view, 0)]


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("name", {"name": "", "sharing": "nobody"}),
        ("name", {"name": "Störung", "sharing": "nobody"}),
        ("name", {"name": "x" * 61, "sharing": "nobody"}),
        ("sharing", {"name": "A", "sharing": "everybody"}),  # an agent's word is not for all
        ("team", {"name": "A", "sharing": "team"}),
        ("team", {"name": "A", "sharing": "team", "team": "999"}),
    ],
)
def test_what_cannot_be_saved_is_said(
    sign_in: SignIn, agent: Agent, field: str, data: dict[str, str]
) -> None:
    make(agent)
    answer = sign_in(agent).post(CREATE, data)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


def test_views_are_changed_ordered_and_removed(sign_in: SignIn, agent: Agent) -> None:
    client = sign_in(agent)
    one, two = make(agent, "Eins", place=1), make(agent, "Zwei", place=2)
    client.post(reverse("inbox:view-change", args=[one.pk]), {"name": "I", "sharing": "nobody"})
    client.post(reverse("inbox:view-order"), {"ids": [two.pk, one.pk, 999]})
    assert [view.name for view in visible_views(agent)] == ["Zwei", "I"]
    client.post(reverse("inbox:view-save", args=[two.pk]), {"words": "view=mine&unread=yes"})
    two.refresh_from_db()
    assert (two.view, two.words) == ("mine", "unread=yes")
    assert client.get(reverse("inbox:views")).status_code == 200
    client.post(reverse("inbox:view-remove", args=[two.pk]))
    assert [view.name for view in visible_views(agent)] == ["I"]


@pytest.mark.parametrize("door", ["view-change", "view-save", "view-remove"])
def test_somebody_elses_view_does_not_exist(
    sign_in: SignIn, agent: Agent, other_agent: Agent, read_only: Agent, door: str
) -> None:
    view = make(other_agent, sharing="everybody")
    url = reverse(f"inbox:{door}", args=[view.pk])
    assert sign_in(agent).post(url, {"name": "Meins"}).status_code == 404
    assert sign_in(agent).get(url).status_code == 405
    assert sign_in(read_only).post(url, {"name": "Meins"}).status_code == 403


def test_a_label_that_is_gone_is_said_in_words(sign_in: SignIn, agent: Agent) -> None:
    label = factories.LabelFactory.create()
    view = make(agent, words=f"label={label.pk}")
    label.delete()
    page = sign_in(agent).get(f"/?{view.query}")
    assert page.context["chips"][0].words.endswith(("(no longer there)", "(nicht mehr da)"))


def test_the_database_wants_a_team_only_where_one_is_meant(agent: Agent, team: Team) -> None:
    for wrong in ({"sharing": "team"}, {"sharing": "nobody", "team": team}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make(agent, **wrong)


def test_the_builder_learns_what_can_be_picked(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    told = sign_in(agent).get(reverse("inbox:filter-fields")).json()
    fields = {field["key"]: field for field in told["fields"]}
    assert {"value": "me"}.items() <= fields["assignee"]["choices"][0].items()
    assert [one["words"] for one in fields["team"]["choices"][1:]] == ["Fernverkehr"]
    count = sign_in(agent).get(reverse("inbox:filter-count"), {"view": "all", "status": "open"})
    assert count.json() == {"count": 1, "more": False}
