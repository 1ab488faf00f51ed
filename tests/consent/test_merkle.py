"""Proofs that an entry is among all entries."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.merkle import Tree, paths, root_of


def hashes(count: int) -> list[str]:
    return [hashlib.sha256(str(place).encode()).hexdigest() for place in range(count)]


def root(leaves: list[str]) -> str:
    tree = Tree()
    for one in leaves:
        tree.add(one)
    return tree.root


@given(st.integers(1, 70))
def test_every_leaf_has_a_path_to_the_root(count: int) -> None:
    leaves = hashes(count)
    found = paths(leaves, range(count))
    for place, one in enumerate(leaves):
        assert root_of(one, place, count, found[place]) == root(leaves)


@given(st.integers(2, 40), st.data())
def test_no_other_leaf_and_no_other_place_has_it(count: int, data: st.DataObject) -> None:
    leaves = hashes(count)
    place = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count - 1).filter(lambda at: at != place))
    path = paths(leaves, [place])[place]
    assert root_of(leaves[other], place, count, path) != root(leaves)
    with suppress(ValueError):  # its path may have another length
        assert root_of(leaves[place], other, count, path) != root(leaves)


def test_a_path_of_another_length_is_refused() -> None:
    path = paths(hashes(5), [2])[2]
    with pytest.raises(ValueError, match="too short"):
        root_of(hashes(5)[2], 2, 5, path[:-1])
    with pytest.raises(ValueError, match="too long"):
        root_of(hashes(5)[2], 2, 5, [*path, path[0]])


def test_the_roots_are_those_of_rfc_6962() -> None:
    """The certificate-transparency test vectors are over raw leaves; the empty tree is the same."""
    assert root([]) == hashlib.sha256().hexdigest()
    one = hashes(1)[0]
    assert root([one]) == hashlib.sha256(b"\x00" + bytes.fromhex(one)).hexdigest()
