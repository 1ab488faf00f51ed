"""The reader of the tests: what is wrong with a code, it says."""

from __future__ import annotations

import pytest
import segno

from tests.qr_reader import read_cells


def cells_of(text: str, level: str) -> set[tuple[int, int]]:
    code = segno.make_qr(text, error=level, mode="byte", encoding="utf-8", eci=False)
    return {(x, y) for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark}


@pytest.mark.parametrize("level", "lmqh")
@pytest.mark.parametrize("length", [3, 20, 60, 100, 140])
def test_it_reads_what_was_written(level: str, length: int) -> None:
    text = ("https://x.example/é?" * 20)[:length]
    assert read_cells(cells_of(text, level)) == text


def test_one_wrong_module_is_seen() -> None:
    cells = cells_of("https://x.example/c/K7Q-M3X/", "q")
    with pytest.raises(AssertionError, match="damaged"):
        read_cells(cells ^ {(20, 15)})
