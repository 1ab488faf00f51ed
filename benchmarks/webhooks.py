"""Webhooks as Meta sends them: signed text messages."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid

from benchmarks.place import APP_SECRET, PHONE_NUMBER_ID, WABA_ID

PATH = "/webhooks/whatsapp/"


def body(customer: int, text: str = "Wann fährt der nächste RE 7?") -> tuple[str, bytes]:
    """The wamid and the JSON of one text message of customer number `customer`."""
    wamid = f"wamid.BENCH{uuid.uuid4().hex}"
    wa_id = f"49171{39_300_000 + customer}"
    message = {
        "from": wa_id,
        "id": wamid,
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "4943139200100",
            "phone_number_id": PHONE_NUMBER_ID,
        },
        "contacts": [{"profile": {"name": f"Fahrgast {customer}"}, "wa_id": wa_id}],
        "messages": [message],
    }
    changes = [{"field": "messages", "value": value}]
    payload = {
        "object": "whatsapp_business_account",
        "entry": [{"id": WABA_ID, "changes": changes}],
    }
    return wamid, json.dumps(payload).encode()


def bodies(count: int, per_body: int, customers: int) -> list[bytes]:
    """`count` bodies of `per_body` messages of all kinds customers write, each of another one."""
    found = []
    for number in range(count):
        changes = [_change(number * per_body + place, customers) for place in range(per_body)]
        entry = [{"id": WABA_ID, "changes": changes}]
        payload = {"object": "whatsapp_business_account", "entry": entry}
        found.append(json.dumps(payload, ensure_ascii=False).encode())
    return found


def _change(number: int, customers: int) -> dict[str, object]:
    """One message as Meta sends it now: with user ids, sometimes quoting, not always a text."""
    customer = number % customers
    wa_id = f"49171{39_300_000 + customer}"
    message: dict[str, object] = {
        "from": wa_id,
        "from_user_id": f"DE.1393{customer:09}",
        "id": f"wamid.BENCH{uuid.uuid4().hex}",
        "timestamp": str(int(time.time())),
        **_content(number),
    }
    if number % 7 == 3:
        message["context"] = {"from": "4943139200100", "id": f"wamid.EARLIER{number}"}
    contact = {
        "profile": {"name": f"Fahrgast {customer}"},
        "wa_id": wa_id,
        "user_id": f"DE.1393{customer:09}",
    }
    metadata = {"display_phone_number": "4943139200100", "phone_number_id": PHONE_NUMBER_ID}
    value = {
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": [contact],
        "messages": [message],
    }
    return {"field": "messages", "value": value}


def _content(number: int) -> dict[str, object]:
    if number % 20 == 11:
        place = {"latitude": 54.32, "longitude": 10.13, "name": "Kiel Hauptbahnhof"}
        return {"type": "location", "location": place}
    if number % 20 == 13:
        reply = {"id": f"choice-{number % 3}", "title": "Ja, bitte"}
        return {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": reply},
        }
    text = f"Guten Tag, mein Zug RE {number % 90} hat Verspätung. Erreiche ich den Anschluss? 😀"
    return {"type": "text", "text": {"body": text}}


def request(content: bytes, path: str = PATH) -> bytes:
    """The bytes of the HTTP request that carries `content`, signed."""
    digest = hmac.new(APP_SECRET.encode(), content, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def requests_for(count: int, customers: int) -> list[bytes]:
    """`count` different webhooks of `customers` customers."""
    return [request(body(number % customers)[1]) for number in range(count)]
