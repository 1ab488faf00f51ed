"""Whom a note means: read from its text, refused where it would not reach them, shown to all."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Team
from conversations.errors import Malformed
from conversations.lists import Sort, count_all, list_conversations
from conversations.models import Conversation, Mention, Note
from conversations.services.notes import write_note
from inbox import paging
from inbox.paging import Cursor, row_page
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def tarek(team: Team) -> Agent:
    return factories.AgentFactory.create(name="Tarek Aydin", teams=[team])


def mentioned(note: Note) -> set[tuple[str, bool]]:
    rows = Mention.objects.filter(note=note).select_related("agent")
    return {(row.agent.name, row.team_id is not None) for row in rows}


def test_a_name_behind_at_means_the_colleague(
    conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    note = write_note(conversation, "Bitte prüfen, @tarek aydin!", agent)
    assert mentioned(note) == {("Tarek Aydin", False)}
    assert note.mentioned_names == ["tarek aydin"]


@pytest.mark.parametrize(
    "text",
    ["Tarek Aydin", "mail an x@Tarek Aydin", "@Tarek Aydinger", "@Tarek", "@Tarek Aydin-Meier"],
)
def test_what_only_looks_like_a_name_means_nobody(
    conversation: Conversation, agent: Agent, tarek: Agent, text: str
) -> None:
    assert mentioned(write_note(conversation, text, agent)) == set()


def test_a_team_means_its_members(
    conversation: Conversation, agent: Agent, tarek: Agent, team: Team
) -> None:
    note = write_note(conversation, f"@{team.name} wer kann das?", agent)
    assert mentioned(note) == {("Tarek Aydin", True), ("Anna Agent", True)}


def test_who_may_not_see_it_is_not_mentioned_in_vain(
    conversation: Conversation, agent: Agent, other_agent: Agent
) -> None:
    with pytest.raises(Malformed) as refused:
        write_note(conversation, f"@{other_agent.name} schau mal", agent)
    assert other_agent.name in str(refused.value.errors["text"][0])
    assert not Note.objects.exists()


def test_the_view_answers_a_refused_mention_with_words(
    sign_in: SignIn, conversation: Conversation, agent: Agent, other_agent: Agent
) -> None:
    url = reverse("inbox:note", args=[conversation.pk])
    data = {"client_uuid": str(uuid.uuid4()), "text": f"@{other_agent.name}"}
    answer = sign_in(agent).post(url, data)
    assert answer.status_code == 422
    assert other_agent.name in answer.json()["detail"]


def test_the_note_marks_names_and_escapes_the_rest(
    sign_in: SignIn, conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    write_note(conversation, "@Tarek Aydin <b>fett</b> @Niemand", agent)
    html = sign_in(agent).get(reverse("inbox:history", args=[conversation.pk]) + "?before=x")
    page = (
        sign_in(agent).get(reverse("inbox:conversation", args=[conversation.pk])).content.decode()
    )
    assert html.status_code == 404
    assert "<mark>@Tarek Aydin</mark> &lt;b&gt;fett&lt;/b&gt; @Niemand" in page


def test_the_view_mentions_shows_where_one_is_meant(
    conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    write_note(conversation, "@Tarek Aydin", agent)
    assert list(list_conversations(tarek, "mentions")) == [conversation]
    assert list(list_conversations(agent, "mentions")) == []
    assert count_all(tarek).views["mentions"] == 1
    Mention.objects.update(read_at="2026-01-01T00:00Z")
    assert count_all(tarek).views["mentions"] == 0
    assert list(list_conversations(tarek, "mentions")) == [conversation]


def test_there_unread_mentions_stand_first_on_every_page(
    conversation: Conversation, agent: Agent, tarek: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    rows = [conversation]
    rows += [factories.ConversationFactory.create(team=conversation.team) for _ in range(3)]
    for age, row in enumerate(rows):
        Conversation.objects.filter(pk=row.pk).update(last_message_at=now - timedelta(hours=age))
        write_note(row, "@Tarek Aydin", agent)
    read = Mention.objects.filter(note__conversation__in=rows[:2])
    read.update(read_at=now)
    monkeypatch.setattr(paging, "ROWS", 1)

    found, cursor = [], None
    for _ in rows:
        inside = list_conversations(tarek, "mentions")
        page = row_page(inside, tarek, "mentions", Sort.MENTIONED, cursor, now)
        found += [(row.pk, row.mentioned) for row in page.rows]  # type: ignore[attr-defined]
        cursor = Cursor.read(page.next)
    wanted = [(rows[2].pk, 1), (rows[3].pk, 1), (rows[0].pk, 0), (rows[1].pk, 0)]
    assert (found, cursor) == (wanted, None)


def test_the_page_says_which_are_unread(
    sign_in: SignIn, conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    write_note(conversation, "@Tarek Aydin", agent)
    page = sign_in(tarek).get("/?view=mentions").content.decode()
    assert " data-mentioned " in page
    assert "Unread mentions first" in page or "Ungelesene" in page
    Mention.objects.update(read_at=timezone.now())
    assert " data-mentioned " not in sign_in(tarek).get("/?view=mentions").content.decode()
    assert "mentioned" not in sign_in(tarek).get("/?view=all").content.decode()


def test_the_list_offers_who_can_be_meant(
    sign_in: SignIn, conversation: Conversation, agent: Agent, tarek: Agent, other_agent: Agent
) -> None:
    browser = sign_in(agent)
    url = reverse("inbox:mentionable", args=[conversation.pk])
    html = browser.get(url).content.decode()
    assert 'data-mention="Tarek Aydin"' in html
    assert 'data-mention="Anna Agent"' not in html  # oneself
    assert html.index("Tarek Aydin") < html.index(other_agent.name)  # who may not see it, last
    assert html.count('aria-disabled="true"') == 2  # the other agent, and their team
    assert browser.post(url).status_code == 405


def test_the_list_costs_the_same_for_many(
    sign_in: SignIn,
    conversation: Conversation,
    agent: Agent,
    team: Team,
    django_assert_max_num_queries: object,
) -> None:
    for _ in range(12):
        factories.AgentFactory.create(teams=[team])
    browser = sign_in(agent)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        browser.get(reverse("inbox:mentionable", args=[conversation.pk]))


def test_a_foreign_conversation_offers_nobody(
    sign_in: SignIn, conversation: Conversation, other_agent: Agent
) -> None:
    url = reverse("inbox:mentionable", args=[conversation.pk])
    assert sign_in(other_agent).get(url).status_code == 404
    assert Client().get(url).status_code == 302
