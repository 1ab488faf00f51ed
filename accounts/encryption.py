"""Secrets at rest: a text column encrypted with Fernet under a key derived from SECRET_KEY."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=4)
def _cipher(secrets: tuple[str, ...]) -> MultiFernet:
    keys = [hashlib.sha256(f"field-encryption:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def cipher() -> MultiFernet:
    """Encrypts with SECRET_KEY; still reads what an older one of SECRET_KEY_FALLBACKS wrote."""
    return _cipher((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that the database only ever sees encrypted."""

    def get_prep_value(self, value: str | None) -> str | None:
        text = super().get_prep_value(value)
        return cipher().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored secret cannot be read: SECRET_KEY has changed. Put the old one into "
                "SECRET_KEY_FALLBACKS, or enter the access tokens again."
            ) from None
