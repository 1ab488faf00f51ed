"""The made helpdesk of the benchmarks: what filters ask for is in it, and its ledger holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import pytest
from django.db import connection
from django.db.models import F

from accounts.models import Agent
from benchmarks.generate import fill
from benchmarks.place import Place
from consent.gate import people_subscribed_to
from consent.models import ConsentRecord
from consent.verify import verify_ledger
from conversations.models import BusinessNumber, Conversation, ConversationRead, Direction, Message

CONVERSATIONS, MESSAGES = 300, 3_000


class HereIs:
    """The test's own database, as a place."""

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        settings = connection.get_connection_params()
        known = {
            key: settings[key]
            for key in ("dbname", "user", "host", "port", "password")
            if settings.get(key)
        }
        with psycopg.connect(**known, autocommit=True) as database:
            yield database


@pytest.mark.django_db(transaction=True)
def test_consents_and_reading_markers_are_as_the_services_would_have_left_them() -> None:
    BusinessNumber.objects.create(name="Service", phone_number="+494311111111")

    figures = fill(cast("Place", HereIs()), CONVERSATIONS, MESSAGES)

    verdict = verify_ledger()
    assert verdict.broken is None, str(verdict.broken)
    assert verdict.entries == ConsentRecord.objects.count() == figures["consent_consentrecord"]
    subscribed = people_subscribed_to(["news"]).count()
    assert CONVERSATIONS / 10 < subscribed < CONVERSATIONS / 3
    assert ConsentRecord.objects.filter(act="withdrawn").exists()
    for row in Conversation.objects.order_by("?")[:20]:
        inbound = Message.objects.filter(conversation=row, direction=Direction.INBOUND).count()
        assert row.inbound_count == inbound
    markers = ConversationRead.objects.all()
    assert markers.count() > CONVERSATIONS / 2
    assert not markers.filter(seen_count__gt=F("conversation__inbound_count")).exists()
    behind = markers.filter(seen_count__lt=F("conversation__inbound_count"))
    assert behind.values("agent").distinct().count() > Agent.objects.count() / 4
