"""The phone in the browser: its page, what one does with it, and its live connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from simulator.control import set_switch
from simulator.core import Simulator, simulator_of
from simulator.hub import Watcher
from simulator.i18n import LANGUAGES, TABLES, choose_language
from simulator.inbound import publish_customer, take_back, tick, write
from simulator.links import LONGEST_TEXT
from simulator.media_kinds import INBOUND_LIMIT, bare_type, kind_of
from simulator.models import Customer, Media, Number
from simulator.moves import change_number, rotate_user_id
from simulator.people import SWITCHES, InboundError, customer_from
from simulator.view import customer_json, message_json, on_phone
from simulator.voice import NotWebm, webm_to_ogg

Json = dict[str, Any]
HERE = Path(__file__).parent
SHOWN_MESSAGES = 300
SHOWN_LOG = 120
REVOCABLE_S = 2 * 86400.0
_INLINE = ("image/", "audio/", "video/")
_pages = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


# --- the page -------------------------------------------------------------------------------------


async def page(request: Request) -> Response:
    """`GET /?customer=ID&text=…`: one phone, with words ready to be sent."""
    simulator = simulator_of(request)
    language = choose_language(
        request.query_params.get("lang"),
        request.cookies.get("simulator_lang"),
        request.headers.get("accept-language", ""),
    )
    wanted = request.query_params.get("customer")
    customers = list(simulator.store.customers.values())
    customer = simulator.store.find_customer(wanted) or customers[0]
    number = _number(simulator, request.query_params.get("number"))
    html = _pages.get_template("phone.html").render(
        t=TABLES[language],
        language=language,
        other_language=next(each for each in LANGUAGES if each != language),
        customer=customer,
        customers=customers,
        number=number,
        numbers=[each for each in simulator.store.numbers.values() if each.status != "DELETED"],
        business=number.verified_name,
        initials="".join(word[0] for word in number.verified_name.split()[:2]).upper(),
        theme=request.cookies.get("theme"),
        prepared=request.query_params.get("text", "")[:LONGEST_TEXT],
        nothing_opened=request.query_params.get("opened") == "no",
        facts={
            "customer": customer.id,
            "number": number.id,
            "person": {"name": customer.name, "phone": customer.wa_id or ""},
            "language": language,
            "business": number.verified_name,
            "texts": TABLES[language],
        },
    )
    response = HTMLResponse(html, status_code=404 if wanted and customer.id != wanted
                            and simulator.store.find_customer(wanted) is None else 200,
                            headers={"Cache-Control": "no-store"})  # fmt: skip
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie("simulator_lang", language, max_age=31536000, samesite="lax")
    return response


def _number(simulator: Simulator, wanted: str | None) -> Number:
    """The business number whose chat is open; the simulator's own unless told otherwise."""
    numbers = simulator.store.numbers
    return numbers.get(wanted or "") or numbers[simulator.config.phone_number_id]


def snapshot(simulator: Simulator, customer: Customer, number: Number) -> Json:
    """All a phone needs to draw itself."""
    store = simulator.store
    return {
        "type": "snapshot",
        "customer": customer_json(store, customer),
        "messages": [
            message_json(store, each)
            for each in store.chat(customer.id, SHOWN_MESSAGES)
            if on_phone(each) and each.phone_number_id == number.id
        ],
        "log": list(simulator.hub.entries)[-SHOWN_LOG:],
        "clock": store.clock.as_json(),
        "faults": store.faults.as_json(),
        "verified": simulator.deliverer.verified,
    }


# --- what one does with it ------------------------------------------------------------------------


def _customer(request: Request) -> Customer:
    key = request.path_params["customer"]
    customer = simulator_of(request).store.find_customer(key)
    if customer is None:
        raise InboundError("nobody owns this phone")
    return customer


async def _json_of(request: Request) -> Json:
    body = json.loads(await request.body() or b"{}")
    if not isinstance(body, dict):
        raise InboundError("the body must be a JSON object")
    return body


def _phone_action(
    action: Callable[[Request], Awaitable[Json]],
) -> Callable[[Request], Awaitable[Response]]:
    async def view(request: Request) -> Response:
        try:
            return JSONResponse(await action(request))
        except (InboundError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return view


async def send(request: Request) -> Json:
    """`POST /phone/{customer}/messages`: shorthand as in /control/inbound."""
    simulator, customer = simulator_of(request), _customer(request)
    return await _write(simulator, {**await _json_of(request), "customer": customer.id})


async def _write(simulator: Simulator, body: Json) -> Json:
    written = write(simulator, body)
    text = str(body.get("text") or body.get("caption") or "")[:40]
    attempt = await simulator.deliverer.send_changes([written.change], written.label, text)
    if attempt.delivered and written.wamid:
        tick(simulator, written.wamid)
    return {"wamid": written.wamid, "delivered": attempt.delivered, "status": attempt.status}


async def send_file(request: Request) -> Json:
    """`POST /phone/{customer}/files`: multipart with file, kind, caption, voice, reply_to."""
    simulator, customer = simulator_of(request), _customer(request)
    async with request.form(max_files=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InboundError("no file")
        content = await file.read(INBOUND_LIMIT + 1)
        mime_type, filename = file.content_type or "application/octet-stream", file.filename
        wanted, caption = str(form.get("kind") or ""), str(form.get("caption") or "")
        voice, reply_to = form.get("voice") == "true", str(form.get("reply_to") or "")
        number_id = str(form.get("phone_number_id") or "")
    if not content or len(content) > INBOUND_LIMIT:
        raise InboundError("the file is empty" if not content else "the file is too large")
    if voice and bare_type(mime_type) in {"audio/webm", "video/webm"}:
        try:
            content, mime_type, filename = webm_to_ogg(content), "audio/ogg; codecs=opus", None
        except NotWebm as error:
            raise InboundError(f"the recording cannot be used: {error}") from error
    media = simulator.store.add_media(content, mime_type, "webhook", filename=filename)
    kind = wanted or kind_of(mime_type)
    body: Json = {"customer": customer.id, "type": kind, "media_id": media.id, "voice": voice}
    if filename and kind == "document":
        body["filename"] = filename
    if number_id:
        body["phone_number_id"] = number_id
    if caption:
        body["caption"] = caption
    if reply_to:
        body["reply_to"] = reply_to
    return await _write(simulator, body)


async def switch(request: Request) -> Json:
    """`POST /phone/{customer}/switches`: online, read_receipts, hide_phone, blocked …"""
    simulator, customer = simulator_of(request), _customer(request)
    for name, on in (await _json_of(request)).items():
        if name not in SWITCHES or not isinstance(on, bool):
            raise InboundError(f"there is no switch {name}")
        if name == "stopped_marketing":  # the helpdesk hears of it
            value = "stop" if on else "resume"
            await _write(
                simulator, {"customer": customer.id, "type": "user_preferences", "value": value}
            )
        else:
            set_switch(simulator, customer, name, on)
    publish_customer(simulator, customer)
    return customer_json(simulator.store, customer)


async def played(request: Request) -> Json:
    """`POST /phone/{customer}/played`: a voice note of the business was listened to."""
    simulator, customer = simulator_of(request), _customer(request)
    message = simulator.store.messages.get(str((await _json_of(request)).get("wamid")))
    first = (
        message is not None
        and message.customer_id == customer.id
        and message.direction == "outbound"
        and message.type == "audio"
        and bool(message.content.get("voice"))
        and message.status in {"delivered", "read"}
    )
    if message is not None and first:
        simulator.lifecycle.report(message, "played")
    return {"played": first}


async def take_message_back(request: Request) -> Json:
    """`POST /phone/{customer}/revoke`: delete for everyone. Only coexistence numbers hear of it."""
    simulator, customer = simulator_of(request), _customer(request)
    wamid = str((await _json_of(request)).get("wamid"))
    message = simulator.store.messages.get(wamid)
    if message is None or message.customer_id != customer.id or message.direction != "inbound":
        raise InboundError("this is not a message of this customer")
    if simulator.store.clock.now() - message.timestamp > REVOCABLE_S:
        raise InboundError("a message can be deleted for two days")
    number = simulator.store.numbers[message.phone_number_id]
    if not number.coexistence:
        take_back(simulator, wamid)
        return {"told": False}
    body = {"customer": customer.id, "type": "revoke", "message_id": wamid}
    return {"told": True} | await _write(simulator, body | {"phone_number_id": number.id})


async def move(request: Request) -> Json:
    """`POST /phone/{customer}/move`: `new_phone`, or `rotate` for another user id only."""
    simulator, customer = simulator_of(request), _customer(request)
    body = await _json_of(request)
    if body.get("rotate"):
        delivered = await rotate_user_id(simulator, customer)
    else:
        delivered = await change_number(simulator, customer, str(body.get("new_phone") or ""))
    publish_customer(simulator, customer)
    simulator.hub.publish({"type": "customers"})
    return customer_json(simulator.store, customer) | {"delivered": delivered}


async def make_customer(request: Request) -> Json:
    """`POST /phone/customers`: name, phone, username."""
    simulator = simulator_of(request)
    body = {name: value for name, value in (await _json_of(request)).items() if value}
    if not body.get("name"):
        body["name"] = body.get("username") or body.get("phone")
    customer = customer_from(simulator.store, body)
    simulator.hub.publish({"type": "customers"})
    return customer_json(simulator.store, customer)


async def media(request: Request) -> Response:
    """`GET /phone/media/{id}`: a file, for this page only. Never anything a browser would run."""
    simulator = simulator_of(request)
    found: Media | None = simulator.store.media.get(request.path_params["media_id"])
    if found is None or not simulator.store.media_path(found).exists():
        return Response(status_code=404)
    inline = found.mime_type.startswith(_INLINE) and "svg" not in found.mime_type
    return FileResponse(
        simulator.store.media_path(found),
        media_type=found.mime_type if inline else "application/octet-stream",
        filename=found.filename or found.id,
        content_disposition_type="inline" if inline else "attachment",
        headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
    )


# --- live -----------------------------------------------------------------------------------------


async def live(websocket: WebSocket) -> None:
    """`/phone/ws?customer=ID`: a snapshot, then events; the page says whether it is looked at."""
    simulator = simulator_of(websocket)
    customer = simulator.store.find_customer(websocket.query_params.get("customer"))
    await websocket.accept()
    if customer is None:
        await websocket.close(4404)
        return
    watcher = Watcher(customer.id)
    simulator.hub.watchers.add(watcher)
    number = _number(simulator, websocket.query_params.get("number"))
    await websocket.send_json(snapshot(simulator, customer, number))
    sender = asyncio.create_task(_send_events(websocket, watcher))
    try:
        while True:
            frame = await websocket.receive_json()
            if isinstance(frame, dict) and frame.get("type") == "visible":
                watcher.chat_open = frame.get("on") is True
                if watcher.chat_open and customer.online:
                    simulator.lifecycle.read_chat(customer)
    except (WebSocketDisconnect, ValueError, KeyError, RuntimeError):
        pass  # the tab was closed, or speaks nonsense: either way it is gone
    finally:
        simulator.hub.watchers.discard(watcher)
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender


async def _send_events(websocket: WebSocket, watcher: Watcher) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.send_json(await watcher.queue.get())
            if watcher.lagging:  # it missed something: the page connects anew and starts over
                await websocket.close(4408)
                return


def routes() -> list[BaseRoute]:
    """All routes of the phone."""
    actions: list[tuple[str, Callable[[Request], Awaitable[Json]]]] = [
        ("/phone/customers", make_customer),
        ("/phone/{customer}/messages", send),
        ("/phone/{customer}/files", send_file),
        ("/phone/{customer}/switches", switch),
        ("/phone/{customer}/played", played),
        ("/phone/{customer}/revoke", take_message_back),
        ("/phone/{customer}/move", move),
    ]
    return [
        Route("/", page, methods=["GET"]),
        Route("/phone/media/{media_id}", media, methods=["GET"]),
        *(Route(path, _phone_action(action), methods=["POST"]) for path, action in actions),
        WebSocketRoute("/phone/ws", live),
    ]
