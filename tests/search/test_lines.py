"""What is found, by whom, and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Agent, Team
from contacts.models import Contact
from conversations.models import Conversation, Message, MessageType, Reason, SearchLine
from conversations.search import people
from conversations.search.lines import PAGE, Place, Search
from conversations.search.people import (
    called,
    contacts_alike,
    contacts_matching,
    conversations_matching,
)
from conversations.search.query import parse
from conversations.search.told import BEGIN, END, told
from conversations.services.forget import forget_texts
from tests import factories

pytestmark = pytest.mark.django_db


def say(conversation: Conversation, text: str, **more: object) -> Message:
    return factories.MessageFactory.create(conversation=conversation, text=text, **more)


def texts(agent: Agent, asked: str, kind: str = "message") -> list[str]:
    search = Search(parse(asked), agent)
    hits = search.page(kind)
    assert search.count(kind) == len(hits)
    rows = told(hits, search.stems)
    assert len(rows) == len(hits)
    return [row.marked.replace(BEGIN, "[").replace(END, "]") for row in rows]


def test_stems_of_both_languages_and_no_accents(conversation: Conversation, lead: Agent) -> None:
    say(conversation, "Zwei Rucksäcke in Zügen vergessen")
    say(conversation, "I was waiting for the trains")
    assert texts(lead, "rucksack ") == ["Zwei [Rucksäcke] in Zügen vergessen"]
    assert texts(lead, "zug ") == ["Zwei Rucksäcke in [Zügen] vergessen"]
    assert texts(lead, "wait train ") == ["I was [waiting] for the [trains]"]
    assert texts(lead, "RUCKSACKE ") != []


def test_phrase_prefix_either_and_not(conversation: Conversation, lead: Agent) -> None:
    say(conversation, "der blaue Koffer aus Kiel")
    say(conversation, "der Koffer, blau, aus Husum")
    assert len(texts(lead, "blau koffer ")) == 2
    assert texts(lead, '"Koffer aus Kiel" ') == ["der blaue [Koffer] [aus] [Kiel]"]
    assert len(texts(lead, "kof")) == 2
    assert len(texts(lead, "kiel OR husum ")) == 2
    assert texts(lead, "koffer -kiel ") == ["der [Koffer], blau, aus Husum"]
    assert texts(lead, "koffer -koffern ") == []


@pytest.mark.parametrize("text", ["' | '", "\\", "a & !", "<-> :*", "%_%", "')) --", "🙂", "der"])
def test_signs_are_words_not_commands(conversation: Conversation, lead: Agent, text: str) -> None:
    say(conversation, "nichts davon")
    assert texts(lead, f"{text} ") == []


def test_what_was_taken_back_emptied_or_deleted_is_not_found(
    conversation: Conversation, lead: Agent
) -> None:
    said = [say(conversation, f"Geheimnis {number}") for number in range(3)]
    note = factories.NoteFactory.create(conversation=conversation, text="Geheimnis")
    assert len(texts(lead, "geheimnis ")) == 3
    said[0].revoked_at = timezone.now()
    said[0].save(update_fields=["revoked_at"])
    forget_texts([said[1]])
    said[2].delete()
    note.delete()
    assert texts(lead, "geheimnis ") == []
    assert not SearchLine.objects.exists()


def test_an_edited_message_is_found_as_it_is_now(conversation: Conversation, lead: Agent) -> None:
    message = say(conversation, "um acht")
    message.text = "um neun"
    message.save()
    assert texts(lead, "acht ") == []
    assert texts(lead, "neun ") == ["um [neun]"]


def test_notes_and_file_names(conversation: Conversation, lead: Agent) -> None:
    factories.NoteFactory.create(conversation=conversation, text="ruft Dienstag an")
    message = say(conversation, "", type=MessageType.DOCUMENT)
    factories.MediaFactory.create(message=message, filename="Kündigung_Müller.pdf")
    assert texts(lead, "dienstag ", "note") == ["ruft [Dienstag] an"]
    assert len(Search(parse("kundigung"), lead).page("file")) == 1
    assert Search(parse("kundigung"), lead).count("file") == 1


def test_each_sees_what_their_teams_see(
    conversation: Conversation, agent: Agent, other_agent: Agent, lead: Agent
) -> None:
    say(conversation, "Fundstück")
    factories.NoteFactory.create(conversation=conversation, text="Fundstück")
    message = say(conversation, "", type=MessageType.DOCUMENT)
    factories.MediaFactory.create(message=message, filename="Fundstück.pdf")
    for kind in ("message", "note", "file"):
        for who, number in ((agent, 1), (lead, 1), (other_agent, 0)):
            search = Search(parse("fundstück"), who)
            assert (len(search.page(kind)), search.count(kind)) == (number, number)
    assert contacts_matching(agent, ["karla"]).count() == 1
    assert contacts_matching(other_agent, ["karla"]).count() == 0
    visible = Conversation.objects.filter(conversations_matching(agent, "karla"))
    hidden = Conversation.objects.filter(conversations_matching(other_agent, "karla"))
    assert (visible.count(), hidden.count()) == (1, 0)


def test_operators_narrow(conversation: Conversation, agent: Agent, team: Team) -> None:
    conversation.labels.add(factories.LabelFactory.create(name="Fundsache"))
    said = say(conversation, "Koffer blau")
    say(conversation, "Koffer rot", direction="outbound", status="sent", author=agent)
    picture = say(conversation, "Koffer im Bild", type=MessageType.IMAGE)
    Message.objects.filter(pk=said.pk).update(sent_at=timezone.now() - timedelta(days=40))
    day = timezone.localdate() - timedelta(days=30)
    assert len(texts(agent, "koffer ")) == 3
    assert len(texts(agent, "koffer von:kunde ")) == 2
    assert len(texts(agent, "koffer von:karla ")) == 2
    assert len(texts(agent, "koffer von:ich ")) == 1
    assert texts(agent, f"koffer vor:{day} ") == ["[Koffer] blau"]
    assert len(texts(agent, f"koffer nach:{day} ")) == 2
    assert len(texts(agent, "koffer hat:bild ")) == 1
    assert [hit.pk for hit in Search(parse("hat:bild"), agent).page("message")] == [picture.pk]
    assert len(texts(agent, "koffer label:fund team:fernv ist:offen zugewiesen:niemand ")) == 3
    assert texts(agent, "koffer -label:fund ") == []
    assert texts(agent, "koffer ist:erledigt ") == []


@pytest.mark.parametrize(
    "asked",
    [
        *("to:karla", "an:ich", "assignee:anna", "status:open", "number:4930", "number:service"),
        *("topic:news", "has:note", "has:link", "on:today", "is:unread", "is:closed", "lang:de"),
        *(
            "is:unanswered",
            "priority:hoch",
            "team:niemand",
            "-has:note",
            "von:niemandso",
            "in:notes",
        ),
    ],
)
def test_every_operator_runs_alone_and_with_words(
    conversation: Conversation, agent: Agent, asked: str
) -> None:
    for query in (parse(asked), parse(f"moin {asked}")):
        for kind in ("message", "note", "file"):
            search = Search(query, agent)
            assert len(search.page(kind)) == search.count(kind)


def test_pages_go_on_where_the_last_one_ended(conversation: Conversation, lead: Agent) -> None:
    now = timezone.now()
    for number in range(PAGE + 5):
        # Some at the same second: then the id decides.
        say(conversation, f"Zug {number}", sent_at=now - timedelta(minutes=number // 3))
    search = Search(parse("zug "), lead)
    first = search.page("message")
    second = search.page("message", Place(first[-1].at, first[-1].pk))
    keys = [(hit.at, hit.pk) for hit in first + second]
    assert keys == sorted(keys, reverse=True)
    assert len(set(keys)) == PAGE + 5


def test_the_number_of_queries_does_not_grow(conversation: Conversation, agent: Agent) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            search = Search(parse("zug "), agent)
            told(search.page("message"), search.stems)
        return len(queries)

    say(conversation, "Zug")
    few = count()
    for _ in range(10):
        say(factories.ConversationFactory.create(), "Zug")
    assert count() == few <= 12


def test_names_with_typing_errors_and_parts_of_numbers(
    conversation: Conversation, lead: Agent
) -> None:
    conversation.contact.name = "Jürgen Schröder"
    conversation.contact.save()
    assert [row.name for row in contacts_alike(lead, ["Schrödr"])] == ["Jürgen Schröder"]
    for asked in ("schroder", "jurg schrö", "0151 1234", "12345678", "+49 151", "151-1234"):
        assert contacts_matching(lead, asked.split()).count() == 1, asked
    assert contacts_matching(lead, ["99"]).count() == 0


def test_the_name_we_use_is_found_like_their_own(conversation: Conversation, lead: Agent) -> None:
    person = conversation.contact
    person.name, person.our_name = "Lény 🌻", "Magdalena Schröder"
    person.save()
    for asked in ("schröd", "magda SCHRODER", "leny", "magdalena leny"):
        assert contacts_matching(lead, asked.split()).get() == person, asked
        assert Contact.objects.get(called(asked)) == person, asked
        found = Conversation.objects.filter(conversations_matching(lead, asked))
        assert found.get() == conversation, asked
    assert [row.pk for row in contacts_alike(lead, ["Schrdöer"])] == [person.pk]
    assert not Contact.objects.filter(called("magdalena karla")).exists()


@pytest.mark.parametrize("asked", ["0151 123456", "(0151) 12.34", "+49 (0)151/1234", "0049 151 12"])
def test_numbers_are_found_however_they_are_written(
    conversation: Conversation, lead: Agent, asked: str
) -> None:
    assert contacts_matching(lead, asked.split()).get() == conversation.contact
    assert Contact.objects.get(called(asked)) == conversation.contact


def test_a_list_of_contacts_has_all_who_are_called_so(
    lead: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "MANY", 2)
    for _ in range(3):
        factories.ContactFactory.create(name="Meier")
    assert contacts_matching(lead, ["meier"]).count() == 2
    assert Contact.objects.filter(called("meier")).count() == 3
    assert Contact.objects.filter(called("me")).count() == 3
    assert Contact.objects.filter(called("  ")).count() == 3


def test_what_was_taken_back_before_it_left_was_never_said(
    conversation: Conversation, lead: Agent
) -> None:
    undone = say(conversation, "Voreilig", direction="outbound", status="blocked")
    assert len(texts(lead, "voreilig ")) == 1
    undone.status_reason = Reason.TAKEN_BACK
    undone.save(update_fields=["status_reason"])
    assert texts(lead, "voreilig ") == []
    undone.sent_at = timezone.now()
    undone.save(update_fields=["sent_at"])
    assert texts(lead, "voreilig ") == []
