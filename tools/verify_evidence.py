"""Checks an evidence file of a consent ledger, by itself: `python verify_evidence.py FILE`.

Needs Python and the package `cryptography`, and nothing of the software that wrote the file. Ends
with 0 and a sentence, or with 1 and the first thing that is wrong. Without `--key` it takes the
file's word for whose key it is: compare that with one you were given in another way.
`docs/consent-ledger.md` says what is checked here, and what that proves.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DECIDING = {"granted", "confirmed", "renewed", "withdrawn", "objected", "expired", "erased"}


def must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    must(len(dict(pairs)) == len(pairs), "a name stands twice")
    return dict(pairs)


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def check_signature(key: str, signature: str, message: bytes, what: str) -> None:
    raw = base64.b64decode(signature, validate=True)
    must(base64.b64encode(raw).decode() == signature, f"{what}: not plain base64")
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(raw, message)
    except InvalidSignature:
        raise ValueError(f"{what}: the signature does not fit") from None


def root_of(link_hash: str, place: int, last: int, path: list[str]) -> str:
    """RFC 6962: where `path` leads from the leaf at `place` (from 0), when `last` is the last."""
    node, steps = sha256(b"\0", bytes.fromhex(link_hash)), [bytes.fromhex(step) for step in path]
    while last:
        if place ^ 1 <= last:
            must(bool(steps), "a path is too short")
            beside = steps.pop(0)
            node = sha256(b"\1", beside, node) if place & 1 else sha256(b"\1", node, beside)
        place, last = place // 2, last // 2
    must(not steps, "a path is too long")
    return node.hex()


def verify(file: dict[str, Any], known_key: str) -> str:
    head, entries, key = file["head"], file["entries"], file["key"]
    must(canonical(file["version"]) == b"1", "this is no evidence file of version 1")
    must(key == head["key"] and known_key in {"", key}, f"it was signed with another key: {key}")
    check_signature(key, file["signature"], canonical(head), "the head")
    must(file["made_at"] == head["at"], "it was not made when its head was signed")
    people = {one["id"] for one in file["contacts"]}
    must(file["contact"] in people, "it is about another contact")
    texts = {(w["key"], w["language"], w["version"]): w["text"] for w in file["wordings"]}
    acts = {e["sequence"]: json.loads(e["content"], object_pairs_hook=once) for e in entries}
    erased = {act["contact"]: at for at, act in acts.items() if act["act"] == "erased"}
    before: dict[str, Any] = {"sequence": 0, "hash": "0" * 64}
    for entry in entries:
        check_entry(entry, acts[entry["sequence"]], before, head)
        at, act, before = entry["sequence"], acts[entry["sequence"]], entry
        must(act["contact"] in people, f"entry {at}: it is somebody else's")
        gone = entry["personal"] is None
        must(not gone or erased.get(act["contact"], 0) > at, f"entry {at}: lacks its personal part")
        if shown := act["wording"]:
            text = texts.get((shown["key"], shown["language"], shown["version"]), "")
            same = sha256(text.encode()).hex() == shown["sha256"]
            must(same, f"entry {at}: the words shown were others")
    check_in_force(file["in_force"], acts)
    sealed = {name: value for name, value in file.items() if name != "seal"}
    check_signature(key, file["seal"], b"consent evidence v1\n" + canonical(sealed), "the seal")
    return f"valid: {len(entries)} entries, of {head['sequence']} on {head['at']}; key {key}"


def check_entry(
    entry: dict[str, Any], act: dict[str, Any], before: dict[str, Any], head: dict[str, Any]
) -> None:
    at, previous, size = entry["sequence"], entry["previous_hash"], head["sequence"]
    must(before["sequence"] < at <= size, f"entry {at}: it is not in its place")
    chained = sha256(f"{previous}\n{at}\n{entry['content']}".encode()).hex()
    must(chained == entry["hash"], f"entry {at}: its content is not what was chained")
    follows = at > before["sequence"] + 1 or previous == before["hash"]
    must(follows, f"entry {at}: it does not follow the entry before")
    must(at < size or entry["hash"] == head["hash"], f"entry {at}: the head ends with another")
    root = root_of(entry["hash"], at - 1, size - 1, entry["path"])
    must(root == head["root"], f"entry {at}: its path does not lead to the signed root")
    digest = sha256(canonical(entry["personal"])).hex()
    same = entry["personal"] is None or digest == act["personal"]
    must(same, f"entry {at}: its personal part is not what was committed to")


def check_in_force(states: list[dict[str, Any]], acts: dict[int, dict[str, Any]]) -> None:
    newest: dict[tuple[str, str], str] = {}
    for act in (one for one in acts.values() if one["act"] in DECIDING):
        about = (act["purpose"], act["topic"])
        newest[about] = max(newest.get(about, ""), act["occurred_at"])
    told = {(one["purpose"], one["topic"]): one["since"] for one in states}
    must(told == newest, "what is in force is not what the entries say")
    for one in states:
        act = {**acts[one["sequence"]], "since": acts[one["sequence"]]["occurred_at"]}
        same = all(one[name] == act[name] for name in ("purpose", "topic", "act", "since"))
        must(same, "what is in force is not what its entry says")


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an evidence file of a consent ledger.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", default="", help="the public key it must be signed with")
    asked = parser.parse_args()
    try:
        print(verify(json.loads(asked.file.read_bytes(), object_pairs_hook=once), asked.key))
    except KeyError as error:
        print(f"not valid: {error} is missing")
        return 1
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        print(f"not valid: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
