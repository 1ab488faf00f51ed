"""Satisfaction: asked when a conversation was resolved and its window is open, answered once.

Who resolved a conversation is followed by `follow_resolved`; a little later `ask_due` looks again
whether it is still so. Answers are followed by `follow_answers`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from automation.models import CsatAnswer, CsatRequest, CsatSurvey
from automation.survey_answers import read_answer
from automation.survey_words import comment_question, interactive, question, thanks
from contacts.family import family_of
from conversations.events import record
from conversations.models import Conversation, Direction, Event, EventName, Message, MessageType
from conversations.services.automatic import send_automatic
from conversations.services.consent_answers import language_of
from conversations.services.locking import lock_conversation

RESOLVED = frozenset({EventName.CONVERSATION_RESOLVED})
ANSWERED = frozenset({EventName.MESSAGE_RECEIVED})
STARS = 5
AT_ONCE = 100
# The words after a low score are its comment for so long.
COMMENT_FOR = timedelta(minutes=15)
# A question that comes so late would only surprise.
TOO_LATE = timedelta(hours=24)
_THANKS, _COMMENT = "csat-thanks", "csat-comment"
State: TypeAlias = CsatRequest.State
Skipped: TypeAlias = CsatRequest.Skipped

log = logging.getLogger(__name__)


# -- Asking ----------------------------------------------------------------------------------------


def follow_resolved(events: Sequence[Event]) -> None:
    """Note whom to ask a little later."""
    rows = Conversation.objects.filter(
        pk__in={event.conversation_id for event in events},
        status=Conversation.Status.RESOLVED,
        business_number__survey__is_active=True,
    )
    found = rows.select_related("business_number__survey").in_bulk()
    by = {event.conversation_id: event.actor_id for event in events}
    requests = []
    for pk, row in found.items():
        resolved_at = row.resolved_at or timezone.now()
        survey: CsatSurvey = row.business_number.survey
        request = CsatRequest(
            conversation=row,
            ask_at=resolved_at + timedelta(minutes=survey.delay_min),
            resolved_at=resolved_at,
            agent_id=by[pk],
            team_id=row.team_id,
            scale=survey.scale,
        )
        requests.append(request)
    earlier = CsatRequest.objects.filter(conversation__in=found, state=State.WAITING)
    earlier = earlier.exclude(resolved_at__in=[one.resolved_at for one in requests])
    earlier.update(state=State.SKIPPED, skipped=Skipped.REOPENED)
    CsatRequest.objects.bulk_create(requests, ignore_conflicts=True)


def ask_due() -> int:
    """Ask those whose time has come, or say why not; how many they were."""
    due = CsatRequest.objects.filter(state=State.WAITING, ask_at__lte=timezone.now())
    ids = list(due.order_by("ask_at").values_list("pk", "conversation")[:AT_ONCE])
    return sum(_ask(pk, conversation) for pk, conversation in ids)


@transaction.atomic
def _ask(pk: UUID, conversation_id: UUID) -> bool:
    conversation = lock_conversation(conversation_id)
    rows = CsatRequest.objects.select_for_update(of=("self",), skip_locked=True)
    request = rows.filter(pk=pk, state=State.WAITING).first()
    if request is None:
        return False  # somebody else was quicker
    survey = CsatSurvey.objects.filter(pk=conversation.business_number_id).first()
    why_not = _why_not(request, conversation, survey)
    if why_not is None and survey is not None:
        _answerer(request, conversation)
        why_not = _send(request, conversation, survey)
    request.state = State.SKIPPED if why_not else State.ASKED
    request.skipped = why_not or ""
    request.save()
    log.info("survey.%s request=%s reason=%s", request.state, pk, request.skipped)
    return True


def _why_not(
    request: CsatRequest, conversation: Conversation, survey: CsatSurvey | None
) -> Skipped | None:
    """Why this customer is not asked now; None: they are."""
    now = timezone.now()
    if survey is None or not survey.is_active:
        return Skipped.SWITCHED_OFF
    if not conversation.is_resolved or conversation.resolved_at != request.resolved_at:
        return Skipped.REOPENED
    if now - request.ask_at > TOO_LATE:
        return Skipped.TOO_LATE
    reason = conversation.resolve_reason_id
    if reason is not None and survey.excluded_reasons.filter(pk=reason).exists():
        return Skipped.REASON
    if not _answers(conversation).exists():
        return Skipped.UNANSWERED
    since = now - timedelta(days=survey.quiet_days)
    family = family_of(conversation.contact)
    asked = CsatRequest.objects.filter(conversation__contact__in=family, asked_at__gt=since)
    return Skipped.LATELY if asked.exists() else None


def _answerer(request: CsatRequest, conversation: Conversation) -> None:
    """Resolved by nobody: the rating is of whom they spoke with last."""
    if request.agent_id is None:
        last = _answers(conversation).order_by("-sent_at", "-pk").first()
        request.agent_id = last.author_id if last else None


def _send(request: CsatRequest, conversation: Conversation, survey: CsatSurvey) -> Skipped | None:
    """As the answer to what they wrote last: policy refuses it where the window is closed."""
    language = language_of(conversation.contact)
    request.scale = survey.scale
    payload = {MessageType.INTERACTIVE.value: interactive(survey, request, language)}
    words = question(survey, language)
    kind = MessageType.INTERACTIVE
    request.message = send_automatic(conversation, words, request.pk, payload, type=kind)
    if request.message is None:
        return Skipped.REFUSED
    request.asked_at = timezone.now()
    return None


def _answers(conversation: Conversation) -> QuerySet[Message]:
    return Message.objects.filter(
        conversation=conversation, direction=Direction.OUTBOUND, author__isnull=False
    )


# -- Answers ---------------------------------------------------------------------------------------


def follow_answers(events: Sequence[Event]) -> None:
    """Store what customers tapped, and what they wrote after a low score."""
    found = Message.objects.in_bulk([event.message_id for event in events if event.message_id])
    messages = sorted(found.values(), key=lambda message: (message.sent_at, message.pk))
    inbound = [message for message in messages if message.is_inbound]
    for message in inbound:
        answer = read_answer(message.payload)
        if answer is not None:
            _rate(message, *answer)
    texts = [message for message in inbound if message.type == MessageType.TEXT]
    asked = _asked_for_words(texts)
    for message in texts:
        if message.conversation_id in asked:
            _comment(message)


def _asked_for_words(texts: Sequence[Message]) -> set[UUID]:
    """Those of their conversations whose customer was asked what went wrong."""
    waits = CsatAnswer.objects.filter(
        comment=None,
        comment_until__isnull=False,
        request__conversation__contact__conversations__in={one.conversation_id for one in texts},
    )
    of_customer = "request__conversation__contact__conversations"
    return set(waits.values_list(of_customer, flat=True)) if texts else set()


def _rate(message: Message, request_id: UUID, score: int) -> None:
    """The first answer counts; one of another customer, to whom it was forwarded, does not."""
    conversation = lock_conversation(message.conversation_id)
    theirs = CsatRequest.objects.filter(conversation__contact__in=family_of(conversation.contact))
    request = theirs.select_for_update(of=("self",)).filter(pk=request_id).first()
    if request is None or not 1 <= score <= STARS:
        return
    survey = CsatSurvey.objects.filter(pk=conversation.business_number_id).first()
    is_low = survey is not None and survey.asks_comment and score <= survey.low_score
    answer, is_new = CsatAnswer.objects.get_or_create(
        request=request,
        defaults={
            "score": score,
            "answered_at": message.sent_at,
            "message": message,
            "comment_until": message.sent_at + COMMENT_FOR if is_low else None,
        },
    )
    if not is_new:
        return
    request.state = State.ANSWERED
    request.save(update_fields=["state"])
    data: dict[str, object] = {"score": score, "of": STARS, "agent": request.agent_id}
    record(EventName.CONVERSATION_RATED, conversation, data=data)
    if survey is not None:
        _reply(conversation, message, survey, is_low=is_low)
    log.info("survey.answered request=%s answer=%s", request_id, answer.pk)


def _reply(
    conversation: Conversation, message: Message, survey: CsatSurvey, *, is_low: bool
) -> None:
    language = language_of(conversation.contact)
    if conversation.business_number_id != message.business_number_id:
        return
    text = comment_question(survey, language) if is_low else thanks(survey, language)
    send_automatic(conversation, text, uuid5(message.pk, _COMMENT if is_low else _THANKS))


def _comment(message: Message) -> None:
    """The first words after a low score; they stay a message like any other."""
    waits = CsatAnswer.objects.filter(
        request__conversation__contact__conversations=message.conversation_id,
        comment=None,
        answered_at__lt=message.sent_at,
        comment_until__gte=message.sent_at,
    )
    answer = waits.order_by("-answered_at").select_for_update(of=("self",)).first()
    if answer is not None:
        answer.comment = message
        answer.comment_until = None
        answer.save(update_fields=["comment", "comment_until"])
