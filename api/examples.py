"""Values that stand for the real ones in the API's documentation."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample

CLIENT_UUID = "6d0b2c1e-5c3f-4a55-9d0e-0d8b6a6f7c11"
ID = "0198f3a2-7c41-7d3e-9b52-4f1c8e0a6d27"
UPLOAD = "0198f3a2-9e10-7b64-8a3f-2c5d7e914b08"
WAMID = "wamid.HBgNNDkxNTIyMzQ1Njc4ORUCABIYFjNFQjBDMUQ5"
MOMENT = "2026-11-22T08:05:12.345678Z"

# By the field's name; any other gets a value of its type.
FIELDS: dict[str, Any] = {
    "address": "Bahnhofsplatz 1, 24114 Kiel",
    "caption": "Ihr Koffer",
    "client_uuid": CLIENT_UUID,
    "context": None,
    "detail": "…",
    "edited_at": None,
    "email": "jana@example.org",
    "emoji": "👍",
    "errors": {},
    "filename": "koffer.jpg",
    "latitude": 54.3148,
    "longitude": 10.1319,
    "message_id": WAMID,
    "mime_type": "image/jpeg",
    "name": "Jana Petersen",
    "payload": {},
    "phone_number": "+4943112345678",
    "previous": None,
    "reactions": [],
    "reference": WAMID,
    "revoked_at": None,
    "text_removed_at": None,
    "size": 182_044,
    "status_detail": "",
    "status_reason": "",
    "text": "Ihr Koffer ist da.",
    "value": "+4915223456789",
    "wamid": WAMID,
    "words": "START",
}

# By component, and stronger: what would not fit together otherwise.
OBJECTS: dict[str, dict[str, Any]] = {
    "BusinessNumber": {"name": "Nordlicht Bahn"},
    "ConsentRecord": {"purpose": "marketing"},
    "Error": {"code": "window_closed"},
    "Label": {"name": "Fundsache"},
    "Message": {"direction": "outbound", "status": "queued", "media": [], "wamid": None},
    "PatchedConversationChange": {"status": "resolved"},
    "Team": {"name": "Reisezentrum"},
    "Template": {
        "name": "delay_notice",
        "language": "de",
        "category": "utility",
        "purpose": "service",
        "components": [{"type": "BODY", "text": "{{1}} hat heute Verspätung."}],
    },
    "TemplateInput": {
        "name": "delay_notice",
        "language": "de",
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "RE 7"}]}],
    },
}


def _example(name: str, title: Promise, /, **parts: Any) -> OpenApiExample:
    return OpenApiExample(
        name, {"client_uuid": CLIENT_UUID, **parts}, summary=title, request_only=True
    )


def _interactive(kind: str, title: Promise, body: str, action: dict[str, Any]) -> OpenApiExample:
    content = {"type": kind, "body": {"text": body}, "action": action}
    return _example(kind, title, type="interactive", interactive=content)


# What `POST conversations/{id}/messages/` takes.
SENDING = [
    _example("text", _("Text"), type="text", text="Ihr Koffer ist da."),
    _example("reply", _("Text that quotes"), type="text", text="Gerne!", context=WAMID),
    _example("image", _("Picture"), type="image", media=UPLOAD, caption="Ihr Koffer"),
    _example(
        "template",
        _("Template"),
        type="template",
        template=OBJECTS["TemplateInput"],
    ),
    _example(
        "interactive",
        _("Buttons"),
        type="interactive",
        interactive={
            "type": "button",
            "body": {"text": "Passt Ihnen 10 Uhr?"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "yes", "title": "Ja"}},
                    {"type": "reply", "reply": {"id": "no", "title": "Nein"}},
                ]
            },
        },
    ),
    _example(
        "location",
        _("Location"),
        type="location",
        location={"latitude": 54.3148, "longitude": 10.1319, "name": "Kiel Hbf"},
    ),
    _example(
        "contacts",
        _("Contact card"),
        type="contacts",
        contacts=[
            {
                "name": {"formatted_name": "Fundbüro", "first_name": "Fundbüro"},
                "phones": [{"phone": "+4943112345678"}],
            }
        ],
    ),
    _example(
        "reaction", _("Reaction"), type="reaction", reaction={"message_id": WAMID, "emoji": "👍"}
    ),
    _example(
        "scheduled",
        _("Text at a later time"),
        type="text",
        text="Ihr Koffer kann ab 8 Uhr abgeholt werden.",
        scheduled_at="2026-11-23T07:00:00Z",
    ),
    _example("voice", _("Voice note"), type="audio", media=UPLOAD),
    _example("sticker", _("Sticker"), type="sticker", media=UPLOAD),
    _example(
        "template_with_file",
        _("Template with a picture, named values and a button"),
        type="template",
        template={
            "name": "season_ticket",
            "language": "de",
            "components": [
                {
                    "type": "header",
                    "parameters": [{"type": "image", "image": {"media": UPLOAD}}],
                },
                {
                    "type": "body",
                    "parameters": [{"type": "text", "parameter_name": "month", "text": "Mai"}],
                },
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "mai"}],
                },
            ],
        },
    ),
    _interactive(
        "list",
        _("List"),
        "Wohin möchten Sie?",
        {
            "button": "Auswählen",
            "sections": [
                {
                    "title": "Norden",
                    "rows": [{"id": "kiel", "title": "Kiel", "description": "Hauptbahnhof"}],
                }
            ],
        },
    ),
    _interactive(
        "cta_url",
        _("Link button"),
        "Ihr Fahrplan",
        {
            "name": "cta_url",
            "parameters": {"display_text": "Öffnen", "url": "https://example.org/plan"},
        },
    ),
    _interactive(
        "location_request_message",
        _("Request for the location"),
        "Wo steht Ihr Fahrrad?",
        {"name": "send_location"},
    ),
    _interactive(
        "request_contact_info",
        _("Request for the phone number"),
        "Dürfen wir Sie anrufen?",
        {"name": "request_contact_info"},
    ),
    _interactive(
        "flow",
        _("Form (flow)"),
        "Bitte beschreiben Sie den Gegenstand.",
        {
            "name": "flow",
            "parameters": {
                "flow_message_version": "3",
                "flow_id": "1234567890",
                "flow_cta": "Beschreiben",
            },
        },
    ),
]
