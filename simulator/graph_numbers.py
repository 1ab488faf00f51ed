"""The business account, its numbers, their profile, and subscriptions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from simulator.core import Simulator
from simulator.errors import GraphError, unknown_object
from simulator.models import Number

Json = dict[str, Any]
_PROFILE_LENGTHS = {"about": 139, "address": 256, "description": 512, "email": 128}


def require_waba(simulator: Simulator, request: Request) -> None:
    """Refuse any other WhatsApp Business Account than ours."""
    if request.path_params["waba_id"] != simulator.config.waba_id:
        raise unknown_object(request.path_params["waba_id"], request.method.lower())


def require_number(simulator: Simulator, request: Request) -> Number:
    """The business number of the path."""
    number = simulator.store.numbers.get(request.path_params["number_id"])
    if number is None:
        raise unknown_object(request.path_params["number_id"], request.method.lower())
    return number


def number_json(simulator: Simulator, number: Number) -> Json:
    """`GET /{phone_number_id}`."""
    digits = number.display_phone_number
    rate = simulator.store.faults.throughput_per_s
    return {
        "id": number.id,
        "display_phone_number": f"+{digits[:2]} {digits[2:5]} {digits[5:]}",
        "verified_name": number.verified_name,
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "HIGH" if rate > 80 or rate == 0 else "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_10K",
        "status": "CONNECTED",
        "webhook_configuration": {"application": simulator.deliverer.url},
        "health_status": {
            "can_send_message": "AVAILABLE",
            "entities": [
                {"entity_type": "PHONE_NUMBER", "id": number.id, "can_send_message": "AVAILABLE"},
                {
                    "entity_type": "WABA",
                    "id": simulator.config.waba_id,
                    "can_send_message": "AVAILABLE",
                },
            ],
        },
    }


def waba_json(simulator: Simulator) -> Json:
    """`GET /{waba_id}`."""
    return {
        "id": simulator.config.waba_id,
        "name": simulator.config.verified_name,
        "timezone_id": "57",
        "currency": "EUR",
        "message_template_namespace": "5a1c2f30_simulator",
    }


async def index(simulator: Simulator, request: Request) -> Json:
    """`GET /{waba_id}/phone_numbers`."""
    require_waba(simulator, request)
    numbers = [number_json(simulator, number) for number in simulator.store.numbers.values()]
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


async def subscribe(simulator: Simulator, request: Request) -> Json:
    """`POST` and `DELETE /{waba_id}/subscribed_apps`: always subscribed here."""
    require_waba(simulator, request)
    return {"success": True}


async def acknowledge(simulator: Simulator, request: Request) -> Json:
    """Register, deregister, settings: taken note of."""
    require_number(simulator, request)
    return {"success": True}


def configure(simulator: Simulator, object_id: str) -> Json:
    """`POST /{phone_number_id}`, e.g. a webhook override: taken note of."""
    if object_id not in simulator.store.numbers:
        raise unknown_object(object_id, "post")
    return {"success": True}
