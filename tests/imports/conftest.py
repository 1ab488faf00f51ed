"""What the tests of imports share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import translation

from accounts.models import Agent
from consent import imports, tasks
from consent.models import ConsentImport, Topic

HEAD = "phone;name;language;topics;agreed_at;how;evidence;wording\n"
ANNA = "+49 171 2345678;Anna Muster;de;news;31.03.2026;paper form;folder 3, sheet 17;Ja, bitte.\n"
BEN = "+4915123456789;Ben Beispiel;de;news|offers;2026-02-01;web form of Acme;ticket 99;\n"
ANNAS_ID, BENS_ID = "491712345678", "4915123456789"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _folders(settings: LazySettings, tmp_path: Path) -> None:
    default = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "media"), "base_url": None},
    }
    settings.STORAGES = {**settings.STORAGES, "default": default}
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media").mkdir()


@pytest.fixture
def topics(db: None) -> list[Topic]:
    return [
        Topic.objects.get_or_create(key=key, defaults={"name_de": german, "name_en": english})[0]
        for key, german, english in (
            ("news", "Neuigkeiten", "News"),
            ("offers", "Angebote", "Offers"),
        )
    ]


def uploaded(text: str, by: Agent, name: str = "consents.csv") -> ConsentImport:
    """A file that was uploaded and checked."""
    batch = imports.begin_import(text.encode(), name, by)
    return worked(batch)


def worked(batch: ConsentImport) -> ConsentImport:
    """What a worker makes of it."""
    tasks.run_import(str(batch.pk))
    batch.refresh_from_db()
    return batch


def written(text: str, by: Agent) -> ConsentImport:
    """A file that was confirmed and written."""
    batch = uploaded(text, by)
    return worked(imports.confirm(batch, by, "I have checked this"))


def reasons(batch: ConsentImport) -> list[str]:
    return list(batch.lines.order_by("number").values_list("reason", flat=True))
