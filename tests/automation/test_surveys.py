"""Satisfaction: who is asked and who is not, by list or buttons, and what becomes of an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import signing
from django.utils import timezone

from accounts.models import Agent
from automation.models import CsatAnswer, CsatRequest, CsatSurvey, Scale
from automation.survey_answers import is_survey_answer, read_answer, row_id
from automation.surveys import ask_due
from contacts.models import Contact
from conversations.models import Conversation, Event, EventName, Message, MessageType, ResolveReason
from conversations.services.lifecycle import resolve_conversation
from tests import factories
from tests.automation.conftest import MINUTE, happen
from tests.fixtures import Clock
from whatsapp.gateway import WhatsAppGateway
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
Act = Callable[..., Message]
SOME = UUID(int=5).hex
State, Skipped = CsatRequest.State, CsatRequest.Skipped


@pytest.fixture
def survey(number: WhatsAppNumber) -> CsatSurvey:
    return CsatSurvey.objects.create(business_number=number, is_active=True)


@pytest.fixture
def served(writes: Act, answers: Act, agent: Agent, clock: Clock) -> Conversation:
    """Karla asked, Anna answered."""
    clock.at(timezone.now())
    row = writes("Wo ist mein Koffer?").conversation
    clock.forward(MINUTE)
    answers(row)
    happen()
    return row


def finish(row: Conversation, by: Agent, clock: Clock, minutes: int = 6) -> CsatRequest:
    resolve_conversation(row, by)
    happen()
    clock.forward(minutes * MINUTE)
    ask_due()
    return CsatRequest.objects.filter(conversation=row).latest("created_at")


def rows_of(message: Message) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = message.payload["interactive"]["action"]["sections"]
    found: list[dict[str, Any]] = sections[0]["rows"]
    return found


def tap(writes: Act, request: CsatRequest, score: int, **fields: Any) -> Message:
    reply = {"id": row_id(request, score), "title": "★" * score}
    payload = {"interactive": {"type": "list_reply", "list_reply": reply}}
    kind = MessageType.INTERACTIVE
    return writes("★" * score, type=kind, payload=payload, **fields)


def test_a_resolved_conversation_is_asked_about_a_little_later(
    survey: CsatSurvey, served: Conversation, agent: Agent, clock: Clock
) -> None:
    resolve_conversation(served, agent)
    happen()
    ask_due()
    assert CsatRequest.objects.get().state == State.WAITING

    clock.forward(6 * MINUTE)
    ask_due()
    ask_due()
    request = CsatRequest.objects.get()
    assert (request.state, request.agent, request.team) == (State.ASKED, agent, served.team)
    message = request.message
    assert message is not None
    assert message.type == MessageType.INTERACTIVE
    assert message.text == "Ihr Anliegen ist erledigt. Wie zufrieden waren Sie mit uns?"
    assert [row["title"] for row in rows_of(message)] == ["★" * stars for stars in (5, 4, 3, 2, 1)]
    served.refresh_from_db()
    assert served.is_resolved


@pytest.mark.parametrize("scale", Scale)
def test_the_platform_takes_the_question(
    survey: CsatSurvey, served: Conversation, agent: Agent, clock: Clock, scale: Scale
) -> None:
    CsatSurvey.objects.update(scale=scale)
    message = finish(served, agent, clock).message

    assert message is not None
    assert WhatsAppGateway().check(message.type, message.text, message.payload, None) == {}


def test_an_answer_is_stored_told_thanked_for_and_reopens_nothing(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    request = finish(served, agent, clock)
    tap(writes, request, 4)
    happen()

    answer = CsatAnswer.objects.get()
    assert (answer.request, answer.score, answer.request.agent) == (request, 4, agent)
    served.refresh_from_db()
    assert (served.status, served.unread) == ("resolved", 0)
    (rated,) = Event.objects.filter(name=EventName.CONVERSATION_RATED)
    assert rated.data == {"score": 4, "of": 5, "agent": agent.pk}
    assert last_word() == "Vielen Dank für Ihre Antwort!"
    request.refresh_from_db()
    assert request.state == State.ANSWERED


def last_word() -> str:
    rows = Message.objects.filter(direction="outbound", author=None)
    return rows.latest("created_at", "pk").text


def test_the_first_answer_counts(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    request = finish(served, agent, clock)
    tap(writes, request, 5)
    tap(writes, request, 1)
    happen()

    assert CsatAnswer.objects.get().score == 5
    assert Event.objects.filter(name=EventName.CONVERSATION_RATED).count() == 1


def test_after_a_low_score_the_next_words_are_the_comment_and_a_message(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    request = finish(served, agent, clock)
    tap(writes, request, 1)
    happen()
    assert last_word().startswith("Das tut uns leid.")

    clock.forward(5 * MINUTE)
    comment = writes("Der Koffer ist immer noch weg.")
    writes("Hallo?")
    happen()
    answer = CsatAnswer.objects.get()
    assert answer.comment == comment
    served.refresh_from_db()
    assert (served.status, served.unread) == ("open", 2)


def test_words_that_come_later_are_no_comment(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    request = finish(served, agent, clock)
    tap(writes, request, 1)
    happen()
    clock.forward(16 * MINUTE)
    writes("Eine neue Frage")
    happen()

    assert CsatAnswer.objects.get().comment is None


def test_a_customer_who_writes_again_first_is_not_asked(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    resolve_conversation(served, agent)
    happen()
    writes("Doch noch etwas")
    happen()
    clock.forward(6 * MINUTE)
    ask_due()

    request = CsatRequest.objects.get()
    assert (request.state, request.skipped) == (State.SKIPPED, Skipped.REOPENED)


def test_resolved_once_more_it_is_asked_about_the_last_time(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    resolve_conversation(served, agent)
    happen()
    clock.forward(MINUTE)
    writes("Doch noch etwas")
    request = finish(served, agent, clock)

    assert request.state == State.ASKED
    states = CsatRequest.objects.order_by("created_at").values_list("state", flat=True)
    assert list(states) == [State.SKIPPED, State.ASKED]


def test_outside_the_window_nobody_is_asked(
    survey: CsatSurvey, served: Conversation, agent: Agent, clock: Clock
) -> None:
    Conversation.objects.update(window_expires_at=timezone.now() + 2 * MINUTE)
    request = finish(served, agent, clock)

    assert (request.state, request.skipped) == (State.SKIPPED, Skipped.REFUSED)
    assert not Message.objects.filter(type=MessageType.INTERACTIVE).exists()


def test_at_most_once_in_some_days_also_on_another_thread(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    finish(served, agent, clock)
    writes("Neue Frage")
    happen()
    request = finish(served, agent, clock)
    assert request.skipped == Skipped.LATELY

    CsatRequest.objects.update(asked_at=timezone.now() - timedelta(days=31))
    writes("Neue Frage")
    happen()
    assert finish(served, agent, clock).state == State.ASKED


def test_not_for_reasons_nobody_is_asked_about(
    survey: CsatSurvey, served: Conversation, agent: Agent, clock: Clock
) -> None:
    reason = ResolveReason.objects.create(name_de="Unfug", name_en="Nonsense")
    survey.excluded_reasons.add(reason)
    resolve_conversation(served, agent)
    Conversation.objects.update(resolve_reason=reason)
    happen()
    clock.forward(6 * MINUTE)
    ask_due()

    assert CsatRequest.objects.get().skipped == Skipped.REASON


def test_not_where_nobody_answered_nor_when_switched_off(
    survey: CsatSurvey, served: Conversation, writes: Act, agent: Agent, clock: Clock
) -> None:
    Message.objects.filter(author=agent).update(author=None)
    assert finish(served, agent, clock).skipped == Skipped.UNANSWERED

    writes("Noch einmal")
    resolve_conversation(served, agent)
    happen()
    CsatSurvey.objects.update(is_active=False)
    clock.forward(6 * MINUTE)
    ask_due()
    assert CsatRequest.objects.latest("created_at").skipped == Skipped.SWITCHED_OFF


def test_a_survey_that_is_off_asks_nobody(
    survey: CsatSurvey, served: Conversation, agent: Agent
) -> None:
    CsatSurvey.objects.update(is_active=False)
    resolve_conversation(served, agent)
    happen()

    assert not CsatRequest.objects.exists()


def test_in_english_with_words_of_ones_own(
    survey: CsatSurvey, served: Conversation, agent: Agent, clock: Clock
) -> None:
    CsatSurvey.objects.update(question_en="How was it?", scale=Scale.BUTTONS)
    Contact.objects.update(language="en")
    message = finish(served, agent, clock).message

    assert message is not None
    assert message.text == "How was it?"
    buttons = message.payload["interactive"]["action"]["buttons"]
    assert [one["reply"]["title"] for one in buttons] == ["Good", "All right", "Bad"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "csat:",
        "csat:x.5:y",
        f"csat:{SOME}.5:forged",
        "csat:" + signing.Signer(salt="automation.survey").sign("no uuid.5"),
        "csat:" + signing.Signer(salt="other").sign(f"{SOME}.5"),
        5,
        None,
    ],
)
def test_what_we_did_not_sign_is_no_answer(given: object) -> None:
    payload = {"interactive": {"list_reply": {"id": given}}}

    assert not is_survey_answer(payload)
    assert not is_survey_answer({"interactive": "x"})


def test_an_answer_is_known_by_its_request() -> None:
    request = CsatRequest(pk=uuid4())
    for kind in ("list_reply", "button_reply"):
        payload = {"interactive": {kind: {"id": row_id(request, 3)}}}
        assert read_answer(payload) == (request.pk, 3)
    assert len(row_id(request, 3)) <= 200


def test_somebody_elses_row_counts_for_nobody(
    survey: CsatSurvey, served: Conversation, agent: Agent, writes: Act, clock: Clock
) -> None:
    request = finish(served, agent, clock)
    stranger = factories.ConversationFactory.create()
    CsatRequest.objects.filter(pk=request.pk).update(conversation=stranger)
    tap(writes, request, 1)
    happen()

    assert not CsatAnswer.objects.exists()
