"""Rules at the door: a customer begins or reopens a conversation, and it goes where it belongs.

Follows what ingest has committed, and so never holds it up. What a rule does, and that it did
(`RuleRun`), are one transaction under the conversation's lock; a message that rules acted on is
not acted on again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Agent
from automation.arrivals import arrivals_of, known_rules
from automation.models import AssignmentRule, RuleRun
from automation.rule_troubles import tell_of_person
from automation.rules import Plan, Rule, plan, words_of
from automation.service_levels import lock_conversations
from automation.survey_answers import is_survey_answer
from conversations.access import agents_who_see
from conversations.models import (
    Conversation,
    Direction,
    Event,
    EventName,
    Label,
    Message,
    MessageType,
    Origin,
)
from conversations.services.hand_out import ask_to_hand_out
from conversations.services.labels import add_labels
from conversations.services.lifecycle import assign_conversation, assign_team
from conversations.services.priority import set_priority

FOLLOWED = frozenset({EventName.MESSAGE_RECEIVED})
PREVIEWED = 100
_BEGINNINGS = (EventName.CONVERSATION_OPENED, EventName.CONVERSATION_REOPENED)
_SPOKEN = (EventName.MESSAGE_RECEIVED, EventName.MESSAGE_CREATED)
_BY_HAND = (EventName.CONVERSATION_ASSIGNED, EventName.CONVERSATION_PRIORITISED)
# What begins a conversation is told with the message, in one transaction.
_TOGETHER = timedelta(minutes=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tried:
    """One of the last conversations, and what rules make of its first message."""

    conversation: Conversation
    # All that fit by themselves, also those switched off.
    fitting: list[AssignmentRule]
    # Those that would act, in their order.
    acting: list[AssignmentRule]


def follow_arrivals(events: Sequence[Event]) -> None:
    """Have the rules act on messages that begin or reopen a conversation."""
    rules = known_rules()
    if not rules:
        return
    began = _beginnings(events)
    messages = list(_written(began))
    done = set(RuleRun.objects.filter(message__in=began).values_list("message", flat=True))
    messages = [one for one in messages if one.pk not in done]
    if not messages:
        return
    held = {row.pk: row for row in lock_conversations({one.conversation_id for one in messages})}
    # Whoever was quicker had the locks until now.
    done = set(RuleRun.objects.filter(message__in=began).values_list("message", flat=True))
    messages = [one for one in messages if one.pk not in done]
    for one in messages:
        one.conversation = held[one.conversation_id]
    arrivals = arrivals_of(messages)
    for message, arrival in zip(messages, arrivals, strict=True):
        made = plan(_made_before(message, rules), arrival)
        if made.rules and not message.conversation.is_resolved:
            _carry_out(made, message, began[message.pk])


def try_rules(limit: int = PREVIEWED) -> tuple[list[Rule], list[Tried]]:
    """What the rules of now would do with the last conversations; a fixed number of queries."""
    rules = known_rules(active_only=False)
    rows = Conversation.objects.select_related("contact", "chat_link", "business_number")
    newest = rows.prefetch_related("labels", "contact__identities").order_by("-created_at", "-pk")
    known = {row.pk: row for row in newest[:limit]}
    firsts = (
        _customers_words(Message.objects.filter(conversation__in=known))
        .order_by("conversation_id", "sent_at", "pk")
        .distinct("conversation_id")
    )
    messages = list(firsts)
    for one in messages:
        one.conversation = known[one.conversation_id]
    order = {pk: at for at, pk in enumerate(known)}
    messages.sort(key=lambda one: order[one.conversation_id])
    found = []
    for message, arrival in zip(messages, arrivals_of(messages), strict=True):
        words = words_of(arrival.text)
        fitting = [rule.row for rule in rules if rule.fits(arrival, words)]
        found.append(Tried(message.conversation, fitting, plan(rules, arrival).rules))
    return rules, found


def _beginnings(events: Sequence[Event]) -> dict[UUID, int]:
    """The messages that begin or reopen their conversation, each with the number of its event.

    The last thing said before it, in its conversation and its transaction, is that it began; and
    no agent did that.
    """
    before = Event.objects.filter(
        conversation=OuterRef("conversation"),
        occurred_at__gte=OuterRef("occurred_at") - _TOGETHER,
        occurred_at__lte=OuterRef("occurred_at"),
        pk__lt=OuterRef("pk"),
        name__in=(*_BEGINNINGS, *_SPOKEN),
    ).order_by("-pk")
    rows = Event.objects.filter(pk__in=[event.pk for event in events], message__isnull=False)
    rows = rows.annotate(
        before=Subquery(before.values("name")[:1]), done_by=Subquery(before.values("actor")[:1])
    )
    began = rows.filter(before__in=_BEGINNINGS, done_by=None)
    return dict(began.values_list("message_id", "pk"))


def _written(ids: Collection[UUID]) -> Iterable[Message]:
    rows = _customers_words(Message.objects.filter(pk__in=ids)).order_by("sent_at", "pk")
    return (one for one in rows if not is_survey_answer(one.payload))


def _made_before(message: Message, rules: Iterable[Rule]) -> Iterator[Rule]:
    """A rule holds for what is written since it was made (WhatsApp's clock knows seconds)."""
    return (one for one in rules if one.row.created_at.replace(microsecond=0) <= message.sent_at)


def _customers_words(rows: QuerySet[Message]) -> QuerySet[Message]:
    live = rows.filter(direction=Direction.INBOUND, origin=Origin.LIVE)
    return live.exclude(type=MessageType.REACTION)


def _carry_out(made: Plan, message: Message, event: int) -> None:
    """The runs first: by constraint they say that this happens once."""
    conversation, now = message.conversation, timezone.now()
    RuleRun.objects.bulk_create(
        RuleRun(rule=rule, conversation=conversation, message=message, ran_at=now)
        for rule in made.rules
    )
    log.info(
        "rules.ran conversation=%s message=%s rules=%s",
        *(conversation.pk, message.pk, ",".join(str(rule.pk) for rule in made.rules)),
    )
    since = Event.objects.filter(conversation=conversation, pk__gt=event, actor__isnull=False)
    by_hand = set(since.filter(name__in=_BY_HAND).values_list("name", flat=True))
    _add_labels(made, conversation)
    if made.priority and EventName.CONVERSATION_PRIORITISED not in by_hand:
        assert made.priority.priority is not None  # it is in the plan for it
        set_priority(conversation, made.priority.priority, None, rule=made.priority.name)
    if EventName.CONVERSATION_ASSIGNED not in by_hand:
        _hand_on(made, conversation)


def _add_labels(made: Plan, conversation: Conversation) -> None:
    known = Label.objects.in_bulk(made.labels)
    by_rule: dict[str, list[Label]] = defaultdict(list)
    for pk, rule in made.labels.items():
        if pk in known:
            by_rule[rule.name].append(known[pk])
    for name, labels in by_rule.items():
        add_labels([conversation], labels, None, rule=name)


def _hand_on(made: Plan, conversation: Conversation) -> None:
    """Who has it keeps it, unless they do not work here any more."""
    if not made.team and not made.hands:
        return
    if conversation.assignee_id is not None:
        if Agent.objects.filter(pk=conversation.assignee_id, is_active=True).exists():
            return
        reason = made.team or made.hands
        assign_conversation(conversation, None, None, rule=reason.name if reason else "")
    if made.team:
        assign_team(conversation, made.team.team, None, rule=made.team.name)
    if made.hands is None:
        return
    moved = Conversation.objects.select_related("business_number").get(pk=conversation.pk)
    person = made.hands.person
    if person is None:
        ask_to_hand_out([moved.pk], rule=made.hands.name)
    elif person.may_write and agents_who_see(moved).filter(pk=person.pk).exists():
        assign_conversation(moved, person, None, rule=made.hands.name)
    else:
        tell_of_person(made.hands)
        log.warning(
            "rules.person_cannot_have_it rule=%s conversation=%s", made.hands.pk, conversation.pk
        )
