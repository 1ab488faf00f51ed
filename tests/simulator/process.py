"""A simulator process and a helpdesk that agrees to everything."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from simulator.config import PROJECT_DIR
from tests.simulator.driver import LENA, NUMBER, eventually

TEXT = {
    "messaging_product": "whatsapp",
    "to": f"+{LENA}",
    "type": "text",
    "text": {"body": "Hallo"},
}


class Receiver(BaseHTTPRequestHandler):
    """A helpdesk that agrees to everything."""

    def do_GET(self) -> None:
        """The handshake."""
        self._answer(parse_qs(urlsplit(self.path).query)["hub.challenge"][0].encode())

    def do_POST(self) -> None:
        """A webhook."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nothing."""


class Run:
    """A simulator process."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("WHATSAPP_", "COV_"))},
            "SIMULATOR_PORT": str(port),
            "HELPDESK_DATA_DIR": str(folder),
            "SIMULATOR_WEBHOOK_URL": webhook_url,
        }
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": "Bearer development-access-token"},
            trust_env=False,
        )
        self.start()

    def start(self) -> None:
        """Start; returns when it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator"], cwd=PROJECT_DIR, env=self.environment
        )
        eventually(self.alive, 60)

    def alive(self) -> bool:
        """Whether it answers."""
        assert self.process.poll() is None
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, *, kill: bool = False) -> int:
        """End it; the exit status."""
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        return self.process.wait(20)

    def outbox(self) -> dict[str, int]:
        """How often each callback datum was accepted."""
        counts: dict[str, int] = self.client.get("/control/outbox").json()["counts"]
        return counts

    def send(self, datum: str, timeout: float = 10) -> httpx.Response:
        """Send a text."""
        body = {**TEXT, "biz_opaque_callback_data": datum}
        return self.client.post(f"/v25.0/{NUMBER}/messages", json=body, timeout=timeout)


@contextmanager
def running(folder: Path) -> Iterator[Run]:
    """A simulator process with a receiver of webhooks."""
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    run = Run(folder, f"http://127.0.0.1:{receiver.server_port}/webhooks/whatsapp/")
    try:
        yield run
    finally:
        run.stop(kill=True)
        run.client.close()
        receiver.shutdown()
        receiver.server_close()
