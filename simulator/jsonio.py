"""Reading JSON from strangers: nothing gets in that could not be written out again."""

from __future__ import annotations

import json
import math
from typing import Any


def parse(raw: bytes | str) -> Any:
    """The value of a JSON text; ValueError for what is none, NaN and Infinity included.

    Half surrogate pairs, which JSON can spell but UTF-8 cannot, become question marks.
    """
    try:
        value = json.loads(raw, parse_constant=_refuse, parse_float=_finite)
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode(errors="replace"))
    return value


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
