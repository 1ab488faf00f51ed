"""`python -m simulator` as a process: its environment, lost answers, a kill."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from simulator.config import PROJECT_DIR, ConfigError, read_config
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


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A simulator process with a receiver of webhooks."""
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    run = Run(tmp_path, f"http://127.0.0.1:{receiver.server_port}/webhooks/whatsapp/")
    yield run
    run.stop(kill=True)
    run.client.close()
    receiver.shutdown()
    receiver.server_close()


@pytest.mark.processes
def test_answers_get_lost_and_a_kill_loses_nothing_that_was_saved(run: Run) -> None:
    assert run.client.post("/control/inbound", json={"from": LENA, "text": "Hi"}).json()[
        "delivered"
    ]
    run.client.post("/control/faults", json={"drop_answer": True, "count": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        run.send("verloren")
    run.client.post("/control/faults", json={"hang": True, "count": 1})
    with pytest.raises(httpx.ReadTimeout):
        run.send("stumm", timeout=0.5)
    assert run.send("gut").status_code == 200
    assert run.outbox() == {"verloren": 1, "stumm": 1, "gut": 1}
    saved = Path(run.environment["HELPDESK_DATA_DIR"]) / "simulator" / "state.json"
    eventually(lambda: saved.exists() and '"gut"' in saved.read_text())

    run.stop(kill=True)
    run.start()

    assert run.outbox() == {"verloren": 1, "stumm": 1, "gut": 1}
    assert run.send("danach").status_code == 200
    assert run.stop() in (0, -15)


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"SIMULATOR_PORT": "many"}, "SIMULATOR_PORT"),
        ({"SIMULATOR_WEBHOOK_URL": "ftp://example.test"}, "SIMULATOR_WEBHOOK_URL"),
        ({"WHATSAPP_APP_SECRET_FILE": "/nowhere/at/all"}, "WHATSAPP_APP_SECRET"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        read_config(environment)


def test_settings_follow_the_helpdesks(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("geheim\n")

    config = read_config(
        {
            "PORT": "9000",
            "WHATSAPP_APP_SECRET_FILE": str(secret),
            "SIMULATOR_THROUGHPUT_PER_S": "1000000",
        }
    )

    assert config.webhook_url == "http://127.0.0.1:9000/webhooks/whatsapp/"
    assert config.app_secret == "geheim"
    assert config.throughput_per_s == 1_000_000
    assert read_config({}).access_token == "development-access-token"
