"""Settings of where customers' and agents' files lie."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

from helpdesk.environment import Environment

# Between requests of one file; larger parts go through the disk.
_IN_MEMORY = 4 * 1024 * 1024


def media_storage(env: Environment, folder: Path) -> dict[str, object]:
    """Django's STORAGES entry: the S3 bucket that `S3_BUCKET` names, or `folder`."""
    bucket = env.text("S3_BUCKET", "")
    s3 = {
        "bucket_name": bucket,
        "endpoint_url": env.text("S3_ENDPOINT_URL", "") or None,
        "region_name": env.text("S3_REGION", "") or None,
        "access_key": env.text("S3_ACCESS_KEY", "") or None,
        "secret_key": env.text("S3_SECRET_KEY", "") or None,
        "default_acl": "private",
        "querystring_auth": True,
        "max_memory_size": _IN_MEMORY,
    }
    if bucket:
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": s3}
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(folder), "base_url": None},
    }


def scanner_url(env: Environment) -> str:
    """clamd's address, "" for none: `unix:///run/clamav/clamd.ctl` or `tcp://HOST:3310`."""
    like = "unix:///run/clamav/clamd.ctl or tcp://127.0.0.1:3310"
    return env.matching("CLAMAV_URL", "", r"|unix:///.+|tcp://[\w.:\[\]-]+", like)


def keep_icons(headers: MutableMapping[str, str], _path: str, url: str) -> None:
    """WhiteNoise's `WHITENOISE_ADD_HEADERS_FUNCTION`: the sprite is kept also without a hash.

    Every live fragment with an icon asks for it; a browser that has to ask whether it is still the
    same makes a document of its 700 nodes each time, and holds them all.
    """
    if url.endswith("/icons.svg"):
        headers["Cache-Control"] = "max-age=3600, public"
