"""What a notification says: a title of one line; never what anybody wrote."""

from __future__ import annotations

from django.utils.translation import gettext as _

from inbox.models import NotificationKind

ICONS = {
    NotificationKind.MENTIONED: "at",
    NotificationKind.ASSIGNED: "user-plus",
    NotificationKind.TEAM_ASSIGNED: "users",
    NotificationKind.REPLIED_IN_MINE: "message-circle",
    NotificationKind.SLA_WARNED: "clock",
    NotificationKind.SLA_BREACHED: "alarm",
    NotificationKind.SLA_ESCALATED: "alarm",
    NotificationKind.SCHEDULED_BLOCKED: "alert-circle",
    NotificationKind.WOKEN: "zzz",
}


def title_of(kind: str, who: str, customer: str) -> str:
    """In the language of the moment; `who` did it, "" when nobody did."""
    sentences = {
        NotificationKind.MENTIONED: _("%(who)s mentioned you"),
        NotificationKind.ASSIGNED: _("%(who)s assigned you"),
        NotificationKind.TEAM_ASSIGNED: _("%(who)s handed over to your team"),
        NotificationKind.REPLIED_IN_MINE: _("New message from %(customer)s"),
        NotificationKind.SLA_WARNED: _("%(customer)s: the service level ends soon"),
        NotificationKind.SLA_BREACHED: _("%(customer)s: the service level was missed"),
        NotificationKind.SLA_ESCALATED: _("Escalated: %(customer)s waits for too long"),
        NotificationKind.SCHEDULED_BLOCKED: _("Your message to %(customer)s did not leave"),
        NotificationKind.WOKEN: _("%(customer)s is back from the snooze"),
    }
    by_nobody = {
        NotificationKind.MENTIONED: _("You were mentioned"),
        NotificationKind.ASSIGNED: _("Assigned to you"),
        NotificationKind.TEAM_ASSIGNED: _("Handed over to your team"),
    }
    known = NotificationKind(kind)
    sentence = sentences[known] if who else by_nobody.get(known, sentences[known])
    return sentence % {"who": who, "customer": customer}
