"""Killed between any two steps of the way in: nothing is lost, nothing happens twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import requests
from django.db import connection

from conversations.models import Conversation, Event, Message
from tests import factories
from tests.stack import free_port
from tests.whatsapp.door import PATH, as_body, sign
from tests.whatsapp.dying import DRAIN_STEPS, WEB_STEPS
from tests.whatsapp.test_ingest_batches import store, text_event
from whatsapp.ingest import drain
from whatsapp.models import WebhookEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def environment(**more: str) -> dict[str, str]:
    """What a process of its own needs to work on this test's database."""
    database = connection.settings_dict
    login = quote(database["USER"] or "", safe="")
    if database["PASSWORD"]:
        login += f":{quote(database['PASSWORD'], safe='')}"
    host = quote(str(database["HOST"]), safe="/")
    port = f"&port={database['PORT']}" if database["PORT"] else ""
    url = f"postgresql://{login}@/{database['NAME']}?host={host}{port}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        # Not the tests' settings: they lead to the database that this one is a copy of.
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "PYTHONPATH": os.getcwd(),
        **more,
    }


@pytest.fixture
def _number(transactional_db: None) -> None:
    factories.WhatsAppNumberFactory.create(phone_number_id="106853218861309")


@pytest.mark.usefixtures("_number")
@pytest.mark.parametrize("step", DRAIN_STEPS)
def test_a_drainer_killed_at_any_step_loses_and_doubles_nothing(step):
    store(*[text_event(n) for n in range(3)])
    command = [sys.executable, "-m", "tests.whatsapp.dying", step]
    killed = subprocess.run(command, env=environment(), timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    # Its connection is broken, so its locks are free; the next one takes over.
    drain()
    wamids = Message.objects.order_by("pk").values_list("wamid", flat=True)
    assert list(wamids) == ["wamid.0", "wamid.1", "wamid.2"]
    assert Conversation.objects.get().unread == 3
    assert Event.objects.filter(name="message.received").count() == 3
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}


@contextmanager
def web(die_at: str = "") -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The door under daphne, in a process of its own."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)),
            "tests.whatsapp.dying:application",
        ],
        env=environment(DIE_AT=die_at),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_it_answers(port)
        yield f"http://127.0.0.1:{port}{PATH}", process
    finally:
        process.kill()
        process.wait(10)


def wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def deliver(url: str, body: bytes) -> int | None:
    """One attempt of Meta's: the status, or None when the connection broke."""
    headers = {"X-Hub-Signature-256": sign(body).decode(), "Content-Type": "application/json"}
    try:
        return requests.post(url, data=body, headers=headers, timeout=20).status_code
    except requests.ConnectionError:
        return None


@pytest.mark.usefixtures("_number")
@pytest.mark.parametrize("step", WEB_STEPS)
def test_a_web_process_killed_before_its_answer_leaves_one_message_when_meta_retries(step):
    body = as_body(text_event(1))
    with web(die_at=step) as (url, process):
        assert deliver(url, body) is None
        assert process.wait(10) == -signal.SIGKILL
    with web() as (url, _process):
        assert deliver(url, body) == 200
    drain()
    assert Message.objects.get().wamid == "wamid.1"
    assert Conversation.objects.get().unread == 1


@pytest.mark.usefixtures("_number")
def test_what_was_acknowledged_survives_a_kill_right_after():
    with web() as (url, process):
        for n in range(20):
            assert deliver(url, as_body(text_event(n))) == 200
        process.kill()
    assert WebhookEvent.objects.count() == 20
    drain()
    assert Message.objects.count() == 20
