"""The digest a channel promised for a file, and the one of what came (reference, section 3.1)."""

from __future__ import annotations

import base64
import binascii
import re

_HEX = re.compile(r"[0-9a-fA-F]{64}")


def hex_digest(promised: str) -> str:
    """A SHA-256 in hex, from Meta's two spellings (hex or base64); "" for what is neither."""
    promised = promised.strip()
    if _HEX.fullmatch(promised):
        return promised.lower()
    plain = promised.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == 32 else ""


def differs(promised: str, found: str) -> bool:
    """Whether `found` (hex) is another file than the promised one; False when nothing was said."""
    expected = hex_digest(promised)
    return bool(expected and found) and expected != found
