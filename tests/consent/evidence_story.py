"""A ledger of two people, one of whom turned out to be two contacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consent.ledger import Entry, append
from consent.models import Act, Clock, ConsentDetail, ConsentRecord, Source, Topic, Wording
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from tests import factories

NOON = datetime(2026, 3, 12, 12, 30, 5, tzinfo=UTC)
NUMBER = "+49 431 5550100"
NOTICE = (
    "Ja, ich möchte Neuigkeiten der Nordlicht Bahn per WhatsApp bekommen. Abmelden kann ich mich"
    " jederzeit mit STOPP. Wie wir mit Daten umgehen: nordlicht-bahn.example/datenschutz"
)


def tell(contact: Contact, act: Act, days: int, **more: object) -> ConsentRecord:
    """One entry, in a transaction of its own."""
    fields = {
        "purpose": "marketing",
        "topic": "news",
        "source": Source.MESSAGE,
        "words": "START NEWS",
        "identity": "+491713920047",
        "reference": f"wamid.HBgNNDkxNzEzOTIwMDQ3FQIAEhgUM0E{days:04d}",
        "business_number": NUMBER,
        **more,
    }
    at = NOON + timedelta(days=days)
    [record] = append([Entry(contact=contact, act=act, occurred_at=at, recorded_at=at, **fields)])  # type: ignore[arg-type]
    return record


def two_people() -> tuple[Contact, Contact]:
    """Lena, known by a number and (merged) by a username; and somebody else in between. Lena's
    entries are 1, 2, 4, 5 and 8 of nine."""
    Topic.objects.get_or_create(key="news", defaults={"name_de": "Neuigkeiten", "name_en": "News"})
    shown = Wording.objects.create(key="optin", language="de", version=4, text=NOTICE)
    lena = factories.ContactFactory.create(name="Lena Brandt")
    again = factories.ContactFactory.create(name="", wa_id="", bsuid="DE.13", username="lena.b")
    other = factories.ContactFactory.create(name="Jonas Weber")
    tell(lena, Act.GRANTED, 0, purpose="service", topic="", words="Hallo, wann fährt der RE 7?")
    tell(lena, Act.REQUESTED, 1, source=Source.FORM, wording=shown, words="", clock=Clock.OURS)
    tell(other, Act.GRANTED, 1)
    tell(lena, Act.CONFIRMED, 2, words="Ja 👍 Größe über Ärger: Привет, Γειά σου!\nZweite Zeile.")
    tell(again, Act.GRANTED, 40, topic="offers", identity="DE.13", actor="Jana Petersen")
    tell(other, Act.WITHDRAWN, 41, words="STOPP")
    tell(other, Act.GRANTED, 42, words="START")
    tell(again, Act.WITHDRAWN, 174, topic="offers", words="Stopp bitte", identity="DE.13")
    tell(other, Act.GRANTED, 175, topic="offers")
    merge_contacts(lena, again, MergeReason.BY_HAND)
    return lena, other


def erase(contact: Contact) -> None:
    """What an erasure does to the ledger: it says so, and the personal parts go."""
    earlier = list(ConsentRecord.objects.filter(contact=contact))
    tell(contact, Act.ERASED, 300, topic="", words="", identity="", reference="")
    ConsentDetail.objects.filter(record__in=earlier).delete()
