"""Tell the simulator whom the demo knows, and until when they may be answered.

The simulator keeps a 24-hour window of its own, as Meta does, and would refuse answers to
customers who, as far as it knows, never wrote. It reads this file, a body of its own
`POST /control/customers`, whenever it starts.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.conf import settings

from contacts.models import IdentityKind
from conversations.models import Conversation

MOST = 500


def customers() -> list[dict[str, str]]:
    """The contacts of the settings' business number, newest first, as the simulator names them."""
    rows = (
        Conversation.objects.filter(
            business_number__whatsappnumber__phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID,
            last_inbound_at__isnull=False,
        )
        .select_related("contact")
        .prefetch_related("contact__identities")
        .order_by("-last_inbound_at")[:MOST]
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        values = row.contact.identity_values
        assert row.last_inbound_at is not None  # filtered above
        found.setdefault(
            str(row.contact_id),
            {
                "name": row.contact.name,
                "phone": values.get(IdentityKind.WA_ID, ""),
                "bsuid": values.get(IdentityKind.BSUID, ""),
                "username": values.get(IdentityKind.USERNAME, ""),
                "language": row.contact.language,
                "last_inbound_at": row.last_inbound_at.isoformat(),
            },
        )
    return list(found.values())


def customers_file() -> Path:
    """Where the simulator looks for them."""
    return Path(settings.DATA_DIR) / "simulator" / "customers.json"


def introduce() -> int:
    """Write the file anew, in one step; how many customers are in it."""
    known = customers()
    path = customers_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps({"customers": known}, ensure_ascii=False, indent=1))
    os.replace(draft, path)
    return len(known)
