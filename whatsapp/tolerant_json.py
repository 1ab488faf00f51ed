"""JSON as Meta (or anybody with our app secret) may send it, made safe to keep in PostgreSQL.

The fast parser is stricter than JSON's grammar: it refuses a lone surrogate and numbers beyond a
double. Those are still JSON, so a slower parser has the second word.
"""

from __future__ import annotations

import json
import math
import re

import msgspec

# Python refuses to turn longer digit strings into an int.
_LONGEST_INT = 4000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class NotJson(ValueError):
    """The bytes are not a JSON text."""


class TooDeep(ValueError):
    """JSON perhaps, but nested deeper than any parser of ours goes."""


def loads(body: bytes) -> object:
    """The value of a JSON text in UTF-8; raises `NotJson` (NaN and Infinity too) or `TooDeep`."""
    try:
        return msgspec.json.decode(body)
    except UnicodeDecodeError as error:
        raise NotJson("not UTF-8") from error
    except RecursionError as error:
        raise TooDeep("nested too deeply") from error
    except msgspec.DecodeError:
        return _loads_slowly(body)


def _loads_slowly(body: bytes) -> object:
    try:
        return json.loads(body.decode(), parse_constant=_refuse, parse_int=_whole_number)
    except RecursionError as error:
        raise TooDeep("nested too deeply") from error
    except ValueError as error:
        raise NotJson("not JSON") from error


def loads_storable(body: bytes) -> object:
    """The value, made safe to store. Raises `NotJson` or `TooDeep`."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return storable(loads(body))
    # Only an escape can spell what PostgreSQL refuses, and then the fast parser let it pass.
    return storable(value) if b"\\u0000" in body or b"\\ud" in body.lower() else value


def storable(value: object) -> object:
    """The same value without what PostgreSQL's text and jsonb refuse.

    NUL characters vanish, lone surrogates become U+FFFD, infinite numbers become words. Raises
    `TooDeep`.
    """
    try:
        return _storable(value)
    except RecursionError as error:
        raise TooDeep("nested too deeply") from error


def _storable(value: object) -> object:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value.replace("\x00", ""))
    if isinstance(value, dict):
        return {str(_storable(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _refuse(word: str) -> object:
    raise NotJson(f"{word} is not JSON")


def _whole_number(digits: str) -> object:
    return int(digits) if len(digits) <= _LONGEST_INT else digits
