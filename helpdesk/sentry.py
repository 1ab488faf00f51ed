"""Errors to Sentry. A module of its own: importing the library costs every start 0.2 s."""

from __future__ import annotations

import sentry_sdk


def start(dsn: str) -> None:
    """Report unhandled errors to `dsn`, without anything customers wrote."""
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        # Local variables and request bodies hold what customers write; they stay here.
        include_local_variables=False,
        max_request_body_size="never",
    )
