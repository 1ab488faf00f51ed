"""A railway's passengers and templates, so that the first look is not empty. All invented."""

from __future__ import annotations

from typing import Any

from simulator.models import Customer, Template

Json = dict[str, Any]


def customers() -> list[Customer]:
    """Six passengers; one of them hides behind a username."""
    rows: list[tuple[str, str, str, str | None, str | None, str]] = [
        ("lena", "Lena Brandt", "DE.1039200000000047", "491713920047", None, "de"),
        ("jonas", "Jonas Petersen", "DE.71904432850917726", "4915139200112", None, "de"),
        ("aylin", "Aylin Demir", "DE.20556318947702815", "4917639200233", "aylin.demir", "de"),
        ("werner", "Werner Voß", "DE.93317240586614402", "4916039200381", None, "de"),
        ("maeve", "Maeve O’Brien", "IE.55021876430991287", "353861392044", "maeve_ob", "en"),
        ("fjordkind", "Fjordkind", "DE.66480912375530198", None, "fjordkind", "de"),
    ]
    return [
        Customer(
            id=key, name=name, user_id=user_id, wa_id=wa_id, username=username,
            language=language, preset=True,
        )
        for key, name, user_id, wa_id, username, language in rows
    ]  # fmt: skip


def _body(text: str, *examples: str) -> Json:
    component: Json = {"type": "BODY", "text": text}
    if examples:
        component["example"] = {"body_text": [list(examples)]}
    return component


def _footer(text: str) -> Json:
    return {"type": "FOOTER", "text": text}


def _header(text: str) -> Json:
    return {"type": "HEADER", "format": "TEXT", "text": text}


def _replies(*texts: str) -> Json:
    return {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": t} for t in texts]}


_FOLLOW_UP_DE = (
    "Guten Tag {{1}}, wir haben eine Antwort zu Ihrem Anliegen {{2}}. "
    "Antworten Sie einfach auf diese Nachricht, dann geht es weiter."
)
_FOLLOW_UP_EN = (
    "Hello {{1}}, we have an answer to your request {{2}}. "
    "Just reply to this message and we will carry on."
)
_DISRUPTION_DE = (
    "Moin {{1}}, auf der Linie {{2}} zwischen {{3}} fahren heute bis etwa {{4}} Uhr "
    "Busse statt Züge."
)
_LATE_DE = (
    "Guten Tag {{1}}, hier ist unsere Antwort auf Ihre Nachricht: {{2}} "
    "Wenn Sie noch etwas brauchen, schreiben Sie uns einfach."
)
_LATE_EN = (
    "Hello {{1}}, here is our answer to your message: {{2}} "
    "If there is anything else you need, just write to us."
)
_DISRUPTION_EN = (
    "Hello {{1}}, on line {{2}} between {{3}} buses replace trains today until about {{4}}."
)


def templates() -> list[Template]:
    """The preset templates: approved, paused and rejected ones, German and English."""
    map_button: Json = {
        "type": "BUTTONS",
        "buttons": [
            {
                "type": "URL",
                "text": "Haltestellen der Busse",
                "url": "https://nordlicht-bahn.example/ersatz/{{1}}",
                "example": ["https://nordlicht-bahn.example/ersatz/re7"],
            },
            {"type": "QUICK_REPLY", "text": "Meine Themen"},
        ],
    }
    map_button_en: Json = {
        "type": "BUTTONS",
        "buttons": [
            {**map_button["buttons"][0], "text": "Bus stops"},
            {"type": "QUICK_REPLY", "text": "My topics"},
        ],
    }
    rows: list[tuple[str, str, str, str, str, list[Json]]] = [
        ("1689556908129801", "anliegen_antwort", "de", "UTILITY", "APPROVED",
         [_body(_FOLLOW_UP_DE, "Lena", "NB-2207"), _replies("Weiter", "Hat sich erledigt")]),
        ("1689556908129802", "anliegen_antwort", "en", "UTILITY", "APPROVED",
         [_body(_FOLLOW_UP_EN, "Maeve", "NB-2207"), _replies("Carry on", "It is settled")]),
        ("1689556908129803", "ersatzverkehr", "de", "UTILITY", "APPROVED",
         [_header("Ersatzverkehr"),
          _body(_DISRUPTION_DE, "Lena", "RE 7", "Eckernförde und Kiel", "15"),
          _footer("Ende jederzeit mit STOPP"), map_button]),
        ("1689556908129804", "ersatzverkehr", "en", "UTILITY", "APPROVED",
         [_header("Replacement buses"),
          _body(_DISRUPTION_EN, "Maeve", "RE 7", "Eckernförde and Kiel", "3 pm"),
          _footer("Send STOP to leave"), map_button_en]),
        ("1689556908129805", "neuigkeiten_monat", "de", "MARKETING", "APPROVED",
         [{"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::kueste"]}},
          _body("Moin {{1}}! Im {{2}} fahren Sie mit dem Küstenticket für 29 Euro durch den "
                "ganzen Norden. Alle Angebote finden Sie bei uns.", "Lena", "Dezember"),
          _footer("Ende jederzeit mit STOPP"), _replies("Mehr erfahren", "Keine Angebote")]),
        ("1689556908129806", "terminerinnerung", "de", "UTILITY", "APPROVED",
         [_body("Guten Tag {{1}}, Ihr Termin im Kundenzentrum {{2}} ist am {{3}} um {{4}} Uhr. "
                "Passt er noch?", "Lena", "Kiel Hbf", "24.11.", "10:30"),
          _replies("Passt", "Verschieben")]),
        ("1689556908129807", "anmeldung_code", "de", "AUTHENTICATION", "APPROVED",
         [{"type": "BODY", "text": "Ihr Bestätigungscode lautet *{{1}}*.",
           "add_security_recommendation": True, "example": {"body_text": [["482913"]]}},
          {"type": "FOOTER", "text": "Gültig für 10 Minuten.", "code_expiration_minutes": 10},
          {"type": "BUTTONS", "buttons": [
              {"type": "URL", "text": "Code kopieren", "otp_type": "COPY_CODE",
               "url": "https://www.whatsapp.com/otp/code/?code=otp{{1}}",
               "example": ["https://www.whatsapp.com/otp/code/?code=otp482913"]}]}]),
        ("1689556908129808", "zufriedenheit", "de", "UTILITY", "PAUSED",
         [_body("Guten Tag {{1}}, wie zufrieden waren Sie mit unserer Antwort?", "Lena"),
          _replies("Sehr", "Geht so", "Gar nicht")]),
        ("1689556908129809", "gewinnspiel", "de", "MARKETING", "REJECTED",
         [_body("Gewinnen Sie jetzt, sofort und garantiert!")]),
        ("1689556908129810", "hello_world", "en_US", "UTILITY", "APPROVED",
         [_header("Hello World"),
          _body("Welcome and congratulations!! This message demonstrates your ability to send a "
                "message from the Cloud API. Thank you for taking the time to test with us."),
          _footer("WhatsApp Business Platform sample message")]),
        ("1689556908129811", "antwort_nachgereicht", "de", "UTILITY", "APPROVED",
         [_body(_LATE_DE, "Lena", "Ihr Koffer ist gefunden und liegt in Kiel bereit.")]),
        ("1689556908129812", "antwort_nachgereicht", "en", "UTILITY", "APPROVED",
         [_body(_LATE_EN, "Maeve", "Your suitcase was found and waits for you in Kiel.")]),
    ]  # fmt: skip
    return [
        Template(
            id=number, name=name, language=language, category=category, status=status,
            components=components,
            rejected_reason="PROMOTIONAL" if status == "REJECTED" else "NONE",
            quality="RED" if status == "PAUSED" else "GREEN",
        )
        for number, name, language, category, status, components in rows
    ]  # fmt: skip
