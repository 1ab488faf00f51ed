"""What the operators of a query mean for conversations, messages and notes, as SQL conditions.

Names are looked up first (a few small queries), so that what follows compares keys only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import cast
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import Agent, Team
from consent.models import Topic
from consent.states import IN_FORCE
from conversations.models import Conversation, Direction, Label, MessageType, Note
from conversations.search.index import Among
from conversations.search.people import contacts_called
from conversations.search.query import CUSTOMER, ME, NOBODY, Condition, Operator, Query

# So many contacts of one name are looked at; whoever means another one writes more of the name.
MANY = 200
_TYPES = {
    "image": (MessageType.IMAGE, MessageType.STICKER),
    "video": (MessageType.VIDEO,),
    "audio": (MessageType.AUDIO,),
    "document": (MessageType.DOCUMENT,),
    "location": (MessageType.LOCATION,),
}


@dataclass
class Conditions:
    """`threads` is of conversations, `messages` and `notes` of their rows, days of all of them.

    `contacts` are those a `from:` or `to:` names: where they are few, it pays to begin with them.
    """

    threads: Q = field(default_factory=Q)
    messages: Q = field(default_factory=Q)
    notes: Q = field(default_factory=Q)
    since: datetime | None = None
    until: datetime | None = None
    contacts: list[UUID] | None = None
    of_messages_only: bool = False

    def on_threads(self, prefix: str) -> Q:
        """`threads` for rows that reach the conversation by `prefix`."""
        return _prefixed(self.threads, prefix) if self.threads else Q()

    def in_time(self, name: str) -> Q:
        """The days, for rows that have their moment in `name`."""
        rule = Q(**{f"{name}__gte": self.since}) if self.since else Q()
        return rule & Q(**{f"{name}__lt": self.until}) if self.until else rule


def conditions_of(query: Query, agent: Agent) -> Conditions:
    found = Conditions()
    for one in query.narrowing:
        if one.operator in (Operator.FROM, Operator.TO):
            _person(found, one, agent)
        elif one.operator in (Operator.BEFORE, Operator.AFTER, Operator.ON):
            _day(found, one)
        elif one.operator == Operator.HAS:
            _has(found, one)
        else:
            rule = _thread_rule(one, agent)
            found.threads &= ~rule if one.negated else rule
    return found


def _person(found: Conditions, one: Condition, agent: Agent) -> None:
    """Who wrote, or to whom. A name may be a colleague's or a customer's."""
    wrote = Direction.INBOUND if one.operator == Operator.FROM else Direction.OUTBOUND
    other = Direction.OUTBOUND if one.operator == Operator.FROM else Direction.INBOUND
    said = one.value.lower()
    if said in CUSTOMER:
        messages, notes = Q(direction=wrote), Q(pk=None)
    elif said in ME:
        messages, notes = _by(one, [agent.pk], other), Q(author=agent)
    else:
        contacts = contacts_called(agent, one.value, MANY)
        colleagues = _called(Agent, one.value)
        theirs = Q(Among("conversation__contact", contacts), direction=wrote)
        messages = theirs | _by(one, colleagues, other) if colleagues else theirs
        notes = Q(author__in=colleagues) if one.operator == Operator.FROM else Q(pk=None)
        if not colleagues and not one.negated:
            found.contacts = contacts
    found.messages &= ~messages if one.negated else messages
    found.notes &= ~notes if one.negated else notes


def _by(one: Condition, agents: list[int], direction: Direction) -> Q:
    """Messages colleagues wrote; "to" one: what customers wrote in what is theirs."""
    if one.operator == Operator.FROM:
        return Q(author__in=agents)
    return Q(direction=direction, conversation__assignee__in=agents)


def _day(found: Conditions, one: Condition) -> None:
    begins, ends = _midnight(one.day), _midnight(one.day + timedelta(days=1))
    if one.operator in (Operator.AFTER, Operator.ON):
        found.since = max(begins, found.since) if found.since else begins
    if one.operator == Operator.BEFORE:
        found.until = min(begins, found.until) if found.until else begins
    elif one.operator == Operator.ON:
        found.until = min(ends, found.until) if found.until else ends


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _has(found: Conditions, one: Condition) -> None:
    if one.value == "note":
        rule = Q(pk__in=Note.objects.values("conversation"))
        found.threads &= ~rule if one.negated else rule
        return
    rule = Q(text__contains="http") if one.value == "link" else Q(type__in=_TYPES[one.value])
    found.messages &= ~rule if one.negated else rule
    found.of_messages_only = True


def _thread_rule(one: Condition, agent: Agent) -> Q:
    said = one.value
    match one.operator:
        case Operator.LABEL:
            tagged = Conversation.labels.through.objects.filter(label__in=_called(Label, said))
            return Q(pk__in=tagged.values("conversation"))
        case Operator.TEAM:
            return Q(team=None) if said.lower() in NOBODY else Q(team__in=_called(Team, said))
        case Operator.ASSIGNEE if said.lower() in NOBODY:
            return Q(assignee=None)
        case Operator.ASSIGNEE if said.lower() in ME:
            return Q(assignee=agent)
        case Operator.ASSIGNEE:
            return Q(assignee__in=_called(Agent, said))
        case Operator.NUMBER:
            digits = "".join(letter for letter in said if letter.isdigit())
            by_name = Q(business_number__name__icontains=said)
            by_digits = Q(business_number__phone_number__contains=digits)
            return by_name | by_digits if digits else by_name
        case Operator.TOPIC:
            named = Q(key__iexact=said) | Q(name_de__icontains=said) | Q(name_en__icontains=said)
            keys = list(Topic.objects.filter(named).values_list("key", flat=True))
            return Q(
                contact__consent_states__topic__in=keys,
                contact__consent_states__act__in=list(IN_FORCE),
            )
        case Operator.PRIORITY:
            return Q(priority=int(said))
        case Operator.LANG:
            return Q(contact__language__istartswith=said)
        case _:
            return _state(said)


def _called(model: type[Agent | Label | Team], said: str) -> list[int]:
    """Keys of those with this in their name: PostgreSQL guesses better by them than by a join."""
    return list(model._default_manager.filter(name__icontains=said).values_list("pk", flat=True))


def _state(said: str) -> Q:
    """What `is:` and `status:` ask for."""
    now = timezone.now()
    rules = {
        "unread": Q(unread__gt=0),
        "closed": Q(window_expires_at=None) | Q(window_expires_at__lte=now),
        "unanswered": Q(waiting_since__isnull=False),
    }
    return rules.get(said, Q(status=said))


def _prefixed(rule: Q, prefix: str) -> Q:
    """`rule` with every field reached by `prefix`."""
    made = Q()
    made.connector, made.negated = rule.connector, rule.negated
    for child in rule.children:
        if isinstance(child, Q):
            made.children.append(_prefixed(child, prefix))
        else:
            name, value = cast(tuple[str, object], child)
            made.children.append((f"{prefix}{name}", value))
    return made
