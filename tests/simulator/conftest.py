"""Fixtures of the simulator's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.driver import Phone


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    """A running simulator with a helpdesk that takes notes."""
    with Phone(tmp_path) as running:
        yield running
