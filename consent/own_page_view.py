"""What the own page shows: a customer's topics, consents and requests, in their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from django.utils.translation import gettext as _

from consent.exports import is_there
from consent.gate import is_restricted, newest_of, records_of, states_of
from consent.models import (
    Act,
    ConsentRecord,
    ConsentState,
    OwnPageLink,
    Purpose,
    Source,
    Topic,
    Wording,
)
from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.own_page_acts import has_recent_export, is_on, own_restrictions, requests_of
from consent.own_page_words import House, house_words, promise, wording_of
from consent.renewal import Change, changed_words
from contacts.models import IdentityKind

# Of the newest entries; all of them are in the export.
MOST_ENTRIES = 100


@dataclass(frozen=True)
class TopicRow:
    """A topic with its switch. `story`: since when and by what, or when it ended."""

    topic: Topic
    wording: Wording
    is_on: bool
    record: ConsentRecord | None
    story: str

    @property
    def can_be_switched(self) -> bool:
        return self.is_on or self.topic.is_active


@dataclass(frozen=True)
class ChangedRow:
    """Words that have changed since they were agreed to."""

    name: str
    change: Change


@dataclass(frozen=True)
class EntryRow:
    """One entry of the ledger."""

    record: ConsentRecord
    act: str
    about: str
    how: str


@dataclass(frozen=True)
class RequestRow:
    """A request, and whether its file can be taken."""

    request: DataRequest
    state: str
    can_be_taken: bool


@dataclass(frozen=True)
class OwnPage:
    """All of it."""

    link: OwnPageLink
    house: House
    promise: str
    sent_to: str
    topics: Sequence[TopicRow]
    changed: Sequence[ChangedRow]
    entries: Sequence[EntryRow]
    entry_count: int
    requests: Sequence[RequestRow]
    open_kinds: frozenset[str]
    is_restricted: bool
    may_lift: bool
    gets_something: bool
    may_ask_for_file: bool

    @classmethod
    def of(cls, link: OwnPageLink) -> OwnPage:
        """In the language that is on."""
        contact, house = link.contact, house_words()
        found = states_of(contact)
        states = {one.topic: one for one in found if one.purpose == Purpose.MARKETING}
        topics = list(Topic.objects.all())
        names = {topic.key: str(topic) for topic in topics}
        records = records_of(contact).select_related("wording", "detail")
        requests = [_request(one) for one in requests_of(contact)]
        rows = [_topic(topic, house, states) for topic in topics]
        return cls(
            link=link,
            house=house,
            promise=promise(),
            sent_to=_spelled(link),
            topics=[row for row in rows if row.can_be_switched],
            changed=[
                ChangedRow(names.get(one.state.topic, one.state.topic), one)
                for one in changed_words(newest_of(found))
            ],
            entries=[_entry(record, names) for record in records[:MOST_ENTRIES]],
            entry_count=records.count(),
            requests=requests,
            open_kinds=frozenset(one.request.kind for one in requests if not one.request.is_over),
            is_restricted=is_restricted(contact),
            may_lift=bool(own_restrictions(contact)),
            may_ask_for_file=not has_recent_export(contact),
            gets_something=any(is_on(states, topic) for topic in states),
        )

    @property
    def shown_on(self) -> list[str]:
        """Topics whose switch is on as the page is made: what was pressed is told from these."""
        return [row.topic.key for row in self.topics if row.is_on]


def _topic(topic: Topic, house: House, states: Mapping[str, ConsentState]) -> TopicRow:
    state = states.get(topic.key) or states.get("")
    on = is_on(states, topic.key)
    general = states.get("")
    ended = state if on or general is None or state is None else max(state, general, key=_when)
    record = ended.record if ended else None
    return TopicRow(topic, wording_of(topic, house), on, record, _how(record) if record else "")


def _when(state: ConsentState) -> tuple[datetime, int]:
    return (state.occurred_at, state.record_id)


def _entry(record: ConsentRecord, names: Mapping[str, str]) -> EntryRow:
    about = names.get(record.topic, record.topic) or record.get_purpose_display()
    return EntryRow(record, _ACTS[Act(record.act)](), about, _how(record))


def _request(request: DataRequest) -> RequestRow:
    words = {
        RequestState.ASKED: _("received by us"),
        RequestState.APPROVED: _("received by us"),
        RequestState.RUNNING: _("under way"),
        RequestState.FAILED: _("under way"),
        RequestState.DONE: _("done"),
        RequestState.REFUSED: _("declined"),
    }
    state = words[RequestState(request.state)]
    if request.kind == RequestKind.RESTRICTION and request.lifted_at:
        state = _("lifted")
    return RequestRow(request, state, is_there(request))


# What somebody did, said to them. Functions, so that each is in the language of the page.
_ACTS = {
    Act.INFORMED: lambda: _("We told you what happens with your data"),
    Act.REQUESTED: lambda: _("You asked to be signed up"),
    Act.GRANTED: lambda: _("You agreed"),
    Act.CONFIRMED: lambda: _("You confirmed"),
    Act.WITHDRAWN: lambda: _("You withdrew"),
    Act.OBJECTED: lambda: _("You objected"),
    Act.RENEWED: lambda: _("You agreed to the new words"),
    Act.EXPIRED: lambda: _("Expired"),
    Act.ERASED: lambda: _("Erased"),
}


def _how(record: ConsentRecord) -> str:
    if record.source == Source.MESSAGE and record.words:
        return _("by your message “%(words)s”") % {"words": record.words[:80]}
    return {
        Source.MESSAGE: _("by your message"),
        Source.FORM: _("on the sign-up page"),
        Source.PLATFORM: _("in the settings of WhatsApp"),
        Source.AGENT: _("as you told one of us"),
        Source.IMPORT: _("as taken over with its evidence"),
        Source.API: _("by another system of ours"),
        Source.SYSTEM: _("by itself"),
        Source.OWN_PAGE: _("on this page"),
        Source.EMAIL: _("by the link in an e-mail"),
    }[Source(record.source)]


def _spelled(link: OwnPageLink) -> str:
    """Whom the link was sent to, enough to know oneself by; "" where there is no number."""
    if link.identity.kind not in (IdentityKind.WA_ID, IdentityKind.PHONE):
        return ""
    try:
        parsed = phonenumbers.parse("+" + link.identity.value.lstrip("+"))
    except phonenumbers.NumberParseException:
        return ""
    national = str(parsed.national_number)
    hidden = max(len(national) - 5, 1)
    return f"+{parsed.country_code} {national[:3]} {'•' * hidden} {national[-2:]}"
