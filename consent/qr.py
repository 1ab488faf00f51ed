"""QR codes as the path of an inline SVG: no file, no style, no script."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import segno

# White around it, in modules; the page's padding adds the rest of the four that readers ask for.
BORDER = 1


@dataclass(frozen=True)
class QR:
    """`path` belongs into a viewBox `view`."""

    path: str
    view: str


def qr_of(text: str) -> QR:
    """`text` as a QR code for screens, where nothing is torn off: as coarse as it can be."""
    rows = segno.make_qr(text, error="l").matrix
    side = len(rows) + 2 * BORDER
    runs = (run for y, row in enumerate(rows) for run in _runs(row, y))
    return QR("".join(runs), f"{-BORDER} {-BORDER} {side} {side}")


def _runs(row: bytearray, y: int) -> list[str]:
    """The dark parts of a row: as few rectangles as there are runs."""
    found, x = [], 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            found.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return found
