"""How each delivery status looks and is called: an icon of the sprite and a word."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.models import Status


@dataclass(frozen=True)
class Tick:
    icon: str
    words: str | Promise


TICKS = {
    Status.QUEUED: Tick("clock", _("In the queue")),
    Status.SENDING: Tick("clock", _("Being sent")),
    Status.UNCONFIRMED: Tick("help-circle", _("Unconfirmed")),
    Status.ACCEPTED: Tick("check", _("Accepted by WhatsApp")),
    Status.SENT: Tick("check", _("Sent")),
    Status.DELIVERED: Tick("checks", _("Delivered")),
    Status.READ: Tick("checks", _("Read")),
    Status.PLAYED: Tick("checks", _("Played")),
    Status.FAILED: Tick("alert-circle", _("Not sent")),
    Status.BLOCKED: Tick("ban", _("Blocked")),
}
