"""The connections to the Graph API: one write for a call, encryption, certificates."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.whatsapp.graph import Graph
from whatsapp.client import GraphClient, NotConnected

BODY = {"messaging_product": "whatsapp", "text": {"body": "Bis später! 🚆"}}


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is written to sockets, write by write."""
    found: list[bytes] = []
    send = http.client.HTTPConnection.send

    def note(self: http.client.HTTPConnection, data: Any) -> None:
        found.append(bytes(data))
        send(self, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", note)
    return found


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "graph")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "graph.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def encrypted(certificate: Path, settings: Any) -> Iterator[list[bytes]]:
    """An encrypted server that settings lead to; the bodies it was sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that does not trust us hangs up

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    settings.WHATSAPP_GRAPH_URL = f"https://127.0.0.1:{server.server_port}"
    try:
        yield bodies
    finally:
        server.shutdown()
        server.server_close()


def test_head_and_body_leave_in_one_write(graph: Graph, writes: list[bytes]) -> None:
    client = GraphClient("token")
    for _ in range(3):
        assert client.post("106/messages", BODY).ok
    assert [seen.json for seen in graph.requests] == [BODY] * 3
    assert len(writes) == 3
    assert all(write.startswith(b"POST /v25.0/106/messages HTTP/1.1") for write in writes)


def test_a_call_without_a_body_is_whole_too(graph: Graph, writes: list[bytes]) -> None:
    assert GraphClient("token").get("106", {"fields": "status"}).ok
    assert [(seen.method, seen.path) for seen in graph.requests] == [
        ("GET", "/v25.0/106?fields=status")
    ]
    assert len(writes) == 1


def test_an_encrypted_call_is_written_as_one_too(
    encrypted: list[bytes],
    certificate: Path,
    writes: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    assert GraphClient("token").post("106/messages", BODY).ok
    assert len(writes) == len(encrypted) == 1
    assert "später".encode() in encrypted[0]


def test_who_cannot_prove_to_be_meta_is_told_nothing(
    encrypted: list[bytes], writes: list[bytes]
) -> None:
    with pytest.raises(NotConnected):
        GraphClient("token").post("106/messages", BODY)
    assert encrypted == []
