"""The signed head: how far the ledger went, and what it was, to be kept where we cannot reach it.

Whoever keeps one can show later that the ledger of that day was changed or cut short.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection
from django.utils import timezone

from consent.canonical import BEGINNING, canonical, moment
from consent.merkle import Tree

_FILE = re.compile(r"^ledger-head-\d{8}T\d{12}Z\.json$")
_AT_ONCE = 20_000


class BadHead(Exception):
    """A file that is no head, or whose signature is not of our key."""


@dataclass(frozen=True)
class Head:
    """The chain up to `sequence`: its last `hash`, and the Merkle `root` of all hashes."""

    sequence: int
    hash: str
    root: str
    at: str
    key: str

    @property
    def signed(self) -> bytes:
        """What the signature is of."""
        return canonical(asdict(self)).encode()


def sign_head() -> tuple[Head, str]:
    """The ledger as it is now, and the signature of it (base64)."""
    head, signature, _paths = sign_head_with_paths(())
    return head, signature


def sign_head_with_paths(places: Iterable[int]) -> tuple[Head, str, dict[int, list[str]]]:
    """The same, and from the same look at the chain the Merkle paths of `places` (from 0)."""
    tree, last = Tree(places), BEGINNING
    for last in link_hashes():
        tree.add(last)
    root, paths = tree.root_and_paths()
    head = Head(tree.size, last, root, moment(timezone.now()), public_key())
    return head, sign(head.signed), paths


def sign(message: bytes) -> str:
    """Our signature of anything (base64)."""
    return base64.b64encode(_private_key().sign(message)).decode()


def publish_head() -> Path:
    """Write the signed head of this moment into the folder of heads; its path."""
    head, signature = sign_head()
    folder = heads_folder()
    folder.mkdir(parents=True, exist_ok=True)
    moment_of_it = re.sub(r"[-:.]", "", head.at)
    path = folder / f"ledger-head-{moment_of_it}.json"
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps({**asdict(head), "signature": signature}, indent=2) + "\n")
    unfinished.replace(path)
    return path


def published_heads() -> Iterator[tuple[Path, Head]]:
    """All heads in the folder, the oldest first; `BadHead` for one that is not ours."""
    folder = heads_folder()
    if folder.is_dir():
        for path in sorted(one for one in folder.iterdir() if _FILE.match(one.name)):
            yield path, read_head(path.read_text())


def newest_head() -> Head | None:
    """The last that was published; `BadHead` when it is not ours."""
    folder = heads_folder()
    names = [one for one in folder.iterdir() if _FILE.match(one.name)] if folder.is_dir() else []
    return read_head(max(names).read_text()) if names else None


def read_head(text: str) -> Head:
    """A head from its file, its signature checked; `BadHead`."""
    try:
        values = json.loads(text)
        signature = values.pop("signature")
        head = Head(**values)
        check_signature(head.key, signature, head.signed)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadHead(type(error).__name__) from error
    return head


def check_signature(key: str, signature: str, message: bytes) -> None:
    """`BadHead` unless it is of one of our keys, and of this message."""
    if key not in _known_keys():
        raise BadHead("signed with another key")
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
        public.verify(base64.b64decode(signature, validate=True), message)
    except (ValueError, InvalidSignature) as error:
        raise BadHead(type(error).__name__) from error


def link_hashes(up_to: int | None = None) -> Iterator[str]:
    """The hashes of the chain in their order."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT hash FROM consent_chainlink WHERE %(to)s::bigint IS NULL OR"
            " sequence <= %(to)s::bigint ORDER BY sequence",
            {"to": up_to},
        )
        while rows := cursor.fetchmany(_AT_ONCE):
            for (link_hash,) in rows:
                yield link_hash


def public_key() -> str:
    """Base64 of the 32 bytes that new signatures are checked with."""
    return _public(_private_key())


def heads_folder() -> Path:
    return Path(settings.LEDGER_HEADS_DIR)


def _known_keys() -> set[str]:
    """Those that heads may have been signed with: also before a key was replaced."""
    derived = map(_derived, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    return {public_key(), *map(_public, derived), *settings.LEDGER_EARLIER_KEYS}


def _private_key() -> Ed25519PrivateKey:
    """From LEDGER_SIGNING_KEY, else derived from SECRET_KEY."""
    if settings.LEDGER_SIGNING_KEY:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.LEDGER_SIGNING_KEY))
    return _derived(settings.SECRET_KEY)


def _derived(secret: str) -> Ed25519PrivateKey:
    derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"consent ledger, signing key, v1")
    return Ed25519PrivateKey.from_private_bytes(derive.derive(secret.encode()))


def _public(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()
