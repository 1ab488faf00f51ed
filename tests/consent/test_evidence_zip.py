"""The ZIP for third parties: what is in it is enough to check it."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from consent import heads
from consent.evidence import evidence_of
from consent.evidence_zip import evidence_zip
from tests.consent.evidence_story import two_people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("language", "instructions"), [("de", "pruefanleitung.txt"), ("en", "how-to-check.txt")]
)
def test_it_can_be_checked_with_what_is_in_it(
    tmp_path: Path, language: str, instructions: str
) -> None:
    evidence = evidence_of(two_people()[0])
    packed = evidence_zip(evidence, language)
    with ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    said = (tmp_path / instructions).read_text(encoding="utf-8")
    [json_name] = [path.name for path in tmp_path.glob("*.json")]
    assert heads.public_key() in said
    assert f"python verify_evidence.py {json_name} --key" in said
    assert next(tmp_path.glob("*.pdf")).read_bytes().startswith(b"%PDF-")
    for name in ("verify_evidence.py", "verify_evidence_short.py"):
        assert name in said
        key = ("--key", heads.public_key()) if name == "verify_evidence.py" else ()
        done = subprocess.run(
            [sys.executable, "-I", name, json_name, *key],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout[:16]) == (0, "valid: 5 entries")
    assert packed == evidence_zip(evidence, language)
