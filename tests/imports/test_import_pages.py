"""The admin's pages of imports: who may, what they show, what they do, what is given back."""

from __future__ import annotations

import csv
import io

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Agent, Role
from consent import imports, tasks
from consent.admin.imports import STATEMENT
from consent.import_file import read_sheet
from consent.models import ConsentImport, ConsentRecord
from tests import factories
from tests.imports.conftest import ANNA, BEN, HEAD, uploaded, written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("topics")]
ADD = "admin:consent_consentimport_add"
EVIL = '"=HYPERLINK(""http://evil.example"")";-1+1;de;news;x;y;@SUM(A1);\n'


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    admin.language = "en"
    admin.save()
    client.force_login(admin)
    return client


def page_of(batch: ConsentImport) -> str:
    return reverse("admin:consent_consentimport_change", args=[batch.pk])


def act_of(batch: ConsentImport) -> str:
    return reverse("admin:consent_consentimport_act", args=[batch.pk])


def refused_of(batch: ConsentImport) -> str:
    return reverse("admin:consent_consentimport_refused", args=[batch.pk])


def a_file(text: str, name: str = "consents.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def statement() -> str:
    with translation.override("en"):
        return str(STATEMENT)


def test_from_the_upload_to_the_ledger(browser: Client, admin: Agent) -> None:
    answer = browser.post(reverse(ADD), {"file": a_file(HEAD + ANNA + BEN + EVIL), "region": ""})
    batch = ConsentImport.objects.get()
    assert answer["Location"] == page_of(batch)
    page = browser.get(page_of(batch))
    assert page["Refresh"] == "3"
    assert "<progress" in page.content.decode()

    tasks.run_import(str(batch.pk))

    page = browser.get(page_of(batch))
    text = page.content.decode()
    assert "Refresh" not in page
    assert "Anna Muster" in text
    assert "folder 3, sheet 17" in text
    assert "Not a valid phone number with country code" in text
    browser.post(act_of(batch), {"act": "confirm", "statement": statement().upper() + "."})
    tasks.run_import(str(batch.pk))
    batch.refresh_from_db()
    assert (batch.state, batch.confirmed_by, batch.statement) == (
        "done",
        admin,
        statement().upper() + ".",
    )
    assert ConsentRecord.objects.count() == 3
    text = browser.get(page_of(batch)).content.decode()
    assert "What was written" in text
    assert "Anna Muster" not in text
    assert LogEntry.objects.filter(user=admin, object_id=str(batch.pk)).count() == 2


def test_a_wrong_statement_confirms_nothing(browser: Client, admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA, admin)
    for said in ("", "yes", "I have checked"):
        answer = browser.post(act_of(batch), {"act": "confirm", "statement": said})
        assert answer.status_code == 422
    batch.refresh_from_db()
    assert batch.state == "checked"


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", b"a;b\n1;2", b"PK\x03\x04", "phone\n1".encode("utf-16")]
)
def test_what_is_no_such_file_is_said_on_the_form(browser: Client, content: bytes) -> None:
    file = SimpleUploadedFile("x.csv", content, "text/csv")
    answer = browser.post(reverse(ADD), {"file": file, "region": ""})
    assert answer.status_code == 422
    assert not ConsentImport.objects.exists()


def test_refused_lines_are_given_back_harmless_and_can_be_uploaded_again(
    browser: Client, admin: Agent
) -> None:
    batch = uploaded(HEAD + ANNA + EVIL, admin)

    answer = browser.get(refused_of(batch))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    head, line = csv.reader(io.StringIO(text), delimiter=";")
    assert head[:3] == ["Line", "Reason", "phone"]
    assert line[0] == "3"
    assert "Not a valid phone number" in line[1]
    assert "Not a date such as 2026-03-31 or 31.03.2026: x" in line[1]
    assert all(not cell.startswith(("=", "+", "-", "@")) for cell in line)
    assert read_sheet(answer.content).fields[2] == "phone"
    assert LogEntry.objects.filter(change_message__startswith="downloaded").exists()


def test_reasons_are_in_the_readers_language(browser: Client, admin: Agent) -> None:
    batch = uploaded(HEAD + "x" + ANNA, admin)
    admin.language = "de"
    admin.save()
    german = browser.get(page_of(batch)).content.decode()
    assert 'lang="de"' in german


def test_discard_and_take_back(browser: Client, admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA, admin)
    browser.post(act_of(batch), {"act": "discard"})
    batch.refresh_from_db()
    assert batch.state == "discarded"
    assert browser.get(page_of(batch)).status_code == 200
    assert browser.get(refused_of(batch)).status_code == 404

    done = written(HEAD + BEN, admin)
    assert browser.post(act_of(done), {"act": "take_back", "why": " "}).status_code == 422
    browser.post(act_of(done), {"act": "take_back", "why": "bought list"})
    tasks.run_import(str(done.pk))
    assert "Taken back by Adam Admin" in browser.get(page_of(done)).content.decode()


def test_with_four_eyes_the_page_says_who_is_missing(
    browser: Client, admin: Agent, settings: LazySettings
) -> None:
    settings.IMPORT_NEEDS_TWO = True
    batch = uploaded(HEAD + ANNA, admin)
    text = browser.get(page_of(batch)).content.decode()
    assert "Somebody else than who uploaded" in text
    assert "Write the consents" not in text
    said = {"act": "confirm", "statement": statement()}
    browser.post(act_of(batch), said)
    batch.refresh_from_db()
    assert batch.state == "checked"
    browser.force_login(factories.AgentFactory.create(role=Role.ADMIN, language="en"))
    browser.post(act_of(batch), said)
    batch.refresh_from_db()
    assert batch.state == "writing"


@pytest.mark.parametrize("role", [Role.LEAD, Role.AGENT, Role.READ_ONLY])
def test_nobody_but_admins_gets_in(client: Client, admin: Agent, role: Role) -> None:
    batch = uploaded(HEAD + "x" + ANNA, admin)
    client.force_login(factories.AgentFactory.create(role=role))
    for path in (reverse(ADD), page_of(batch), refused_of(batch)):
        assert client.get(path).status_code in (302, 403)
    assert client.post(act_of(batch), {"act": "discard"}).status_code in (302, 403)
    assert client.post(reverse(ADD), {"file": a_file(HEAD + ANNA)}).status_code in (302, 403)
    batch.refresh_from_db()
    assert batch.state == "checked"
    assert ConsentImport.objects.count() == 1


def test_wrong_methods_and_unknown_acts(browser: Client, admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA, admin)
    assert browser.get(act_of(batch)).status_code == 405
    assert browser.post(page_of(batch)).status_code == 405
    assert browser.post(refused_of(batch)).status_code == 405
    assert browser.put(reverse(ADD)).status_code == 405
    assert browser.post(act_of(batch), {"act": "explode"}).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin)
    assert strict.post(act_of(batch), {"act": "discard"}).status_code == 403


def test_the_sample_is_a_file_of_consents(browser: Client) -> None:
    content = browser.get(reverse("admin:consent_consentimport_sample")).content
    sheet = read_sheet(content)
    assert len(sheet.rows) == 1


def test_lists_and_the_sidebar_lead_there(browser: Client, admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA, admin)
    text = browser.get(reverse("admin:consent_consentimport_changelist")).content.decode()
    assert page_of(batch) in text
    assert (
        reverse("admin:consent_consentimport_changelist") in browser.get("/admin/").content.decode()
    )


def test_two_who_confirm_at_once_write_once(admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA, admin)
    imports.confirm(batch, admin, "x")
    with pytest.raises(imports.ImportRefused):
        imports.confirm(batch, admin, "x")
