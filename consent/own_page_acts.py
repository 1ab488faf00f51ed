"""What customers do on their own page. Each is one transaction, effective with its commit."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from consent import rights
from consent.gate import is_in_force, moment_for, states_of
from consent.ledger import Entry, append
from consent.models import Act, Clock, ConsentState, OwnPageLink, Purpose, Source, Wording
from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.renewal import changed_words
from consent.signals import consents_changed
from consent.states import IN_FORCE
from contacts.family import family_of
from contacts.models import Contact

log = logging.getLogger(__name__)

# An export is made anew for the asking after so long.
ANOTHER_EXPORT_AFTER = timedelta(hours=24)


class LinkIsDead(Exception):
    """Its time is over, or the person it was sent to is somebody else now."""


class WordsChanged(Exception):
    """What was shown is not what holds any more: it has to be read again."""


class AlreadyAsked(Exception):
    """A request of this kind is open, or was answered just now."""


def switch_topics(
    link: OwnPageLink, on: Mapping[str, Wording], off: Collection[str], language: str
) -> None:
    """Agree to the topics `on`, under the words that were shown, and leave those that are `off`.

    What is so already stays as it is, with the entry it rests on.
    """
    with _held(link) as held:
        states = marketing_of(held.contact)
        granted = tuple(sorted(key for key in on if not is_on(states, key)))
        withdrawn = tuple(sorted(key for key in off if is_on(states, key)))
        _write(held, Act.GRANTED, granted, language, {key: on[key] for key in granted})
        _write(held, Act.WITHDRAWN, withdrawn, language)


def stop_everything(link: OwnPageLink, language: str) -> None:
    """Withdraw marketing in general, and each topic that was agreed to."""
    with _held(link) as held:
        states = marketing_of(held.contact)
        general = states.get("")
        subscribed = [key for key, one in states.items() if key and one.act in IN_FORCE]
        if subscribed or general is None or general.act in IN_FORCE:
            _write(held, Act.WITHDRAWN, ("", *sorted(subscribed)), language)


def agree_again(link: OwnPageLink, topic: str, wording: int, language: str) -> None:
    """Agree to the words of now, where a consent is in force and they have changed since.

    `wording` is the version that was shown (its primary key). Twice is once.
    """
    with _held(link) as held:
        changes = changed_words(states_of(held.contact))
        change = next((one for one in changes if one.state.topic == topic), None)
        if change is None:
            return  # done before, or left meanwhile: then nothing is asked
        if change.now.pk != wording:
            raise WordsChanged
        _write(held, Act.RENEWED, (topic,), language, {topic: change.now})


def ask_for(link: OwnPageLink, kind: RequestKind) -> DataRequest:
    """Enter a request of the person's own.

    Access, restriction and objection begin at once. An erasure waits for one of us, who sees in its
    preview what it would take: whoever holds a phone for a minute shall not end years by a button.
    """
    with _held(link) as held:
        contact = held.contact
        if kind == RequestKind.ACCESS and has_recent_export(contact):
            raise AlreadyAsked
        try:
            request = rights.ask(contact, kind, by=None)
        except rights.RightsRefused as error:
            raise AlreadyAsked from error
    if kind == RequestKind.ERASURE:
        return request
    try:
        with transaction.atomic():
            request = rights.start(request, by=None)
            if kind == RequestKind.OBJECTION:
                _announce(contact, Act.WITHDRAWN, ("",))
    except rights.RightsRefused:
        # Something of theirs is under way: an admin sees the request and begins it then.
        log.info("data_request.waits request=%s", request.pk)
    return request


def lift_restriction(link: OwnPageLink) -> None:
    """End what the person restricted here; what one of us entered for them is ours to end. Twice is
    once."""
    with _held(link) as held:
        for request in own_restrictions(held.contact):
            with suppress(rights.RightsRefused):  # one of us was first
                rights.lift(request, by=None)


def own_restrictions(contact: Contact) -> list[DataRequest]:
    """The restrictions in force that the person asked for on their own page."""
    family = list(family_of(contact).values_list("pk", flat=True))
    rows = DataRequest.objects.filter(contact_id__in=family, kind=RequestKind.RESTRICTION)
    return [one for one in rows.filter(asked_by=None) if one.is_in_force]


def requests_of(contact: Contact) -> list[DataRequest]:
    """What the person asked for, the newest first."""
    family = list(family_of(contact).values_list("pk", flat=True))
    return list(DataRequest.objects.filter(contact_id__in=family).order_by("-asked_at")[:20])


def marketing_of(contact: Contact) -> dict[str, ConsentState]:
    """The person's newest act for each topic; "" is marketing in general."""
    found = states_of(contact)
    return {state.topic: state for state in found if state.purpose == Purpose.MARKETING}


def is_on(states: Mapping[str, ConsentState], topic: str) -> bool:
    """Whether the person gets messages about `topic`: see `gate.permits`."""
    state = states.get(topic) or states.get("")
    return state is not None and is_in_force(state, states.get(""))


@contextmanager
def _held(link: OwnPageLink) -> Iterator[OwnPageLink]:
    """The link, alive until the transaction ends: its contact is neither merged nor erased."""
    with transaction.atomic():
        rows = Contact.objects.select_for_update(of=("self",), no_key=True)
        rows.filter(pk=link.contact_id).first()
        links = OwnPageLink.objects.select_related("contact", "identity")
        held = links.filter(pk=link.pk).first()
        if held is None or not held.is_alive(timezone.now()):
            raise LinkIsDead
        yield held


def _write(
    link: OwnPageLink,
    act: Act,
    topics: tuple[str, ...],
    language: str,
    wordings: Mapping[str, Wording] | None = None,
) -> None:
    """Entries in the ledger, and the news of them."""
    if not topics:
        return
    moment = moment_for(link.contact)
    append(
        [
            Entry(
                contact=link.contact,
                purpose=Purpose.MARKETING,
                topic=topic,
                act=act,
                source=Source.OWN_PAGE,
                occurred_at=moment,
                clock=Clock.OURS,
                business_number=link.business_number,
                language=language,
                wording=(wordings or {}).get(topic),
                identity=link.identity.value,
                reference=f"own-page:{link.pk}:{moment.isoformat()}",
            )
            for topic in topics
        ]
    )
    log.info("consent.own_page contact=%s act=%s entries=%s", link.contact_id, act, len(topics))
    _announce(link.contact, act, topics)


def _announce(contact: Contact, act: Act, topics: tuple[str, ...]) -> None:
    consents_changed.send(
        sender=Contact, contact=contact, change=str(act), topics=topics, by=Source.OWN_PAGE
    )


def has_recent_export(contact: Contact) -> bool:
    """Whether they asked for their file a short while ago: it is there, or under way."""
    since = timezone.now() - ANOTHER_EXPORT_AFTER
    return any(
        one.kind == RequestKind.ACCESS and one.asked_at > since and one.state != RequestState.FAILED
        for one in requests_of(contact)
    )
