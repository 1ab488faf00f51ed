"""Taking an import back: the person stands where they stood without it, and has said nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Agent
from consent import import_work, imports, tasks
from consent.email_sign_up import confirm
from consent.gate import Refusal, permits
from consent.ledger import Entry, append
from consent.models import Act, ConsentImport, EmailSignUp, Source
from consent.verify import verify_ledger
from consent.wordings import version_of
from contacts.models import Contact
from tests import factories
from tests.imports.conftest import ANNA, ANNAS_ID, BEN, HEAD, reasons, worked, written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("topics")]
GENERAL = ANNA.replace(";news;", ";;").replace("topics", "purpose")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HEAD_GENERAL = HEAD.replace("topics", "purpose")


def said(act: Act, at: str, topic: str = "news") -> Contact:
    contact = Contact.objects.filter(identities__value=ANNAS_ID).first()
    contact = contact or factories.ContactFactory.create(wa_id=ANNAS_ID)
    moment = timezone.make_aware(datetime.fromisoformat(at))
    append([Entry(contact, "marketing", act, Source.MESSAGE, moment, topic=topic)])
    return contact


def taken_back(text: str, by: Agent) -> Contact:
    worked(imports.take_back(written(text, by), by, "the wrong file"))
    return Contact.objects.get(identities__value=ANNAS_ID, identities__kind="wa_id")


def test_what_they_gave_themselves_before_goes_on(admin: Agent) -> None:
    said(Act.GRANTED, "2025-05-01")
    anna = taken_back(HEAD + ANNA, admin)
    answer = permits(anna, "marketing", "news")
    assert answer.granted
    assert answer.record is not None
    assert answer.record.occurred_at.date().isoformat() == "2026-03-30"
    assert verify_ledger().broken is None


def test_their_topics_go_on_when_a_consent_in_general_is_taken_back(admin: Agent) -> None:
    said(Act.GRANTED, "2025-05-01")
    anna = taken_back(HEAD_GENERAL + GENERAL.replace(";;", ";marketing;"), admin)
    assert permits(anna, "marketing", "news").granted
    assert not permits(anna, "marketing", "offers").granted


def test_their_earlier_no_is_a_no_again(admin: Agent) -> None:
    said(Act.WITHDRAWN, "2026-01-01")
    anna = taken_back(HEAD + ANNA, admin)
    assert permits(anna, "marketing", "news").refusal == Refusal.OPTED_OUT
    again = written(HEAD + ANNA, admin)
    assert permits(anna, "marketing", "news").granted
    worked(imports.take_back(again, admin, "x"))
    earlier = HEAD + ANNA.replace("31.03.2026", "31.12.2025")
    assert reasons(imports_checked(earlier, admin)) == ["left_later"]
    assert mailed(anna) is None


def test_that_it_was_taken_back_is_no_word_of_theirs(admin: Agent) -> None:
    anna = taken_back(HEAD + ANNA, admin)
    assert permits(anna, "marketing", "news").refusal == Refusal.OPTED_OUT
    assert reasons(written(HEAD + ANNA, admin)) == [""]
    assert permits(anna, "marketing", "news").granted


def test_after_it_they_may_sign_up_by_mail(admin: Agent) -> None:
    anna = taken_back(HEAD + ANNA, admin)
    assert mailed(anna) == anna
    assert permits(anna, "marketing", "news").granted


def test_a_stop_that_was_sent_since_and_arrives_late_still_counts(admin: Agent) -> None:
    said(Act.GRANTED, "2025-05-01")
    anna = taken_back(HEAD + ANNA, admin)
    said(Act.WITHDRAWN, "2026-04-02")
    assert not permits(anna, "marketing", "news").granted


def failing(what: str, monkeypatch: pytest.MonkeyPatch, batch: ConsentImport) -> ConsentImport:
    with monkeypatch.context() as patched:
        patched.setattr(import_work, what, lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            worked(batch)
    batch.refresh_from_db()
    assert batch.state == "failed"
    return batch


def half_written(by: Agent, monkeypatch: pytest.MonkeyPatch) -> ConsentImport:
    """One line stands in the ledger, at the next one it failed."""
    monkeypatch.setattr(import_work, "AT_ONCE", 1)
    batch = imports.confirm(imports_checked(HEAD + ANNA + BEN, by), by, "I have checked this")
    import_work._portion(batch.pk, import_work._Job())
    return failing("append", monkeypatch, batch)


def test_what_failed_while_writing_can_be_left_as_it_is(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = imports.discard(half_written(admin, monkeypatch))
    assert (batch.state, batch.failed_in, batch.lines.count()) == ("done", "", 1)
    worked(imports.take_back(batch, admin, "x"))
    anna = Contact.objects.get(identities__value=ANNAS_ID, identities__kind="wa_id")
    assert not permits(anna, "marketing", "news").granted


def test_what_failed_while_it_was_taken_back_can_be_taken_back_again(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = imports.take_back(written(HEAD + ANNA, admin), admin, "x")
    batch = failing("undoing", monkeypatch, batch)
    ConsentImport.objects.update(uploaded_at=LONG_AGO, confirmed_at=LONG_AGO)
    tasks.remove_what_is_over()
    batch.refresh_from_db()
    assert batch.state == "failed"
    batch = imports.discard(batch)
    assert batch.state == "done"
    assert worked(imports.take_back(batch, admin, "again")).state == "taken_back"


def test_what_failed_and_nobody_saw_to_goes_with_its_time(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = half_written(admin, monkeypatch)
    ConsentImport.objects.update(uploaded_at=LONG_AGO)
    tasks.remove_what_is_over()
    assert batch.lines.count() == 2
    ConsentImport.objects.update(confirmed_at=LONG_AGO)
    tasks.remove_what_is_over()
    batch.refresh_from_db()
    assert (batch.state, batch.lines.count()) == ("done", 1)


def imports_checked(text: str, by: Agent) -> ConsentImport:
    return worked(imports.begin_import(text.encode(), "a.csv", by))


def mailed(contact: Contact) -> Contact | None:
    """Whom a confirmed sign-up by e-mail has signed up."""
    form = factories.SignUpFormFactory.create(slug="news", by_email=True)
    now = timezone.now()
    row = EmailSignUp.objects.create(
        form=form,
        topics=["news"],
        language="de",
        wording=version_of("optin-x", "de", "x"),
        number=f"+{ANNAS_ID}",
        business_number=form.business_number,
        email="a@example.org",
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    confirm(row)
    row.refresh_from_db()
    return row.contact
