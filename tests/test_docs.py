"""Documents that must not fall behind the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# Settings are read with DEBUG on and off: some names are asked for in production only.
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "a-secret-key-for-a-test-that-is-long-enough-to-be-taken-0123456789",
    "ALLOWED_HOSTS": "helpdesk.example.org",
    "DATABASE_URL": "postgresql://helpdesk@database.example.org/helpdesk",
    "REDIS_URL": "redis://redis.example.org/0",
    "WHATSAPP_APP_SECRET": "an app secret",
    "WHATSAPP_VERIFY_TOKEN": "a verify token",
    "WHATSAPP_ACCESS_TOKEN": "an access token",
}
ASK = "import json; from helpdesk import settings; print(json.dumps(sorted(settings.env.known)))"


def names_read(environment: dict[str, str]) -> list[str]:
    """The variables that the settings ask for in that environment."""
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(answer.stdout))


@pytest.mark.parametrize("environment", [{}, PRODUCTION], ids=["development", "production"])
def test_every_environment_variable_is_documented(environment: dict[str, str]) -> None:
    documented = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", OPERATIONS))

    assert set(names_read(environment)) <= documented


def test_every_process_type_is_documented() -> None:
    for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert f"| `{line.split(':')[0]}` |" in OPERATIONS


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
