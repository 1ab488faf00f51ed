"""`/control/numbers` and `/control/accounts`: further numbers, bans, limits, and their webhooks."""

from __future__ import annotations

import time
from typing import Any

from simulator.control_parts import ControlError
from simulator.core import Simulator
from simulator.error_catalog import code_of
from simulator.graph_numbers import number_json, waba_json
from simulator.ids import digits_of, new_number_id
from simulator.limits import TIERS
from simulator.models import Account, Number

Json = dict[str, Any]
QUALITIES = ("GREEN", "YELLOW", "RED", "UNKNOWN", "NA")
STATUSES = (
    "CONNECTED", "FLAGGED", "RESTRICTED", "BANNED", "RATE_LIMITED", "DISCONNECTED", "PENDING",
    "UNVERIFIED", "MIGRATED", "DELETED", "MAINTENANCE",
)  # fmt: skip
ACCOUNT_STATUSES = ("ACTIVE", "RESTRICTED", "DISABLED")
RESTRICTION_S = 7 * 86400.0
_NUMBER_KEYS = {
    "id", "phone_number_id", "waba", "waba_id", "display_phone_number", "phone", "token",
    "verified_name", "name", "decision", "throughput_per_s", "throughput", "quality", "tier",
    "status", "code", "restricted_for_s", "coexistence", "name_status", "username", "webhook",
    "business_id",
}  # fmt: skip
_ACCOUNT_KEYS = {
    "id", "waba", "name", "business_id", "token", "status", "code", "restricted_for_s", "can_pay",
    "alert", "webhook", "tier",
}  # fmt: skip
Told = list[tuple[str, str, Json]]  # account, field, value


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    text = str(value).upper()
    if text not in allowed:
        raise ControlError(f"{name} must be one of {', '.join(allowed)}")
    return text


def _known_keys(body: Json, known: set[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise ControlError(f"unknown: {', '.join(unknown)}")


async def change_business_number(simulator: Simulator, body: Json) -> Json:
    """Make a business number or change one; what Meta would tell is told by webhook."""
    _known_keys(body, _NUMBER_KEYS)
    store = simulator.store
    number_id = str(body.get("id") or body.get("phone_number_id") or new_number_id())
    if not number_id.isascii() or not number_id.isdigit():
        raise ControlError("id must be a decimal number")
    display = body.get("display_phone_number") or body.get("phone")
    digits = digits_of(str(display)) if display else None
    if display and digits is None:
        raise ControlError("display_phone_number must be a phone number")
    if "tier" in body:
        _one_of("tier", body["tier"], tuple(TIERS))
    if "status" in body:
        _one_of("status", body["status"], STATUSES)
    if "quality" in body:
        _one_of("quality", body["quality"], QUALITIES)
    made = number_id not in store.numbers
    number = store.learn_number(number_id, digits or (_free_number(simulator) if made else None))
    told: Told = []
    _set_plain(simulator, number, body, digits)
    name = body.get("verified_name") or body.get("name")
    if name or body.get("decision"):
        told += _rename(number, str(name or number.verified_name), body, made=made)
    if "tier" in body:
        told += _set_tier(simulator, number, str(body["tier"]).upper(), made=made)
    if "throughput_per_s" in body or "throughput" in body:
        told += _set_throughput(number, body.get("throughput_per_s", body.get("throughput")), made)
    if "status" in body:
        told += _set_status(simulator, number, str(body["status"]).upper(), body)
    store.touch()
    simulator.hub.publish({"type": "numbers"})
    return number_control_json(simulator, number) | await _tell(simulator, body, told)


def _free_number(simulator: Simulator) -> str:
    base = int(simulator.config.display_phone_number)
    used = {number.display_phone_number for number in simulator.store.numbers.values()}
    return next(str(base + step) for step in range(1, 10_000) if str(base + step) not in used)


def _set_plain(simulator: Simulator, number: Number, body: Json, digits: str | None) -> None:
    if digits:
        number.display_phone_number = digits
    waba_id = body.get("waba") or body.get("waba_id")
    if waba_id:
        number.waba_id = simulator.store.account(str(waba_id)).id
    if body.get("business_id"):
        simulator.store.account(number.waba_id).business_id = str(body["business_id"])
    if "token" in body:
        number.token = None if body["token"] is None else str(body["token"])
    if "quality" in body:
        number.quality = str(body["quality"]).upper()
    if "coexistence" in body:
        number.coexistence = bool(body["coexistence"])
    if "name_status" in body:
        number.name_status = str(body["name_status"]).upper()
    if "username" in body:
        number.username = None if body["username"] is None else str(body["username"])


def _rename(number: Number, name: str, body: Json, *, made: bool) -> Told:
    decision = str(body.get("decision", "APPROVED")).upper()
    number.name_status = "APPROVED" if decision == "APPROVED" else "DECLINED"
    if decision == "APPROVED":
        number.verified_name = name
    if made:
        return []
    value = {
        "display_phone_number": number.display_phone_number,
        "decision": decision,
        "requested_verified_name": name,
        "rejection_reason": None if decision == "APPROVED" else "NAME_NOT_SUPPORTED",
    }
    return [(number.waba_id, "phone_number_name_update", value)]


def _set_tier(simulator: Simulator, number: Number, tier: str, *, made: bool) -> Told:
    portfolio = simulator.store.portfolio(number)
    before, portfolio.tier = portfolio.tier, tier
    if made and before == tier:
        return []
    update = {
        "display_phone_number": number.display_phone_number,
        "event": "ONBOARDING",
        "old_limit": before,
        "current_limit": tier,
        "max_daily_conversations_per_business": tier,
    }
    told: Told = [(number.waba_id, "phone_number_quality_update", update)]
    wabas = {each.waba_id for each in simulator.store.numbers.values()
             if simulator.store.portfolio(each) is portfolio}  # fmt: skip
    capability = {
        "max_daily_conversations_per_business": TIERS[tier] if TIERS[tier] else tier,
        "max_phone_numbers_per_business": 25,
    }
    return told + [(waba, "business_capability_update", dict(capability)) for waba in sorted(wabas)]


def _set_throughput(number: Number, wanted: Any, made: bool) -> Told:
    before = number.throughput_per_s
    number.throughput_per_s = None if wanted is None else int(wanted)
    if made or (number.throughput_per_s or 0) <= max(before or 0, 80):
        return []
    value = {
        "display_phone_number": number.display_phone_number,
        "event": "THROUGHPUT_UPGRADE",
        "current_limit": "TIER_UNLIMITED",
        "max_daily_conversations_per_business": "TIER_UNLIMITED",
    }
    return [(number.waba_id, "phone_number_quality_update", value)]


def _set_status(simulator: Simulator, number: Number, status: str, body: Json) -> Told:
    before, number.status = number.status, status
    number.refusal_code = code_of(body["code"]) if body.get("code") is not None else None
    if before == status:
        return []
    phone = {"phone_number": number.display_phone_number}
    if status == "BANNED":
        return [_ban(simulator, number.waba_id, "DISABLE", phone)]
    if before == "BANNED":
        return [_ban(simulator, number.waba_id, "REINSTATE", phone)]
    if status == "RESTRICTED":
        return [_restriction(simulator, number.waba_id, body, phone)]
    return []


def _ban(simulator: Simulator, waba_id: str, state: str, phone: Json) -> tuple[str, str, Json]:
    moment = time.gmtime(simulator.store.clock.now())
    date = time.strftime("%B %d, %Y", moment).replace(" 0", " ")
    ban = {"waba_ban_state": state, "waba_ban_date": date}
    return waba_id, "account_update", {**phone, "event": "DISABLED_UPDATE", "ban_info": ban}


def _restriction(
    simulator: Simulator, waba_id: str, body: Json, phone: Json
) -> tuple[str, str, Json]:
    until = simulator.store.clock.now() + float(body.get("restricted_for_s") or RESTRICTION_S)
    info = {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": int(until)}
    value = {**phone, "event": "ACCOUNT_RESTRICTION", "restriction_info": [info]}
    return waba_id, "account_update", value


async def change_account(simulator: Simulator, body: Json) -> Json:
    """Make a business account or change one: `status`, `can_pay`, `alert`, `tier`."""
    _known_keys(body, _ACCOUNT_KEYS)
    store = simulator.store
    waba_id = str(body.get("id") or body.get("waba") or simulator.config.waba_id)
    status = _one_of("status", body.get("status", "ACTIVE"), ACCOUNT_STATUSES)
    if "tier" in body:
        _one_of("tier", body["tier"], tuple(TIERS))
    alert = body.get("alert")
    if alert is not None and not isinstance(alert, dict):
        raise ControlError("alert must be an object")
    account = store.account(waba_id)
    told: Told = []
    account.name = str(body.get("name") or account.name)
    account.business_id = str(body.get("business_id") or account.business_id)
    if "token" in body:
        account.token = None if body["token"] is None else str(body["token"])
    account.can_pay = bool(body.get("can_pay", account.can_pay))
    if "status" in body:
        told += _set_account_status(simulator, account, status, body)
    number = next((each for each in store.numbers.values() if each.waba_id == waba_id), None)
    if "tier" in body and number is not None:
        told += _set_tier(simulator, number, str(body["tier"]).upper(), made=False)
    if alert is not None:
        told.append((waba_id, "account_alerts", _alert(account, alert)))
    store.touch()
    return waba_json(simulator, account) | await _tell(simulator, body, told)


def _set_account_status(simulator: Simulator, account: Account, status: str, body: Json) -> Told:
    before, account.status = account.status, status
    account.refusal_code = code_of(body["code"]) if body.get("code") is not None else None
    account.restricted_until = None
    if status == "RESTRICTED":
        restriction = _restriction(simulator, account.id, body, {})
        account.restricted_until = float(restriction[2]["restriction_info"][0]["expiration"])
        return [restriction]
    if status == "DISABLED":
        return [_ban(simulator, account.id, "DISABLE", {})]
    return [_ban(simulator, account.id, "REINSTATE", {})] if before == "DISABLED" else []


def _alert(account: Account, wanted: Json) -> Json:
    info = {
        "alert_severity": "WARNING",
        "alert_status": "ACTIVE",
        "alert_type": "INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED",
        "alert_description": "Limits cannot be increased yet; keep using the platform.",
    }
    info |= {name: value for name, value in wanted.items() if name in info}
    return {
        "entity_type": str(wanted.get("entity_type", "BUSINESS")),
        "entity_id": str(wanted.get("entity_id", account.business_id)),
        "alert_info": info,
    }


async def send_webhook(simulator: Simulator, body: Json) -> Json:
    """`POST /control/webhook`: any `field` with any `value`, of any account or number."""
    field, value = body.get("field"), body.get("value")
    if not isinstance(field, str) or not isinstance(value, dict):
        raise ControlError("give field and value")
    waba_id = str(body.get("waba") or body.get("waba_id") or simulator.config.waba_id)
    return await _tell(simulator, {}, [(waba_id, field, value)])


async def _tell(simulator: Simulator, body: Json, told: Told) -> Json:
    """Deliver; `webhooks` lists what was told and whether the helpdesk took it."""
    if body.get("webhook") is False:
        return {"webhooks": []}
    rows = []
    for waba_id, field, value in told:
        change = {"value": value, "field": field}
        attempt = await simulator.deliverer.send_changes([change], field, waba_id=waba_id)
        rows.append({"field": field, "delivered": attempt.delivered, "value": value})
    return {"webhooks": rows}


def number_control_json(simulator: Simulator, number: Number) -> Json:
    """A number as Graph shows it, with what only the controls may see."""
    rate = number.throughput_per_s
    return number_json(simulator, number) | {
        "phone": number.display_phone_number,
        "waba_id": number.waba_id,
        "business_id": simulator.store.account(number.waba_id).business_id,
        "token": simulator.store.token_of(number),
        "throughput_per_s": simulator.store.faults.throughput_per_s if rate is None else rate,
        "coexistence": number.coexistence,
        "username": number.username,
        "free_tier_used": simulator.store.free_tier_used.get(
            simulator.store.free_tier_key(number.id), 0
        ),
        "reached_outside_windows": len(simulator.store.portfolio(number).reached),
    }
