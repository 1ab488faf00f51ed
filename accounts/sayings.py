"""What a notice or a finding fills its sentence with: our own words, translated when they are read,
and beside them what somebody else said, as they said it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

Params = Mapping[str, object]


def saying(
    sentences: Sequence[str], detail: str = "", params: Params | None = None
) -> dict[str, object]:
    """A value for `params`: English sentences of the catalogues, and their words as a detail.

    A sentence that no catalogue knows stays as it is. `params` fill all of them.
    """
    return {"say": list(sentences), "detail": detail, "params": dict(params or {})}


def filled(text: str, params: Params) -> str:
    """`text` in the reader's language, with `params` in it."""
    translated = gettext(text) if text else ""
    return translated % {key: said(one) for key, one in params.items()} if params else translated


def said(value: object) -> object:
    """A value of `params` in the reader's language; what is no saying is itself."""
    if not isinstance(value, Mapping) or "say" not in value:
        return value
    return "; ".join(filled(one, value.get("params") or {}) for one in value["say"])


def details(params: Params) -> str:
    """What somebody else said, of all sayings in `params`."""
    found = [one.get("detail") for one in params.values() if isinstance(one, Mapping)]
    return "; ".join(str(one) for one in found if one)
