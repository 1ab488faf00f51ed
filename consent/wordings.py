"""Versions of what people are shown: a changed text is a new version, the same text the same."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from consent.canonical import digest
from consent.models import Wording

_TRIES = 5
# Of texts that came with imports: each has a key of its own, and none is a change of another.
IMPORTED = "import-"


def imported_key(text: str) -> str:
    return f"{IMPORTED}{digest(text)[:8]}"


def version_of(key: str, language: str, text: str) -> Wording:
    """The wording that says exactly `text` now; a new version when the newest says otherwise."""
    for _try in range(_TRIES):
        newest = Wording.objects.filter(key=key, language=language).first()
        if newest is not None and newest.text == text:
            return newest
        version = newest.version + 1 if newest else 1
        try:
            with transaction.atomic():
                return Wording.objects.create(
                    key=key, language=language, version=version, text=text
                )
        except IntegrityError:
            continue  # somebody else was first with this version
    raise RuntimeError(f"the wording {key} {language} keeps changing")
