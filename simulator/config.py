"""What the simulator is told by the environment; each name also as `NAME_FILE`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """A value of the environment that cannot be used; the text names it."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one simulator. The defaults are the development values of the helpdesk."""

    host: str = "127.0.0.1"
    port: int = 8001
    data_dir: Path = PROJECT_DIR / "var" / "simulator"
    webhook_url: str = "http://127.0.0.1:8000/webhooks/whatsapp/"
    app_secret: str = "development-app-secret"  # noqa: S105
    verify_token: str = "development-verify-token"  # noqa: S105
    access_token: str = "development-access-token"  # noqa: S105
    phone_number_id: str = "106853218861309"
    waba_id: str = "104996122399160"
    display_phone_number: str = "4943139200100"
    verified_name: str = "Nordlicht Bahn"
    throughput_per_s: int = 80

    @property
    def public_url(self) -> str:
        """Where this simulator is reached, without a slash at the end."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{host}:{self.port}"


DEFAULTS = Config()


def read_config(environ: Mapping[str, str] | None = None) -> Config:
    """The settings from `environ` (the process environment unless given).

    Raises `ConfigError` with a sentence that names the bad variable.
    """
    values = os.environ if environ is None else environ

    def text(name: str, default: str) -> str:
        if values.get(name):
            return values[name]
        path = values.get(f"{name}_FILE")
        if not path:
            return default
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{name}_FILE cannot be read: {error.strerror}.") from None

    def number(name: str, default: int, low: int, high: int) -> int:
        value = text(name, str(default))
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise ConfigError(f"{name} must be a number from {low} to {high}, not {value!r}.")
        return int(value)

    helpdesk_port = number("PORT", 8000, 1, 65535)
    webhook_url = text(
        "SIMULATOR_WEBHOOK_URL", f"http://127.0.0.1:{helpdesk_port}/webhooks/whatsapp/"
    )
    if not webhook_url.startswith(("http://", "https://")):
        raise ConfigError("SIMULATOR_WEBHOOK_URL must begin with http:// or https://.")
    return Config(
        host=text("SIMULATOR_HOST", DEFAULTS.host),
        port=number("SIMULATOR_PORT", 8001, 1, 65535),
        data_dir=Path(text("HELPDESK_DATA_DIR", str(PROJECT_DIR / "var"))).resolve() / "simulator",
        webhook_url=webhook_url,
        app_secret=text("WHATSAPP_APP_SECRET", DEFAULTS.app_secret),
        verify_token=text("WHATSAPP_VERIFY_TOKEN", DEFAULTS.verify_token),
        access_token=text("WHATSAPP_ACCESS_TOKEN", DEFAULTS.access_token),
        phone_number_id=text("WHATSAPP_PHONE_NUMBER_ID", DEFAULTS.phone_number_id),
        waba_id=text("WHATSAPP_BUSINESS_ACCOUNT_ID", DEFAULTS.waba_id),
        throughput_per_s=number("SIMULATOR_THROUGHPUT_PER_S", 80, 0, 1_000_000),
    )
