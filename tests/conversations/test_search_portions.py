"""Lines are taken in portions; whatever their sizes, each hit is found, once and in its order."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Agent
from conversations.models import Conversation, Label
from conversations.search import lines
from conversations.search.index import TooSlow
from conversations.search.lines import Place, Search
from conversations.search.query import parse
from tests import factories

pytestmark = pytest.mark.django_db

MESSAGES = 60
LIMIT = 4


@pytest.fixture(params=[(1, 2, 5, 1), (3, 3, 7, 2), (2, 2, 1000, 3), (200, 400, 20_000, 400)])
def _portions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    smallest, first, newest, frequent = request.param
    monkeypatch.setattr(lines, "TIMEOUT_MS", 60_000)  # a test machine may be slow
    monkeypatch.setattr(lines, "SMALLEST", smallest)
    monkeypatch.setattr(lines, "FIRST", first)
    monkeypatch.setattr(lines, "NEWEST", newest)
    monkeypatch.setattr(lines, "FREQUENT", frequent)


def made(conversation: Conversation, team_less: Conversation) -> dict[UUID, tuple[str, bool]]:
    """Messages of two conversations with some words in some of them; several at one moment."""
    chance, now = Random(7), timezone.now()
    found = {}
    for number in range(MESSAGES):
        text = " ".join(word for word in ("Zug", "Koffer", "Kiel") if chance.random() < 0.4)
        thread = chance.choice((conversation, team_less))
        message = factories.MessageFactory.create(
            conversation=thread, text=text or "Moin", sent_at=now - timedelta(seconds=number // 3)
        )
        found[message.pk] = (text, thread == conversation)
    return found


def pages(search: Search) -> list[UUID]:
    """All hits, page by page."""
    found: list[UUID] = []
    place: Place | None = None
    while page := search.page("message", place, LIMIT):
        found += [hit.pk for hit in page]
        place = Place(page[-1].at, page[-1].pk)
    return found


@pytest.mark.usefixtures("_portions")
@pytest.mark.parametrize("few", [0, 300])
def test_every_hit_is_found_once_and_in_order(
    conversation: Conversation, lead: Agent, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "FEW", few)
    conversation.labels.add(Label.objects.create(name="Fundsache"))
    messages = made(conversation, factories.ConversationFactory.create())
    moments = dict(
        conversation._meta.apps.get_model("conversations", "Message").objects.values_list(
            "pk", "sent_at"
        )
    )
    for asked, wanted in (
        ("zug ", [pk for pk, (text, _) in messages.items() if "Zug" in text]),
        (
            "zug label:fund ",
            [pk for pk, (text, ours) in messages.items() if "Zug" in text and ours],
        ),
        ("zug -koffer ", [pk for pk, (t, _) in messages.items() if "Zug" in t and "Kof" not in t]),
        ('"zug koffer" ', [pk for pk, (text, _) in messages.items() if "Zug Koffer" in text]),
        ("zug von:kunde ", [pk for pk, (text, _) in messages.items() if "Zug" in text]),
        ("flugzeug ", []),
    ):
        wanted.sort(key=lambda pk: (moments[pk], pk), reverse=True)
        assert pages(Search(parse(asked), lead)) == wanted, asked


@pytest.mark.usefixtures("_portions")
def test_what_others_have_is_in_no_portion(conversation: Conversation, other_agent: Agent) -> None:
    made(conversation, conversation)
    assert pages(Search(parse("zug "), other_agent)) == []


def test_portions_end_with_the_time(
    conversation: Conversation, lead: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(conversation, conversation)
    monkeypatch.setattr(lines, "TIMEOUT_MS", -1)
    with pytest.raises(TooSlow):
        Search(parse("zug "), lead).page("message")
