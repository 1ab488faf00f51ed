"""Bars as SVG attributes: how many came above a line, how many left below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
_TOP, _LABELS = 16, 34
# More bars than this have no room for their numbers, and not all of them for their names.
_MOST_NUMBERS, _MOST_NAMES = 14, 10


@dataclass(frozen=True)
class Bar:
    """One time or kind; every number is a string, since a template would write it with a comma."""

    name: str
    said: str
    x: str
    width: str
    middle: str
    up_y: str
    up_height: str
    up: str
    down_height: str
    down_y: str
    down: str


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    line_y: str
    line_end: str
    name_y: str
    box: str
    # The longest bar upwards: where it ends, and how many that is where bars have no numbers.
    most_y: str
    most: str


def bars(rows: Sequence[tuple[str, int, int]]) -> Chart:
    """`rows` are name, how many up and how many down."""
    most_up = max((up for _name, up, _down in rows), default=0)
    most_down = max((down for _name, _up, down in rows), default=0)
    room = HEIGHT - _TOP * 2 - _LABELS
    per = room / max(most_up + most_down, 1)
    line = _TOP + most_up * per
    step = WIDTH / max(len(rows), 1)
    wide = min(step * 0.72, 44)
    with_numbers, each = len(rows) <= _MOST_NUMBERS, -(-len(rows) // _MOST_NAMES)
    drawn = []
    for place, (name, up, down) in enumerate(rows):
        middle = step * (place + 0.5)
        drawn.append(
            Bar(
                name=name if place % each == 0 else "",
                said=f"{name}: +{up} −{down}",
                x=_n(middle - wide / 2),
                width=_n(wide),
                middle=_n(middle),
                up_y=_n(line - up * per),
                up_height=_n(up * per),
                up=str(up) if with_numbers and up else "",
                down_height=_n(down * per),
                down_y=_n(line + 2 + down * per + 13),
                down=f"−{down}" if with_numbers and down else "",
            )
        )
    return Chart(
        drawn,
        _n(line + 1),
        str(WIDTH),
        str(HEIGHT - 6),
        f"0 0 {WIDTH} {HEIGHT}",
        _n(_TOP),
        "" if with_numbers or not most_up else str(most_up),
    )


def _n(number: float) -> str:
    return f"{number:.1f}"
