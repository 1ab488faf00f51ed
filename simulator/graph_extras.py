"""The smaller endpoints of a number: QR codes, block list, username, registration, history."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any

from starlette.requests import Request

from simulator.core import Simulator
from simulator.errors import GraphError, unknown_object
from simulator.graph_numbers import require_number
from simulator.ids import BSUID, digits_of
from simulator.models import WINDOW_S, Customer, Number

Json = dict[str, Any]
_PAGING: Json = {"cursors": {"before": "QVFI", "after": "QVFJ"}}
_QR_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
QR_LENGTH, MOST_QR_CODES = 140, 2000
MOST_BLOCKED_AT_ONCE, MOST_BLOCKED = 1000, 64_000
REGISTRATIONS, REGISTRATION_S = 10, 72 * 3600.0
CODE = "123456"  # what "arrives" by SMS
_USERNAME = re.compile(r"^(?=.*[a-z])(?!www)(?!.*\.\.)[a-z0-9_](?:[a-z0-9._]{1,33})[a-z0-9_]$")
_DOMAIN = re.compile(r"\.(?:com|net|org|de|info|io|app|biz|co)$")


def _object(body: Any) -> Json:
    if not isinstance(body, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    return body


# --- QR codes -------------------------------------------------------------------------------------


async def qr_codes(simulator: Simulator, request: Request) -> Json:
    """`GET /{phone_number_id}/message_qrdls[/{code}]`."""
    number = require_number(simulator, request)
    code = request.path_params.get("code")
    if code is not None and code not in number.qr_codes:
        raise unknown_object(str(code))
    found = [number.qr_codes[code]] if code else list(number.qr_codes.values())
    return {"data": found, "paging": _PAGING}


async def change_qr_code(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/message_qrdls`: makes one, or changes the one of `code`."""
    number, wanted = require_number(simulator, request), _object(body)
    text = wanted.get("prefilled_message")
    code = None if wanted.get("code") is None else str(wanted["code"])
    if not isinstance(text, str) or not text:
        raise GraphError(131008, "The parameter prefilled_message is required.")
    if len(text) > QR_LENGTH:
        raise GraphError(100, f"prefilled_message must be at most {QR_LENGTH} characters long.")
    if code is not None and code not in number.qr_codes:
        raise unknown_object(str(code), "post")
    if code is None and len(number.qr_codes) >= MOST_QR_CODES:
        raise GraphError(100, f"A number has at most {MOST_QR_CODES} QR codes.")
    form = wanted.get("generate_qr_image")
    if form not in (None, "PNG", "SVG"):
        raise GraphError(100, "Param generate_qr_image must be one of {PNG, SVG}.")
    code = str(code or "".join(secrets.choice(_QR_LETTERS) for _ in range(14)))
    found = {
        "code": code,
        "prefilled_message": text,
        "deep_link_url": f"https://wa.me/message/{code}",
    }
    if form:
        found["qr_image_url"] = f"{simulator.config.public_url}/qr/{code}.{form.lower()}"
    number.qr_codes[code] = found
    simulator.store.touch()
    return found


async def delete_qr_code(simulator: Simulator, request: Request) -> Json:
    """`DELETE /{phone_number_id}/message_qrdls/{code}`."""
    number = require_number(simulator, request)
    if number.qr_codes.pop(request.path_params["code"], None) is None:
        raise unknown_object(request.path_params["code"], "delete")
    simulator.store.touch()
    return {"success": True}


# --- the block list -------------------------------------------------------------------------------


def _users(body: Any) -> list[Json]:
    rows = _object(body).get("block_users")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise GraphError(131008, "The parameter block_users is required.")
    if len(rows) > MOST_BLOCKED_AT_ONCE:
        raise GraphError(100, f"At most {MOST_BLOCKED_AT_ONCE} users at once.")
    return rows


def _named(simulator: Simulator, row: Json) -> tuple[str, Customer | None]:
    """What the caller wrote, and who that is. Parent user ids are refused."""
    if row.get("user_id"):
        name = str(row["user_id"])
        if not BSUID.match(name) or ".ENT." in name:
            return name, None
        return name, simulator.store.find_recipient(None, name)
    name = str(row.get("user") or "")
    return name, simulator.store.find_recipient(digits_of(name) or "", None)


def _entry(name: str, customer: Customer) -> Json:
    found: Json = {"input": name}
    if BSUID.match(name):
        return found | {"user_id": customer.user_id}
    return found | {"wa_id": customer.wa_id}


async def block(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/block_users`: only who wrote within 24 hours."""
    number, now = require_number(simulator, request), simulator.store.clock.now()
    added: list[Json] = []
    failed: list[Json] = []
    rows = _users(body)
    if len(number.blocked) + len(rows) > MOST_BLOCKED:
        raise GraphError(139101)
    for row in rows:
        name, customer = _named(simulator, row)
        last = customer.last_inbound.get(number.id, 0.0) if customer else 0.0
        if customer is None or (
            simulator.store.faults.block_needs_contact and now - last > WINDOW_S
        ):
            words = "The user has not messaged the business in the last 24 hours."
            error = {"message": "Failed to block/unblock some users", "code": 139100}
            failed.append({"input": name, "errors": [error | {"error_data": {"details": words}}]})
            continue
        if customer.id not in number.blocked:
            number.blocked.append(customer.id)
        added.append(_entry(name, customer))
    simulator.store.touch()
    if not added:
        raise GraphError(139100)
    found: Json = {"added_users": added}
    if failed:
        found["failed_users"] = failed
    return {"messaging_product": "whatsapp", "block_users": found}


async def unblock(simulator: Simulator, request: Request, body: Any) -> Json:
    """`DELETE /{phone_number_id}/block_users`."""
    number = require_number(simulator, request)
    removed: list[Json] = []
    for row in _users(body):
        name, customer = _named(simulator, row)
        if customer is not None and customer.id in number.blocked:
            number.blocked.remove(customer.id)
            removed.append(_entry(name, customer))
    simulator.store.touch()
    return {"messaging_product": "whatsapp", "block_users": {"removed_users": removed}}


async def blocked(simulator: Simulator, request: Request) -> Json:
    """`GET /{phone_number_id}/block_users`."""
    number, rows = require_number(simulator, request), []
    for customer_id in number.blocked:
        customer = simulator.store.customers.get(customer_id)
        if customer is not None:
            row: Json = {"messaging_product": "whatsapp", "user_id": customer.user_id}
            if customer.wa_id and not customer.hide_phone:
                row["wa_id"] = customer.wa_id
            rows.append(row)
    return {"data": rows, "paging": _PAGING}


# --- username -------------------------------------------------------------------------------------


async def username(simulator: Simulator, request: Request) -> Json:
    """`GET /{phone_number_id}/username`."""
    number = require_number(simulator, request)
    if number.username is None:
        return {}
    return {"username": number.username, "status": "approved"}


async def change_username(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/username`; errors 147001 and 147005."""
    number, wanted = require_number(simulator, request), _object(body)
    name = str(wanted.get("username") or "").lower()
    if not _USERNAME.match(name) or _DOMAIN.search(name):
        raise GraphError(147001, "3 to 35 of a-z, 0-9, . and _, with at least one letter.")
    owner = next((n for n in simulator.store.numbers.values() if n.username == name), None)
    if owner is not None and owner is not number:
        if wanted.get("transfer_action") != "force_transfer":
            raise GraphError(147005)
        owner.username = None
    if simulator.store.find_customer(name) is not None:
        raise GraphError(147001)
    number.username = name
    simulator.store.touch()
    value = {
        "display_phone_number": number.display_phone_number,
        "username": name,
        "status": "approved",
    }
    change = {"value": value, "field": "business_username_updates"}
    simulator.deliverer.send_changes([change], "business_username_updates", waba_id=number.waba_id)
    return {"status": "approved"}


async def delete_username(simulator: Simulator, request: Request) -> Json:
    """`DELETE /{phone_number_id}/username`."""
    require_number(simulator, request).username = None
    simulator.store.touch()
    return {"success": True}


async def username_suggestions(simulator: Simulator, request: Request) -> Json:
    """`GET /{phone_number_id}/username_suggestions`."""
    number = require_number(simulator, request)
    words = re.sub(r"[^a-z0-9]+", ".", number.verified_name.lower()).strip(".") or "business"
    return {"data": [{"username_suggestions": [words, f"{words}.service", f"{words}_help"]}]}


# --- registration ---------------------------------------------------------------------------------


async def request_code(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/request_code`: the code is always 123456."""
    number, wanted = require_number(simulator, request), _object(body)
    if str(wanted.get("code_method", "")).upper() not in {"SMS", "VOICE"}:
        raise GraphError(100, "Param code_method must be one of {SMS, VOICE}.")
    number.verification = "NOT_VERIFIED"
    simulator.store.touch()
    return {"success": True}


async def verify_code(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/verify_code`."""
    number, wanted = require_number(simulator, request), _object(body)
    if str(wanted.get("code", "")).replace("-", "") != CODE:
        raise GraphError(100, "The code is wrong.", subcode=2388091)
    number.verification = "VERIFIED"
    simulator.store.touch()
    return {"success": True}


async def register(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/register`: ten times in 72 hours; the PIN must stay the same."""
    number, wanted = require_number(simulator, request), _object(body)
    _count_registration(simulator, number)
    pin = str(wanted.get("pin", ""))
    if len(pin) != 6 or not pin.isdigit():
        raise GraphError(131009 if pin else 131008, "Param pin must have six digits.")
    if number.verification != "VERIFIED":
        raise GraphError(133006)
    if number.pin not in (None, pin):
        raise GraphError(133005)
    number.pin = pin
    if number.status in {"DISCONNECTED", "PENDING", "UNVERIFIED"}:
        number.status = "CONNECTED"
    return {"success": True}


async def deregister(simulator: Simulator, request: Request) -> Json:
    """`POST /{phone_number_id}/deregister`: sends are refused with 133010 from then on."""
    number = require_number(simulator, request)
    _count_registration(simulator, number)
    number.status = "DISCONNECTED"
    return {"success": True}


def _count_registration(simulator: Simulator, number: Number) -> None:
    now = simulator.store.clock.now()
    number.registrations = [at for at in number.registrations if now - at < REGISTRATION_S]
    if len(number.registrations) >= REGISTRATIONS:
        raise GraphError(133016)
    number.registrations.append(now)
    simulator.store.touch()


async def settings(simulator: Simulator, request: Request) -> Json:
    """`GET /{phone_number_id}/settings`."""
    return dict(require_number(simulator, request).settings)


async def change_settings(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/settings`: kept, and shown again. Also conversational automation."""
    number = require_number(simulator, request)
    number.settings |= _object(body)
    simulator.store.touch()
    return {"success": True}


# --- history of a message -------------------------------------------------------------------------


async def message_history(simulator: Simulator, request: Request) -> Json:
    """`GET /{phone_number_id}/message_history?message_id=…`: the delivery events of a message."""
    number = require_number(simulator, request)
    wamid = request.query_params.get("message_id")
    if not wamid:
        raise GraphError(131008, "The parameter message_id is required.")
    message = simulator.store.messages.get(wamid)
    if message is None or message.phone_number_id != number.id:
        raise GraphError(131009, "Param message_id is not a valid message id.")
    events = [
        {
            "id": base64.urlsafe_b64encode(f"{wamid[-12:]}{index}".encode()).decode(),
            "delivery_status": str(event["status"]).upper(),
            "timestamp": int(event["at"]),
        }
        for index, event in enumerate(message.events)
    ]
    history = {"id": wamid, "message_id": wamid, "events": {"data": events}}
    return {"data": [history], "paging": _PAGING}


# --- resumable uploads, for examples of template headers ------------------------------------------


async def begin_upload(_simulator: Simulator, request: Request) -> Json:
    """`POST /{app_id}/uploads?file_name&file_length&file_type`: an upload session."""
    if not request.query_params.get("file_type"):
        raise GraphError(100, "The parameter file_type is required.")
    return {"id": f"upload:{secrets.token_urlsafe(24)}"}


async def finish_upload(_simulator: Simulator, request: Request) -> Json:
    """`POST /upload:…` with the bytes: the handle for `example.header_handle`."""
    content = await request.body()
    if not content:
        raise GraphError(131053, "The file is empty.")
    return {"h": f"4::{secrets.token_urlsafe(32)}"}
