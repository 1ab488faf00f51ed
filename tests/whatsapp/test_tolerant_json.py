"""What is JSON, what is not, and what PostgreSQL can keep of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.tolerant_json import NotJson, TooDeep, loads, storable

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def refuse(constant):
    raise ValueError(constant)


@given(json_values)
def test_whatever_python_writes_is_read_and_can_be_kept(value):
    body = json.dumps(value).encode()
    try:
        json.loads(body, parse_constant=refuse)
    except ValueError:  # a number without end, not the word in a text
        with pytest.raises(NotJson):
            loads(body)
        return
    kept = storable(loads(body))
    json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()
    assert storable(kept) == kept


def test_what_postgresql_refuses_is_taken_out():
    assert storable({"a\x00": ["\x00b", "c\ud800"]}) == {"a": ["b", "c\ufffd"]}


@given(st.binary(max_size=40))
def test_any_bytes_are_json_or_are_not(raw):
    try:
        loads(raw)
    except NotJson:
        return
    json.loads(raw.decode())


@pytest.mark.parametrize("word", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"[1e5, NaN]"])
def test_words_that_are_no_numbers_are_not_json(word):
    with pytest.raises(NotJson):
        loads(word)


def test_too_deep_is_told_apart_from_not_json():
    with pytest.raises(TooDeep):
        loads(b"[" * 50_000 + b"]" * 50_000)


def test_numbers_beyond_a_double_are_kept_in_words():
    assert storable(loads(b"[1e999, -1e999]")) == ["inf", "-inf"]
    assert loads(b"9" * 5000) == "9" * 5000
