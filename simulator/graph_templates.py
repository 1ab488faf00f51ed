"""Message templates: list with cursors, create, edit, delete, and what Meta decides on them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from starlette.requests import Request

from simulator import review
from simulator.core import Simulator
from simulator.errors import GraphError, unknown_object
from simulator.graph_numbers import narrowed, require_waba
from simulator.ids import new_number_id
from simulator.models import Template
from simulator.template_rules import CATEGORIES, check_components

Json = dict[str, Any]
DAY_S = 86400.0
MOST_TEMPLATES = 250
MOST_PER_HOUR = 100
MOST_EDITS = 10
_NAME = re.compile(r"^[a-z0-9_]{1,512}$")


def account_of(simulator: Simulator, template: Template) -> str:
    """The business account a template belongs to."""
    return template.waba_id or simulator.config.waba_id


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
        "quality_score": {"score": template.quality, "date": int(template.quality_at)},
        "rejected_reason": template.rejected_reason,
    }
    if template.previous_category:
        body["previous_category"] = template.previous_category
    return body


async def index(simulator: Simulator, request: Request) -> Json:
    """`GET /{waba_id}/message_templates`."""
    account = require_waba(simulator, request)
    review.settle(simulator)
    query = request.query_params
    found = [
        each
        for each in simulator.store.templates.values()
        if account_of(simulator, each) == account.id
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
    fields = query.get("fields")
    count = sum(account_of(simulator, t) == account.id for t in simulator.store.templates.values())
    answer: Json = {"data": [narrowed(template_json(each), fields) for each in page]}
    if query.get("summary"):
        answer["summary"] = {
            "total_count": len(found),
            "message_template_count": count,
            "message_template_limit": MOST_TEMPLATES,
            "are_translations_complete": True,
        }
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
    """`POST /{waba_id}/message_templates`: pending until it is decided on."""
    account, store = require_waba(simulator, request), simulator.store
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
    form = str(body.get("parameter_format", "POSITIONAL")).upper()
    if form not in {"POSITIONAL", "NAMED"}:
        raise GraphError(100, "Param parameter_format must be one of {POSITIONAL, NAMED}.")
    if store.find_template(name, language, account.id) is not None:
        raise GraphError(2388024)
    mine = [each for each in store.templates.values() if account_of(simulator, each) == account.id]
    if len(mine) >= MOST_TEMPLATES:
        raise GraphError(2388019)
    now = store.clock.now()
    if sum(now - each.created_at < 3600 for each in mine) >= MOST_PER_HOUR:
        raise GraphError(80008)
    template = Template(
        id=new_number_id(),
        name=name,
        language=language,
        category=category,
        status="PENDING",
        components=check_components(body.get("components"), category, form == "NAMED"),
        parameter_format=form,
        waba_id=account.id,
        created_at=now,
    )
    store.templates[template.id] = template
    store.touch()
    review.begin(simulator, template)
    return {"id": template.id, "status": template.status, "category": category}


def edit(simulator: Simulator, template_id: str, body: Any) -> Json:
    """`POST /{template_id}`: back to pending. Approved ones once a day, ten times in 30 days."""
    template, now = simulator.store.templates[template_id], simulator.store.clock.now()
    if not isinstance(body, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    review.settle(simulator)
    if template.status not in {"APPROVED", "REJECTED", "PAUSED"}:
        raise GraphError(100, f"A template that is {template.status} cannot be edited.")
    category = str(body.get("category", template.category)).upper()
    if category not in CATEGORIES:
        raise GraphError(100, "Param category must be one of {UTILITY, MARKETING, AUTHENTICATION}.")
    if template.status == "APPROVED":
        if category != template.category:
            raise GraphError(100, "The category of an approved template cannot be changed.")
        recent = [at for at in template.edits if now - at < 30 * DAY_S]
        if len(recent) >= MOST_EDITS or any(now - at < DAY_S for at in recent):
            raise GraphError(
                100, "An approved template can be edited once in 24 hours, 10 times in 30 days."
            )
    named = template.parameter_format == "NAMED"
    if "components" in body:
        template.components = check_components(body["components"], category, named)
    if template.status == "APPROVED":
        template.edits.append(now)
    template.category, template.status = category, "PENDING"
    simulator.store.touch()
    review.begin(simulator, template)
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
        and account_of(simulator, each) == account.id
    ]
    if not gone:
        raise unknown_object(number or name, "delete")
    for each in gone:
        del simulator.store.templates[each]
    simulator.store.touch()
    return {"success": True}
