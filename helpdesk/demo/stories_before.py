"""Conversations of the days before: closed windows, templates, resolved ones, an opt-out."""

from __future__ import annotations

from conversations.models import MessageType, Status
from helpdesk.demo import story
from helpdesk.demo.people import LOST, PASSES, SERVICE
from helpdesk.demo.story import Remark, Story, assigned, reopened, resolved, said, wrote

TOMKE = Story(
    name="Tomke Visser",
    wa_id="491713920052",
    team=LOST,
    assignee="jana",
    labels=("Fundsache",),
    items=(
        said("74:10", "Moin, mir ist gestern ein blauer Koffer im RE 7 abhandengekommen."),
        said("74:09", file=story.SUITCASE),
        wrote("74:00", "jana", "Das tut mir leid. Steht ein Name auf dem Anhänger?"),
        said("73:52", "Ja, Visser, Husum"),
        wrote("73:40", "jana", "Wir melden uns, sobald der Koffer da ist."),
        Remark("01:20", "tarek", "Koffer ist da, Regal A 02. Abholung bis 4. Dezember möglich."),
    ),
)

DILARA = Story(
    name="Dilara Jansen",
    wa_id="491713920055",
    team=SERVICE,
    assignee="jana",
    items=(
        said("120:30", "START"),
        wrote("120:29", "mira", "Willkommen! Sie erhalten ab jetzt unsere Neuigkeiten."),
        said("98:12", "STOPP"),
        wrote("98:10", "mira", "Erledigt, Sie erhalten keine Neuigkeiten mehr."),
        said("98:02", "Alles klar 👍"),
    ),
)

OWEN = Story(
    name="Owen Tarrant",
    wa_id="447700900164",
    language="en",
    team=LOST,
    assignee="owen",
    labels=("Fundsache",),
    items=(
        said(
            "93:30",
            "Hello, I left a small blue suitcase on the RE 7 to Husum this morning. "
            "Name tag says Tarrant.",
        ),
        wrote(
            "93:21",
            "owen",
            "Good afternoon Mr Tarrant, thank you for the details. We will write as soon as it "
            "arrives.",
        ),
        Remark("02:05", "tarek", "Suitcase is here, shelf A 02. To be kept until 4 December."),
        wrote(
            "01:55",
            "owen",
            "Your suitcase is here!",
            Status.BLOCKED,
            reason="window_closed",
        ),
    ),
)

SIGNE = Story(
    name="Signe Lauridsen",
    wa_id="491713920061",
    team=LOST,
    labels=("Fundsache",),
    items=(
        said("76:20", "Hej, har I fundet en rød paraply? Sorry – einen roten Schirm?"),
        wrote("76:02", "tarek", "Leider noch nicht. Wir heben Ihre Meldung vier Wochen auf."),
        said("75:58", "Kein Problem, danke fürs Nachsehen"),
    ),
)

NELE = Story(
    name="Nele Carstensen",
    wa_id="491713920066",
    team=PASSES,
    assignee="mira",
    labels=("Abo",),
    items=(
        said("170:00", "Hallo, wann kommt meine neue Abo-Karte?"),
        wrote("169:40", "mira", "Hallo Frau Carstensen, sie ist in der Post. Spätestens Freitag."),
        resolved("169:00", "mira"),
        reopened("52:11"),
        said("52:10", "Sie ist leider immer noch nicht da"),
        wrote("51:55", "mira", "Das ist ärgerlich. Ich habe eine zweite Karte bestellt."),
        wrote(
            "20:00",
            "mira",
            "Moin Frau Carstensen, Ihre neue Abo-Karte ist heute verschickt worden.",
            type=MessageType.TEMPLATE,
            payload={"template": {"name": "abo_karte_versandt", "language": "de"}},
        ),
        said("05:40", "Ist angekommen, vielen Dank!", reaction="🎉"),
    ),
)

BRAM = Story(
    name="Bram Feenstra",
    wa_id="491713920077",
    team=SERVICE,
    assignee="mira",
    labels=("Erstattung",),
    items=(
        said("49:30", "Ich hatte am Montag 70 Minuten Verspätung. Bekomme ich etwas zurück?"),
        wrote("49:12", "mira", "Ja, ein Viertel des Fahrpreises. Haben Sie das Ticket noch?"),
        said("49:05", file=story.TICKET),
        assigned("49:03", "mira", "mira"),
        wrote("48:40", "mira", "Danke! 7,25 € sind unterwegs.", file=story.INVOICE),
        said("48:36", "Super, das ging ja schnell"),
        resolved("48:30", "mira"),
    ),
)

CORA = Story(
    name="Cora McAllen",
    wa_id="447700900133",
    language="en",
    team=LOST,
    assignee="owen",
    labels=("Fundsache",),
    items=(
        said("30:10", "My son's teddy got on the train to Husum without us…"),
        wrote("30:00", "owen", "Oh no! Which train was it?"),
        said("29:57", "The 07:35 from Kiel, second carriage"),
        wrote("28:30", "owen", "Found him. He will be on the 11:35, with the conductor."),
        said("26:15", "You made a little boy very happy. Thank you!!", reaction="❤️"),
        resolved("26:00", "owen"),
    ),
)

BEFORE = (TOMKE, DILARA, OWEN, SIGNE, NELE, BRAM, CORA)
