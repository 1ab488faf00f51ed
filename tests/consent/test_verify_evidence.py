"""The independent verifier: run as a program of its own, that knows nothing of ours."""

from __future__ import annotations

import base64
import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import heads
from consent.canonical import canonical, link_hash
from consent.evidence import evidence_of, sealed
from tests.consent.evidence_story import erase, two_people
from tests.consent.test_evidence import put, resealed, swap

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
VERIFIER = ROOT / "tools" / "verify_evidence.py"
SHORT = ROOT / "tools" / "verify_evidence_short.py"
DOCUMENT = (ROOT / "docs" / "consent-ledger.md").read_text(encoding="utf-8")
File = dict[str, Any]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The verifier over a file, in a folder where nothing of ours can be imported."""

    def verify(text: str, *more: str) -> tuple[int, str]:
        (tmp_path / "evidence.json").write_text(text, encoding="utf-8")
        command = [sys.executable, "-I", str(VERIFIER), "evidence.json", *more]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout.strip()

    return verify


@pytest.fixture
def file() -> File:
    """Lena's, who was two contacts; entries of somebody else lie between hers."""
    return dict(json.loads(evidence_of(two_people()[0]).as_json))


def test_an_untouched_file_is_accepted(run: Run, file: File) -> None:
    code, said = run(json.dumps(file))
    assert (code, said) == (0, f"valid: 5 entries, of 9 on {file['made_at']}; key {file['key']}")
    assert run(json.dumps(file), "--key", heads.public_key())[0] == 0
    # Its meaning is signed, not its blanks and line ends.
    assert run(json.dumps(file, indent=1, sort_keys=True, ensure_ascii=False))[0] == 0


def test_the_files_of_both_and_of_whom_was_erased_are_accepted(run: Run) -> None:
    lena, other = two_people()
    erase(other)
    for person in (lena, other):
        code, said = run(evidence_of(person).as_json)
        assert (code, said[:16]) == (0, "valid: 5 entries")


def without(entry: int) -> Callable[[File], None]:
    def change(file: File) -> None:
        del file["entries"][entry]

    return change


def twice(file: File) -> None:
    file["entries"].insert(1, file["entries"][0])


def exchanged(file: File) -> None:
    file["entries"][0], file["entries"][1] = file["entries"][1], file["entries"][0]


def chained_anew(file: File) -> None:
    """Another act, and every hash that can be made to fit made to fit."""
    first, second = file["entries"][:2]
    first["content"] = first["content"].replace("granted", "withdrawn")
    first["hash"] = link_hash(first["previous_hash"], 1, first["content"])
    second["previous_hash"] = first["hash"]
    second["hash"] = link_hash(first["hash"], 2, second["content"])


def unlinked(file: File) -> None:
    """The second entry does not follow the first, and is right in itself."""
    entry = file["entries"][1]
    entry["previous_hash"] = "1" * 64
    entry["hash"] = link_hash("1" * 64, 2, entry["content"])


def another_name(file: File) -> None:
    file["contacts"][1]["id"] = "00000000-0000-0000-0000-000000000000"


# What is changed, and what the verifier says first, also when the seal is made anew: by whoever has
# the key, and wants to say something else than what was chained.
TAMPERINGS: dict[str, tuple[Callable[[File], None], str]] = {
    "an act": (swap("confirmed", "withdrawn"), "entry 4: its content is not what was chained"),
    "a time": (swap("2026-03-14", "2026-03-13"), "entry 4: its content is not what was chained"),
    "whose it is": (another_name, "entry 5: it is somebody else's"),
    "the words written": (
        put("entries", 2, "personal", "words", value="Nein"),
        "entry 4: its personal part is not what was committed to",
    ),
    "the salt": (
        put("entries", 2, "personal", "salt", value="0" * 64),
        "entry 4: its personal part is not what was committed to",
    ),
    "no words written": (
        put("entries", 2, "personal", value=None),
        "entry 4: lacks its personal part",
    ),
    "the words shown": (
        put("wordings", 0, "text", value="Alles erlaubt."),
        "entry 2: the words shown were others",
    ),
    "the version shown": (
        put("wordings", 0, "version", value=5),
        "entry 2: the words shown were others",
    ),
    "a hash": (
        put("entries", 3, "hash", value="a" * 64),
        "entry 5: its content is not what was chained",
    ),
    "a hash before": (
        put("entries", 3, "previous_hash", value="a" * 64),
        "entry 5: its content is not what was chained",
    ),
    "hashes made anew": (chained_anew, "entry 1: its path does not lead to the signed root"),
    "a link broken": (unlinked, "entry 2: it does not follow the entry before"),
    "a step of a path": (
        put("entries", 0, "path", 0, value="b" * 64),
        "entry 1: its path does not lead to the signed root",
    ),
    "a path too short": (put("entries", 0, "path", value=[]), "a path is too short"),
    "a path too long": (
        put("entries", 4, "path", value=["b" * 64] * 5),
        "a path is too long",
    ),
    "a place": (
        put("entries", 4, "sequence", value=7),
        "entry 7: its content is not what was chained",
    ),
    "a place past the end": (
        put("entries", 4, "sequence", value=10),
        "entry 10: it is not in its place",
    ),
    "an entry twice": (twice, "entry 1: it is not in its place"),
    "the order": (exchanged, "entry 1: it is not in its place"),
    "the root": (put("head", "root", value="c" * 64), "the head: the signature does not fit"),
    "the end": (put("head", "sequence", value=8), "the head: the signature does not fit"),
    "the signature": (
        put("signature", value=base64.b64encode(bytes(64)).decode()),
        "the head: the signature does not fit",
    ),
    "when it was made": (
        put("made_at", value="2026-01-01T00:00:00.000000Z"),
        "it was not made when its head was signed",
    ),
    "what is in force": (
        put("in_force", 1, "act", value="confirmed_twice"),
        "what is in force is not what its entry says",
    ),
    "what is in force, less": (
        put("in_force", value=[]),
        "what is in force is not what the entries say",
    ),
    "another contact": (
        put("contact", value="00000000-0000-0000-0000-000000000000"),
        "it is about another contact",
    ),
    "the version": (put("version", value=2), "this is no evidence file of version 1"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampering_is_rejected_also_when_it_was_sealed_anew(
    run: Run, file: File, name: str
) -> None:
    change, said = TAMPERINGS[name]
    change(file)
    assert run(json.dumps(file)) == (1, f"not valid: {said}")
    assert run(resealed(file)) == (1, f"not valid: {said}")


# What the short one sees, too, when the seal is made anew: what the chain speaks of.
CHAINED = [
    *("an act", "a time", "the words written", "the salt", "the words shown", "a hash"),
    *("a hash before", "hashes made anew", "a link broken", "a step of a path", "a path too short"),
    *("a place", "a place past the end", "the root", "the end", "the signature"),
]


def short(folder: Path, text: str, *more: str) -> int:
    (folder / "evidence.json").write_text(text, encoding="utf-8")
    command = [sys.executable, "-I", str(SHORT), "evidence.json", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_the_short_verifier_accepts_an_untouched_file(tmp_path: Path, file: File) -> None:
    assert len(SHORT.read_text(encoding="utf-8").splitlines()) <= 50
    assert short(tmp_path, json.dumps(file)) == 0
    assert short(tmp_path, json.dumps(file), heads.public_key()) == 0
    assert short(tmp_path, json.dumps(file), "another") != 0


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_short_verifier_rejects_a_tampering(tmp_path: Path, file: File, name: str) -> None:
    change, _said = TAMPERINGS[name]
    change(file)
    assert short(tmp_path, json.dumps(file)) != 0
    assert short(tmp_path, resealed(file)) != 0 or name not in CHAINED


@pytest.mark.parametrize("entry", range(5))
def test_an_entry_left_out_breaks_the_seal(run: Run, file: File, entry: int) -> None:
    # Entries 1 (service) and 2 (a request) bear no state, or another one does: the seal tells.
    without(entry)(file)
    code, said = run(json.dumps(file))
    assert code == 1
    assert "seal" in said or "in force" in said


def test_a_file_that_somebody_else_signed_is_another_key(run: Run, file: File) -> None:
    """All made anew with a key of one's own: it holds in itself, and is not ours."""
    own = Ed25519PrivateKey.generate()
    raw = own.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    key = base64.b64encode(raw).decode()
    file["key"] = file["head"]["key"] = key
    file["signature"] = base64.b64encode(own.sign(canonical(file["head"]).encode())).decode()
    file["seal"] = base64.b64encode(own.sign(sealed(file))).decode()
    assert run(json.dumps(file))[0] == 0
    code, said = run(json.dumps(file), "--key", heads.public_key())
    assert (code, said) == (1, f"not valid: it was signed with another key: {key}")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"version": 1}', "[" * 20_000, '{"version": 1, "version": 1}'],
)
def test_what_is_no_evidence_file_is_told_so(run: Run, text: str) -> None:
    code, said = run(text)
    assert code == 1
    assert said.startswith("not valid: ")


def test_a_name_that_stands_twice_is_refused(run: Run, file: File) -> None:
    """Readers may take the first, and programs the last."""
    text = json.dumps(file).replace('"made_at"', '"contact": "x", "made_at"', 1)
    assert run(text) == (1, "not valid: a name stands twice")


# -- Every field


def verifier() -> Callable[[File, str], str]:
    spec = importlib.util.spec_from_file_location("verifier", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    verify: Callable[[File, str], str] = module.verify
    return verify


VERIFY = verifier()
REFUSED = (ValueError, TypeError, KeyError, AttributeError, IndexError)


def accepts(file: File) -> bool:
    try:
        VERIFY(file, "")
    except REFUSED:
        return False
    return True


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a file, down to single values."""
    items = value.items() if isinstance(value, dict) else []
    items = enumerate(value) if isinstance(value, list) else items
    for name, inner in items:
        yield (*path, name)
        yield from places(inner, (*path, name))


def changed(file: File, path: tuple[Any, ...], value: Any) -> File:
    other = copy.deepcopy(file)
    put(*path, value=value)(other)
    return other


def value_at(file: File, path: tuple[Any, ...]) -> Any:
    value: Any = file
    for step in path:
        value = value[step]
    return value


def alterations(value: Any) -> Iterator[Any]:
    yield from ({}, [], None, 7, "", "x", True)
    if isinstance(value, str):
        yield from (value + " ", value[:-1], value.upper(), value.swapcase(), f"{value[:-1]}~")
    if isinstance(value, bool):
        yield not value
    if isinstance(value, int):
        yield from (value + 1, -value, float(value), str(value))
    if isinstance(value, list):
        yield from (value[1:], value[:-1], value[::-1], [*value, *value[:1]])
    if isinstance(value, dict):
        yield from ({k: v for k, v in value.items() if k != gone} for gone in value)
        yield {**value, "more": 1}


def test_whatever_is_changed_is_noticed(file: File) -> None:
    assert accepts(file)
    tried = 0
    for path in places(file):
        before = value_at(file, path)
        for value in alterations(before):
            if canonical({"": value}) != canonical({"": before}):
                assert not accepts(changed(file, path, value)), (path, value)
                tried += 1
    for name in file:
        assert not accepts({k: v for k, v in file.items() if k != name}), name
    assert not accepts({**file, "more": 1})
    assert tried > 1_000


def test_whatever_it_is_changed_to(file: File) -> None:
    everywhere = list(places(file))
    plain = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(st.characters(exclude_categories=["Cs"]))
    )
    anything = st.recursive(
        plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )

    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(everywhere), anything)
    def try_out(path: tuple[Any, ...], value: Any) -> None:
        same = canonical({"": value}) == canonical({"": value_at(file, path)})
        assert accepts(changed(file, path, value)) == same

    try_out()


FOR_THE_READER = {
    "contacts.name",
    "contacts.identities",
    "topics",
    "wordings.since",
    "in_force.in_force",
}


def test_what_only_the_seal_covers_is_what_the_document_says(file: File) -> None:
    """With the seal made anew: what nothing in the chain speaks of."""
    unnoticed = set()
    for path in places(file):
        if value_at(file, path) != (value := "2026-01-01T00:00:00.000000Z") and path != ("seal",):
            other = changed(file, path, value)
            if accepts({**other, "seal": heads.sign(sealed(other))}):
                unnoticed.add(".".join(step for step in path if isinstance(step, str)))
    named = {name for name in FOR_THE_READER if any(one.startswith(name) for one in unnoticed)}
    assert named == FOR_THE_READER
    assert all(one.startswith(tuple(FOR_THE_READER)) for one in unnoticed), unnoticed
    for name in FOR_THE_READER:
        assert f"`{name}`" in DOCUMENT
