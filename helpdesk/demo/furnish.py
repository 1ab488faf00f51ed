"""What the demo's desk has done besides answering: priorities, a snooze, promises, a saved view."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from automation.service_levels import keep_clocks
from contacts.models import Contact
from conversations.models import Conversation, Priority
from conversations.services.priority import set_priority
from conversations.services.snooze import snooze_conversation
from helpdesk.demo.people import Desk
from inbox.models import SavedView
from inbox.models.saved_view import Sharing

_URGENT, _HIGH = "Mats Okafor", "Rosalie Kampmann"
# Until a time, and until the customer writes.
_FOR_A_DAY, _UNTIL_ANSWERED = "Signe Lauridsen", "Dilara Jansen"


def furnish(told: Mapping[str, Contact], desk: Desk, now: datetime) -> None:
    """`told`: the customers whose stories have just been written, by name."""
    rows = Conversation.objects.filter(contact__in=list(told.values()))
    by_contact = {row.contact_id: row for row in rows}
    mine = {name: by_contact[who.pk] for name, who in told.items()}
    tarek = desk.agents["tarek"]
    for name, priority in ((_URGENT, Priority.URGENT), (_HIGH, Priority.HIGH)):
        if name in mine:
            set_priority(mine[name], priority, by=tarek)
    for name, until in ((_FOR_A_DAY, now + timedelta(days=1)), (_UNTIL_ANSWERED, None)):
        if name in mine:
            snooze_conversation(mine[name], until, by=desk.agents["jana"])
    # Renewed: what would be over already counts from now, so that nobody begins with a breach.
    keep_clocks([row.pk for row in by_contact.values()], renewed=True)
    _save_a_view(desk)


def _save_a_view(desk: Desk) -> None:
    label = desk.labels["Störung RE 7"]
    SavedView.objects.get_or_create(
        owner=desk.agents["tarek"],
        name=label.name,
        defaults={"sharing": Sharing.EVERYBODY, "words": f"label={label.pk}"},
    )
