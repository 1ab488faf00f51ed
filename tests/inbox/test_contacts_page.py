"""All contacts: searched, narrowed, by cursor; and one person's own page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Role
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from conversations.models import Conversation
from conversations.search.index import folded
from inbox import contact_list
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db
PAGE = reverse("inbox:contacts")


@pytest.fixture
def lead(sign_in: SignIn) -> Client:
    return sign_in(factories.AgentFactory.create(role=Role.LEAD))


def names(browser: Client, **query: str | int) -> list[str]:
    answer = browser.get(PAGE, query)
    assert answer.status_code == 200
    rows = re.findall(r'<b class="medium clip">(.*?)</b>', answer.content.decode())
    return [str(row) for row in rows]


def contact(name: str, **more: object) -> Contact:
    made: Contact = factories.ContactFactory.create(name=name, **more)
    return made


def test_found_by_name_ours_number_and_username(lead: Client) -> None:
    contact("Anke", wa_id="4915112345678", username="anke.k")
    Contact.objects.filter(pk=contact("Xy").pk).update(our_name="Berta Besser")
    for words in ("ank", "4915112345678", "+49 151 12345678", "0151 123456", "@anke.k"):
        assert names(lead, q=words) == ["Anke"], words
    assert names(lead, q="besser") == ["Berta Besser"]
    assert names(lead, q="nobody\x00 here") == []
    assert "Nobody fits" in lead.get(PAGE, {"q": "zz"}).content.decode()


def test_narrowed_by_language_label_topic_and_consent(
    lead: Client, conversation: Conversation
) -> None:
    agreed, left, never = contact("Agreed", language="de"), contact("Left"), contact("Never")
    label = factories.LabelFactory.create()
    conversation.labels.add(label)
    now = timezone.now()
    for who in (agreed, left):
        factories.ConsentRecordFactory.create(
            contact=who, purpose="marketing", topic="news", act="granted", occurred_at=now
        )
    factories.ConsentRecordFactory.create(
        contact=left,
        purpose="marketing",
        topic="",
        act="withdrawn",
        occurred_at=now + timedelta(seconds=1),
    )
    assert names(lead, language="de") == ["Agreed"]
    assert names(lead, label=label.pk) == [conversation.contact.name]
    assert names(lead, topic="news") == names(lead, consent="agreed") == ["Agreed"]
    assert set(names(lead, consent="none")) == {"Left", "Never", conversation.contact.name}
    assert len(names(lead, label="x", consent="y", topic="")) == 4
    merge_contacts(never, agreed, MergeReason.BY_HAND)
    assert names(lead, topic="news") == ["Never"]


def test_pages_follow_each_other_by_cursor(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_list, "AT_ONCE", 2)
    for n in range(5):
        contact(f"C{n}")
    answer = lead.get(PAGE, {"q": "C"})
    seen = []
    while True:
        text = answer.content.decode()
        seen += re.findall(r'<b class="medium clip">(.*?)</b>', text)
        more = re.search(r'hx-get="([^"]*after=[^"]*)"', text)
        if more is None:
            break
        path = more[1].replace("&amp;", "&")
        answer = lead.get(path, headers={"HX-Request": "true"})
        assert "<nav" not in answer.content.decode()
    assert seen == ["C4", "C3", "C2", "C1", "C0"]


def test_agents_find_whom_they_may_see(
    conversation: Conversation, other_agent: Agent, agent: Agent, sign_in: SignIn
) -> None:
    contact("No conversation at all")
    assert names(sign_in(agent)) == [conversation.contact.name]
    assert names(sign_in(other_agent)) == []
    card = reverse("inbox:card", args=[conversation.contact_id])
    assert sign_in(other_agent).get(card).status_code == 404
    assert sign_in(agent).post(card).status_code == 405
    assert Client().get(PAGE).status_code == 302


def test_the_list_costs_the_same_for_many(
    conversation: Conversation, sign_in: SignIn, django_assert_max_num_queries: object, agent: Agent
) -> None:
    for _ in range(12):
        factories.ConversationFactory.create(
            business_number=conversation.business_number, team=conversation.team
        )
    folded("a")  # asked of the database once, then known
    for browser in (sign_in(agent), sign_in(factories.AgentFactory.create(role=Role.LEAD))):
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            assert len(names(browser, q="a")) == 13


def test_nobody_is_made_here(lead: Client) -> None:
    """Law 1: customers start."""
    assert lead.post(PAGE).status_code == 405
    text = lead.get(PAGE).content.decode()
    assert "Customers start" in text
    assert "Nobody has written yet" in text


def test_the_card_shows_all_conversations_one_may_see(
    conversation: Conversation,
    agent: Agent,
    sign_in: SignIn,
    django_assert_max_num_queries: object,
) -> None:
    person = conversation.contact
    for _ in range(6):
        factories.ConversationFactory.create(
            contact=person, resolved=True, business_number=conversation.business_number
        )
    factories.ConversationFactory.create(contact=person, team=factories.TeamFactory.create())
    twins = [contact("Twin") for _ in range(3)]
    for twin in twins:
        merge_contacts(person, twin, MergeReason.BY_HAND, agent)
    browser = sign_in(agent)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        text = browser.get(reverse("inbox:card", args=[person.pk])).content.decode()
    assert text.count('class="past"') == 7
    assert text.count("Twin<small") == 3
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        details = browser.get(reverse("inbox:details", args=[person.pk])).content.decode()
    assert "First contact" in details
    moved = browser.get(reverse("inbox:card", args=[twins[0].pk]))
    assert moved.headers["Location"] == reverse("inbox:card", args=[person.pk])
