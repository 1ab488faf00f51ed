"""The evidence file of a person: all their entries under one head, and the ledger's word on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection

from consent import evidence as module
from consent import heads
from consent.evidence import evidence_of, sealed
from consent.gate import permits
from consent.heads import Head
from consent.merkle import root_of
from consent.models import Act
from consent.verify_evidence import verify_evidence
from contacts.models import Contact
from tests import factories
from tests.consent.evidence_story import NOTICE, erase, tell, two_people

pytestmark = pytest.mark.django_db(transaction=True)


def why(text: str) -> str:
    broken = verify_evidence(text).broken
    return str(broken) if broken else ""


def test_it_tells_all_of_a_person_and_nothing_of_others() -> None:
    lena, _other = two_people()
    evidence = evidence_of(lena)
    assert [entry.sequence for entry in evidence.entries] == [1, 2, 4, 5, 8]
    assert evidence.contact == str(lena.pk)
    assert [known.name for known in evidence.contacts] == ["Lena Brandt", ""]
    assert {one.value for one in evidence.contacts[0].identities} >= {"DE.13", "lena.b"}
    assert [(one.key, one.version, one.text) for one in evidence.wordings] == [("optin", 4, NOTICE)]
    assert evidence.topics["news"]["de"] == "Neuigkeiten"
    words = [(entry.personal or {})["words"] for entry in evidence.entries]
    assert words[0] == "Hallo, wann fährt der RE 7?"
    assert "Jonas" not in evidence.as_json


def test_either_contact_of_a_person_gives_the_same() -> None:
    lena, _other = two_people()
    absorbed = Contact.objects.get(merged_into=lena)
    assert evidence_of(absorbed).entries == evidence_of(lena).entries
    assert evidence_of(absorbed).contact == str(lena.pk)


def test_every_entry_has_its_path_to_the_signed_root() -> None:
    lena, _other = two_people()
    evidence = evidence_of(lena)
    head = evidence.head
    assert head.sequence == 9
    for entry in evidence.entries:
        found = root_of(entry.hash, entry.sequence - 1, head.sequence, entry.path)
        assert found == head.root
    heads.check_signature(head.key, evidence.signature, head.signed)


def test_what_is_in_force_is_what_the_gate_says() -> None:
    for person in two_people():
        for state in evidence_of(person).in_force:
            granted = permits(person, state.purpose, state.topic).granted
            assert state.in_force == granted, (person.name, state)


def test_leaving_in_general_leaves_what_was_agreed_to_earlier() -> None:
    lena, _other = two_people()
    tell(lena, Act.WITHDRAWN, 200, topic="", words="STOPP")
    told = {(one.purpose, one.topic): one.in_force for one in evidence_of(lena).in_force}
    assert told == {
        ("service", ""): True,
        ("marketing", ""): False,
        ("marketing", "news"): False,
        ("marketing", "offers"): False,
    }


def test_who_never_agreed_to_anything_has_an_empty_file() -> None:
    two_people()
    evidence = evidence_of(factories.ContactFactory.create())
    assert (evidence.entries, evidence.in_force, evidence.head.sequence) == ((), (), 9)
    assert why(evidence.as_json) == ""


def test_a_ledger_without_entries_has_evidence_too() -> None:
    assert why(evidence_of(factories.ContactFactory.create()).as_json) == ""


def test_what_was_erased_is_told_without_its_personal_part() -> None:
    _lena, other = two_people()
    erase(other)
    evidence = evidence_of(other)
    assert [entry.personal is None for entry in evidence.entries] == [True] * 4 + [False]
    assert not any(state.in_force for state in evidence.in_force)
    assert "STOPP" not in evidence.as_json
    assert why(evidence.as_json) == ""


def test_who_was_erased_is_found_by_the_id_alone() -> None:
    _lena, other = two_people()
    erase(other)
    gone = Contact(pk=other.pk)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contacts_identity WHERE contact_id = %s", [other.pk])
        cursor.execute("DELETE FROM consent_consentstate WHERE contact_id = %s", [other.pk])
        cursor.execute("DELETE FROM contacts_contact WHERE id = %s", [other.pk])
    evidence = evidence_of(gone)
    assert len(evidence.entries) == 5
    assert [(one.id, one.name) for one in evidence.contacts] == [(str(other.pk), "")]
    assert why(evidence.as_json) == ""


def test_what_is_written_meanwhile_is_in_neither_the_entries_nor_the_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lena, _other = two_people()
    sign = heads.sign_head_with_paths

    def after_another_entry(places: Iterable[int]) -> tuple[Head, str, dict[int, list[str]]]:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write).result()
        return sign(places)

    def write() -> None:
        try:
            tell(lena, Act.WITHDRAWN, 300, words="STOPP")
        finally:
            connection.close()

    monkeypatch.setattr(module, "sign_head_with_paths", after_another_entry)
    evidence = evidence_of(lena)
    assert evidence.head.sequence == 9
    assert why(evidence.as_json) == ""


# -- manage.py verify_consent_ledger --evidence


def test_the_ledger_knows_its_own_file_also_later(tmp_path: Path) -> None:
    lena, other = two_people()
    file = tmp_path / "evidence.json"
    file.write_text(evidence_of(lena).as_json)
    tell(lena, Act.WITHDRAWN, 300, words="STOPP")
    erase(lena)
    tell(other, Act.GRANTED, 301)
    out = StringIO()
    call_command("verify_consent_ledger", evidence=file, stdout=out)
    assert out.getvalue() == "5 entries, all are in the ledger as they are here\n"


def resealed(values: dict[str, Any]) -> str:
    return json.dumps({**values, "seal": heads.sign(sealed(values))})


def drop_last(file: dict[str, Any]) -> None:
    file["entries"].pop()


def swap(old: str, new: str, entry: int = 2) -> Callable[[dict[str, Any]], None]:
    def change(file: dict[str, Any]) -> None:
        content = file["entries"][entry]["content"]
        assert old in content
        file["entries"][entry]["content"] = content.replace(old, new)

    return change


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(file: dict[str, Any]) -> None:
        place: Any = file
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


TAMPERINGS = {
    "an act": (swap("confirmed", "withdrawn"), "entry 4: its content"),
    "a hash": (put("entries", 1, "hash", value="a" * 64), "entry 2: its hashes"),
    "a path": (put("entries", 1, "path", value=[]), "entry 2: its path"),
    "the words": (put("entries", 0, "personal", "words", value="x"), "entry 1: its personal part"),
    "no words": (put("entries", 0, "personal", value=None), "entry 1: its personal part"),
    "words shown": (put("wordings", 0, "text", value="Ja."), "entry 2: the words shown"),
    "no words shown": (put("wordings", value=[]), "entry 2: the words shown"),
    "an entry more": (put("entries", 4, "sequence", value=99), "entry 99: the ledger has no such"),
    "more in an entry": (put("entries", 0, "note", value="x"), "entry 1: it has other parts"),
    "an entry less": (drop_last, "entry 8: it is this person's, and not in the file"),
    "no entries": (put("entries", value=None), "it is no evidence file (TypeError)"),
    "the version": (put("version", value=2), "it is an evidence file of another version"),
    "the head": (put("head", "sequence", value=8), "it is not signed by one of our keys"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_ledger_tells_the_first_entry_that_is_another(name: str, tmp_path: Path) -> None:
    lena, _other = two_people()
    values = json.loads(evidence_of(lena).as_json)
    change, said = TAMPERINGS[name]
    change(values)
    # Also when the seal is made anew, by somebody who has the key.
    assert why(resealed(values)).startswith(said)
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(values))
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_consent_ledger", evidence=file, stderr=err)
    assert ended.value.code == 1
    assert err.getvalue().startswith(f"the evidence does not hold: {said}")


def test_what_only_the_seal_covers_is_noticed() -> None:
    lena, _other = two_people()
    values = json.loads(evidence_of(lena).as_json)
    values["contacts"][0]["name"] = "Lina Brandt"
    assert why(json.dumps(values)).startswith("it is not signed by one of our keys")


def test_a_file_of_another_ledger_is_refused(settings: LazySettings) -> None:
    lena, _other = two_people()
    text = evidence_of(lena).as_json
    settings.SECRET_KEY = "another-secret-key-of-another-installation-altogether" * 2
    assert why(text) == "it is not signed by one of our keys (signed with another key)"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b"null", b'{"version": 1}'])
def test_what_is_no_evidence_file_is_told_so(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    file.write_bytes(content)
    for path in (file, tmp_path / "nowhere.json"):
        with pytest.raises(SystemExit):
            call_command("verify_consent_ledger", evidence=path, stderr=StringIO())
