"""A wrong setting stops the start with a sentence that names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from helpdesk.environment import Environment, celery_url, database_from_url

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "desk.example.com",
    "DATABASE_URL": "postgresql://u:p@db/helpdesk",
    "REDIS_URL": "redis://redis/0",
    "WHATSAPP_APP_SECRET": "a-real-one",
    "WHATSAPP_VERIFY_TOKEN": "a-real-one-too",
}


def load(**values: str | None) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own, with nothing but these values."""
    given = {name: value for name, value in values.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", "import helpdesk.settings"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_development_needs_nothing() -> None:
    assert load().returncode == 0


def test_production_starts_when_everything_is_said() -> None:
    result = load(**PRODUCTION)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_refuses_to_guess(name: str) -> None:
    if name == "DEBUG":
        return
    result = load(**{**PRODUCTION, name: None})
    assert result.returncode != 0
    assert name in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "development-secret-key-development-secret-key-development"),
        ("SECRET_KEY", "short"),
        ("WHATSAPP_APP_SECRET", "development-app-secret"),
        ("WHATSAPP_VERIFY_TOKEN", "development-verify-token"),
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
        ("DATABASE_URL", "postgresql://host:port/db"),
        ("DATABASE_URL", "postgresql://host"),
        ("REDIS_URL", "http://redis"),
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("DEBUG", "perhaps"),
        ("WHATSAPP_API_VERSION", "23"),
        ("WHATSAPP_GRAPH_URL", "graph.facebook.com"),
        ("WHATSAPP_PHONE_NUMBER_ID", "+49 431"),
        ("CSRF_TRUSTED_ORIGINS", "desk.example.com"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    result = load(**{**PRODUCTION, name: value})
    assert result.returncode != 0
    last = result.stderr.splitlines()[-1]
    assert "ImproperlyConfigured" in last
    assert name in last


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    env = Environment({"NAME_FILE": str(secret)})
    assert env.text("NAME") == "from the file"
    assert Environment({"NAME": "direct", "NAME_FILE": str(secret)}).text("NAME") == "direct"


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(ImproperlyConfigured, match="NAME_FILE"):
        Environment({"NAME_FILE": "/nowhere/secret"}).text("NAME", "default")


def test_a_socket_in_a_url_becomes_the_host() -> None:
    entry = database_from_url("postgresql:///helpdesk?host=/tmp/x&user=me")
    assert (entry["HOST"], entry["NAME"], entry["USER"]) == ("/tmp/x", "helpdesk", "me")


def test_celery_spells_sockets_its_own_way() -> None:
    assert celery_url("unix:///tmp/r.sock?db=3") == "redis+socket:///tmp/r.sock?virtual_host=3"
    assert celery_url("redis://h:6379/0") == "redis://h:6379/0"
