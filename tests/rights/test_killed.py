"""Workers killed with SIGKILL wherever it strikes them: the next ones bring it to its end.

`test_erasure_crash.py` lets a worker die at every step by itself; here real processes die at random
points, within transactions, between commits, and in the middle of a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import redis
from django.conf import settings

from accounts.models import Agent
from consent import rights
from consent.exports import open_export
from consent.models import ConsentState
from consent.models.data_request import DataRequest, RequestState
from consent.personal_data import Person
from consent.verify import verify_ledger
from contacts.models import Contact
from conversations.models import Message
from tests.rights import marked
from tests.rights.test_erasure import NEEDLES
from tests.whatsapp.test_crash import environment
from whatsapp.models import WhatsAppNumber

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
SEEDS = (1, 7, 20261122)
KILLS = 60


@pytest.fixture
def tom(number: WhatsAppNumber, admin: Agent) -> Contact:
    marked.ingest_samples()
    tom = marked.the_person()
    marked.plant(tom, number, admin)
    return tom


def kill_until_done(request: DataRequest, seed: int, folder: Path) -> int:
    """Have it worked on by processes that are killed; how many died."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.rights.dying_worker"),
            *(str(request.pk), str(seed), str(KILLS)),
        ],
        env=environment(HELPDESK_DATA_DIR=str(folder)),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    request.refresh_from_db()
    assert (request.state, request.error) == (RequestState.DONE, "")
    return int(done.stdout.split("died ")[-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_an_erasure_leaves_nothing_and_a_ledger_that_verifies(
    seed: int, tom: Contact, admin: Agent, redis_client: redis.Redis, tmp_path: Path
) -> None:
    theirs = Person.of(tom).contacts
    others = set(Message.objects.exclude(conversation__contact__in=theirs).values_list("pk"))
    request = rights.start(rights.ask(tom, "erasure", admin), admin)

    died = kill_until_done(request, seed, tmp_path)

    assert died >= 10
    assert marked.places_of(*NEEDLES, client=redis_client) == []
    assert not Contact.objects.filter(pk=tom.pk).exists()
    assert set(Message.objects.values_list("pk")) == others
    assert verify_ledger().broken is None
    assert marked.erased_entries(tom.pk) == 2
    assert not ConsentState.objects.filter(contact=tom.pk).exists()
    assert not request.keys


@pytest.mark.parametrize("seed", SEEDS)
def test_an_export_begins_anew_and_leaves_one_file(
    seed: int, tom: Contact, admin: Agent, tmp_path: Path
) -> None:
    before = {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}
    request = rights.start(rights.ask(tom, "access", admin), admin)

    died = kill_until_done(request, seed, tmp_path)

    assert died >= 3
    after = {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}
    assert after - before == {Path(settings.MEDIA_ROOT) / request.file}
    assert before <= after
    with open_export(request) as content, zipfile.ZipFile(content) as archive:
        assert archive.testzip() is None
        told = json.loads(archive.read("data.json"))
    assert told["tables"]["contacts.Contact"]
