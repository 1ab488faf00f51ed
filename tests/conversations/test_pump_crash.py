"""A pump killed between any two steps: what nobody knows is unconfirmed, nothing is sent twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Agent
from conversations.gateway import StatusUpdate
from conversations.models import DeliveryAttempt, Lane, Message, Status
from conversations.services.leases import LEASE, expire_leases
from conversations.services.pump import Pump
from conversations.services.reply import Draft, send_reply
from conversations.services.statuses import apply_status
from tests import factories
from tests.conversations.dying_pump import ON_THE_WIRE, STEPS
from tests.conversations.fakes import FakeGateway
from tests.whatsapp.test_crash import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.mark.parametrize("step", [*STEPS, *ON_THE_WIRE])
def test_a_pump_killed_at_any_step_loses_and_doubles_nothing(
    step: str, number: Any, team: Any, agent: Agent, tmp_path: Path
) -> None:
    for _ in range(5):
        thread = factories.ConversationFactory.create(business_number=number, team=team)
        for text in ("eins", "zwei"):
            send_reply(thread, Draft(uuid4(), text=text), agent)
    wire = tmp_path / "wire"
    wire.touch()
    killed = subprocess.run(
        [sys.executable, "-m", "tests.conversations.dying_pump", step],
        env=environment(WIRE=str(wire)),
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    on_the_wire = Counter(wire.read_text().split())

    # Another one goes on at once with what nobody had claimed.
    channel = FakeGateway()
    Pump(Lane.REPLY, 3, channel).run()
    on_the_wire.update(str(message.pk) for message in channel.sent)
    assert set(on_the_wire.values()) <= {1}

    # The rest belonged to the dead: when its lease ends, nobody knows; it is never sent by itself.
    held = set(Message.objects.filter(status=Status.SENDING).values_list("pk", flat=True))
    assert expire_leases(timezone.now() + LEASE + timedelta(seconds=1)) == len(held)
    Pump(Lane.REPLY, 3, channel).run()
    assert len({message.pk for message in channel.sent}) == len(channel.sent)
    assert not held & {message.pk for message in channel.sent}
    states = Counter(Message.objects.values_list("status", flat=True))
    assert set(states) <= {"accepted", "unconfirmed"}
    assert states["unconfirmed"] == len(held) <= 6
    abandoned = DeliveryAttempt.objects.filter(outcome=DeliveryAttempt.Outcome.ABANDONED)
    assert set(abandoned.values_list("message_id", flat=True)) == held
    assert not DeliveryAttempt.objects.filter(ended_at=None).exists()

    # A status settles what did leave.
    for pk in held & {
        message.pk for message in Message.objects.all() if str(message.pk) in on_the_wire
    }:
        apply_status(
            StatusUpdate(number.pk, f"wamid.{pk}", "sent", timezone.now(), message_id=str(pk))
        )
        assert Message.objects.get(pk=pk).status == Status.SENT
