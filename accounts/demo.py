"""What the demo's public password must never open: anything but a development machine."""

from __future__ import annotations

from django.conf import settings

# ".example" is reserved: no real person has an address there.
DEMO_DOMAIN = "nordlicht.example"


def may_enter(email: str) -> bool:
    """False for a demo agent's address unless DEBUG is on."""
    return settings.DEBUG or not email.lower().endswith(f"@{DEMO_DOMAIN}")
