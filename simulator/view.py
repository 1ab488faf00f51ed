"""How the phone's page sees messages and customers: JSON without anything to look up."""

from __future__ import annotations

import re
from typing import Any

from simulator.models import Customer, Message, Template
from simulator.store import Store

Json = dict[str, Any]
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


def message_json(store: Store, message: Message) -> Json:
    """One bubble."""
    content = {k: v for k, v in message.content.items() if not k.startswith("_")}
    quoted = store.messages.get(str((message.context or {}).get("id", "")))
    return {
        "wamid": message.wamid,
        "number": message.phone_number_id,
        "direction": message.direction,
        "type": message.type,
        "content": content,
        "timestamp": message.timestamp,
        "status": message.status,
        "reactions": message.reactions,
        "view": message.view,
        "error": (message.error or {}).get("code"),
        "edited": message.edited,
        "revoked": message.revoked,
        "echo": message.echo,
        "forwarded": bool((message.context or {}).get("forwarded")),
        "quote": None
        if quoted is None
        else {
            "wamid": quoted.wamid,
            "direction": quoted.direction,
            "type": quoted.type,
            "text": summary(quoted),
        },
    }


def on_phone(message: Message) -> bool:
    """Whether the customer's phone shows it: what failed or has not arrived it does not."""
    if message.type in {"reaction", "edit", "revoke", "system"} or message.customer_id is None:
        return False
    if message.type == "unsupported" and message.content.get("type") == "edit":
        return False
    return message.direction == "inbound" or message.status in {"delivered", "read", "played"}


def summary(message: Message) -> str:
    """A few words of a message, for quotes."""
    content = message.content
    if message.view is not None:
        return str(message.view.get("body", ""))[:120]
    match message.type:
        case "text":
            words = content.get("body", "")
        case "interactive":
            reply = content.get("button_reply") or content.get("list_reply") or {}
            words = reply.get("title") or (content.get("body") or {}).get("text", "")
        case "button":
            words = content.get("text", "")
        case "location":
            words = content.get("name") or "📍"
        case "image" | "video" | "document" | "audio" | "sticker":
            words = content.get("caption") or content.get("filename") or ""
        case _:
            words = ""
    return str(words)[:120]


def customer_json(store: Store, customer: Customer) -> Json:
    """The owner of a phone, with the state of the customer service window."""
    number_id = store.config.phone_number_id
    return {
        "id": customer.id,
        "name": customer.name,
        "phone": customer.wa_id,
        "user_id": customer.user_id,
        "username": customer.username,
        "hide_phone": customer.hide_phone,
        "online": customer.online,
        "read_receipts": customer.read_receipts,
        "blocked": customer.blocked,
        "stopped_marketing": customer.stopped_marketing,
        "window_until": customer.window_until(number_id),
        "windows": {each: customer.window_until(each) for each in customer.last_inbound},
    }


def fill(text: str, values: dict[str, str]) -> str:
    """Put `values` in the place of `{{1}}` or `{{name}}`."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def placeholders(text: str) -> list[str]:
    """The placeholders in a text, each once, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def template_view(template: Template, sent: list[Json]) -> Json:
    """A template with its parameters filled in, ready to draw."""
    view: Json = {"template": template.name} | _filled(template.components, sent)
    carousel = template.component("CAROUSEL")
    if carousel is not None:
        cards = next((each.get("cards") or [] for each in sent if "cards" in each), [])
        by_index = {str(card.get("card_index")): card.get("components") or [] for card in cards}
        view["cards"] = [
            _filled(card.get("components") or [], by_index.get(str(index), []))
            for index, card in enumerate(carousel.get("cards") or [])
        ]
    return view


def _filled(components: list[Json], sent: list[Json]) -> Json:
    """Header, body, footer and buttons of a template or of one card."""
    wanted = {str(each.get("type", "")).upper(): each for each in components}
    by_kind = {str(c.get("type", "")).lower(): c for c in sent if c.get("type") != "button"}

    def values(kind: str) -> dict[str, str]:
        parameters = by_kind.get(kind, {}).get("parameters") or []
        return {
            str(p.get("parameter_name") or i): parameter_text(p)
            for i, p in enumerate(parameters, start=1)
        }

    view: Json = {"buttons": []}
    header = wanted.get("HEADER")
    if header is not None:
        view["header"] = {"format": header.get("format", "TEXT")}
        if header.get("format", "TEXT") == "TEXT":
            view["header"]["text"] = fill(str(header.get("text", "")), values("header"))
        else:
            parameters = by_kind.get("header", {}).get("parameters") or [{}]
            kind = str(header["format"]).lower()
            view["header"]["media"] = parameters[0].get(kind) or {}
    view["body"] = fill(str(wanted.get("BODY", {}).get("text", "")), values("body"))
    if "FOOTER" in wanted:
        view["footer"] = wanted["FOOTER"].get("text", "")
    payloads = {
        int(c.get("index", 0)): (c.get("parameters") or [{}])[0]
        for c in sent
        if c.get("type") == "button"
    }
    for index, button in enumerate(wanted.get("BUTTONS", {}).get("buttons") or []):
        parameter = payloads.get(index, {})
        view["buttons"].append(
            {
                "type": button.get("type"),
                "text": button.get("text", ""),
                "payload": parameter.get("payload") or button.get("text", ""),
                "url": fill(str(button.get("url", "")), {"1": str(parameter.get("text", ""))}),
                "phone": button.get("phone_number", ""),
            }
        )
    return view


def parameter_text(parameter: Json) -> str:
    """The words a template parameter shows."""
    kind = parameter.get("type")
    if kind in {"currency", "date_time"}:
        amount = parameter.get(str(kind))
        return str(amount.get("fallback_value", "")) if isinstance(amount, dict) else ""
    return str(parameter.get("text", ""))
