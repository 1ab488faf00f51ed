"""Errors of the Graph API in Meta's exact shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.ids import new_trace_id

Json = dict[str, Any]
HREF = "/documentation/business-messaging/whatsapp/support/error-codes"

# code: (HTTP status, title, usual details)
CATALOG: dict[int, tuple[int, str, str]] = {
    0: (401, "AuthException", "We were unable to authenticate the app user."),
    1: (400, "API Unknown", "Invalid request or possible server error."),
    2: (503, "API Service", "Temporary due to downtime or due to being overloaded."),
    3: (500, "API Method", "Capability or permissions issue."),
    4: (400, "API Too Many Calls", "The app has reached its API call rate limit."),
    10: (403, "Permission Denied", "Permission is either not granted or has been removed."),
    33: (400, "Parameter value is not valid", "The business phone number has been deleted."),
    100: (400, "Invalid parameter", "The request included one or more unsupported parameters."),
    104: (401, "An access token is required to request this resource.", ""),
    190: (401, "Invalid OAuth access token - Cannot parse access token", ""),
    200: (403, "Permission", "Provide valid app ID or a token with permission."),
    368: (403, "Temporarily blocked for policies violations", "The account has been restricted."),
    80007: (400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130403: (400, "User blocked", "You have blocked this user."),
    130429: (400, "Rate limit hit", "Message failed to send because there were too many messages "
             "sent from this phone number in a short period of time."),
    130472: (400, "User's number is part of an experiment", "Message was not sent as part of an "
             "experiment."),
    130497: (403, "Business account is restricted from messaging users in this country", ""),
    131000: (500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: (403, "Access denied", "Permission is either not granted or has been removed."),
    131008: (400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: (400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: (500, "Service unavailable", "A service is temporarily unavailable."),
    131021: (400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: (400, "Message undeliverable", "Message Undeliverable."),
    131030: (400, "Recipient phone number not in allowed list", "Recipient phone number not in "
             "allowed list: Add recipient phone number to recipient list and try again."),
    131031: (403, "Account has been locked", "The account has been restricted or disabled."),
    131037: (400, "Phone number needs display name approval before message can be sent.", ""),
    131042: (400, "Business eligibility payment issue", "Message failed to send because of one or "
             "more errors related to your payment method."),
    131045: (500, "Incorrect certificate", "Message failed to send due to a phone number "
             "registration error."),
    131047: (400, "Re-engagement message", "Message failed to send because more than 24 hours have "
             "passed since the customer last replied to this number."),
    131048: (400, "Spam rate limit hit", "Message failed to send because there are restrictions on "
             "how many messages can be sent from this phone number."),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement.",
             "This message was not delivered to maintain healthy ecosystem engagement."),
    131050: (400, "User has stopped receiving marketing messages", "Unable to deliver the message. "
             "This recipient has chosen to stop receiving marketing messages on WhatsApp from "
             "your business."),
    131051: (400, "Unsupported message type", "Message type is not currently supported."),
    131052: (400, "Media download error", "Unable to download the media sent by the user."),
    131053: (400, "Media upload error", "Unable to upload the media used in the message."),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit", "Message failed to "
             "send because there were too many messages sent from this phone number to the same "
             "phone number in a short period of time."),
    131057: (500, "Account in maintenance mode", "Business account is in maintenance mode."),
    131062: (400, "Business-scoped user ID is not supported for this message", "Use the phone "
             "number of the recipient."),
    131063: (400, "Marketing messages are disabled on Cloud API", ""),
    132000: (400, "Number of parameters does not match the expected number of params", ""),
    132001: (404, "Template name does not exist in the translation", ""),
    132005: (400, "Translated text too long", ""),
    132007: (400, "Template content policy violation", ""),
    132012: (400, "Parameter format does not match format in the created template", ""),
    132015: (400, "Template is paused", "Template is paused due to low quality so it cannot be "
             "sent in a template message."),
    132016: (400, "Template is disabled", "Template has been paused too many times due to low "
             "quality and is now permanently disabled."),
    132018: (400, "There was an issue with the parameters in your template", ""),
    133004: (503, "Server Temporarily Unavailable", "Server is temporarily unavailable."),
    133010: (400, "Phone number not registered", "Phone number not registered on the WhatsApp "
             "Business Platform."),
    137000: (400, "Identity hash mismatch", "The recipient's identity has changed."),
}  # fmt: skip
THROTTLING = frozenset({4, 80007, 130429, 131048, 131056})
_BARE = frozenset({0, 104, 190})  # their message carries no "(#code)"


@dataclass
class GraphError(Exception):
    """A refused request. `details` overrides the catalogue's usual words."""

    code: int
    details: str | None = None
    http_status: int | None = None
    subcode: int | None = None
    message: str | None = None
    kind: str = "OAuthException"

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.http_status or CATALOG.get(self.code, (400, "", ""))[0]

    def body(self) -> Json:
        """The body of the answer."""
        _, title, usual = CATALOG.get(self.code, (400, "Unknown error", ""))
        message = self.message or (title if self.code in _BARE else f"(#{self.code}) {title}")
        error: Json = {"message": message, "type": self.kind, "code": self.code}
        details = usual if self.details is None else self.details
        if details and self.kind == "OAuthException":
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.status in {500, 503}:
            error["is_transient"] = True
        error["fbtrace_id"] = new_trace_id()
        return {"error": error}


def unknown_object(object_id: str, verb: str = "get") -> GraphError:
    """What Graph says to an id it does not know."""
    return GraphError(
        100,
        subcode=33,
        kind="GraphMethodException",
        message=f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot "
        "be loaded due to missing permissions, or does not support this operation.",
    )


def status_error(code: int, details: str | None = None) -> Json:
    """One entry of `statuses[].errors`."""
    _, title, usual = CATALOG.get(code, (400, "Unknown error", ""))
    words = details or usual or title
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": words},
        "href": HREF,
    }
