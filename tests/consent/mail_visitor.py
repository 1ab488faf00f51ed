"""Somebody who signs up by e-mail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.core import mail
from django.test import Client
from django.utils import timezone

from consent.models import ConsentRecord
from tests import fixtures
from tests.consent.test_optin_pages import stamp_in, text_of

PAGE = "/optin/meldungen/"
MOBILE = "+4915112345678"


class Visitor:
    """Somebody who reads the page for a while, types and presses the button."""

    def __init__(self, client: Client, clock: fixtures.Clock, commits: Any) -> None:
        self.client, self.clock, self.commits = client, clock, commits

    def asks(self, number: str = MOBILE, email: str = "karla@example.org", **more: Any) -> Any:
        self.clock.at(timezone.now())
        stamp = stamp_in(text_of(self.client, PAGE))
        self.clock.forward(timedelta(seconds=30))
        said = {"topic": ["news"], "stamp": stamp, "by_email": "1", "number": number}
        with self.commits(execute=True):
            return self.client.post(PAGE, {**said, "email": email, **more})

    @property
    def link(self) -> str:
        """Of the newest mail."""
        found = re.search(r"https?://[^/]+(/optin/\S+/mail/\S+)", str(mail.outbox[-1].body))
        assert found
        return found[1]


def entries() -> list[tuple[str, str, str]]:
    """The entries about marketing in the ledger: topic, act, source."""
    rows = ConsentRecord.objects.filter(purpose="marketing").order_by("pk")
    return [(row.topic, row.act, row.source) for row in rows]
