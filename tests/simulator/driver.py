"""A simulator in this process, and a helpdesk at the other end that only takes notes."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.testclient import TestClient

from simulator.app import create_app
from simulator.config import Config
from simulator.courier import Answer, CourierError

Json = dict[str, Any]
Something = TypeVar("Something")
NUMBER = "106853218861309"
ACCOUNT = "104996122399160"
SECRET = "app-secret-of-this-test"
TOKEN = "access-token-of-this-test"
VERIFY_TOKEN = "verify-token-of-this-test"
LENA = "4915112345678"


def eventually(look: Callable[[], Something], timeout_s: float = 10.0) -> Something:
    """What `look` returns once it is true."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = look()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"it did not happen: {answer!r}"
        time.sleep(0.01)


@dataclass
class Helpdesk:
    """Takes the place of the network: answers webhooks and remembers them."""

    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    handshakes: list[Json] = field(default_factory=list)
    refuse_with: list[int] = field(default_factory=list)  # for the next POSTs; 0 = no answer
    knows_the_token: bool = True

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """One handshake or one webhook."""
        if method == "GET":
            query = dict(parse_qsl(urlsplit(url).query))
            self.handshakes.append(query)
            if not self.knows_the_token or query["hub.verify_token"] != VERIFY_TOKEN:
                return Answer(403, b"")
            return Answer(200, query["hub.challenge"].encode())
        self.bodies.append(body)
        self.signatures.append(headers.get("X-Hub-Signature-256", ""))
        answer = self.refuse_with.pop(0) if self.refuse_with else 200
        if not answer:
            raise CourierError("Timeout")
        return Answer(answer, b"")

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def changes(self) -> list[Json]:
        """Every change of every webhook."""
        return [
            change
            for body in list(self.bodies)
            for entry in json.loads(body)["entry"]
            for change in entry["changes"]
        ]

    def values(self, kind: str) -> list[Json]:
        """The `value`s that have `messages`, `statuses` …"""
        return [change["value"] for change in self.changes if kind in change["value"]]

    def messages(self) -> list[Json]:
        """Every inbound message."""
        return [each for value in self.values("messages") for each in value["messages"]]

    def statuses(self, wamid: str | None = None) -> list[Json]:
        """Every status, of one message if told which."""
        found = [each for value in self.values("statuses") for each in value["statuses"]]
        return [each for each in found if wamid in (None, each["id"])]

    def status_names(self, wamid: str) -> set[str]:
        """Which statuses of a message have come."""
        return {each["status"] for each in self.statuses(wamid)}


class Phone:
    """The simulator under test, seen from outside."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.helpdesk = Helpdesk()
        self.config = Config(
            data_dir=folder,
            app_secret=SECRET,
            access_token=TOKEN,
            verify_token=VERIFY_TOKEN,
            webhook_url="http://helpdesk.test/webhooks/whatsapp/",
            **settings,
        )
        self.client = TestClient(
            create_app(self.config, self.helpdesk),
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def __enter__(self) -> Phone:
        self.client.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.client.__exit__(None, None, None)

    # -- The Graph API --

    def graph(self, method: str, path: str, **options: Any) -> httpx.Response:
        """`METHOD /v25.0/PATH`."""
        response: httpx.Response = self.client.request(method, f"/v25.0/{path}", **options)
        return response

    def send(self, body: Json | None = None, *, version: str = "v25.0", **more: Any) -> Any:
        """Send a message (a text to Lena unless told otherwise); the response."""
        message = {
            "messaging_product": "whatsapp",
            "to": f"+{LENA}",
            "type": "text",
            "text": {"body": "Guten Tag"},
            **(body or {}),
            **more,
        }
        message = {name: value for name, value in message.items() if value is not None}
        return self.client.post(f"/{version}/{NUMBER}/messages", json=message)

    def sent(self, body: Json | None = None, **more: Any) -> str:
        """Send a message that is accepted; its wamid."""
        response = self.send(body, **more)
        assert response.status_code == 200, response.text
        return str(response.json()["messages"][0]["id"])

    def code(self, body: Json | None = None, **more: Any) -> int:
        """Send a message that is refused; the error's code."""
        response = self.send(body, **more)
        assert response.status_code >= 400, response.text
        return int(response.json()["error"]["code"])

    # -- The controls --

    def control(self, control: str, body: Any = None, **more: Any) -> Any:
        """`POST /control/NAME`; the answer."""
        response = self.client.post(f"/control/{control}", json=body if body is not None else more)
        assert response.status_code == 200, response.text
        return response.json()

    def look(self, name: str) -> Any:
        """`GET /control/NAME`."""
        response = self.client.get(f"/control/{name}")
        assert response.status_code == 200, response.text
        return response.json()

    def writes(self, text: str = "Hallo", sender: str = LENA, **more: Any) -> Any:
        """A customer writes, so that the window is open; the control's answer."""
        return self.control("inbound", {"from": sender, "name": "Lena", "text": text, **more})

    def accepted(self, wamid: str) -> Json:
        """A message as the outbox shows it."""
        messages = self.look("outbox")["messages"]
        return next(each for each in messages if each["wamid"] == wamid)

    def wait_for(self, wamid: str, status: str) -> Json:
        """The status webhook of that name, once it has come."""

        def look() -> list[Json]:
            found = self.helpdesk.statuses(wamid)
            return [each for each in found if each["status"] == status]

        return eventually(look)[0]


def signature_of(body: bytes) -> str:
    """What Meta would sign these bytes with."""
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
