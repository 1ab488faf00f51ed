"""The heart of verify_evidence.py in forty lines, to be read: `python … evidence.json [KEY]`."""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leads_to(node, place, last, path):  # RFC 6962: the root above a leaf
    while last:
        if place ^ 1 <= last:
            beside = bytes.fromhex(path.pop(0))
            node = sha256(b"\1", beside, node) if place & 1 else sha256(b"\1", node, beside)
        place, last = place // 2, last // 2
    return node.hex()


with open(sys.argv[1], encoding="utf-8") as opened:
    file = json.load(opened)
head, seal, entries = file["head"], file.pop("seal"), file["entries"]
if sys.argv[2:] not in ([], [file["key"]]) or head["key"] != file["key"]:
    sys.exit("signed with another key")
signer = Ed25519PublicKey.from_public_bytes(base64.b64decode(file["key"]))
signer.verify(base64.b64decode(file["signature"]), canonical(head))
signer.verify(base64.b64decode(seal), b"consent evidence v1\n" + canonical(file))
texts = {(w["key"], w["language"], w["version"]): w["text"] for w in file["wordings"]}
for e in entries:
    act, place = json.loads(e["content"]), e["sequence"] - 1
    chained = sha256(f"{e['previous_hash']}\n{e['sequence']}\n{e['content']}".encode())
    same = e["personal"] is None or sha256(canonical(e["personal"])).hex() == act["personal"]
    if shown := act["wording"]:
        text = texts.get((shown["key"], shown["language"], shown["version"]), "")
        same = same and sha256(text.encode()).hex() == shown["sha256"]
    root = leads_to(sha256(b"\0", chained), place, head["sequence"] - 1, e["path"])
    if chained.hex() != e["hash"] or not same or root != head["root"]:
        sys.exit(f"entry {e['sequence']} is not what was written")
print(f"valid: {len(entries)} entries, signed on {head['at']} with {file['key']}")
