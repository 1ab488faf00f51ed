"""The texts and keys that the demo's agents keep."""

from __future__ import annotations

from helpdesk.demo.people import Desk
from inbox.models import CannedResponse, Macro

LOST_AND_FOUND = "Fundbüro"
# shortcut, title, German, English; the first is the lost-and-found team's.
TEXTS = (
    (
        "ruck",
        "Rucksack gefunden",
        "Gute Nachricht, {{contact.name}}: Ihr Rucksack liegt im Fundbüro, Nr. {{?Fundnummer}}.",
        "Good news, {{contact.name}}: your bag is at the lost-and-found office, no. {{?Number}}.",
    ),
    (
        "ruck-nein",
        "Rucksack nicht gefunden",
        "Leider ist bisher nichts abgegeben worden. Wir suchen 14 Tage weiter.",
        "Nothing has been handed in so far. We keep looking for 14 days.",
    ),
    (
        "ruckfrage",
        "Rückfrage zur Tasche",
        "{{contact.name}}, welche Farbe und Größe hat sie?",
        "{{contact.name}}, what colour and size is it?",
    ),
    (
        "gruss",
        "Gruß",
        "Viele Grüße von der Küste, {{agent.first_name}}",
        "Best wishes from the coast, {{agent.first_name}}",
    ),
)


def hand_out(desk: Desk) -> None:
    """Once: an empty shelf is filled, one that somebody has used is left alone."""
    if CannedResponse.objects.exists() or Macro.objects.exists():
        return
    team = next((row for name, row in desk.teams.items() if LOST_AND_FOUND in name), None)
    for place, (shortcut, title, german, english) in enumerate(TEXTS):
        CannedResponse.objects.create(
            shortcut=shortcut,
            title=title,
            text_de=german,
            text_en=english,
            team=team if place == 0 else None,
        )
    label = next(iter(desk.labels.values()))
    Macro.objects.create(
        name="Übernehmen und notieren",
        key=1,
        actions=[
            {"kind": "assign_me", "value": None},
            {"kind": "label", "value": label.pk},
            {"kind": "note", "value": "Ich kümmere mich darum."},
        ],
    )
