"""The business account, its numbers, their profile, and subscriptions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from simulator.core import Simulator
from simulator.errors import GraphError, unknown_object
from simulator.health import health_of_account, health_of_number
from simulator.limits import throughput
from simulator.models import Account, Number

Json = dict[str, Any]
_PROFILE_LENGTHS = {"about": 139, "address": 256, "description": 512, "email": 128}


def require_waba(simulator: Simulator, request: Request) -> Account:
    """The WhatsApp Business Account of the path."""
    account = simulator.store.accounts.get(request.path_params["waba_id"])
    if account is None:
        raise unknown_object(request.path_params["waba_id"], request.method.lower())
    return account


def require_number(simulator: Simulator, request: Request) -> Number:
    """The business number of the path."""
    number = simulator.store.numbers.get(request.path_params["number_id"])
    if number is None:
        raise unknown_object(request.path_params["number_id"], request.method.lower())
    return number


def number_json(simulator: Simulator, number: Number) -> Json:
    """`GET /{phone_number_id}`."""
    digits = number.display_phone_number
    rate = throughput(number, simulator.store.faults)
    return {
        "id": number.id,
        "display_phone_number": f"+{digits[:2]} {digits[2:5]} {digits[5:]}",
        "verified_name": number.verified_name,
        "quality_rating": number.quality,
        "quality_score": {"score": number.quality},
        "code_verification_status": number.verification,
        "name_status": number.name_status,
        "platform_type": "CLOUD_API",
        "is_on_biz_app": number.coexistence,
        "throughput": {"level": "HIGH" if rate > 80 or rate == 0 else "STANDARD"},
        "whatsapp_business_manager_messaging_limit": simulator.store.portfolio(number).tier,
        "status": number.status,
        "webhook_configuration": {"application": simulator.deliverer.url},
        "health_status": health_of_number(simulator.store, number),
    }


def waba_json(simulator: Simulator, account: Account) -> Json:
    """`GET /{waba_id}`."""
    return {
        "id": account.id,
        "name": account.name,
        "timezone_id": "57",
        "currency": "EUR",
        "message_template_namespace": "5a1c2f30_simulator",
        "account_review_status": "APPROVED",
        "owner_business_info": {"id": account.business_id, "name": "Simulator"},
        "status": account.status,
        "health_status": health_of_account(simulator.store, account),
    }


def narrowed(found: Json, fields: str | None) -> Json:
    """Only the `fields` asked for, and always the id; all of them when none are named."""
    names = {name.partition("{")[0].strip() for name in (fields or "").split(",")} - {""}
    if not names:
        return found
    return {name: value for name, value in found.items() if name in names or name == "id"}


async def index(simulator: Simulator, request: Request) -> Json:
    """`GET /{waba_id}/phone_numbers`."""
    account = require_waba(simulator, request)
    fields = request.query_params.get("fields")
    numbers = [
        narrowed(number_json(simulator, number), fields)
        for number in simulator.store.numbers.values()
        if number.waba_id == account.id and number.status != "DELETED"
    ]
    return {"data": numbers, "paging": {"cursors": {"before": "QVFI", "after": "QVFJ"}}}


async def profile(simulator: Simulator, request: Request) -> Json:
    """`GET /{phone_number_id}/whatsapp_business_profile`."""
    return {"data": [require_number(simulator, request).profile]}


async def change_profile(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{phone_number_id}/whatsapp_business_profile`."""
    number = require_number(simulator, request)
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    for name, longest in _PROFILE_LENGTHS.items():
        if len(str(body.get(name, ""))) > longest:
            raise GraphError(100, f"Param {name} must be at most {longest} characters long.")
    if len(body.get("websites") or []) > 2:
        raise GraphError(100, "Param websites must hold at most 2 entries.")
    number.profile |= body
    simulator.store.touch()
    return {"success": True}


async def subscriptions(simulator: Simulator, request: Request) -> Json:
    """`GET /{waba_id}/subscribed_apps`."""
    require_waba(simulator, request)
    app = {"id": "670843887433847", "name": "Helpdesk", "link": simulator.config.public_url}
    return {"data": [{"whatsapp_business_api_data": app}]}


async def debug_token(simulator: Simulator, request: Request) -> Json:
    """`GET /debug_token?input_token=`: what the token may do, and until when."""
    token = request.query_params.get("input_token", "")
    if not token:
        raise GraphError(100, "The parameter input_token is required.")
    valid = token in simulator.store.all_tokens()
    scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
    return {
        "data": {
            "app_id": "670843887433847",
            "type": "SYSTEM_USER",
            "application": "Helpdesk",
            "is_valid": valid,
            "expires_at": 0,
            "scopes": scopes if valid else [],
        }
    }


async def subscribe(simulator: Simulator, request: Request) -> Json:
    """`POST` and `DELETE /{waba_id}/subscribed_apps`: always subscribed here."""
    require_waba(simulator, request)
    return {"success": True}


def configure(simulator: Simulator, object_id: str) -> Json:
    """`POST /{phone_number_id}`, e.g. a webhook override: taken note of."""
    if object_id not in simulator.store.numbers:
        raise unknown_object(object_id, "post")
    return {"success": True}
