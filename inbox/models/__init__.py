"""What the agents' page keeps of its own: views, runs over many, what is kept for writing, and
what each agent is told of."""

from inbox.models.bulk_run import BulkItem, BulkRun
from inbox.models.canned import CannedResponse, CannedUse
from inbox.models.draft import ComposerDraft, DraftMode
from inbox.models.macro import Macro, MacroRun
from inbox.models.notification import Notification, NotificationKind
from inbox.models.push import PushKey, PushSubscription
from inbox.models.saved_view import SavedView, Sharing
from inbox.models.scope import Scope, Scoped

__all__ = [
    "BulkItem",
    "BulkRun",
    "CannedResponse",
    "CannedUse",
    "ComposerDraft",
    "DraftMode",
    "Macro",
    "MacroRun",
    "Notification",
    "NotificationKind",
    "PushKey",
    "PushSubscription",
    "SavedView",
    "Scope",
    "Scoped",
    "Sharing",
]
