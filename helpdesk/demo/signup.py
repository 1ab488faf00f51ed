"""The demo's sign-up form, `/optin/meldungen/`: disruption alerts of a railway."""

from __future__ import annotations

from consent.models import SignUpForm, SignUpTopic, SignUpWords, Topic
from consent.signup_wording import keep_versions
from consent.vocabulary import forget_vocabulary
from conversations.models import BusinessNumber

SLUG = "meldungen"
SITE = "https://nordlicht.example"

TOPICS = (
    {
        "key": "re7",
        "name_de": "RE 7 Küstenexpress",
        "name_en": "RE 7 Coast Express",
        "also_called": "RE 7\nRE7\nKüstenexpress",
        "description_de": "Flensburg – Eckernförde – Kiel",
        "description_en": "Flensburg – Eckernförde – Kiel",
        "frequency_de": "etwa 3 pro Woche",
        "frequency_en": "about 3 a week",
    },
    {
        "key": "rb12",
        "name_de": "RB 12 Fördebahn",
        "name_en": "RB 12 Fjord Line",
        "also_called": "RB 12\nRB12\nFördebahn",
        "description_de": "Kiel – Preetz – Plön",
        "description_en": "Kiel – Preetz – Plön",
        "frequency_de": "etwa 1 pro Woche",
        "frequency_en": "about 1 a week",
    },
    {
        "key": "baustellen",
        "name_de": "Baustellen und Fahrplanwechsel",
        "name_en": "Works and new timetables",
        "also_called": "Baustellen\nFahrplanwechsel\nworks",
        "description_de": "für alle Strecken, frühzeitig",
        "description_en": "on all lines, well ahead",
        "frequency_de": "2 pro Monat",
        "frequency_en": "2 a month",
    },
    {
        "key": "angebote",
        "name_de": "Angebote",
        "name_en": "Offers",
        "also_called": "offers",
        "description_de": "Tickets und Ausflüge, höchstens freitags",
        "description_en": "Tickets and day trips, on Fridays at most",
        "frequency_de": "höchstens 2 pro Monat",
        "frequency_en": "2 a month at most",
    },
)
WORDS = {
    "de": {
        "title": "Wissen, was auf Ihrer Strecke los ist",
        "intro": "Wir schreiben Ihnen auf WhatsApp, wenn ein Zug ausfällt, später kommt oder vom "
        "anderen Gleis fährt. Sie wählen aus, sonst kommt nichts.",
        "who_we_are": "Die *Nordlicht Bahn GmbH*, Hafenstraße 1, 24000 Musterhafen, speichert "
        "Ihre Nummer, Ihre Auswahl und den Zeitpunkt, um Ihnen diese Meldungen zu senden. Die "
        "Nachrichten laufen über WhatsApp.",
        "privacy": "Sie können *jederzeit widerrufen*: Antworten Sie STOPP, und es ist sofort "
        "Schluss.",
    },
    "en": {
        "title": "Know what is going on along your line",
        "intro": "We write to you on WhatsApp when a train is cancelled, comes later or leaves "
        "from another platform. You choose; nothing else comes.",
        "who_we_are": "*Nordlicht Bahn GmbH*, Hafenstraße 1, 24000 Musterhafen, stores your "
        "number, your choice and the time, to send you these messages. They go by WhatsApp.",
        "privacy": "You can *withdraw at any time*: answer STOP, and it ends at once.",
    },
}


def open_the_form(number: BusinessNumber) -> None:
    """The form, unless it is there or the number has no phone number to write to."""
    if not number.phone_number or SignUpForm.objects.filter(slug=SLUG).exists():
        return
    form = SignUpForm.objects.create(
        slug=SLUG,
        business_number=number.phone_number,
        privacy_url=f"{SITE}/datenschutz",
        imprint_url=f"{SITE}/impressum",
    )
    for position, values in enumerate(TOPICS):
        topic, _created = Topic.objects.get_or_create(key=values["key"], defaults=values)
        SignUpTopic.objects.create(form=form, topic=topic, position=position)
    for language, words in WORDS.items():
        SignUpWords.objects.create(form=form, language=language, **words)
    keep_versions(form)
    forget_vocabulary()
