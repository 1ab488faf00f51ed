"""What a customer said elsewhere, or in words of their own: written into the ledger by an agent or
another system, with the words and how they were heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Role
from consent.gate import is_restricted, moment_for, topics_agreed_to
from consent.leaving import has_left
from consent.ledger import Entry, append
from consent.models import Act, Clock, ConsentRecord, Purpose, Source, Topic
from consent.models.data_request import RequestKind
from consent.rights import open_requests
from contacts.models import Contact
from conversations.errors import Malformed, NotAllowed
from conversations.events import record
from conversations.models import EventName
from conversations.selectors import newest_thread_of

ACTS = (Act.WITHDRAWN, Act.GRANTED)
LONGEST_WORDS = 2_000
LONGEST_EVIDENCE = 2_000
LONGEST_REFERENCE = 150
# A clock beside ours may be a little ahead.
_AHEAD = timedelta(minutes=1)
_EVERYTHING = ""
# Who may write down that somebody agreed. To leave must be easy: every agent who writes may.
_MAY_GRANT = frozenset({Role.ADMIN, Role.LEAD})


@dataclass(frozen=True)
class OnWord:
    """`topic` "": marketing as a whole, which is only withdrawn. `words`: what they said.
    `evidence`: where and to whom. `occurred_at`: when they said it; None is now. To agree needs it,
    or a letter of last week would undo the STOP of yesterday. The same `reference` is written once.
    """

    act: str
    topic: str
    words: str
    evidence: str = ""
    occurred_at: datetime | None = None
    reference: str = ""
    source: Source = Source.AGENT


def may_record(agent: Agent, act: str) -> bool:
    """Withdrawals by whoever may write; what binds a customer only by leads and admins."""
    return agent.may_write and (act == Act.WITHDRAWN or agent.role in _MAY_GRANT)


def record_on_word(contact: Contact, said: OnWord, by: Agent) -> list[ConsentRecord]:
    """Append it, and show it in the customer's newest conversation; [] for what is known already.

    Raises `NotAllowed`, `Malformed` by field, and `Http404` when the contact was erased meanwhile.
    """
    if not may_record(by, said.act):
        raise NotAllowed
    now = timezone.now()
    with transaction.atomic():
        # Merges and erasures wait for this, and this for them.
        rows = Contact.objects.select_for_update(of=("self",), no_key=True)
        held = get_object_or_404(rows, pk=contact.pk)
        _check(held, said, now)
        topics = _topics(held, said)
        at = min(said.occurred_at, now) if said.occurred_at else moment_for(held)
        records = append([_entry(held, said, topic, by, at) for topic in topics])
        if records:
            _tell(held, said, topics, by)
    return records


def _check(contact: Contact, said: OnWord, now: datetime) -> None:
    errors: dict[str, list[str | Promise]] = {}
    if said.act not in ACTS:
        errors["act"] = [_("Choose whether they agreed or withdrew.")]
    if said.topic and not Topic.objects.filter(key=said.topic).exists():
        errors["topic"] = [_("This topic does not exist.")]
    for name, text, most in (
        ("words", said.words, LONGEST_WORDS),
        ("evidence", said.evidence, LONGEST_EVIDENCE),
        ("reference", said.reference, LONGEST_REFERENCE),
    ):
        if len(text) > most:
            errors[name] = [_("This is too long: at most %(limit)s characters.") % {"limit": most}]
    if not said.words.strip():
        errors["words"] = [_("Write down what the customer said.")]
    if said.occurred_at is not None and said.occurred_at > now + _AHEAD:
        errors["occurred_at"] = [_("This time is still to come.")]
    if said.act == Act.GRANTED:
        errors = {**_why_not_granted(contact, said), **errors}
    if errors:
        raise Malformed(errors)


def _why_not_granted(contact: Contact, said: OnWord) -> dict[str, list[str | Promise]]:
    """What binds a customer needs a topic, proof and a time, and nothing they said since."""
    errors: dict[str, list[str | Promise]] = {}
    if said.topic == _EVERYTHING:
        errors["topic"] = [_("Choose the topic they agreed to.")]
    elif not Topic.objects.filter(key=said.topic, is_active=True).exists():
        errors["topic"] = [_("Nobody can subscribe to this topic now.")]
    if not said.evidence.strip():
        errors["evidence"] = [_("Write down how and where they said so: it is the only proof.")]
    if said.occurred_at is None:
        errors["occurred_at"] = [_("Write down when they said so.")]
    elif has_left(contact, said.topic, said.occurred_at):
        errors["occurred_at"] = [_("They have withdrawn since.")]
    if is_restricted(contact):
        errors["act"] = [_("This customer asked us to do nothing with their data.")]
    elif any(one.kind == RequestKind.ERASURE for one in open_requests(contact)):
        errors["act"] = [_("This customer asked to be erased.")]
    return errors


def _topics(contact: Contact, said: OnWord) -> list[str]:
    """What it is about: to leave everything ends each topic, too."""
    if said.topic or said.act != Act.WITHDRAWN:
        return [said.topic]
    return [_EVERYTHING, *topics_agreed_to(contact)]


def _entry(contact: Contact, said: OnWord, topic: str, by: Agent, at: datetime) -> Entry:
    return Entry(
        contact=contact,
        purpose=Purpose.MARKETING,
        topic=topic,
        act=Act(said.act),
        source=said.source,
        occurred_at=at,
        clock=Clock.STATED if said.occurred_at else Clock.OURS,
        words=said.words.strip().replace("\x00", ""),
        evidence=said.evidence.strip().replace("\x00", ""),
        reference=f"{said.source}:{said.reference}" if said.reference else "",
        actor=f"agent:{by.pk}",
    )


def _tell(contact: Contact, said: OnWord, topics: list[str], by: Agent) -> None:
    newest = newest_thread_of(contact)
    if newest is not None:
        data: dict[str, object] = {"change": said.act, "topics": list(topics), "on_word": True}
        record(EventName.CONSENT_CHANGED, newest, by=by, data=data)
