"""Message templates: list with cursors, create, edit, delete, and what Meta decides on them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from starlette.requests import Request

from simulator.core import Simulator
from simulator.errors import GraphError, unknown_object
from simulator.graph_numbers import require_waba
from simulator.ids import new_number_id
from simulator.models import Template
from simulator.view import placeholders

Json = dict[str, Any]
CATEGORIES = {"MARKETING", "UTILITY", "AUTHENTICATION"}
_NAME = re.compile(r"^[a-z0-9_]{1,512}$")


def template_json(template: Template) -> Json:
    """One template as Graph lists it."""
    body: Json = {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "quality_score": {"score": template.quality},
    }
    if template.status == "REJECTED":
        body["rejected_reason"] = template.rejected_reason
    return body


async def index(simulator: Simulator, request: Request) -> Json:
    """`GET /{waba_id}/message_templates`."""
    account = require_waba(simulator, request)
    query = request.query_params
    found = [
        each
        for each in simulator.store.templates.values()
        if (each.waba_id or simulator.config.waba_id) == account.id
        and all(
            query.get(name) in (None, "", getattr(each, name))
            for name in ("name", "status", "category", "language")
        )
    ]
    try:
        limit = max(1, min(int(query.get("limit", "25")), 1000))
        start = _position(query["after"]) + 1 if query.get("after") else 0
        if query.get("before"):
            start = max(0, _position(query["before"]) - limit)
    except (ValueError, binascii.Error):
        raise GraphError(100, "Invalid limit or cursor.") from None
    page = found[start : start + limit]
    answer: Json = {"data": [template_json(each) for each in page]}
    if page:
        after = _cursor(start + len(page) - 1)
        answer["paging"] = {"cursors": {"before": _cursor(start), "after": after}}
        if start + limit < len(found):
            answer["paging"]["next"] = str(request.url.include_query_params(after=after))
        if start:
            answer["paging"]["previous"] = str(
                request.url.remove_query_params("after").include_query_params(before=_cursor(start))
            )
    return answer


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"t{position}".encode()).decode()


def _position(cursor: str) -> int:
    return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("t"))


async def create(simulator: Simulator, request: Request, body: Any) -> Json:
    """`POST /{waba_id}/message_templates`: pending until a control decides on it."""
    account = require_waba(simulator, request)
    if not isinstance(body, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    name, language = str(body.get("name", "")), str(body.get("language", ""))
    category = str(body.get("category", "")).upper()
    if not _NAME.match(name):
        raise GraphError(100, "Param name must be lowercase letters, digits and underscores.")
    if not language:
        raise GraphError(100, "The parameter language is required.")
    if category not in CATEGORIES:
        raise GraphError(100, "Param category must be one of {UTILITY, MARKETING, AUTHENTICATION}.")
    if simulator.store.find_template(name, language, account.id) is not None:
        raise GraphError(100, "There is already content in this language.", subcode=2388024)
    template = Template(
        id=new_number_id(),
        name=name,
        language=language,
        category=category,
        status="PENDING",
        components=_components(body.get("components"), category),
        parameter_format=str(body.get("parameter_format", "POSITIONAL")).upper(),
        waba_id=account.id,
        created_at=simulator.store.clock.now(),
    )
    simulator.store.templates[template.id] = template
    simulator.store.touch()
    return {"id": template.id, "status": template.status, "category": category}


def _components(found: Any, category: str) -> list[Json]:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise GraphError(100, "Param components must be an array of objects.")
    kinds = [str(each.get("type", "")).upper() for each in found]
    if "BODY" not in kinds:
        raise GraphError(100, "Param components must hold a BODY.")
    longest = {"HEADER": 60, "BODY": 1024, "FOOTER": 60}
    for kind, component in zip(kinds, found, strict=True):
        text = str(component.get("text", ""))
        if len(text) > longest.get(kind, 1024):
            raise GraphError(100, f"{kind} is too long.", subcode=2388040)
        if kind == "BODY" and category != "AUTHENTICATION":
            if not text:
                raise GraphError(100, "The BODY needs a text.", subcode=2388047)
            if text.startswith("{{") or text.endswith("}}"):
                raise GraphError(
                    100, "Variables can't be at the start or end of the template.",
                    subcode=2388299,
                )  # fmt: skip
            if placeholders(text) and "example" not in component:
                raise GraphError(100, "The BODY has variables but no example.", subcode=2388043)
        if kind == "BUTTONS" and len(component.get("buttons") or []) > 10:
            raise GraphError(100, "At most 10 buttons are allowed.")
    return found


def edit(simulator: Simulator, template_id: str, body: Any) -> Json:
    """`POST /{template_id}`: back to pending."""
    template = simulator.store.templates[template_id]
    if isinstance(body, dict) and "components" in body:
        template.components = _components(body["components"], template.category)
    template.status = "PENDING"
    simulator.store.touch()
    return {"success": True}


async def delete(simulator: Simulator, request: Request) -> Json:
    """`DELETE /{waba_id}/message_templates?name=…[&hsm_id=…]`."""
    account = require_waba(simulator, request)
    name, number = request.query_params.get("name"), request.query_params.get("hsm_id")
    if not name:
        raise GraphError(100, "The parameter name is required.")
    gone = [
        each.id
        for each in simulator.store.templates.values()
        if each.name == name
        and number in (None, each.id)
        and (each.waba_id or simulator.config.waba_id) == account.id
    ]
    if not gone:
        raise unknown_object(number or name, "delete")
    for each in gone:
        del simulator.store.templates[each]
    simulator.store.touch()
    return {"success": True}


def status_change(template: Template, event: str, reason: str) -> Json:
    """The webhook change that tells of a decision."""
    value: Json = {
        "event": event,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
        "reason": reason,
        "message_template_category": template.category,
    }
    if event == "PAUSED":
        value["other_info"] = {
            "title": "FIRST_PAUSE",
            "description": "Paused for 3 hours because of low quality.",
        }
    return {"value": value, "field": "message_template_status_update"}
