"""Everything about a person in a ZIP, for people and programs to read; and nobody else in it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Agent
from consent import export, rights, tasks
from consent.models.data_request import DataRequest, RequestState
from consent.personal_data import Holds, registry
from contacts.models import Contact
from conversations.models import Conversation, Media, MediaKind, MediaStatus
from tests import factories
from tests.rights import marked
from tests.rights.conftest import run
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tom(number: WhatsAppNumber, admin: Agent) -> Contact:
    marked.ingest_samples()
    tom = marked.the_person()
    marked.plant(tom, number, admin)
    return tom


def opened(request: DataRequest) -> zipfile.ZipFile:
    with default_storage.open(request.file, "rb") as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def data_of(request: DataRequest) -> dict[str, Any]:
    tables: dict[str, Any] = json.loads(opened(request).read("data.json"))["tables"]
    return tables


def test_every_table_is_in_it_and_nobody_else(tom: Contact, admin: Agent) -> None:
    request = run(tom, "access", admin)
    tables = data_of(request)
    assert list(tables) == [table.label for table in registry.of_person()]
    for table in registry.of_person():
        if Holds.PERSON in table.fields.values() and table.label != "consent.DataRequest":
            assert tables[table.label], table.label
        for row in tables[table.label]:
            hidden = {
                name
                for name, holds in table.fields.items()
                if holds in (Holds.STAFF, Holds.SECRET, Holds.INTERNAL)
            }
            assert not hidden & set(row), table.label
    names = opened(request).namelist()
    everything = b"".join(opened(request).read(name) for name in names).decode(errors="replace")
    for needle in (marked.MARK, marked.PHONE, marked.BSUID, marked.EARLIER):
        assert needle in everything
    for stranger in (marked.NEIGHBOUR, marked.NEIGHBOUR_BSUID, "ana.ferreyra", admin.email):
        assert stranger not in everything
    assert request.percent == 100


def test_files_come_along_and_are_linked(tom: Contact, admin: Agent) -> None:
    request = run(tom, "access", admin)
    archive = opened(request)
    page = archive.read("index.html").decode()
    files = [name for name in archive.namelist() if name.startswith("files/")]
    assert len(files) == Media.objects.exclude(file="").count() >= len(MediaKind.values)
    for name in files:
        assert marked.MARK.encode() in archive.read(name)
    linked = set(re.findall(r'(?:href|src)="(files/[^"]+)"', page))
    assert linked == set(files)
    rows = data_of(request)["conversations.Media"]
    assert {row["in_archive"] for row in rows if row["in_archive"]} == set(files)


def test_the_page_reads_as_a_thread_in_the_persons_language(
    conversation: Conversation, admin: Agent
) -> None:
    contact = conversation.contact
    Contact.objects.filter(pk=contact.pk).update(language="en")
    factories.ConsentRecordFactory.create(contact=contact, words="START NEWS")
    factories.MessageFactory.create(conversation=conversation, text="<b>Where</b> is my hat?")
    factories.MessageFactory.create(conversation=conversation, outbound=True, text="In the train.")
    factories.NoteFactory.create(conversation=conversation, text="Seems sad.")
    page = opened(run(contact, "access", admin)).read("index.html").decode()
    texts = ["START NEWS", "&lt;b&gt;Where&lt;/b&gt; is my hat?", "In the train.", "Seems sad."]
    assert [page.index(text) for text in texts] == sorted(page.index(text) for text in texts)
    assert '<html lang="en">' in page
    assert "<script" not in page
    assert contact.identities.first().value in page  # type: ignore[union-attr]

    Contact.objects.filter(pk=contact.pk).update(language="de")
    page = opened(run(contact, "access", admin)).read("index.html").decode()
    assert '<html lang="de">' in page


def test_a_file_name_cannot_lead_out_of_the_archive(
    conversation: Conversation, admin: Agent
) -> None:
    message = factories.MessageFactory.create(conversation=conversation)
    for name in ("../../etc/passwd", "..", "a/b\\c.txt", "ä b.pdf", ""):
        media = Media(message=message, kind="document", status=MediaStatus.READY, filename=name)
        media.file.save("x", ContentFile(b"bytes"), save=True)
    names = opened(run(conversation.contact, "access", admin)).namelist()
    files = [name for name in names if name.startswith("files/")]
    assert len(set(files)) == 5
    for name in files:
        assert re.fullmatch(r"files/[\w.-]+", name)
        assert "/.." not in name


def test_a_file_that_is_not_there_does_not_stop_it(
    conversation: Conversation, admin: Agent
) -> None:
    media = factories.MediaFactory.create(
        message=factories.MessageFactory.create(conversation=conversation)
    )
    media.file.storage.delete(media.file.name)
    assert run(conversation.contact, "access", admin).state == RequestState.DONE


def test_a_worker_that_dies_leaves_nothing_behind(
    conversation: Conversation, admin: Agent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Died(BaseException):
        """As a killed worker."""

    def die(_request: object) -> None:
        raise Died

    request = rights.start(rights.ask(conversation.contact, "access", admin), admin)
    with monkeypatch.context() as patch:
        patch.setattr(export, "_end", die)  # stored, and not written down
        with pytest.raises(Died):
            tasks.run_request(str(request.pk))
    assert len(list((tmp_path / "media").rglob("*.zip"))) == 1
    tasks.run_request(str(request.pk))
    tasks.run_request(str(request.pk))  # twice is once
    request.refresh_from_db()
    assert request.state == RequestState.DONE
    [left] = (tmp_path / "media").rglob("*.zip")
    assert left.name == Path(request.file).name
    assert request.expires_at is not None
