"""What can go wrong with a request, as classes with a code and a sentence for people.

Raised where it is known; the inbox and the API each turn them into HTTP in one place.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.models import Reason


class ConversationError(Exception):
    """Base: `code` for programs, `message` (lazy, translatable) for people."""

    code = "error"
    message: str | Promise = _("That did not work.")

    def __init__(self, message: str | Promise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.code)


class NotAllowed(ConversationError):
    code = "permission_denied"
    message = _("Your role may read, but not write.")


class ClientUuidReused(ConversationError):
    code = "client_uuid_reused"
    message = _("This client_uuid already belongs to another message.")


class Malformed(ConversationError):
    """`errors` by field: `{"text": ["…"]}`."""

    code = "invalid"
    message = _("Please correct the marked fields.")

    def __init__(self, errors: dict[str, list[str | Promise]]) -> None:
        self.errors = errors
        super().__init__()


class UploadRefused(ConversationError):
    code = "upload_refused"


class Refused(ConversationError):
    """Our own policy says no; `code` is the reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.code = str(reason)
        super().__init__(reason.label)


class CannotSendAgain(ConversationError):
    code = "cannot_send_again"
    message = _("Only a message that certainly did not leave can be sent again.")


class CannotTakeBack(ConversationError):
    code = "cannot_take_back"
    message = _("This message is on its way already, or settled.")


class AnotherIsOpen(ConversationError):
    code = "another_is_open"
    message = _("This customer has another open conversation on this number. It goes on there.")


class ReasonRequired(ConversationError):
    code = "reason_required"
    message = _("Please say why: conversations are resolved with a reason here.")


class CannotReplace(ConversationError):
    code = "cannot_replace"
    message = _("One of the two numbers was replaced or switched off meanwhile.")
