"""Every error of the reference's section 12: its number, name, HTTP status, and Meta's words.

Statuses come from Meta's older table; where it has none (`?` there) 400 is taken. Names are what
`POST /control/faults` takes in place of numbers.
"""

from __future__ import annotations

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
    80008: (400, "Template rate limit issues", "There have been too many calls to this WhatsApp "
            "Business Account's message templates."),
    130501: (400, "Message type is not supported in groups", ""),
    131020: (400, "Bad group", "Cannot send messages to single member groups."),
    131041: (400, "Group unknown", "The group does not exist or you are not a member of it."),
    131044: (400, "Business eligibility payment issue for calls", "The call failed because of one "
             "or more errors related to your payment method."),
    131055: (400, "Method not allowed", "Use another endpoint for this message."),
    131059: (400, "Invalid group cursor", "The cursor has expired or is corrupted."),
    131060: (400, "This message is currently unavailable.", ""),
    131064: (400, "Messaging limit after misclassification", "Message failed to send because the "
             "limit that follows misclassified templates is reached."),
    131201: (400, "Group request partially succeeded", ""),
    131202: (400, "Duplicate participant in group", ""),
    131203: (400, "Group participant error", ""),
    131204: (400, "Group participants over limit", ""),
    131205: (400, "Group invite link error", ""),
    131206: (400, "Group settings error", ""),
    131207: (400, "Group suspended", "The group violates platform policies."),
    131208: (400, "Group rate limit hit", ""),
    131209: (400, "Group picture must be square", ""),
    131210: (400, "Group picture too small", ""),
    131211: (400, "Group creation limit reached", ""),
    131212: (400, "Participant not in group", ""),
    131213: (400, "Group join request does not exist", ""),
    131214: (400, "Group creation temporarily disabled", ""),
    131215: (400, "Groups API not eligible", ""),
    132008: (400, "Parameter value is invalid", "Variable parameter values formatted incorrectly."),
    132068: (400, "Flow is blocked", "Flow is in blocked state."),
    132069: (400, "Flow is throttled", "Flow is in throttled state and 10 messages using this flow "
             "were already sent in the last hour."),
    133000: (500, "Incomplete Deregistration", "A previous deregistration attempt failed."),
    133005: (400, "Two step verification PIN Mismatch", "Two-step verification PIN incorrect."),
    133006: (400, "Phone number re-verification needed", "Phone number needs to be verified before "
             "registering."),
    133008: (400, "Too many two step verification PIN guesses", "Too many two-step verification "
             "PIN guesses for this phone number."),
    133009: (400, "Two step verification PIN guessed too fast", "Two-step verification PIN was "
             "entered too quickly."),
    133015: (400, "Wait before registering this phone number", "The phone number was recently "
             "deleted, and deletion has not yet completed."),
    133016: (400, "Account register deregister rate limit exceeded", "Registration or "
             "Deregistration failed because there were too many attempts for this phone number "
             "in a short period of time."),
    134011: (400, "Payments terms have not been accepted", ""),
    134100: (400, "Only marketing messages supported", "Only marketing templates can be sent with "
             "this API."),
    134101: (400, "Template syncing", "The template is still being synchronised; try again in 10 "
             "minutes."),
    134102: (500, "Template unavailable for this API", ""),
    135000: (400, "Generic user error", "Message failed to send because of an unknown error with "
             "your request parameters."),
    138000: (400, "Calling not enabled", ""),
    138001: (400, "Receiver uncallable", ""),
    138002: (400, "Concurrent calls limit", ""),
    138003: (400, "Duplicate call", ""),
    138004: (400, "Call connection error", ""),
    138005: (400, "Call rate limit exceeded", ""),
    138006: (400, "Call permission not found", ""),
    138007: (400, "Call connection timeout", ""),
    138009: (400, "Call permission request limit hit", ""),
    138012: (400, "Business initiated calls limit hit", ""),
    138013: (400, "Call permission fetch limit hit", ""),
    138018: (400, "Calling cannot be enabled", ""),
    139000: (400, "Flow blocked by integrity", ""),
    139001: (400, "Flow updating error", ""),
    139002: (400, "Flow publishing error", ""),
    139003: (400, "Flow deprecating error", ""),
    139004: (400, "Flow deleting error", ""),
    139100: (400, "Failed to block or unblock some users", "Bulk blocking failed for some or "
             "all of the users."),
    139101: (400, "Block list limit reached", "The block list holds at most 64,000 users."),
    139102: (400, "Block list concurrent update", "The block list was changed meanwhile."),
    139103: (500, "Block user internal error", "Try again."),
    147001: (400, "Username not available", ""),
    147002: (400, "Account not eligible to request a username", ""),
    147003: (400, "Facebook account not linked", ""),
    147004: (400, "Instagram account not linked", ""),
    147005: (400, "Username transfer required", ""),
    1752041: (400, "Duplicate onboarding request", ""),
    200005: (400, "Template insights not available", ""),
    200006: (400, "Template insights cannot be disabled", ""),
    200007: (400, "Template insights not enabled", ""),
    2388012: (400, "Phone number already exists", ""),
    2388019: (400, "Message template limit exceeded", "You have exceeded the maximum number of "
              "message templates you can have for this WhatsApp Business Account."),
    2388024: (400, "Content in this language already exists", "There is already content in this "
              "language for this template."),
    2388040: (400, "Character limit exceeded", "A field in your template has exceeded the maximum "
              "character limit allowed."),
    2388043: (400, "Message template needs an example", "Templates with variables need example "
              "text for each of them."),
    2388047: (400, "Message header format is incorrect", ""),
    2388072: (400, "Message body format is incorrect", ""),
    2388073: (400, "Message footer format is incorrect", ""),
    2388091: (400, "Phone number not eligible for a code", ""),
    2388093: (400, "Phone number not eligible for a code yet", ""),
    2388103: (400, "Phone number cannot be migrated", ""),
    2388293: (400, "Parameters words ratio exceeds limit", "This template has too many variables "
              "for its length."),
    2388299: (400, "Leading or trailing params not allowed", "Variables can't be at the start or "
              "end of the template."),
    2494100: (400, "Phone number is in maintenance mode", ""),
    2593107: (400, "Synchronization request limit exceeded", ""),
    2593108: (400, "Synchronization request made outside of allowed time window", ""),
    2593109: (400, "History sync is turned off", "History sharing is turned off by the business"),
}  # fmt: skip
# what carries its number as `error_subcode` of the code 100
SUBCODES = frozenset(code for code in CATALOG if code >= 1_000_000)
_SHORT = {
    0: "auth_exception", 104: "token_missing", 190: "token_expired", 130472: "experiment",
    130497: "country_restricted", 131037: "display_name_not_approved", 131049:
    "ecosystem_engagement", 131050: "stopped_marketing", 131056: "pair_rate_limit", 131060:
    "message_unavailable", 131062: "bsuid_not_supported", 131063: "marketing_disabled", 131047:
    "re_engagement", 132000: "parameter_count_mismatch", 132001: "template_missing", 132012:
    "parameter_format_mismatch", 132018: "template_parameters_invalid", 131009: "invalid_value",
    33: "number_deleted", 131008: "parameter_missing", 131026: "undeliverable", 131031:
    "account_locked", 131042: "payment_issue", 131048: "spam_rate_limit", 80007:
    "account_rate_limit", 368: "policy_block", 10: "permission_denied", 130429: "rate_limit",
    131053: "media_upload_error", 131052: "media_download_error", 131016: "service_unavailable",
    133010: "not_registered", 131030: "not_in_test_list",
}  # fmt: skip


def _slug(title: str) -> str:
    words = "".join(c.lower() if c.isalnum() else " " for c in title).split()
    return "_".join(words)


NAMES: dict[int, str] = {code: _SHORT.get(code) or _slug(row[1]) for code, row in CATALOG.items()}
_BY_NAME = {name: code for code, name in NAMES.items()} | {
    _slug(row[1]): code for code, row in CATALOG.items() if code != 33
}


def code_of(wanted: object) -> int:
    """The number of an error given by number, name or title. ValueError for an unknown name."""
    if isinstance(wanted, int):
        return int(wanted)
    text = str(wanted).strip()
    if text.isascii() and text.isdigit():
        return int(text)
    found = _BY_NAME.get(_slug(text))
    if found is None:
        raise ValueError(f"there is no error named {text!r}")
    return found
