"""Whether an evidence file says what this very ledger holds."""

from __future__ import annotations

import json
from typing import Any

from consent import canonical
from consent.evidence import VERSION, sealed
from consent.heads import BadHead, Head, check_signature, link_hashes, read_head
from consent.merkle import Tree
from consent.models import ChainLink, ConsentRecord
from consent.snapshot import snapshot
from consent.verify import Broken, Verdict

_ENTRY = ("sequence", "previous_hash", "hash", "content", "personal", "path")


def verify_evidence(text: str) -> Verdict:
    """The first entry that is not what the chain holds; `sequence` 0 for the file as a whole."""
    try:
        file = json.loads(text)
        with snapshot():
            broken = _why_broken(file)
        return Verdict(len(file["entries"]), broken)
    except BadHead as error:
        return Verdict(0, Broken(0, f"it is not signed by one of our keys ({error})"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Verdict(0, Broken(0, f"it is no evidence file ({type(error).__name__})"))


def _why_broken(file: dict[str, Any]) -> Broken | None:
    if file["version"] != VERSION:
        return Broken(0, "it is an evidence file of another version")
    head = read_head(json.dumps({**file["head"], "signature": file["signature"]}))
    entries = {int(entry["sequence"]): entry for entry in file["entries"]}
    root, paths = _root_and_paths(head, [sequence - 1 for sequence in entries])
    for sequence, entry in entries.items():
        if why := _why_other(entry, paths.get(sequence - 1)):
            return Broken(sequence, why)
        if why := _why_other_words(entry, file["wordings"]):
            return Broken(sequence, why)
    if root != (head.root, head.hash):
        return Broken(head.sequence, "the ledger up to there is not what the head says")
    if left_out := _left_out(file, head, set(entries)):
        return Broken(left_out, "it is this person's, and not in the file")
    check_signature(head.key, file["seal"], sealed(file))
    return None


def _root_and_paths(head: Head, places: list[int]) -> tuple[tuple[str, str], dict[int, list[str]]]:
    """The root and the last hash of our chain as long as it was then, and the paths."""
    tree, last = Tree(places), canonical.BEGINNING
    for last in link_hashes(up_to=head.sequence):
        tree.add(last)
    root, paths = tree.root_and_paths()
    return (root, last), paths


def _why_other(entry: dict[str, Any], path: list[str] | None) -> str:
    """How an entry differs from what stands in its place; "" when it does not."""
    links = ChainLink.objects.select_related("record__detail")
    link = links.filter(sequence=entry["sequence"]).first()
    if link is None:
        return "the ledger has no such entry"
    if set(entry) != set(_ENTRY):
        return "it has other parts than an entry has"
    if entry["content"] != link.record.content:
        return "its content is not what the ledger holds"
    if (entry["previous_hash"], entry["hash"]) != (link.previous_hash, link.hash):
        return "its hashes are not those of the chain"
    if entry["path"] != path:
        return "its path is not the one to that root"
    if entry["personal"] is None:
        erased = not hasattr(link.record, "detail")
        return "" if erased else "its personal part is not in the file"
    personal = canonical.digest(canonical.canonical(entry["personal"]))
    fits = personal == json.loads(entry["content"])["personal"]
    return "" if fits else "its personal part is not what was committed to"


def _why_other_words(entry: dict[str, Any], wordings: list[dict[str, Any]]) -> str:
    shown = json.loads(entry["content"])["wording"]
    if not shown:
        return ""
    texts = [
        one["text"]
        for one in wordings
        if all(one[name] == shown[name] for name in ("key", "language", "version"))
    ]
    fits = [canonical.digest(text) for text in texts] == [shown["sha256"]]
    return "" if fits else "the words shown are not those in the file"


def _left_out(file: dict[str, Any], head: Head, told: set[int]) -> int:
    """The first entry, under that head, of the contacts named that the file does not tell; 0."""
    people = [one["id"] for one in file["contacts"]]
    records = ConsentRecord.objects.filter(contact__in=people, link__sequence__lte=head.sequence)
    known = set(records.values_list("link__sequence", flat=True))
    return min(known - told, default=0)
