"""Errors to Sentry. A module of its own: importing the library costs every start 0.2 s."""

from __future__ import annotations

from typing import Any

import sentry_sdk

from helpdesk.addresses import without_keys


def start(dsn: str) -> None:
    """Report unhandled errors to `dsn`, without anything customers wrote."""
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        # Local variables and request bodies hold what customers write; they stay here.
        include_local_variables=False,
        max_request_body_size="never",
        before_send=lambda event, _hint: _cleaned(event),
        before_breadcrumb=lambda crumb, _hint: _cleaned(crumb),
    )


def _cleaned(part: Any) -> Any:
    """`part` of an event without addresses that are keys."""
    if isinstance(part, str):
        return without_keys(part)
    if isinstance(part, dict):
        return {name: _cleaned(value) for name, value in part.items()}
    return [_cleaned(value) for value in part] if isinstance(part, list) else part
