"""The simulator as one ASGI application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator import control, graph, graph_media, links, phone
from simulator.config import PROJECT_DIR, Config
from simulator.core import Simulator
from simulator.courier import Courier
from simulator.errors import GraphError

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class SafeAnswers:
    """Security headers, and no writing from the pages of other origins."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the origin, pass on, add headers."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != headers.get("host"):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 4403})
                return
            if scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
                await JSONResponse({"error": "other origin"}, 403)(scope, receive, send)
                return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                extra = [
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"same-origin"),
                    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
                ]
                message["headers"] += [pair for pair in extra if pair[0] not in present]
            await send(message)

        await self.app(scope, receive, send_safely)


class LendTransport:
    """Lends the connection to the request, for `graph.NoAnswer`.

    ASGI has no word for closing without an answer; uvicorn's request cycle holds the transport.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        scope["simulator.transport"] = transport
        await self.app(scope, receive, send)


def create_app(config: Config, courier: Courier | None = None) -> ASGIApp:
    """The application. `courier` takes the place of the network for webhooks, in tests."""
    simulator = Simulator(config, courier)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await simulator.start()
        try:
            yield
        finally:
            await simulator.stop()

    shared = StaticFiles(directory=PROJECT_DIR / "static", check_dir=False)
    own = StaticFiles(directory=PROJECT_DIR / "simulator" / "static")
    app = Starlette(
        routes=[
            *graph.hot_routes(),
            *control.routes(),
            *graph_media.routes(),
            *phone.routes(),
            *links.routes(),
            Mount("/static", shared),
            Mount("/phone-static", own),
            *graph.routes(),
            Route("/{rest:path}", _unknown, methods=["GET", "POST", "DELETE", "PUT", "PATCH"]),
        ],
        lifespan=lifespan,
    )
    app.state.simulator = simulator
    return LendTransport(SafeAnswers(app))


async def _unknown(request: Request) -> Response:
    path = request.url.path
    error = GraphError(2500, message=f"Unknown path components: {path}", details="")
    return JSONResponse(error.body(), status_code=404 if request.method == "GET" else 400)
