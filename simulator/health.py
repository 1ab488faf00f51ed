"""`health_status`: whether a number, an account or a template can send, and why not."""

from __future__ import annotations

from typing import Any

from simulator.error_catalog import CATALOG
from simulator.models import Account, Number, Template
from simulator.send_checks import UNUSABLE
from simulator.store import Store

Json = dict[str, Any]
_RANK = ("AVAILABLE", "LIMITED", "BLOCKED")


def _entity(kind: str, object_id: str, state: str, code: int | None) -> Json:
    found: Json = {"entity_type": kind, "id": object_id, "can_send_message": state}
    if code is not None:
        _, title, details = CATALOG.get(code, (400, "Unknown error", ""))
        found["errors"] = [
            {
                "error_code": code,
                "error_description": details or title,
                "possible_solution": "Visit WhatsApp Manager to see what can be done.",
            }
        ]
    return found


def _number(number: Number) -> Json:
    code = UNUSABLE.get(number.status)
    if code is not None:
        return _entity("PHONE_NUMBER", number.id, "BLOCKED", number.refusal_code or code)
    if number.status in {"RESTRICTED", "FLAGGED"}:
        code = number.refusal_code or (368 if number.status == "RESTRICTED" else 131048)
        return _entity("PHONE_NUMBER", number.id, "LIMITED", code)
    return _entity("PHONE_NUMBER", number.id, "AVAILABLE", None)


def _account(store: Store, account: Account) -> Json:
    until = account.restricted_until
    if account.status == "DISABLED":
        return _entity("WABA", account.id, "BLOCKED", account.refusal_code or 131031)
    if account.status == "RESTRICTED" and (until is None or store.clock.now() < until):
        return _entity("WABA", account.id, "LIMITED", account.refusal_code or 368)
    if not account.can_pay:
        return _entity("WABA", account.id, "LIMITED", 131042)
    return _entity("WABA", account.id, "AVAILABLE", None)


def _whole(store: Store, account: Account, first: list[Json]) -> Json:
    entities = [
        *first,
        _account(store, account),
        _entity("BUSINESS", account.business_id, "AVAILABLE", None),
        _entity("APP", "670843887433847", "AVAILABLE", None),
    ]
    worst = max((str(each["can_send_message"]) for each in entities), key=_RANK.index)
    return {"can_send_message": worst, "entities": entities}


def health_of_number(store: Store, number: Number) -> Json:
    """Of a number, its account, its business and the app."""
    return _whole(store, store.account(number.waba_id), [_number(number)])


def health_of_account(store: Store, account: Account) -> Json:
    """Of an account, its business and the app."""
    return _whole(store, account, [])


def health_of_template(store: Store, template: Template) -> Json:
    """Of a template and its account."""
    code = {"PAUSED": 132015, "DISABLED": 132016, "APPROVED": None}.get(template.status, 132001)
    state = "AVAILABLE" if code is None else "BLOCKED"
    account = store.account(template.waba_id or store.config.waba_id)
    return _whole(store, account, [_entity("MESSAGE_TEMPLATE", template.id, state, code)])
