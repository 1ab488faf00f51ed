"""One hash for many, and short proofs that one is among them (RFC 6962, section 2.1).

Leaves are the hashes of the chain's links, in their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


class Tree:
    """Grows leaf by leaf; keeps one hash for each power of two in its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, link_hash: str) -> None:
        node, size = leaf(link_hash), self.size
        while size & 1:
            node = _inner(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    @property
    def root(self) -> str:
        """Of no leaves: the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256().hexdigest()
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = _inner(peak, node)
        return node.hex()


def leaf(link_hash: str) -> bytes:
    return hashlib.sha256(b"\x00" + bytes.fromhex(link_hash)).digest()


def paths(hashes: Sequence[str], places: Iterable[int]) -> dict[int, list[str]]:
    """For each place (from 0) the hashes that lead from its leaf to the root, nearest first."""
    wanted = {place: place for place in places}
    found: dict[int, list[str]] = {place: [] for place in wanted}
    level = [leaf(one) for one in hashes]
    while len(level) > 1:
        for place, at in wanted.items():
            beside = at ^ 1
            if beside < len(level):
                found[place].append(level[beside].hex())
            wanted[place] = at // 2
        level = [
            _inner(*level[at : at + 2]) if at + 1 < len(level) else level[at]
            for at in range(0, len(level), 2)
        ]
    return found


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
