"""What the demo's service desk knows of its customers: attributes, and notes on two of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from contacts.attribute_models import (
    AttributeChoice,
    AttributeDefinition,
    AttributeKind,
    ContactAttribute,
    ContactNote,
)
from contacts.attributes import fit
from contacts.models import Contact
from helpdesk.demo.people import Desk

# Key, kind, German, English.
_ATTRIBUTES = (
    ("subscription", AttributeKind.CHOICE, "Abo", "Subscription"),
    ("customer_number", AttributeKind.TEXT, "Kundennummer", "Customer number"),
    ("usual_route", AttributeKind.TEXT, "Stammstrecke", "Usual route"),
    ("needs_assistance", AttributeKind.YES_NO, "Braucht Einstiegshilfe", "Needs assistance"),
)
_COLUMN: dict[str, str] = {
    AttributeKind.CHOICE: "choice",
    AttributeKind.TEXT: "text",
    AttributeKind.YES_NO: "yes",
}
_SUBSCRIPTIONS = (
    ("commuter", "Nordlicht Pendler", "Nordlicht Commuter"),
    ("student", "Nordlicht Ausbildung", "Nordlicht Student"),
)
_KNOWN = {
    "Lena Brandt": {
        "subscription": "commuter",
        "customer_number": "NB-204 881",
        "usual_route": "Eckernförde – Kiel",
    },
    "Henrik Ellerbrock": {"subscription": "commuter", "customer_number": "NB-187 230"},
    "Aylin Schöneberg": {"subscription": "student", "needs_assistance": "no"},
}
_NOTES = {
    "Lena Brandt": ("mira", "Hört schlecht, bitte schreiben statt anrufen."),
}


def know(told: Mapping[str, Contact], desk: Desk, now: datetime) -> None:
    """Write it of the customers whose stories were just told: rows, which announce nothing."""
    if not told:
        return  # what admins have made of it since stays
    definitions = {row.key: row for row in _define()}
    by = desk.agents["jana"]
    for name, values in _KNOWN.items():
        for key, value in values.items() if name in told else ():
            definition = definitions[key]
            fitting = {_COLUMN[definition.kind]: fit(definition, value, by)}
            ContactAttribute.objects.create(
                contact=told[name],
                definition=definition,
                kind=definition.kind,
                updated_by=by,
                updated_at=now,
                **fitting,
            )
    for name, (author, text) in _NOTES.items():
        if name in told:
            ContactNote.objects.create(
                contact=told[name],
                author=desk.agents[author],
                text=text,
                is_pinned=True,
                created_at=now - timedelta(days=160),
            )


def _define() -> list[AttributeDefinition]:
    found = []
    for place, (key, kind, german, english) in enumerate(_ATTRIBUTES):
        said = {"kind": kind, "name_de": german, "name_en": english, "place": place}
        found.append(AttributeDefinition.objects.get_or_create(key=key, defaults=said)[0])
    for place, (key, german, english) in enumerate(_SUBSCRIPTIONS):
        said = {"name_de": german, "name_en": english, "place": place}
        AttributeChoice.objects.get_or_create(definition=found[0], key=key, defaults=said)
    return found
