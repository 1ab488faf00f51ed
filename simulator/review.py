"""What Meta decides on templates: review, pauses, quality; each told by webhook."""

from __future__ import annotations

import asyncio
from typing import Any

from simulator.core import Simulator
from simulator.delivery import Attempt
from simulator.errors import status_error
from simulator.models import Template

Json = dict[str, Any]
FIRST_PAUSE_S, SECOND_PAUSE_S = 3 * 3600.0, 6 * 3600.0
EVENTS = (
    "APPROVED", "ARCHIVED", "UNARCHIVED", "DELETED", "DISABLED", "FLAGGED", "IN_APPEAL",
    "LIMIT_EXCEEDED", "LOCKED", "PAUSED", "PENDING", "REINSTATED", "PENDING_DELETION", "REJECTED",
)  # fmt: skip


def begin(simulator: Simulator, template: Template) -> None:
    """A review that decides by itself, when the faults say so."""
    wanted = simulator.store.faults.auto_review
    if wanted is None:
        return
    reason = "NONE" if wanted.upper() == "APPROVED" else "INVALID_FORMAT"

    def decide_on_it() -> None:
        if template.status == "PENDING" and template.id in simulator.store.templates:
            decide(simulator, template, wanted.upper(), reason)

    asyncio.get_running_loop().call_later(simulator.store.faults.review_s, decide_on_it)


def decide(
    simulator: Simulator, template: Template, event: str, reason: str = "NONE"
) -> asyncio.Future[Attempt]:
    """Take the decision over and tell it. A third pause disables."""
    now = simulator.store.clock.now()
    other: Json | None = None
    if event == "PAUSED":
        template.pauses += 1
        if template.pauses > 2:
            event = "DISABLED"
        else:
            first = template.pauses == 1
            length = FIRST_PAUSE_S if first else SECOND_PAUSE_S
            template.paused_until = now + length
            other = {
                "title": "FIRST_PAUSE" if first else "SECOND_PAUSE",
                "description": f"Paused for {int(length // 3600)} hours because of low quality.",
            }
    elif event == "APPROVED" and template.status == "PAUSED":
        other = {"title": "UNPAUSE", "description": "The pause is over."}
    template.status = {"REINSTATED": "APPROVED", "UNARCHIVED": "APPROVED"}.get(event, event)
    template.rejected_reason = reason
    if template.status != "PAUSED":
        template.paused_until = None
    value = _named(template) | {
        "event": event,
        "reason": reason,
        "message_template_category": template.category,
    }
    if other is not None:
        value["other_info"] = other
    if event == "DISABLED":
        value["disable_info"] = {"disable_date": str(int(now))}
        value["other_info"] = {"title": "DISABLED", "description": "Disabled for low quality."}
    if event == "REJECTED":
        value["rejection_info"] = {
            "reason": "The template does not follow the format rules.",
            "recommendation": "Change it and send it in again.",
        }
    return _tell(simulator, template, "message_template_status_update", value)


def settle(simulator: Simulator) -> None:
    """End the pauses whose time is over."""
    now = simulator.store.clock.now()
    for template in simulator.store.templates.values():
        if template.paused_until is not None and now >= template.paused_until:
            decide(simulator, template, "APPROVED")


def change_category(
    simulator: Simulator, template: Template, category: str, *, announced: bool
) -> asyncio.Future[Attempt]:
    """Meta puts a template into another category, or says that it will."""
    value = _named(template)
    if announced:
        value |= {"new_category": template.category, "correct_category": category}
    else:
        value |= {"previous_category": template.category, "new_category": category}
        template.previous_category, template.category = template.category, category
    return _tell(simulator, template, "template_category_update", value)


def change_quality(
    simulator: Simulator, template: Template, quality: str
) -> asyncio.Future[Attempt]:
    """GREEN, YELLOW, RED or UNKNOWN."""
    value = _named(template) | {
        "previous_quality_score": template.quality,
        "new_quality_score": quality,
    }
    template.quality, template.quality_at = quality, simulator.store.clock.now()
    return _tell(simulator, template, "message_template_quality_update", value)


def change_components(
    simulator: Simulator, template: Template, components: list[Json]
) -> asyncio.Future[Attempt]:
    """The texts have changed (in WhatsApp Manager)."""
    template.components = components
    value = _named(template)
    for kind, key in (("HEADER", "title"), ("BODY", "element"), ("FOOTER", "footer")):
        component = template.component(kind)
        if component is not None and component.get("text"):
            value[f"message_template_{key}"] = component["text"]
    buttons = (template.component("BUTTONS") or {}).get("buttons") or []
    if buttons:
        value["message_template_buttons"] = [
            {"message_template_button_type": each.get("type"),
             "message_template_button_text": each.get("text", "")}
            for each in buttons
        ]  # fmt: skip
    return _tell(simulator, template, "message_template_components_update", value)


def release(simulator: Simulator, template: Template, *, send: bool) -> int:
    """What was held for a quality assessment is sent, or dropped with 132015. How many."""
    template.held = 0
    waiting = [
        message
        for message in simulator.store.outbound()
        if message.status == "held" and message.held_for == template.id
    ]
    for message in waiting:
        message.held_for = None
        if send:
            message.status = "accepted"
            simulator.lifecycle.start(message)
        else:
            message.error = status_error(132015)
            simulator.lifecycle.report(message, "failed")
    return len(waiting)


def _named(template: Template) -> Json:
    return {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }


def _tell(
    simulator: Simulator, template: Template, field: str, value: Json
) -> asyncio.Future[Attempt]:
    simulator.store.touch()
    waba_id = template.waba_id or simulator.config.waba_id
    change = {"value": value, "field": field}
    return simulator.deliverer.send_changes([change], field, waba_id=waba_id)
