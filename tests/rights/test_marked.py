"""The search that the erasure is judged by finds what it looks for, however it is spelled."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from tests.rights.marked import BSUID, MARK, PHONE, spellings


@pytest.mark.parametrize("needle", [MARK, PHONE, BSUID])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "y", "yz", "xyz"])
def test_every_spelling_is_found(needle: str, before: str, after: str) -> None:
    text = f"{before}{needle}{after}"
    for written in (
        text.encode(),
        text.encode().hex().encode(),
        json.dumps({"a": text}).encode(),
        json.dumps(json.dumps({"a": text})).encode(),
        quote(text).encode(),
        base64.b64encode(text.encode()),
    ):
        assert any(one in written for one in spellings(needle)), written


def test_nothing_is_found_where_nothing_is() -> None:
    assert all(spellings(MARK))
    assert not any(one in b"Hello, where is my train? wamid.HBgM" for one in spellings(MARK))
