"""What customers write, as this room hears it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consent.beginning import NEWS
from contacts.models import Contact


@dataclass(frozen=True)
class Words:
    """What a customer wrote: the text, the message it stands in, to which number of ours (E.164),
    as whom, and which topic START means there. `recorded_at`: None is now. `meant`: the text
    without what we had prepared and says nothing, as a poster's reference; None is all of it."""

    contact: Contact
    text: str
    wamid: str
    occurred_at: datetime
    business_number: str = ""
    identity: str = ""
    default_topic: str = NEWS
    recorded_at: datetime | None = None
    meant: str | None = None
