"""What the tests of people's rights share."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts.models import Agent
from consent import rights, tasks
from consent.models.data_request import DataRequest
from contacts.models import Contact


@pytest.fixture(autouse=True)
def _folders(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    default = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "media"), "base_url": None},
    }
    settings.STORAGES = {**settings.STORAGES, "default": default}
    settings.LEDGER_HEADS_DIR = tmp_path / "heads"
    (tmp_path / "media").mkdir()


def run(contact: Contact, kind: str, by: Agent, note: str = "") -> DataRequest:
    """Ask, begin, and have the worker do it."""
    request = rights.start(rights.ask(contact, kind, by, note), by)
    tasks.run_request(str(request.pk))
    request.refresh_from_db()
    return request
