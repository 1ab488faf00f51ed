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
