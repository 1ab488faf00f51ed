"""Errors of the Graph API in Meta's exact shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.error_catalog import CATALOG, SUBCODES
from simulator.ids import new_trace_id

Json = dict[str, Any]
HREF = "/documentation/business-messaging/whatsapp/support/error-codes"

_BARE = frozenset({0, 104, 190})  # their message carries no "(#code)"


@dataclass
class GraphError(Exception):
    """A refused request. `details` overrides the catalogue's usual words."""

    code: int
    details: str | None = None
    http_status: int | None = None
    subcode: int | None = None
    message: str | None = None
    kind: str = "OAuthException"
    retry_after_s: int | None = None
    html: bool = False  # answered by a proxy before Graph

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.http_status or CATALOG.get(self.code, (400, "", ""))[0]

    def body(self) -> Json:
        """The body of the answer."""
        _, title, usual = CATALOG.get(self.code, (400, "Unknown error", ""))
        code, subcode, words = self.code, self.subcode, title
        if code in SUBCODES:
            code, subcode, words = 100, code, "Invalid parameter"
        bare = code in _BARE or words != title
        message = self.message or (words if bare else f"(#{code}) {title}")
        error: Json = {"message": message, "type": self.kind, "code": code}
        details = usual if self.details is None else self.details
        if details and self.kind == "OAuthException":
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        if subcode is not None:
            error["error_subcode"] = subcode
        if words != title:
            error |= {"error_user_title": title, "error_user_msg": details or title}
        if self.status in {500, 503}:
            error["is_transient"] = True
        error["fbtrace_id"] = new_trace_id()
        return {"error": error}


def unknown_object(object_id: str, verb: str = "get") -> GraphError:
    """What Graph says to an id it does not know."""
    return GraphError(
        100,
        subcode=33,
        kind="GraphMethodException",
        message=f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot "
        "be loaded due to missing permissions, or does not support this operation.",
    )


def status_error(code: int, details: str | None = None) -> Json:
    """One entry of `statuses[].errors`."""
    _, title, usual = CATALOG.get(code, (400, "Unknown error", ""))
    words = details or usual or title
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": words},
        "href": HREF,
    }
