"""`POST /control/templates`: Meta decides on a template."""

from __future__ import annotations

from typing import Any

from simulator import review
from simulator.control_parts import ControlError
from simulator.core import Simulator
from simulator.graph_templates import template_json

Json = dict[str, Any]
_QUALITIES = ("GREEN", "YELLOW", "RED", "UNKNOWN")
_CHANGES = ("category", "quality", "components", "held", "release")


async def change_template(simulator: Simulator, body: Json) -> Json:
    """`name`, `language` and what Meta decides; each decision is told by its own webhook."""
    store = simulator.store
    template = store.find_template(
        str(body.get("name")), str(body.get("language", "de")), body.get("waba")
    )
    if template is None:
        raise ControlError("no such template: give name and language")
    told = []
    if "components" in body:
        parts = body["components"]
        if not isinstance(parts, list) or not all(isinstance(each, dict) for each in parts):
            raise ControlError("components must be a list of objects")
        told.append(review.change_components(simulator, template, body["components"]))
    if body.get("category"):
        category, announced = str(body["category"]).upper(), bool(body.get("announced"))
        told.append(review.change_category(simulator, template, category, announced=announced))
    if body.get("quality"):
        quality = str(body["quality"]).upper()
        if quality not in _QUALITIES:
            raise ControlError(f"quality must be one of {', '.join(_QUALITIES)}")
        told.append(review.change_quality(simulator, template, quality))
    if "held" in body:
        template.held = int(body["held"])
    released = 0
    if body.get("release"):
        released = review.release(simulator, template, send=body["release"] != "drop")
    if "status" in body or not any(name in body for name in _CHANGES):
        event = str(body.get("status", "APPROVED")).upper()
        if event not in review.EVENTS:
            raise ControlError(f"status must be one of {', '.join(review.EVENTS)}")
        reason = str(body.get("reason", "NONE"))
        told.append(review.decide(simulator, template, event, reason))
    store.touch()
    attempts = [await each for each in told]
    return template_json(template) | {
        "delivered": all(each.delivered for each in attempts),
        "released": released,
        "paused_until": template.paused_until,
    }
