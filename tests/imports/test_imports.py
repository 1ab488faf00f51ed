"""A file of consents from the upload to the ledger, and back."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Agent, Role
from consent import import_keeping, import_work, imports, rights, tasks
from consent.gate import Refusal, permits, states_of
from consent.imports import ImportRefused
from consent.ledger import Entry, append
from consent.models import Act, Clock, ConsentImport, ConsentRecord, ImportLine, Source
from consent.renewal import who_may_be_asked_again
from consent.retention_run import real_run
from consent.verify import verify_ledger
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from contacts.services import Person, find_or_create_contact
from tests import factories
from tests.imports.conftest import (
    ANNA,
    ANNAS_ID,
    BEN,
    BENS_ID,
    HEAD,
    reasons,
    uploaded,
    worked,
    written,
)
from tests.rights.conftest import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("topics")]


def contact_of(wa_id: str) -> Contact:
    return Contact.objects.get(identities__value=wa_id, identities__kind="wa_id")


def left(wa_id: str, topic: str, at: str, act: Act = Act.WITHDRAWN) -> Contact:
    contact = factories.ContactFactory.create(wa_id=wa_id)
    moment = timezone.make_aware(datetime.fromisoformat(at))
    append([Entry(contact, "marketing", act, Source.MESSAGE, moment, topic=topic)])
    return contact


def test_nothing_is_written_before_somebody_confirms(admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA + BEN, admin)

    assert (batch.state, batch.done, batch.total) == ("checked", 2, 2)
    assert not Contact.objects.exists()
    assert not ConsentRecord.objects.exists()
    line = batch.lines.earliest("number")
    assert (line.identity, line.topics, line.is_known) == (ANNAS_ID, ["news"], False)


def test_what_is_confirmed_stands_in_the_ledger_with_its_evidence(admin: Agent) -> None:
    batch = written(HEAD + ANNA + BEN, admin)

    assert batch.state == "done"
    anna = contact_of(ANNAS_ID)
    assert (anna.name, anna.language) == ("Anna Muster", "de")
    [record] = ConsentRecord.objects.filter(contact=anna)
    assert (record.act, record.source, record.clock) == (Act.GRANTED, Source.IMPORT, Clock.STATED)
    assert record.occurred_at.isoformat() == "2026-03-30T22:00:00+00:00"
    assert record.detail.evidence == "paper form: folder 3, sheet 17"
    assert record.detail.actor == f"agent:{admin.pk} Adam Admin"
    assert record.wording is not None
    assert record.wording.text == "Ja, bitte."
    assert permits(anna, "marketing", "news").granted
    ben = contact_of(BENS_ID)
    assert {state.topic for state in states_of(ben)} == {"news", "offers"}
    assert verify_ledger().broken is None


def test_what_was_said_is_not_kept_beside_the_ledger(admin: Agent) -> None:
    batch = written(HEAD + ANNA + "nobody;X;;;;;;\n", admin)

    line = batch.lines.get(reason="")
    assert (line.cells, line.values, line.identity) == ([], {}, "")
    assert batch.lines.exclude(reason="").get().cells[0] == "nobody"
    assert batch.file == ""
    assert default_storage.listdir("imports")[1] == []


def test_two_texts_in_turns_are_two_texts_and_nobody_is_asked_about_the_other(admin: Agent) -> None:
    lines = "".join(
        f"+4915123456{n:03};;de;news;2026-01-01;paper;sheet;{'Ja.' if n % 2 else 'Gern.'}\n"
        for n in range(700, 710)
    )
    written(HEAD + lines, admin)
    shown = ConsentRecord.objects.values_list("wording__key", "wording__version")
    assert {version for _key, version in shown} == {1}
    assert len(set(shown)) == 2
    assert who_may_be_asked_again("news") == []


def test_of_somebody_known_nothing_is_learned_but_the_consent(admin: Agent) -> None:
    known = factories.ContactFactory.create(wa_id=ANNAS_ID, name="Anna on WhatsApp")
    batch = written(HEAD + ANNA, admin)
    known.refresh_from_db()
    assert known.name == "Anna on WhatsApp"
    assert batch.lines.get().is_known
    assert permits(known, "marketing", "news").granted


def test_whoever_left_later_is_never_granted_again(admin: Agent) -> None:
    left(ANNAS_ID, "", "2026-04-01", Act.OBJECTED)
    left(BENS_ID, "news", "2026-02-01T00:00")  # at the same moment

    batch = uploaded(HEAD + ANNA + BEN, admin)

    assert reasons(batch) == ["left_later", "left_later"]
    with pytest.raises(ImportRefused, match="No line"):
        imports.confirm(batch, admin, "I have checked this")


def test_whoever_left_before_they_agreed_may_agree(admin: Agent) -> None:
    anna = left(ANNAS_ID, "", "2026-03-01")
    assert reasons(written(HEAD + ANNA, admin)) == [""]
    assert permits(anna, "marketing", "news").granted


def test_whoever_leaves_between_preview_and_writing_has_left(admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA + BEN, admin)
    anna = left(ANNAS_ID, "news", "2026-05-01")

    worked(imports.confirm(batch, admin, "I have checked this"))

    assert reasons(batch) == ["left_later", ""]
    assert permits(anna, "marketing", "news").refusal == Refusal.OPTED_OUT
    assert batch.lines.get(number=2).cells[0] == "+49 171 2345678"


def test_restricted_and_going_people_are_left_alone(admin: Agent) -> None:
    anna = factories.ContactFactory.create(wa_id=ANNAS_ID)
    ben = factories.ContactFactory.create(wa_id=BENS_ID)
    rights.start(rights.ask(anna, "restriction", admin), admin)
    rights.ask(ben, "erasure", admin)

    batch = uploaded(HEAD + ANNA + BEN, admin)

    assert reasons(batch) == ["restricted", "erasing"]
    going = batch.lines.get(reason="erasing")
    assert (going.cells, going.identity, going.values) == ([], "", {})


def test_the_same_again_is_a_duplicate(admin: Agent) -> None:
    again = ANNA.replace("+49 171", "0049171")
    more = BEN.replace("news|offers", "offers")
    batch = uploaded(HEAD + ANNA + again + BEN + more + ANNA.replace("news", "offers"), admin)
    assert reasons(batch) == ["", "duplicate", "", "duplicate", ""]


def test_a_duplicate_is_found_in_another_portion(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_work, "AT_ONCE", 1)
    assert reasons(uploaded(HEAD + ANNA + BEN + ANNA, admin)) == ["", "", "duplicate"]


def test_killed_between_portions_it_goes_on_and_writes_nothing_twice(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    people = [f"+4915123456{n:03};;de;news;2026-01-01;paper;sheet {n};\n" for n in range(700, 730)]
    monkeypatch.setattr(import_work, "AT_ONCE", 7)
    calls = {"n": 0}
    portion = import_work._portion

    def dying(*args: object) -> bool:
        calls["n"] += 1
        if calls["n"] % 3 == 0:
            raise Killed
        return portion(*args)  # type: ignore[arg-type]

    def until(batch: ConsentImport, state: str) -> ConsentImport:
        for _again in range(20):
            with suppress(Killed):
                tasks.run_import(str(batch.pk))
            batch.refresh_from_db()
            if batch.state == state:
                return batch
        raise AssertionError(batch.state)

    monkeypatch.setattr(import_work, "_portion", dying)
    batch = imports.begin_import((HEAD + "".join(people)).encode(), "a.csv", admin)
    until(batch, "checked")
    assert ImportLine.objects.count() == 30
    until(imports.confirm(batch, admin, "I have checked this"), "done")
    assert (Contact.objects.count(), ConsentRecord.objects.count()) == (30, 30)
    until(imports.take_back(batch, admin, "wrong file"), "taken_back")
    assert ConsentRecord.objects.filter(act=Act.WITHDRAWN).count() == 30
    assert verify_ledger().broken is None


def test_killed_within_a_portion_nothing_of_it_stays(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = uploaded(HEAD + ANNA + BEN, admin)
    imports.confirm(batch, admin, "I have checked this")
    monkeypatch.setattr(import_work, "append", lambda entries: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.run_import(str(batch.pk))
    batch.refresh_from_db()
    assert (batch.state, batch.error) == ("failed", "builtins.ZeroDivisionError")
    assert not Contact.objects.exists()
    monkeypatch.undo()

    worked(imports.go_on(batch))

    assert (batch.lines.exclude(written_at=None).count(), ConsentRecord.objects.count()) == (2, 3)


def test_taking_back_ends_what_the_file_gave_and_nothing_else(admin: Agent) -> None:
    batch = written(HEAD + ANNA + BEN, admin)
    anna, ben = contact_of(ANNAS_ID), contact_of(BENS_ID)
    # Ben has said so himself since.
    own = Entry(ben, "marketing", Act.GRANTED, Source.MESSAGE, timezone.now(), topic="news")
    append([own])

    batch = worked(imports.take_back(batch, admin, "the provider's list was bought"))

    assert batch.state == "taken_back"
    assert permits(anna, "marketing", "news").refusal == Refusal.OPTED_OUT
    assert permits(ben, "marketing", "news").granted
    assert not permits(ben, "marketing", "offers").granted
    record = ConsentRecord.objects.filter(contact=anna).latest("id")
    assert (record.act, record.detail.evidence) == ("withdrawn", "the provider's list was bought")
    with pytest.raises(ImportRefused):
        imports.take_back(batch, admin, "again")


def test_with_four_eyes_another_admin_confirms(admin: Agent, settings: LazySettings) -> None:
    settings.IMPORT_NEEDS_TWO = True
    batch = uploaded(HEAD + ANNA, admin)
    with pytest.raises(ImportRefused, match="Somebody else"):
        imports.confirm(batch, admin, "I have checked this")
    with pytest.raises(IntegrityError):
        ConsentImport.objects.update(confirmed_by=admin)
    other = factories.AgentFactory.create(role=Role.ADMIN)
    assert worked(imports.confirm(batch, other, "I have checked this")).state == "done"


def test_nothing_is_written_without_a_confirmation_even_by_hand(admin: Agent) -> None:
    uploaded(HEAD + ANNA, admin)
    with pytest.raises(IntegrityError):
        ConsentImport.objects.update(state="writing")


def test_what_is_discarded_is_gone_at_once(admin: Agent) -> None:
    batch = imports.begin_import((HEAD + ANNA).encode(), "a.csv", admin)
    imports.discard(batch)
    assert default_storage.listdir("imports")[1] == []
    assert worked(batch).state == "discarded"
    assert not ImportLine.objects.exists()
    with pytest.raises(ImportRefused):
        imports.confirm(batch, admin, "I have checked this")


def test_after_a_month_nothing_of_refused_lines_is_kept(admin: Agent) -> None:
    waiting = uploaded(HEAD + ANNA, admin)
    done = written(HEAD + BEN + "nobody;X;;;;;;\n", admin)
    assert real_run().counts.get("imports", {}).get("count", 0) == 0
    long_ago = timezone.now() - timedelta(days=31)
    ConsentImport.objects.update(uploaded_at=long_ago)
    ConsentImport.objects.filter(pk=done.pk).update(ended_at=long_ago)

    tasks.remove_what_is_over()

    waiting.refresh_from_db()
    assert waiting.state == "discarded"
    assert [line.written_at is not None for line in ImportLine.objects.all()] == [True]
    done.refresh_from_db()
    assert worked(imports.take_back(done, admin, "later")).state == "taken_back"


def test_a_file_that_no_row_names_goes(
    admin: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports.begin_import((HEAD + ANNA).encode(), "a.csv", admin)
    orphan = tmp_path / "media" / "imports" / "orphan.csv"
    orphan.write_text("x")
    import_keeping.forget_orphans()
    assert orphan.exists()
    monkeypatch.setattr(import_keeping, "_ORPHAN", timedelta(0))
    import_keeping.forget_orphans()
    assert not orphan.exists()
    assert len(default_storage.listdir("imports")[1]) == 1


def test_an_erasure_takes_the_persons_lines(admin: Agent) -> None:
    waiting = uploaded(HEAD + ANNA + BEN, admin)
    done = written(HEAD + ANNA, admin)
    run(contact_of(ANNAS_ID), "erasure", admin)
    assert [line.identity for line in waiting.lines.all()] == [BENS_ID]
    assert not done.lines.exists()
    assert worked(imports.take_back(done, admin, "x")).state == "taken_back"


def test_an_erasure_waits_for_files_nobody_can_look_into(admin: Agent) -> None:
    anna = factories.ContactFactory.create(wa_id=ANNAS_ID)
    request = rights.ask(anna, "erasure", admin)
    batch = imports.begin_import((HEAD + ANNA).encode(), "a.csv", admin)
    with pytest.raises(rights.RightsRefused, match="being checked"):
        rights.start(request, admin)
    worked(batch)
    request.refresh_from_db()
    rights.start(request, admin)


def test_a_lost_worker_is_followed_by_another(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = imports.begin_import((HEAD + ANNA).encode(), "a.csv", admin)
    ConsentImport.objects.update(worked_at=timezone.now() - timedelta(minutes=3))
    handed: list[object] = []
    monkeypatch.setattr(imports, "hand_over", handed.append)
    tasks.sweep_imports()
    assert handed == [batch.pk]


def test_a_number_somebody_gave_up_is_nobodys(admin: Agent) -> None:
    anna = find_or_create_contact(Person(wa_id=ANNAS_ID))
    merge = merge_contacts(
        anna, factories.ContactFactory.create(wa_id=BENS_ID), MergeReason.BY_HAND
    )
    batch = written(HEAD + ANNA + BEN, admin)
    merge.refresh_from_db()
    assert merge.undone_at is None
    assert reasons(batch) == ["unclear", ""]
    assert batch.lines.filter(contact_id=anna.pk).count() == 1
    assert Contact.objects.count() == 2
