"""What operations, objects and parameters are called in the schema, in the reader's language.

The views' and serializers' docstrings speak to whoever reads the code; these speak to whoever
calls the API. `api/schema.py` lays them over the schema; a test misses none.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Words(NamedTuple):
    """A title, and a sentence or two where the title does not say it all."""

    title: Promise
    text: Promise | str = ""


# By tag, in the order in which a reader needs them.
SECTIONS: dict[str, Promise] = {
    "conversations": _("Conversations"),
    "messages": _("Messages"),
    "uploads": _("Uploads"),
    "media": _("Files"),
    "contacts": _("Contacts"),
    "consent-records": _("Consents"),
    "topics": _("Topics"),
    "templates": _("Templates"),
    "agents": _("Agents"),
    "teams": _("Teams"),
    "labels": _("Labels"),
    "resolve-reasons": _("Reasons for resolving"),
    "canned-responses": _("Canned responses"),
    "business-numbers": _("Business numbers"),
}

# By operation id.
OPERATIONS: dict[str, Words] = {
    "conversations_list": Words(
        _("List conversations"), _("Those that the token's agent may see, newest first.")
    ),
    "conversations_retrieve": Words(_("Get a conversation")),
    "conversations_partial_update": Words(
        _("Change a conversation"),
        _("Status, priority, assignee, team or labels. All of it happens, or nothing."),
    ),
    "conversations_messages_list": Words(
        _("List the messages of a conversation"), _("Oldest first, by WhatsApp's clock.")
    ),
    "conversations_messages_create": Words(
        _("Send a message"),
        _(
            "Queues a message to the customer. `client_uuid` is yours to make: sent again with the "
            "same content it is the same message, so after a time-out just send it again. What "
            "became of the message is its `status`."
        ),
    ),
    "messages_list": Words(
        _("List messages"),
        _(
            "Those of all conversations that the token's agent may see, newest first. Poll with "
            "`updated_since` to follow delivery: every change of a message moves its `updated_at`."
        ),
    ),
    "messages_retrieve": Words(_("Get a message"), _("One message and what became of it.")),
    "messages_take_back_create": Words(
        _("Take a message back"),
        _(
            "For what still waits (`queued`): scheduled, held by a limit, or put off by WhatsApp. "
            "It becomes `blocked` with `taken_back`."
        ),
    ),
    "uploads_create": Words(
        _("Upload a file"),
        _(
            "Goes before the message that sends it. The kind is found by content, and what "
            "WhatsApp would not take is refused with a sentence."
        ),
    ),
    "media_retrieve": Words(
        _("Download a file"), _("The bytes of one file; 404 while it is being fetched.")
    ),
    "contacts_list": Words(
        _("List contacts"), _("Those with a conversation that the token's agent may see.")
    ),
    "contacts_retrieve": Words(_("Get a contact")),
    "contacts_partial_update": Words(
        _("Change a contact"),
        _("The name we use, the language, and attributes. All of it happens, or nothing."),
    ),
    "contacts_consents_create": Words(
        _("Write down a consent"),
        _(
            "What a contact said elsewhere: that they withdrew, or agreed (leads and admins only)."
            " The same `reference` again is 200 and writes nothing."
        ),
    ),
    "consent_records_list": Words(
        _("List consents"), _("What contacts agreed to and what they withdrew, newest first.")
    ),
    "consent_records_retrieve": Words(_("Get an entry of the consent ledger")),
    "topics_list": Words(_("List topics"), _("What customers can subscribe to.")),
    "topics_retrieve": Words(_("Get a topic")),
    "templates_list": Words(
        _("List templates"), _("As WhatsApp knows them; they are synced, never edited here.")
    ),
    "templates_retrieve": Words(_("Get a template"), _("One language of one template.")),
    "agents_list": Words(_("List agents"), _("Everybody who works here.")),
    "agents_retrieve": Words(_("Get an agent")),
    "teams_list": Words(_("List teams")),
    "teams_retrieve": Words(_("Get a team")),
    "canned_responses_list": Words(_("List canned responses")),
    "canned_responses_create": Words(
        _("Write a canned response"),
        _("Personal, for a team (leads), or for everybody (admins)."),
    ),
    "canned_responses_retrieve": Words(_("Get a canned response")),
    "canned_responses_partial_update": Words(_("Change a canned response")),
    "canned_responses_destroy": Words(_("Delete a canned response")),
    "labels_list": Words(_("List labels")),
    "labels_retrieve": Words(_("Get a label")),
    "resolve_reasons_list": Words(
        _("List the reasons for resolving"),
        _("Those that can be given as `resolve_reason` when a conversation is resolved."),
    ),
    "business_numbers_list": Words(
        _("List business numbers"), _("The numbers that customers write to.")
    ),
    "business_numbers_retrieve": Words(_("Get a business number")),
}

# By component; what its fields say already needs no words.
OBJECTS: dict[str, Promise] = {
    "Contact": _("A customer. `identities` are the current ones."),
    "Error": _("`code` is for programs, `detail` for people, `errors` names fields by path."),
    "Media": _("A file. `url` answers to the same token and is null until the file is there."),
    "Message": _("One message of a conversation, from the customer or to them."),
    "MessageInput": _("A message to send; `type` says which of the other fields belong to it."),
    "PatchedConversationChange": _("Every part may be left out."),
    "Template": _("One language of one template; `components` are in Meta's shape."),
}

# By component and field, for fields that say nothing about themselves.
_FILE = _("`media` and `caption` in an object of their own, for the type of the same name.")
FIELDS: dict[str, dict[str, Promise]] = {
    "MessageInput": {
        "type": _("What the message is."),
        "text": _("For `text`."),
        "caption": _("For `image`, `video` and `document`."),
        "image": _FILE,
        "video": _FILE,
        "audio": _FILE,
        "document": _FILE,
        "sticker": _FILE,
        "location": _("For `location`: a place."),
        "contacts": _("For `contacts`: Meta's own objects, checked against Meta's limits."),
        "interactive": _("For `interactive`: Meta's own object, checked against Meta's limits."),
        "reaction": _("For `reaction`: it shows on the message it is on."),
        "template": _("For `template`: an approved one, its components in Meta's shape."),
    },
}

# By name, for parameters that say nothing about themselves.
PARAMETERS: dict[str, Promise] = {
    "assignee": _("The id of an agent."),
    "bsuid": _("The business-scoped user ID that WhatsApp gives the customer."),
    "business_number": _("The id of a business number."),
    "client_uuid": _("As it was sent."),
    "contact": _("The id of a contact."),
    "conversation": _("The id of a conversation."),
    "label": _("The id of a label."),
    "team": _("The id of a team."),
    "updated_since": _("A moment in ISO 8601; what changed then or later."),
    "username": _("The customer's WhatsApp username, with or without @."),
    "wa_id": _("The customer's WhatsApp ID."),
    "wamid": _("The ID that WhatsApp gave the message."),
}
