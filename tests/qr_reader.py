"""Reads QR codes, as a camera's software does after it has found the modules.

Written from ISO/IEC 18004 and not from what draws our codes, so that a test does not compare a
drawing with itself. Every error correction word has to fit: nothing here is repaired. Bytes only,
versions 1 to 15, which is all we print.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

Cell: TypeAlias = tuple[int, int]  # column, row

# By the two bits of the level (M, L, H, Q) and the version.
_ECC = (
    (0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24),
    (0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22),
    (0, 17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24),
    (0, 13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30),
)
_BLOCKS = (
    (0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10),
    (0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6),
    (0, 1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18),
    (0, 1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12),
)
_MASKS = (
    lambda x, y: (x + y) % 2,
    lambda _x, y: y % 2,
    lambda x, _y: x % 3,
    lambda x, y: (x + y) % 3,
    lambda x, y: (x // 3 + y // 2) % 2,
    lambda x, y: x * y % 2 + x * y % 3,
    lambda x, y: (x * y % 2 + x * y % 3) % 2,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2,
)


def read_cells(dark: Iterable[Cell]) -> str:
    """The text of a code whose dark modules these are; the border does not count."""
    cells = set(dark)
    left, top = min(x for x, _ in cells), min(y for _, y in cells)
    size = max(x for x, _ in cells) - left + 1
    version, rest = divmod(size - 17, 4)
    assert rest == 0, f"no code has {size} modules"
    modules = {(x - left, y - top) for x, y in cells}
    form = sum(((x, y) in modules) << bit for bit, (x, y) in enumerate(_format_places())) ^ 0x5412
    level, mask = form >> 13, form >> 10 & 7
    bits = [
        ((x, y) in modules) ^ (_MASKS[mask](x, y) == 0)
        for x, y in _data_places(size, _function_modules(size, version))
    ]
    words = [_number(bits[at : at + 8]) for at in range(0, len(bits) // 8 * 8, 8)]
    data = _data_of(words, _BLOCKS[level][version], _ECC[level][version])
    return _text(data, version)


def read_path(path: str) -> str:
    """The text of a code drawn as `M4 4h7v1h-7z…`, a rectangle for each run."""
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)
    return read_cells((int(x) + step, int(y)) for x, y, width in runs for step in range(int(width)))


def read_svg(svg: str) -> str:
    """The text of a code as segno's SVG draws it: strokes, from one to the next."""
    (path,) = re.findall(r'class="qrline"[^>]* d="([^"]+)"', svg)
    cells: list[Cell] = []
    x, y = 0.0, 0.0
    for step, arguments in re.findall(r"([Mmh])([^Mmh]*)", path):
        numbers = [float(one) for one in re.findall(r"-?[\d.]+", arguments)]
        if step == "h":
            cells += [(int(x) + at, int(y)) for at in range(int(numbers[0]))]
            x += numbers[0]
        else:
            x, y = (numbers[0], numbers[1]) if step == "M" else (x + numbers[0], y + numbers[1])
    return read_cells(cells)


def _format_places() -> list[Cell]:
    down = [(8, y) for y in (0, 1, 2, 3, 4, 5, 7, 8)]
    return [*down, (7, 8), *((x, 8) for x in (5, 4, 3, 2, 1, 0))]


def _function_modules(size: int, version: int) -> set[Cell]:
    """What holds no data: finders with the format beside them, timing, alignment, version."""
    found = {(6, at) for at in range(size)} | {(at, 6) for at in range(size)}
    for left, top, width, height in ((0, 0, 9, 9), (size - 8, 0, 8, 9), (0, size - 8, 9, 8)):
        found |= {(left + x, top + y) for x in range(width) for y in range(height)}
    places = _alignment(size, version)
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for x, y in ((x, y) for x in places for y in places if (x, y) not in corners):
        found |= {(x + dx, y + dy) for dx in range(-2, 3) for dy in range(-2, 3)}
    if version >= 7:
        block = [(size - 11 + x, y) for x in range(3) for y in range(6)]
        found |= {*block, *((y, x) for x, y in block)}
    return found


def _alignment(size: int, version: int) -> list[int]:
    if version == 1:
        return []
    count = version // 7 + 2
    step = (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *(size - 7 - step * at for at in range(count - 1))]


def _data_places(size: int, taken: set[Cell]) -> Iterator[Cell]:
    """Two columns at a time from the right, up and down in turn, past the timing column."""
    for pair, right in enumerate([*range(size - 1, 6, -2), *range(5, 0, -2)]):
        for at in range(size):
            y = at if pair % 2 else size - 1 - at
            yield from ((x, y) for x in (right, right - 1) if (x, y) not in taken)


def _data_of(words: Sequence[int], blocks: int, ecc: int) -> list[int]:
    """Laid out in blocks again, each of which has to fit its error correction."""
    short = len(words) // blocks
    lengths = [short - ecc + (at >= blocks - len(words) % blocks) for at in range(blocks)]
    rest = iter(words)
    data: list[list[int]] = [[] for _ in lengths]
    for at in range(max(lengths)):
        for block, length in zip(data, lengths, strict=True):
            if at < length:
                block.append(next(rest))
    checks: list[list[int]] = [[] for _ in lengths]
    for _at in range(ecc):
        for check in checks:
            check.append(next(rest))
    for block, check in zip(data, checks, strict=True):
        assert not any(_syndromes([*block, *check], ecc)), "the code is damaged"
    return [word for block in data for word in block]


def _syndromes(block: Sequence[int], ecc: int) -> list[int]:
    """All 0 when nothing is wrong (Reed and Solomon, over 2⁸ with x⁸+x⁴+x³+x²+1)."""
    found, root = [], 1
    for _at in range(ecc):
        value = 0
        for word in block:
            value = _times(value, root) ^ word
        found.append(value)
        root = _times(root, 2)
    return found


def _times(one: int, other: int) -> int:
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one = one << 1 ^ (0x11D if one & 0x80 else 0)
        other >>= 1
    return product


def _text(data: Sequence[int], version: int) -> str:
    bits = [word >> at & 1 for word in data for at in range(7, -1, -1)]
    assert _number(bits[:4]) == 4, "not written as bytes"
    start = 4 + (8 if version < 10 else 16)
    count = _number(bits[4:start])
    words = [_number(bits[start + 8 * at : start + 8 * at + 8]) for at in range(count)]
    return bytes(words).decode()


def _number(bits: Sequence[int]) -> int:
    number = 0
    for bit in bits:
        number = number << 1 | bit
    return number
