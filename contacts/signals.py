"""What other rooms follow in the same transaction; an error there takes everything back.

`contacts` stands below all rooms that hang something on a contact, so it announces and does not
know who listens.
"""

from __future__ import annotations

from enum import StrEnum

from django.dispatch import Signal


class Change(StrEnum):
    """What became of a contact's address."""

    NUMBER = "number"  # a new phone number instead of the old one
    ACCOUNT = "account"  # a new WhatsApp id; the phone number is hidden or the same
    LOST = "lost"  # the phone number belongs to somebody else now


# With `merge: ContactMerge`, both contacts locked, identities moved already. A listener may put
# what a split will need into `merge.moved`, under a key of its own.
contacts_merged = Signal()

# With `merge: ContactMerge` and `together: Contact` (who held the absorbed one until now), both
# locked, identities given back already.
merge_undone = Signal()

# With `survivor: Contact` and `absorbed: Contact`, nothing locked: listeners return a list of
# sentences (translated) that say what a merge would do.
merge_planned = Signal()

# With `contact: Contact` and `change: Change`.
address_changed = Signal()

# With `contact: Contact` and `by: Agent | None`: name, attributes or notes were changed by hand.
contact_edited = Signal()
