"""Good bodies and bent ones in any order, again and again: every good one becomes its message once,
whatever came before it, beside it or twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conversations.models import Message
from tests import factories
from tests.whatsapp.door import as_body
from tests.whatsapp.test_hostile import bent_fields, bent_samples, sample_number
from tests.whatsapp.test_ingest_batches import text_event
from whatsapp.ingest import drain, wake_waiting
from whatsapp.models import EventState, WebhookEvent


class Channel(RuleBasedStateMachine):
    """`good`: wamids of whole texts that were stored; `drained`: those that must be there."""

    def __init__(self) -> None:
        super().__init__()
        self.database = transaction.atomic()
        self.database.__enter__()
        factories.WhatsAppNumberFactory.create(phone_number_id=sample_number())
        self.good: dict[str, dict[str, Any]] = {}
        self.drained: set[str] = set()
        self.bodies: list[Any] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.database.__exit__(None, None, None)

    def _store(self, body: Any) -> None:
        self.bodies.append(body)
        WebhookEvent.objects.create(body=as_body(body))

    def _fresh(self) -> dict[str, Any]:
        number = len(self.good)
        body = text_event(number, sender=f"49151700{number % 3:05}")
        value = body["entry"][0]["changes"][0]["value"]
        wamid = value["messages"][0]["id"] = f"wamid.good.{number}"
        self.good[wamid] = body
        return body

    @rule()
    def a_good_body_comes(self) -> None:
        self._store(self._fresh())

    @rule(body=bent_samples() | bent_fields())
    def a_bent_body_comes(self, body: Any) -> None:
        self._store(body)

    @rule(body=bent_fields(), first=st.booleans())
    def both_come_in_one(self, body: Any, first: bool) -> None:
        entry = self._fresh()["entry"][0]
        entries = body["entry"]
        entries.insert(0 if first else len(entries), entry)
        self._store(body)

    @rule(body=bent_samples())
    def a_bent_value_stands_beside_a_good_one(self, body: Any) -> None:
        """In one entry, as changes of it."""
        good = self._fresh()
        changes = good["entry"][0]["changes"]
        changes.insert(0, {"field": "messages", "value": body})
        self._store(good)

    @rule(data=st.data())
    def something_comes_again(self, data: Any) -> None:
        if self.bodies:
            self._store(data.draw(st.sampled_from(self.bodies)))

    @rule()
    def the_worker_works(self) -> None:
        wake_waiting()
        drain()
        self.drained = set(self.good)

    @invariant()
    def every_good_one_is_there_once(self) -> None:
        found = list(
            Message.objects.filter(wamid__startswith="wamid.good.").values_list("wamid", "text")
        )
        assert len(found) == len({wamid for wamid, _ in found})
        assert self.drained <= {wamid for wamid, _ in found}

    @invariant()
    def nothing_stays_in_line(self) -> None:
        waiting = WebhookEvent.objects.filter(state=EventState.PENDING, attempts__gt=0)
        assert not waiting.exists()


@pytest.mark.django_db
def test_hostile_bodies_in_any_order() -> None:
    Channel.TestCase.settings = settings(
        max_examples=20,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Channel.TestCase().runTest()
