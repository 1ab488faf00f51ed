"""Routes of the Graph API, and what they share: token, version, faults, errors."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from simulator import graph_extras as extras
from simulator import graph_media, graph_messages, graph_numbers, graph_templates, jsonio
from simulator.core import Simulator, simulator_of
from simulator.errors import GraphError
from simulator.faults import Target
from simulator.health import health_of_template

Json = dict[str, Any]
Endpoint = Callable[[Simulator, Request], Awaitable[Json]]
log = logging.getLogger("simulator.graph")
OLDEST_VERSION = 17
PROXY_PAGE = (
    "<!DOCTYPE html><html><head><title>Error</title></head>"
    "<body><h1>{status}</h1><p>Sorry, something went wrong.</p></body></html>"
)
_VERSION = re.compile(r"^v(\d{2})\.0$")


class AnswerDropped(Exception):
    """The connection is to be closed without an answer ("close"), or never answered ("hang")."""


class NoAnswer(Response):
    """Not a byte of an answer. Without a real connection (in tests) it is `AnswerDropped`."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection, or wait until the client does."""
        transport = scope.get("simulator.transport")
        if transport is None:
            raise AnswerDropped(self.how)
        if self.how != "hang":
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def check_caller(simulator: Simulator, request: Request) -> None:
    """Refuse old versions and wrong tokens."""
    version = _VERSION.match(request.path_params["version"])
    if version is None or int(version[1]) < OLDEST_VERSION:
        words = "You are calling a deprecated version of the API. Please update to the latest one."
        raise GraphError(2635, http_status=400, details="", message=f"(#2635) {words}")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # Meta's own example of an upload says OAuth, all others Bearer.
    token = token.strip() if scheme.lower() in {"bearer", "oauth"} else ""
    token = token or request.query_params.get("access_token", "")
    if not token:
        raise GraphError(104 if request.method == "GET" else 190)
    wanted = _token_for(simulator, request.path_params)
    if token != wanted and (wanted is not None or token not in simulator.store.all_tokens()):
        raise GraphError(190)


def _token_for(simulator: Simulator, path: Json) -> str | None:
    """The token that works for what the path names; None where any of them does."""
    store = simulator.store
    name = str(path.get("number_id") or path.get("waba_id") or path.get("object_id") or "")
    if name in store.numbers:
        return store.token_of(store.numbers[name])
    if name in store.accounts:
        return store.account_token(name)
    if name in store.templates:
        return store.account_token(store.templates[name].waba_id or simulator.config.waba_id)
    return None


async def read_json(request: Request) -> Any:
    """The JSON body of a request, or Graph error 100."""
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        return jsonio.parse(raw)
    except ValueError:
        raise GraphError(100, "The request body is not valid JSON.") from None


def _answer(endpoint: Endpoint, area: str) -> Callable[[Request], Awaitable[Response]]:
    async def view(request: Request) -> Response:
        simulator = simulator_of(request)
        began = time.monotonic()
        note, headers, html = "", {}, False
        try:
            check_caller(simulator, request)
            if area != "messages":
                await _strike(simulator, request, area)
            body = await endpoint(simulator, request)
            note = str(request.scope.get("simulator.note", ""))
            status = int(request.scope.get("simulator.status", 200))
        except AnswerDropped as dropped:
            return NoAnswer(str(dropped))
        except GraphError as error:
            body, status, html = error.body(), error.status, error.html
            note = f"({error.code}) {error.details or error.message or ''}"[:160]
            if error.retry_after_s is not None:
                headers["Retry-After"] = str(error.retry_after_s)
        ms = round((time.monotonic() - began) * 1000)
        label = f"{request.method} /{area}"
        if request.method != "GET" or status != 200:
            simulator.hub.log("api", label, status, f"{note} · {ms} ms" if note else f"{ms} ms")
        log.info("graph.answered request=%r status=%d ms=%d", label, status, ms)
        if html:
            return HTMLResponse(PROXY_PAGE.format(status=status), status, headers)
        return JSONResponse(body, status, headers)

    return view


async def _strike(simulator: Simulator, request: Request, area: str) -> None:
    """The faults of `POST /control/faults` for other endpoints than /messages."""
    store = simulator.store
    target = Target(area, number_id=str(request.path_params.get("number_id", "")))
    struck = store.faults.take(target, lambda word: store.chaos.dice(word, str(time.time_ns())))
    await asyncio.sleep(struck.get("delay_before_s", 0) + struck.get("delay_s", 0))
    for how, names in (("hang", ("hang", "hang_request")),
                       ("close", ("drop_answer", "drop_request"))):  # fmt: skip
        if any(struck.get(name) for name in names):
            raise AnswerDropped(how)
    graph_messages.raise_fault(struck)


async def _message(simulator: Simulator, request: Request) -> Json:
    number_id = request.path_params["number_id"]
    version = int(request.path_params["version"][1:3])
    body = await read_json(request)
    marketing = request.url.path.endswith("/marketing_messages")
    outcome = await graph_messages.post_message(
        simulator, number_id, version, body, marketing=marketing
    )
    request.scope["simulator.note"] = outcome.note
    request.scope["simulator.status"] = outcome.status
    if outcome.dropped:
        simulator.hub.log("api", "POST /messages", None, f"{outcome.note} · no answer")
        raise AnswerDropped(outcome.dropped)
    return outcome.body


def _json(
    endpoint: Callable[[Simulator, Request, Any], Awaitable[Json]],
) -> Endpoint:
    async def with_body(simulator: Simulator, request: Request) -> Json:
        return await endpoint(simulator, request, await read_json(request))

    return with_body


class VersionConvertor(StringConvertor):
    """`v25.0` and the like, and nothing else."""

    regex = r"v[0-9]+\.[0-9]+"


register_url_convertor("graph_version", VersionConvertor())


def hot_routes() -> list[Route]:
    """What is asked for most; looked at before all others."""
    path = "/{version:graph_version}/{number_id}/messages"
    return [Route(path, _answer(_message, "messages"), methods=["POST"])]


def routes() -> list[Route]:
    """All other Graph routes. Ids are decimal, so the last routes tell objects apart by lookup."""
    waba, number = "/{version}/{waba_id}", "/{version}/{number_id}"
    subscribed, profile = f"{waba}/subscribed_apps", f"{number}/whatsapp_business_profile"
    templates, thing = f"{waba}/message_templates", "/{version}/{object_id}"
    table: list[tuple[str, str, Endpoint, str]] = [
        ("POST", f"{number}/marketing_messages", _message, "messages"),
        ("POST", f"{number}/media", graph_media.upload, "media"),
        ("GET", templates, graph_templates.index, "templates"),
        ("POST", templates, _json(graph_templates.create), "templates"),
        ("DELETE", templates, graph_templates.delete, "templates"),
        ("GET", f"{waba}/phone_numbers", graph_numbers.index, "phone_numbers"),
        ("GET", subscribed, graph_numbers.subscriptions, "subscribed_apps"),
        ("POST", subscribed, graph_numbers.subscribe, "subscribed_apps"),
        ("DELETE", subscribed, graph_numbers.subscribe, "subscribed_apps"),
        ("GET", profile, graph_numbers.profile, "profile"),
        ("POST", profile, _json(graph_numbers.change_profile), "profile"),
        ("GET", f"{number}/message_qrdls", extras.qr_codes, "message_qrdls"),
        ("POST", f"{number}/message_qrdls", _json(extras.change_qr_code), "message_qrdls"),
        ("GET", f"{number}/message_qrdls/{{code}}", extras.qr_codes, "message_qrdls"),
        ("DELETE", f"{number}/message_qrdls/{{code}}", extras.delete_qr_code, "message_qrdls"),
        ("GET", f"{number}/block_users", extras.blocked, "block_users"),
        ("POST", f"{number}/block_users", _json(extras.block), "block_users"),
        ("DELETE", f"{number}/block_users", _json(extras.unblock), "block_users"),
        ("GET", f"{number}/username", extras.username, "username"),
        ("POST", f"{number}/username", _json(extras.change_username), "username"),
        ("DELETE", f"{number}/username", extras.delete_username, "username"),
        ("GET", f"{number}/username_suggestions", extras.username_suggestions, "username"),
        ("POST", f"{number}/request_code", _json(extras.request_code), "request_code"),
        ("POST", f"{number}/verify_code", _json(extras.verify_code), "verify_code"),
        ("POST", f"{number}/register", _json(extras.register), "register"),
        ("POST", f"{number}/deregister", extras.deregister, "deregister"),
        ("GET", f"{number}/settings", extras.settings, "settings"),
        ("POST", f"{number}/settings", _json(extras.change_settings), "settings"),
        ("POST", f"{number}/conversational_automation", _json(extras.change_settings), "settings"),
        ("GET", f"{number}/message_history", extras.message_history, "message_history"),
        ("GET", "/{version}/debug_token", graph_numbers.debug_token, "debug_token"),
        ("POST", "/{version}/{app_id}/uploads", extras.begin_upload, "uploads"),
        ("POST", "/{version}/upload:{session}", extras.finish_upload, "uploads"),
        ("GET", thing, _get_object, "object"),
        ("POST", thing, _json(_change_object), "object"),
        ("DELETE", thing, graph_media.delete, "media"),
    ]
    return [
        Route(path, _answer(endpoint, area), methods=[method])
        for method, path, endpoint, area in table
    ]


async def _get_object(simulator: Simulator, request: Request) -> Json:
    object_id = request.path_params["object_id"]
    store = simulator.store
    fields = request.query_params.get("fields")
    if object_id in store.accounts:
        found = graph_numbers.waba_json(simulator, store.accounts[object_id])
        return graph_numbers.narrowed(found, fields)
    if object_id in store.numbers and store.numbers[object_id].status != "DELETED":
        found = graph_numbers.number_json(simulator, store.numbers[object_id])
        return graph_numbers.narrowed(found, fields)
    if object_id in store.templates:
        template = store.templates[object_id]
        found = graph_templates.template_json(template)
        if fields and "health_status" in fields:
            found["health_status"] = health_of_template(store, template)
        return graph_numbers.narrowed(found, fields)
    return graph_media.media_json(simulator, request, object_id)


async def _change_object(simulator: Simulator, request: Request, body: Any) -> Json:
    object_id = request.path_params["object_id"]
    if object_id in simulator.store.templates:
        return graph_templates.edit(simulator, object_id, body)
    return graph_numbers.configure(simulator, object_id)
