"""Canned responses: what is offered to whom, how placeholders are filled, the page to edit them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import Agent, Team
from contacts.attribute_models import AttributeDefinition
from contacts.attributes import set_attribute
from conversations import known as sources
from conversations.known import Known, Source
from conversations.models import Conversation
from inbox.gaps import PieceKind, open_gaps, pieces, raw_text
from inbox.models import CannedResponse, CannedUse
from inbox.services.canned import canned_for, count_use
from tests import factories
from tests.inbox.conftest import SignIn


def filled(text: str, conversation: Conversation, agent: Agent) -> str:
    return raw_text(pieces(text, Known(conversation, agent)))


def offer(browser: Client, conversation: Conversation, query: str = "") -> str:
    response = browser.get(f"/conversations/{conversation.pk}/canned/{query}")
    assert response.status_code == 200
    return response.content.decode()


FIELDS = {"title": "Fund", "shortcut": "/Fund", "text_de": "Da ist er.", "scope": "personal"}
FORM = {**FIELDS, "is_active": "on"}


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


# -- Placeholders --------------------------------------------------------------------------------


def test_placeholders_are_filled_from_contact_agent_and_number(
    conversation: Conversation, agent: Agent
) -> None:
    text = "{{contact.first_name}}|{{ agent.name }}|{{business_number.name}}|{{contact.name}}"
    assert filled(text, conversation, agent) == "Karla|Anna Agent|Kundenservice|Karla Kundin"
    assert str(conversation.pk) in filled("{{conversation.id}}", conversation, agent)


def test_what_is_not_known_stays_as_a_named_gap(conversation: Conversation, agent: Agent) -> None:
    conversation.contact.name = ""
    text = "{{contact.name}} {{?Fundnummer}} {{contact.attributes.seat}} {{rm -rf}}"
    with translation.override("en"):
        found = pieces(text, Known(conversation, agent), "de")
    missing = [part.text for part in found if part.kind == PieceKind.MISSING]
    assert missing == ["Customer's name", "Fundnummer", "seat", "rm -rf"]
    assert open_gaps(raw_text(found)) == missing


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "}}",
        "{{}}",
        "{{ }}",
        "{% now 'Y' %}",
        "{{a\nb}}",
        "{{{{?x}}",
        "{{" + "x" * 5000 + "}}",
    ],
)
def test_strange_braces_are_text_and_nothing_is_run(
    conversation: Conversation, agent: Agent, text: str
) -> None:
    raw = filled(text, conversation, agent)
    assert raw == text or "?" in raw


def test_a_customers_name_opens_no_gap_and_is_escaped(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    conversation.contact.name = "<b>{{?gap}}</b> {{agent.name}}"
    conversation.contact.save()
    factories.CannedResponseFactory.create(text_de="Hallo {{contact.name}}", text_en="")

    assert open_gaps(filled("{{contact.name}}", conversation, agent)) == []
    page = offer(browser, conversation)
    assert "&lt;b&gt;" in page
    assert "<b>{" not in page


def test_a_new_source_is_one_line(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source("Attribute", lambda _known, key: {"seat": "12A"}.get(key, ""))
    monkeypatch.setitem(sources.PREFIXES, "order.", source)
    text = "{{order.seat}} {{order.none}}"
    assert filled(text, conversation, agent) == "12A {{?none}}"


def test_attributes_are_filled_in_the_language_of_the_text(
    browser: Client,
    conversation: Conversation,
    agent: Agent,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    answers = {"seat": ("text", "12A"), "vip": ("yes_no", True), "secret": ("text", "Geheim")}
    for key, (kind, value) in answers.items():
        made = AttributeDefinition.objects.create(
            key=key, kind=kind, name_de=f"{key} de", name_en=f"{key} en"
        )
        set_attribute(conversation.contact, made, value, agent)
    AttributeDefinition.objects.filter(key="secret").update(is_sensitive=True)
    text = "|{{contact.attributes.seat}}|{{contact.attributes.vip}}|{{contact.attributes.secret}}|"
    for _ in range(20):
        factories.CannedResponseFactory.create(text_de=text, text_en="", agent=agent)

    assert agent.language == "en"
    with django_assert_max_num_queries(11):
        page = offer(browser, conversation)
    assert "|12A|Ja|{{?secret}}|" in page
    assert "Geheim" not in page
    help_page = browser.get("/canned/new/").content.decode()
    assert "{{contact.attributes.seat}}" in help_page
    assert "seat en" in help_page
    assert "contact.attributes.secret" not in help_page


@pytest.mark.parametrize(
    ("language", "says"), [("de", "de"), ("de_AT", "de"), ("en", "en"), ("fr", "en"), ("", "de")]
)
def test_the_contacts_language_picks_the_text(language: str, says: str) -> None:
    row = CannedResponse(text_de="de", text_en="en")
    assert row.text_in(language) == says
    assert CannedResponse(text_de="only").text_in("en") == "only"


# -- Who sees which ------------------------------------------------------------------------------


def test_one_sees_ones_own_ones_teams_and_everybodys(
    agent: Agent, other_agent: Agent, team: Team, lead: Agent
) -> None:
    make = factories.CannedResponseFactory.create
    own, shared, everybodys = make(agent=agent), make(team=team), make()
    foreign, their_team = make(agent=other_agent), make(team=factories.TeamFactory.create())
    make(is_active=False)

    assert set(canned_for(agent)) == {own, shared, everybodys}
    assert set(canned_for(other_agent)) == {foreign, everybodys}
    assert set(canned_for(lead)) == {shared, everybodys, their_team}


def test_what_i_use_most_comes_first(agent: Agent, other_agent: Agent) -> None:
    first, second = (factories.CannedResponseFactory.create(title=name) for name in "AB")
    for _ in range(3):
        count_use(first, other_agent)
    count_use(second, agent)

    assert list(canned_for(agent)) == [second, first]
    assert list(canned_for(other_agent)) == [first, second]
    assert CannedUse.objects.get(canned=first).used == 3
    assert CannedResponse.objects.get(pk=first.pk).used == 3


def test_the_database_holds_owner_shortcut_and_text(agent: Agent, team: Team) -> None:
    make = factories.CannedResponseFactory.create
    make(shortcut="a", agent=agent)
    make(shortcut="a", team=team)
    make(shortcut="a")
    for wrong in (
        {"shortcut": "a", "agent": agent},
        {"shortcut": "a", "team": team},
        {"shortcut": "a"},
        {"agent": agent, "team": team},
        {"text_de": "", "text_en": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make(**wrong)


# -- In the composer -----------------------------------------------------------------------------


def test_the_list_shows_what_it_would_say_here(browser: Client, conversation: Conversation) -> None:
    factories.CannedResponseFactory.create(title="Rucksack gefunden")
    page = offer(browser, conversation)
    assert "Rucksack gefunden" in page
    assert '<span class="filled">Karla Kundin</span>' in page
    assert '<span class="missing">Fundnummer</span>' in page
    assert "{{?Fundnummer}}" in page


def test_words_narrow_it_without_accents(browser: Client, conversation: Conversation) -> None:
    make = factories.CannedResponseFactory.create
    make(title="Verspätung", shortcut="spaet")
    make(title="Koffer", text_de="Straße", text_en="")
    assert "Verspätung" in offer(browser, conversation, "?q=verspatung")
    assert "Koffer" not in offer(browser, conversation, "?q=verspatung")
    assert "Koffer" in offer(browser, conversation, "?q=strasse")


def test_the_list_costs_the_same_for_one_and_for_many(
    browser: Client,
    conversation: Conversation,
    agent: Agent,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(20):
        factories.CannedResponseFactory.create(agent=agent)
        factories.MacroFactory.create()
    with django_assert_max_num_queries(10):
        offer(browser, conversation)


def test_a_use_is_counted(browser: Client, agent: Agent, other_agent: Agent) -> None:
    mine = factories.CannedResponseFactory.create(agent=agent)
    foreign = factories.CannedResponseFactory.create(agent=other_agent)
    assert browser.post(f"/canned/{mine.pk}/used/").status_code == 204
    assert browser.get(f"/canned/{mine.pk}/used/").status_code == 405
    assert browser.post(f"/canned/{foreign.pk}/used/").status_code == 404
    mine.refresh_from_db()
    assert mine.used == 1


def test_a_foreign_conversation_and_the_read_only_role(
    sign_in: SignIn, conversation: Conversation, other_agent: Agent, read_only: Agent
) -> None:
    path = f"/conversations/{conversation.pk}/canned/"
    assert sign_in(other_agent).get(path).status_code == 404
    assert sign_in(read_only).get(path).status_code == 403
    assert sign_in(other_agent).post(path).status_code == 405


def test_a_text_with_an_open_gap_is_not_sent(browser: Client, conversation: Conversation) -> None:
    response = browser.post(
        f"/conversations/{conversation.pk}/reply/",
        {"client_uuid": "6f1f7c3e-5a55-4d0e-9f2b-27e0a5a4b1c1", "text": "Nr. {{?Fundnummer}}"},
    )
    assert response.status_code == 422
    assert "Fundnummer" in response.json()["detail"]
    assert conversation.messages.count() == 0


# -- The page ------------------------------------------------------------------------------------


def test_an_agent_writes_changes_and_deletes_their_own(browser: Client, agent: Agent) -> None:
    new = browser.get("/canned/new/?text=Moin")
    assert new.status_code == 200
    assert "Moin<" not in new.content.decode()  # what customers are told stays out of addresses
    assert browser.post("/canned/new/", FORM).status_code == 302
    row = CannedResponse.objects.get()
    assert (row.agent, row.shortcut) == (agent, "fund")
    assert "Da ist er." in browser.get("/canned/").content.decode()
    changed = browser.post(f"/canned/{row.pk}/", {**FORM, "title": "Gefunden"})
    assert changed.status_code == 302
    row.refresh_from_db()
    assert row.title == "Gefunden"
    assert browser.get(f"/canned/{row.pk}/delete/").status_code == 405
    assert browser.post(f"/canned/{row.pk}/delete/").status_code == 302
    assert not CannedResponse.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"shortcut": "mit leer"},
        {"text_de": ""},
        {"scope": "team"},
        {"scope": "global"},
        {"text_de": "x" * 5000},
        {"title": "a\x00b"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_lost(browser: Client, wrong: dict[str, str]) -> None:
    response = browser.post("/canned/new/", {**FORM, **wrong})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not CannedResponse.objects.exists()


def test_a_shortcut_that_is_taken_is_said(browser: Client, agent: Agent) -> None:
    factories.CannedResponseFactory.create(shortcut="fund", agent=agent)
    response = browser.post("/canned/new/", FORM)
    assert response.status_code == 422
    assert "There is one with this shortcut already." in response.content.decode()


def test_leads_write_for_teams_and_admins_for_everybody(
    sign_in: SignIn, lead: Agent, admin: Agent, team: Team, browser: Client
) -> None:
    assert sign_in(lead).post("/canned/new/", {**FORM, "scope": "global"}).status_code == 422
    for_team = {**FORM, "scope": "team", "team": team.pk}
    assert sign_in(lead).post("/canned/new/", for_team).status_code == 302
    assert sign_in(admin).post("/canned/new/", {**FORM, "scope": "global"}).status_code == 302
    for row in CannedResponse.objects.all():
        assert browser.get(f"/canned/{row.pk}/").status_code == 404
        assert browser.post(f"/canned/{row.pk}/delete/").status_code == 404
    assert CannedResponse.objects.count() == 2


def test_the_read_only_role_only_looks(sign_in: SignIn, read_only: Agent) -> None:
    row = factories.CannedResponseFactory.create()
    browser = sign_in(read_only)
    assert row.title in browser.get("/canned/").content.decode()
    assert browser.get("/canned/new/").status_code == 403
    assert browser.post(f"/canned/{row.pk}/delete/").status_code == 403


def test_the_page_costs_the_same_for_one_and_for_many(
    browser: Client, agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        factories.CannedResponseFactory.create(agent=agent)
    with django_assert_max_num_queries(8):
        browser.get("/canned/")
