"""Media: upload, metadata, download by a URL that lives five minutes, deletion."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from simulator.core import Simulator, simulator_of
from simulator.errors import GraphError, unknown_object
from simulator.media_kinds import ACCEPTED, LIMITS, is_accepted, kind_of
from simulator.models import Media

Json = dict[str, Any]
URL_LIFE_S = 300
DOWNLOAD_PATH = "/whatsapp_business/attachments/"


async def upload(simulator: Simulator, request: Request) -> Json:
    """`POST /{number}/media`: multipart with messaging_product, type and file."""
    if request.path_params["number_id"] not in simulator.store.numbers:
        raise unknown_object(request.path_params["number_id"], "post")
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise GraphError(100, "The request must be multipart/form-data.")
    async with request.form(max_files=1, max_fields=20) as form:
        if form.get("messaging_product") != "whatsapp":
            raise GraphError(100, "(#100) The parameter messaging_product is required.")
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise GraphError(100, "(#100) The parameter file is required.")
        mime_type = file.content_type or str(form.get("type") or "")
        if not is_accepted(mime_type):
            allowed = ", ".join(sorted(t for types in ACCEPTED.values() for t in types))
            raise GraphError(
                100, f"Param file must be a file with one of the following types: {allowed}. "
                f"Received file of type '{mime_type}'."
            )  # fmt: skip
        content = await file.read()
    if not content:
        raise GraphError(131053, "The file is empty.")
    if len(content) > LIMITS[kind_of(mime_type)]:
        raise GraphError(131053, f"{kind_of(mime_type).title()} file size too big.")
    media = simulator.store.add_media(content, mime_type, "upload", filename=file.filename)
    request.scope["simulator.note"] = f"{media.mime_type} · {media.size} B"
    return {"id": media.id}


def media_json(simulator: Simulator, request: Request, media_id: str) -> Json:
    """`GET /{media_id}`."""
    media = simulator.store.find_media(media_id)
    if media is None:
        raise unknown_object(media_id)
    host = request.headers.get("host")
    base = f"{request.url.scheme}://{host}" if host else simulator.config.public_url
    return {
        "messaging_product": "whatsapp",
        "url": download_url(simulator, media, base),
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "file_size": media.size,
        "id": media.id,
    }


def webhook_object(simulator: Simulator, media: Media) -> Json:
    """What an inbound media message says about its file; `sha256` is base64 there."""
    return {
        "mime_type": media.mime_type,
        "sha256": base64.b64encode(bytes.fromhex(media.sha256)).decode(),
        "id": media.id,
        "url": download_url(simulator, media, simulator.config.public_url, "webhook"),
    }


def download_url(simulator: Simulator, media: Media, base: str, source: str = "getMedia") -> str:
    """A URL of the bytes, good for five simulated minutes."""
    until = int(simulator.store.clock.now()) + URL_LIFE_S
    proof = _proof(simulator, media.id, until)
    return f"{base}{DOWNLOAD_PATH}?mid={media.id}&source={source}&ext={until}&hash={proof}"


def _proof(simulator: Simulator, media_id: str, until: int) -> str:
    text = f"{media_id}.{until}".encode()
    return (
        "AR" + hmac.new(simulator.config.app_secret.encode(), text, hashlib.sha256).hexdigest()[:32]
    )


async def delete(simulator: Simulator, request: Request) -> Json:
    """`DELETE /{media_id}`."""
    media = simulator.store.media.pop(request.path_params["object_id"], None)
    if media is None:
        raise unknown_object(request.path_params["object_id"], "delete")
    simulator.store.media_path(media).unlink(missing_ok=True)
    simulator.store.touch()
    return {"success": True}


async def download(request: Request) -> Response:
    """The bytes. 404 for whatever is wrong, like Meta's host; 401 without the token."""
    simulator = simulator_of(request)
    query = request.query_params
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token not in simulator.store.all_tokens():
        return JSONResponse(GraphError(190).body(), status_code=401)
    media = simulator.store.find_media(query.get("mid", ""))
    until = query.get("ext", "")
    alive = (
        media is not None
        and until.isascii() and until.isdigit()
        and hmac.compare_digest(_proof(simulator, media.id, int(until)).encode(),
                                query.get("hash", "").encode())
        and simulator.store.clock.now() < int(until)
    )  # fmt: skip
    if media is None or not alive or not simulator.store.media_path(media).exists():
        return Response("Not Found", status_code=404)
    return FileResponse(simulator.store.media_path(media), media_type=media.mime_type)


def routes() -> list[Route]:
    """The download host."""
    return [Route(DOWNLOAD_PATH, download, methods=["GET"])]
