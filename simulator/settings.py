"""The simulator's environment. Names and development values are those of the helpdesk."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent


class BadSetting(ValueError):
    """A variable has a value that cannot be; the sentence names it."""


@dataclass(frozen=True)
class Settings:
    """Where the simulator listens, what it keeps, and the secrets shared with the helpdesk."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8001
    webhook_url: str = "http://127.0.0.1:8000/webhooks/whatsapp/"
    app_secret: str = "development-app-secret"  # noqa: S105
    verify_token: str = "development-verify-token"  # noqa: S105
    access_token: str = "development-access-token"  # noqa: S105
    phone_number_id: str = "106853218861309"
    business_account_id: str = "104996122399160"
    display_number: str = "4943139200100"
    display_name: str = "Nordlicht Bahn"
    throughput_per_s: int = 80  # messages in and out per number; 0 = no limit

    @property
    def public_url(self) -> str:
        """The address under which others reach the simulator, for media URLs."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{host}:{self.port}"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment (each name also as NAME_FILE); BadSetting for what cannot be."""

    def text(name: str, default: str) -> str:
        path = environment.get(f"{name}_FILE", "")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadSetting(f"{name}_FILE cannot be read: {error.strerror}.") from None
        return environment.get(name, "") or default

    def number(name: str, default: int, low: int = 1, high: int = 65535) -> int:
        value = text(name, str(default))
        if not (value.isascii() and value.isdecimal()) or not low <= int(value) <= high:
            raise BadSetting(f"{name} must be a number from {low} to {high}, not {value!r}.")
        return int(value)

    url = text(
        "SIMULATOR_WEBHOOK_URL", f"http://127.0.0.1:{number('PORT', 8000)}/webhooks/whatsapp/"
    )
    if not url.startswith(("http://", "https://")):
        raise BadSetting("SIMULATOR_WEBHOOK_URL must begin with http:// or https://.")
    return Settings(
        data_dir=Path(text("HELPDESK_DATA_DIR", str(PROJECT_DIR / "var"))).resolve() / "simulator",
        host=text("SIMULATOR_HOST", Settings.host),
        port=number("SIMULATOR_PORT", Settings.port),
        webhook_url=url,
        app_secret=text("WHATSAPP_APP_SECRET", Settings.app_secret),
        verify_token=text("WHATSAPP_VERIFY_TOKEN", Settings.verify_token),
        access_token=text("WHATSAPP_ACCESS_TOKEN", Settings.access_token),
        phone_number_id=text("WHATSAPP_PHONE_NUMBER_ID", Settings.phone_number_id),
        business_account_id=text("WHATSAPP_BUSINESS_ACCOUNT_ID", Settings.business_account_id),
        throughput_per_s=number("SIMULATOR_THROUGHPUT_PER_S", 80, 0, 1_000_000),
    )
