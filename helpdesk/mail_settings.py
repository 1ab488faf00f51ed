"""Settings of the mails we send, and of the address that links in them begin with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured

from helpdesk.environment import Environment

# A mail server that does not answer for so long is tried again later.
_TIMEOUT_S = 10
_SECURITY = ("starttls", "tls", "none")


class MailSettings(NamedTuple):
    """How mails leave."""

    backend: str
    folder: str | None
    host: str
    port: int
    user: str
    password: str
    use_tls: bool
    use_ssl: bool
    timeout_s: int
    sender: str


def mail_settings(env: Environment, folder: Path | None) -> MailSettings:
    """The mail server that `EMAIL_HOST` names; without one, files in `folder` (development), or
    none: forms then offer no confirmation by e-mail."""
    host = env.text("EMAIL_HOST", "")
    security = env.matching("EMAIL_SECURITY", "starttls", "|".join(_SECURITY), "starttls")
    sender = env.matching("EMAIL_FROM", "" if host else "helpdesk@localhost", r"|.*@.*", "a@b.org")
    if host and not sender:
        raise ImproperlyConfigured(
            "EMAIL_FROM must be set when EMAIL_HOST is: whom mails are from."
        )
    kind = "smtp" if host else "filebased" if folder else "dummy"
    return MailSettings(
        backend=f"django.core.mail.backends.{kind}.EmailBackend",
        folder=str(folder) if kind == "filebased" else None,
        host=host,
        port=env.number("EMAIL_PORT", 465 if security == "tls" else 587, 1, 65535),
        user=env.text("EMAIL_USER", ""),
        password=env.text("EMAIL_PASSWORD", ""),
        use_tls=security == "starttls",
        use_ssl=security == "tls",
        timeout_s=_TIMEOUT_S,
        sender=sender,
    )


def public_url(env: Environment, development: str, hosts: Sequence[str]) -> str:
    """`PUBLIC_URL`, or https:// and the first of our host names."""
    first = hosts[0].lstrip(".") if hosts else ""
    default = development or ("" if first in ("", "*") else f"https://{first}")
    if not env.text("PUBLIC_URL", default):
        raise ImproperlyConfigured("PUBLIC_URL must be set where ALLOWED_HOSTS names no host.")
    return env.url("PUBLIC_URL", default, ("http", "https"))
