"""Files of the tests lie in a folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.pdf import drawn
from tests.rights.conftest import _folders

__all__ = ["_folders", "drawn"]


@pytest.fixture(autouse=True)
def _data_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
