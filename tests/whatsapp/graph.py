"""A stand-in for the Graph API that does whatever a test tells it to, on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Graph:
    """Answers by `answer(seen, handler)`; remembers every request."""

    url: str = ""
    requests: list[Seen] = field(default_factory=list)
    answer: Callable[[Seen, BaseHTTPRequestHandler], None] | None = None

    def says(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        """Answer everything like this from now on."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = lambda _seen, handler: reply(handler, status, raw, headers)

    def refuses(self, code: int, status: int = 400, details: str = "Because.") -> None:
        """Answer everything with an error of Meta's."""
        error = {
            "message": f"(#{code}) Some title",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": details},
            "fbtrace_id": "A",
        }
        self.says(status, {"error": error})

    def accepts(self, wamid: str = "wamid.NEW") -> None:
        contacts = [{"input": "+49", "wa_id": "49"}]
        self.says(
            200,
            {
                "messaging_product": "whatsapp",
                "contacts": contacts,
                "messages": [{"id": wamid}],
                "id": "upload-1",
            },
        )


def reply(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: dict[str, str] | None = None,
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def running_graph() -> Iterator[Graph]:
    graph = Graph()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            seen = Seen(self.command, self.path, dict(self.headers), self.rfile.read(length))
            graph.requests.append(seen)
            assert graph.answer is not None
            graph.answer(seen, self)

        do_GET = do_POST = do_DELETE = handle_any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    graph.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield graph
    finally:
        server.shutdown()
        server.server_close()
