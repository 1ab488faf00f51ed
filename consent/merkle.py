"""One hash for many, and short proofs that one is among them (RFC 6962, section 2.1).

Leaves are the hashes of the chain's links, in their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Tree:
    """Grows leaf by leaf; keeps one hash for each power of two in its size, and the paths of those
    `places` (from 0) that were asked for: millions of leaves cost no memory."""

    def __init__(self, places: Iterable[int] = ()) -> None:
        self.size = 0
        self._peaks: list[_Peak] = []
        self._paths: dict[int, list[str]] = {place: [] for place in places}

    def add(self, link_hash: str) -> None:
        wanted = (self.size,) if self.size in self._paths else ()
        peak, size = _Peak(leaf(link_hash), wanted), self.size
        while size & 1:
            peak = _joined(self._peaks.pop(), peak, self._paths)
            size >>= 1
        self._peaks.append(peak)
        self.size += 1

    @property
    def root(self) -> str:
        """Of no leaves: the hash of nothing."""
        return self.root_and_paths()[0]

    def root_and_paths(self) -> tuple[str, dict[int, list[str]]]:
        """The root, and for each place the hashes that lead to it, nearest first."""
        if not self._peaks:
            return hashlib.sha256().hexdigest(), {}
        paths = {place: list(path) for place, path in self._paths.items()}
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = _joined(peak, node, paths)
        return node.hash.hex(), paths


class _Peak(NamedTuple):
    """The hash over a whole part of the tree, and which wanted places are in it."""

    hash: bytes
    places: tuple[int, ...]


def _joined(left: _Peak, right: _Peak, paths: dict[int, list[str]]) -> _Peak:
    for side, beside in ((left, right), (right, left)):
        for place in side.places:
            paths[place].append(beside.hash.hex())
    return _Peak(_inner(left.hash, right.hash), left.places + right.places)


def leaf(link_hash: str) -> bytes:
    return hashlib.sha256(b"\x00" + bytes.fromhex(link_hash)).digest()


def paths(hashes: Iterable[str], places: Iterable[int]) -> dict[int, list[str]]:
    """For each place (from 0) the hashes that lead from its leaf to the root, nearest first."""
    tree = Tree(places)
    for one in hashes:
        tree.add(one)
    return tree.root_and_paths()[1]


def root_of(link_hash: str, place: int, size: int, path: Sequence[str]) -> str:
    """The root that `path` leads to from the leaf at `place` in a tree of `size`; ValueError when
    it is too short or too long."""
    node, steps, last = leaf(link_hash), list(path), size - 1
    while last:
        if place ^ 1 <= last:
            if not steps:
                raise ValueError("the path is too short")
            beside = bytes.fromhex(steps.pop(0))
            node = _inner(beside, node) if place & 1 else _inner(node, beside)
        place, last = place // 2, last // 2
    if steps:
        raise ValueError("the path is too long")
    return node.hex()


def _inner(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
