"""What customers do that the ledger keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from consent.gate import topics_agreed_to
from consent.inbound import Words
from consent.ledger import Entry, append
from consent.models import Act, Clock, ConsentState, Purpose, Source, Wording
from consent.signup import Redemption, redeem
from consent.states import IN_FORCE
from consent.vocabulary import vocabulary
from consent.words import Intent, Said, understand
from contacts.models import Contact


@dataclass(frozen=True)
class Heard:
    """What calls for an answer: a word that was understood (`intent`), the code of a sign-up form
    (`redemption`), or, without both, somebody's first message. `topics`: those that a word started
    or stopped; "" is marketing in general."""

    words: Words
    intent: Intent | None = None
    topics: tuple[str, ...] = ()
    redemption: Redemption | None = None

    @property
    def is_first(self) -> bool:
        return self.intent is None and self.redemption is None


def record_inbound_message(contact: Contact, text: str, wamid: str, occurred_at: datetime) -> None:
    """The same for one message."""
    record_inbound_messages([Words(contact, text, wamid, occurred_at)])


def record_inbound_messages(said: Sequence[Words]) -> list[Heard]:
    """Whoever writes to us agrees to be answered (`service`); START and STOP speak of marketing,
    and so does the code of a sign-up form.

    Call in the transaction that stores the messages; the same wamid twice is one entry. Answers
    the words that were understood, so that the customer can be told.
    """
    redeemed = redeem(said)
    served = _served({words.contact for words in said})
    entries: list[Entry] = []
    heard: list[Heard] = []
    for words in said:
        if words.contact.pk not in served:
            served.add(words.contact.pk)
            entries.append(_entry(words, Purpose.SERVICE, Act.GRANTED))
            heard.append(Heard(words))
        if words.wamid in redeemed:
            entries += redeemed[words.wamid].entries
            heard.append(Heard(words, redemption=redeemed[words.wamid]))
        meant = understand(words.text if words.meant is None else words.meant, vocabulary())
        if meant is None:
            continue
        topics: tuple[str, ...] = ()
        if meant.intent is Intent.START:
            topics = _started(meant, words)
            entries += [_entry(words, Purpose.MARKETING, Act.GRANTED, topic) for topic in topics]
        elif meant.intent is Intent.STOP:
            # An earlier message of this set may have subscribed them: write it down first.
            append(entries)
            topics = _stopped(meant, words.contact)
            entries = [_entry(words, Purpose.MARKETING, Act.WITHDRAWN, topic) for topic in topics]
        heard.append(Heard(words, meant.intent, topics))
    append(entries)
    return heard


def _started(meant: Said, words: Words) -> tuple[str, ...]:
    """The topics START stands for."""
    if meant.everything:
        return tuple(sorted(set(vocabulary().topics.values())))
    return (meant.topic or words.default_topic,)


def _stopped(meant: Said, contact: Contact) -> tuple[str, ...]:
    """The topics STOP ends; "" is marketing in general. STOP alone ends everything."""
    if meant.topic:
        return (meant.topic,)
    return ("", *topics_agreed_to(contact))


def _entry(words: Words, purpose: Purpose, act: Act, topic: str = "") -> Entry:
    return Entry(
        contact=words.contact,
        purpose=purpose,
        topic=topic,
        act=act,
        source=Source.MESSAGE,
        identity=words.identity,
        words=words.text,
        reference=words.wamid,
        business_number=words.business_number,
        occurred_at=words.occurred_at,
        recorded_at=words.recorded_at,
    )


def record_informed(words: Words, shown: Wording, message_id: UUID) -> None:
    """The person was sent the privacy notice `shown`, by our message `message_id`."""
    append(
        [
            Entry(
                contact=words.contact,
                purpose=Purpose.SERVICE,
                act=Act.INFORMED,
                source=Source.SYSTEM,
                occurred_at=timezone.now(),
                clock=Clock.OURS,
                business_number=words.business_number,
                language=shown.language,
                wording=shown,
                identity=words.identity,
                reference=f"message:{message_id}",
            )
        ]
    )


def record_platform_preference(
    contact: Contact,
    act: Act,
    reference: str,
    occurred_at: datetime,
    words: str = "",
    clock: Clock = Clock.WHATSAPP,
) -> None:
    """WhatsApp's own stop and resume of marketing messages (`user_preferences`, error 131050)."""
    append(
        [
            Entry(
                contact=contact,
                purpose=Purpose.MARKETING,
                act=act,
                source=Source.PLATFORM,
                words=words,
                reference=reference,
                occurred_at=occurred_at,
                clock=clock,
            )
        ]
    )


def _served(contacts: set[Contact]) -> set[object]:
    """Which of these contacts have a service consent in force, by primary key."""
    return set(
        ConsentState.objects.filter(
            contact__in=contacts, purpose=Purpose.SERVICE, act__in=IN_FORCE
        ).values_list("contact_id", flat=True)
    )
