"""Conversations with an open window: what the desk works on today."""

from __future__ import annotations

from conversations.models import MessageType, Status
from helpdesk.demo import story
from helpdesk.demo.people import LOST, PASSES, SERVICE
from helpdesk.demo.story import Remark, Story, assigned, said, wrote

LENA = Story(
    name="Lena Brandt",
    wa_id="491713920047",
    bsuid="DE.1039200000000047",
    username="lenabrandt",
    team=LOST,
    assignee="jana",
    labels=("Fundsache",),
    unread=1,
    items=(
        said(
            "02:40",
            "Moin! Ich habe heute früh im RE 7 nach Kiel meinen Rucksack liegen lassen. "
            "Wagen 3, oben in der Ablage.",
        ),
        said("02:39", "So sieht er aus", file=story.BACKPACK, key="photo"),
        assigned("02:37", "tarek", "jana"),
        wrote(
            "02:36",
            "jana",
            "Moin Frau Brandt, danke für das Foto. Ich frage gleich in Kiel nach – der Zug steht "
            "dort noch eine Dreiviertelstunde.",
        ),
        Remark(
            "02:30",
            "jana",
            "Fundbüro Kiel hat ihn: Regal C 14, Nr. 20-1183. Ausweis bei Abholung prüfen.",
        ),
        said("02:25", file=story.VOICE_QUEUE, reaction="👍"),
        wrote(
            "02:18",
            "jana",
            "Gute Nachricht: Ihr Rucksack ist in Kiel gefunden worden! Abholung täglich 8–18 Uhr, "
            "bitte mit Ausweis.",
            Status.DELIVERED,
            quotes="photo",
        ),
        wrote(
            "02:17",
            "jana",
            file=story.PLAN,
            status=Status.FAILED,
            reason="131053",
            detail="WhatsApp does not accept this file. Please send it in another format.",
        ),
        wrote("02:15", "jana", "Gleis 1, neben dem Reisezentrum.", Status.SENT),
        said("00:12", "Das wäre toll, ich bin um 12 am Gleis"),
    ),
)

MATS = Story(
    name="Mats Okafor",
    wa_id="491713920012",
    team=SERVICE,
    assignee="jana",
    labels=("Störung RE 7",),
    unread=3,
    items=(
        said("24:05", "Der RE 7 um 16:05 ab Husum fällt aus. Gibt es Ersatz?"),
        wrote("23:58", "mira", "Moin! Ja, ein Bus ab dem Vorplatz, Haltestelle B.", key="bus"),
        assigned("23:50", "tarek", "jana"),
        said("23:44", "Hier steht seit einer halben Stunde keiner", quotes="bus"),
        said("23:41", file=story.PLATFORM),
        said("23:37", "Kommt der Schienenersatzverkehr überhaupt noch?"),
    ),
)

ROSALIE = Story(
    name="Rosalie Kampmann",
    wa_id="491713920023",
    team=PASSES,
    assignee="jana",
    labels=("Abo",),
    items=(
        said("22:52", "Guten Tag, ich warte seit drei Wochen auf meine Erstattung vom Oktober."),
        said("22:48", "Die Abo-Nummer ist NB-204 517."),
        wrote("22:31", "mira", "Guten Tag Frau Kampmann, ich sehe nach und melde mich."),
        assigned("22:30", "mira", "jana"),
        wrote(
            "00:26",
            "jana",
            "Entschuldigen Sie die Verzögerung, Frau Kampmann. Die 42,60 € gehen heute raus.",
            Status.FAILED,
            reason="131026",
            detail=(
                "The message cannot be delivered: not on WhatsApp, an old app, or we are blocked."
            ),
        ),
    ),
)

SUNNIVA = Story(
    name="",
    bsuid="DE.1039200000000058",
    username="sunniva.k",
    team=PASSES,
    assignee="jana",
    labels=("Abo",),
    unread=1,
    items=(said("22:13", file=story.VOICE_SUBSCRIPTION),),
)

HENRIK = Story(
    name="Henrik Ellerbrock",
    wa_id="491713920031",
    team=PASSES,
    assignee="jana",
    labels=("Abo",),
    items=(
        said("14:58", "Moin, ich möchte mein Abo ab Dezember auf Eckernförde – Kiel ändern."),
        wrote("14:40", "jana", "Gern. Monatlich oder gleich für das ganze Jahr?"),
        said("14:30", "Für das ganze Jahr bitte 😊", reaction="👍"),
        wrote("00:31", "jana", "Bitte die Abo-Nummer noch einmal, die alte Karte ist gesperrt."),
    ),
)

PIET = Story(
    name="Piet Wilkens",
    wa_id="491713920036",
    team=SERVICE,
    assignee="jana",
    labels=("Störung RE 7",),
    items=(
        said("19:10", "Fährt heute Abend noch ein RE 7 nach Flensburg?"),
        said(
            "19:09",
            type=MessageType.LOCATION,
            payload={
                "location": {
                    "latitude": 54.4717,
                    "longitude": 9.8383,
                    "name": "Bahnhof Eckernförde",
                    "address": "Bahnhofstraße 13, 24340 Eckernförde",
                }
            },
        ),
        wrote(
            "19:02",
            "jana",
            "Ja: 21:05 und 22:05 Uhr, beide von Gleis *2*. Der um 20:05 Uhr fällt aus.",
        ),
        said("18:55", "Danke, das hat geholfen!"),
    ),
)

AYLIN = Story(
    name="Aylin Schöneberg",
    wa_id="491713920042",
    team=SERVICE,
    assignee="jana",
    labels=("Lob",),
    unread=1,
    items=(
        said("04:52", "Ihr Zugbegleiter im RE 7 war heute Morgen sooo freundlich. Danke!"),
        said("04:51", file=story.TRAIN),
        wrote("04:40", "jana", "Das freut uns sehr, ich gebe es weiter!", reaction="❤️"),
        said("04:33", "Und was für ein Ausblick", file=story.COAST),
    ),
)

IDRIS = Story(
    name="Idris Obuya",
    wa_id="447700900112",
    language="en",
    team=LOST,
    assignee="owen",
    labels=("Fundsache",),
    items=(
        said("03:20", "Hi, did anyone hand in a pair of black headphones on the 08:35 to Husum?"),
        wrote("03:05", "owen", "Good morning! Yes, they are at the Husum desk, number 21-0043."),
        said("02:58", "Thank you, see you at the desk"),
        wrote(
            "02:57",
            "owen",
            "The desk is on platform 2, next to the kiosk.",
            Status.UNCONFIRMED,
            reason="no_word",
        ),
    ),
)

WIM = Story(
    name="",
    bsuid="DE.1039200000000065",
    username="wanderwim",
    team=PASSES,
    labels=("Abo",),
    unread=2,
    items=(
        said("01:36", "Moin, mein Handyticket lässt sich nicht öffnen. So sieht das aus:"),
        said("01:35", file=story.TICKET),
    ),
)

GWEN = Story(
    name="Gwen Hollis",
    wa_id="447700900121",
    language="en",
    team=SERVICE,
    unread=2,
    items=(
        said("00:09", "Hello! We are four people with bikes."),
        said("00:08", "Is the bike carriage running on Sunday?"),
    ),
)

JONTE = Story(
    name="Jonte Friedrichsen",
    wa_id="491713920071",
    team=SERVICE,
    unread=2,
    items=(
        said("00:22", "Habe ich mich vertippt", revoked_ago="00:21"),
        said("00:20", "Guten Morgen, gilt das Küstenticket auch im Bus nach Kappeln?"),
    ),
)

TODAY = (LENA, MATS, ROSALIE, SUNNIVA, HENRIK, PIET, AYLIN, IDRIS, WIM, GWEN, JONTE)
