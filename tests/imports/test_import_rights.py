"""Refused lines belong to whom they are about: erasures, exports and holds find them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Agent
from consent import rights, tasks
from consent.export import as_json
from consent.holds import set_hold
from consent.models import ConsentImport, ImportLine
from consent.personal_data import Person
from tests import factories
from tests.imports.conftest import ANNAS_ID, BEN, BENS_ID, HEAD, reasons, uploaded
from tests.rights.conftest import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("topics")]

# Refused each, and about Anna each.
REFUSED = [
    "+49 171 2345678;Anna Muster;de;news;;paper;f 1;\n",  # no date
    "491712345678;Anna Muster;de;news;2026-02-01;p;f;\n",  # doubtful
    "0171/23 45 678;Anna Muster;de;news;2026-02-01;p;f;\n",  # no country
    "+49 (0)171 2345678 oder 0172;Anna Muster;de;news;2026-02-01;p;f;\n",
    "+49 171 2345678;Anna Muster;de;news;2026-02-01;p;f;;more\n",  # too many cells
]
BENS = BEN.replace("2026-02-01", "")


@pytest.mark.parametrize("line", REFUSED)
def test_a_refused_line_is_exported_and_erased(admin: Agent, line: str) -> None:
    anna = factories.ContactFactory.create(wa_id=ANNAS_ID)
    batch = uploaded(HEAD + line + BENS, admin)
    assert all(reasons(batch))

    exported = "".join(as_json(Person.of(anna)))
    run(anna, "erasure", admin)

    assert "Anna Muster" in exported
    assert "Ben Beispiel" not in exported
    assert [left.identity for left in batch.lines.all()] == [BENS_ID]


@pytest.mark.parametrize(
    ("known", "given"),
    [
        ("551187654321", "+55 11 9 8765 4321"),
        ("5215512345678", "+52 55 1234 5678"),
        ("541123456789", "+54 9 11 2345 6789"),
    ],
)
def test_a_number_of_two_spellings_is_found(admin: Agent, known: str, given: str) -> None:
    contact = factories.ContactFactory.create(wa_id=known)
    batch = uploaded(HEAD + f"{given};A;de;news;;p;f;\n{given};A;de;news;;p;f;;more\n", admin)
    run(contact, "erasure", admin)
    assert not batch.lines.exists()


def test_what_is_checked_during_an_erasure_leaves_nothing_refused(admin: Agent) -> None:
    anna = factories.ContactFactory.create(wa_id=ANNAS_ID)
    rights.ask(anna, "erasure", admin)
    batch = uploaded(HEAD + REFUSED[0], admin)
    line = batch.lines.get()
    assert (line.reason, line.cells, line.identity) == ("erasing", [], "")


@pytest.mark.parametrize("line", REFUSED)
def test_a_hold_keeps_refused_lines(admin: Agent, line: str) -> None:
    anna = factories.ContactFactory.create(wa_id=ANNAS_ID)
    batch = uploaded(HEAD + line, admin)
    set_hold(anna, "a lawsuit", admin)
    ConsentImport.objects.update(uploaded_at=timezone.now() - timedelta(days=31))
    tasks.remove_what_is_over()
    assert ImportLine.objects.filter(batch=batch).exists()
