"""The demo's subscribers: who signed up by the form, who left, as the ledger tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.ledger import Entry, append
from consent.models import Act, Clock, Purpose, SignUpForm, Source
from consent.signup_wording import show
from contacts.models import Contact
from helpdesk.demo.signup import SLUG


@dataclass(frozen=True)
class SignedUp:
    """Somebody chose these topics on the form so many days ago, and sent the words. `left`: by
    which words, for which topic, how many days ago. `added`: the same for a later START."""

    name: str
    topics: tuple[str, ...]
    days_ago: float
    added: tuple[tuple[str, str, float], ...] = ()
    left: tuple[tuple[str, str, float], ...] = ()


SUBSCRIBERS = (
    SignedUp("Mats Okafor", ("re7",), 23.5),
    SignedUp("Rosalie Kampmann", ("rb12", "baustellen"), 21.1),
    SignedUp(
        "Henrik Ellerbrock",
        ("re7", "angebote"),
        26.2,
        added=(("START Baustellen", "baustellen", 19.4),),
        left=(("Stopp Angebote bitte", "angebote", 6.6),),
    ),
    SignedUp("Aylin Schöneberg", ("angebote",), 14.4, left=(("Abmelden", "angebote", 3.2),)),
    SignedUp("Nele Carstensen", ("re7", "baustellen", "angebote"), 11.9),
    SignedUp("Signe Lauridsen", ("baustellen",), 8.7),
    SignedUp("Jonte Friedrichsen", ("re7",), 4.9),
    SignedUp("Tomke Visser", ("rb12",), 1.8),
)


def subscribe(contacts: dict[str, Contact], number: str, now: datetime) -> None:
    """Write the entries of those of `contacts` (by name) that are named above."""
    form = SignUpForm.objects.filter(slug=SLUG).first()
    if form is None:
        return
    found = [(one, contacts[one.name]) for one in SUBSCRIBERS if one.name in contacts]
    append([entry for one, who in found for entry in _entries(one, who, form, number, now)])


def _entries(
    one: SignedUp, contact: Contact, form: SignUpForm, number: str, now: datetime
) -> Iterator[Entry]:
    wording = show(form, "de").wording
    names = {topic.key: topic.name_de for topic in form.offered_topics()}
    signed_up = now - timedelta(days=one.days_ago)
    listed = ", ".join(names[key] for key in one.topics)
    words = f"Ja, ich möchte Meldungen zu {listed}. Code K7QM-3XT9"
    for topic in one.topics:
        chosen = signed_up - timedelta(seconds=46)
        yield _entry(
            contact, topic, Act.REQUESTED, number, chosen, source=Source.FORM, wording=wording
        )
    for topic in one.topics:
        yield _entry(contact, topic, Act.CONFIRMED, number, signed_up, words, wording=wording)
    for said, topic, days in one.added:
        yield _entry(contact, topic, Act.GRANTED, number, now - timedelta(days=days), said)
    for said, topic, days in one.left:
        yield _entry(contact, topic, Act.WITHDRAWN, number, now - timedelta(days=days), said)


def _entry(
    contact: Contact,
    topic: str,
    act: Act,
    number: str,
    at: datetime,
    words: str = "",
    **more: object,
) -> Entry:
    by_form = more.get("source") == Source.FORM
    identity = contact.identity_values.get("wa_id", "")
    values: dict[str, object] = {
        "source": Source.MESSAGE,
        "clock": Clock.OURS if by_form else Clock.WHATSAPP,
        "language": "de",
        "words": words,
        "identity": identity,
        "reference": f"{SLUG} K7QM-3XT9" if by_form else f"wamid.demo.{identity}.{act}.{topic}",
        "recorded_at": at + timedelta(seconds=1),
        **more,
    }
    return Entry(
        contact=contact,
        purpose=Purpose.MARKETING,
        act=act,
        occurred_at=at,
        topic=topic,
        business_number=number,
        **values,  # type: ignore[arg-type]
    )
