"""QR codes: the path draws exactly what the encoder says."""

from __future__ import annotations

import re

import pytest
import segno

from consent.qr import qr_of


@pytest.mark.parametrize(
    "text", ["x", "https://wa.me/4943139200100?text=Ja%2C%20K7QM-3XT9", "ü" * 400]
)
def test_the_path_is_the_code(text: str) -> None:
    expected = {
        (x, y)
        for y, row in enumerate(segno.make_qr(text, error="l").matrix)
        for x, dark in enumerate(row)
        if dark
    }
    drawn = qr_of(text)
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", drawn.path)
    cells = [(int(x) + step, int(y)) for x, y, width in runs for step in range(int(width))]
    assert len(cells) == len(set(cells))
    assert set(cells) == expected
    assert "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in runs) == drawn.path
