"""What the controls share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator import jsonio
from simulator.core import Simulator, simulator_of

Json = dict[str, Any]
Control = Callable[[Simulator, Json], Awaitable[Json]]
View = Callable[[Request], Awaitable[Response]]


class ControlError(ValueError):
    """A control that cannot be understood; answered with 400 and its text."""


def view_of(action: Control) -> View:
    """The view of a control: JSON in, JSON out, 400 with the reason for what makes no sense."""

    async def view(request: Request) -> Response:
        raw = await request.body()
        try:
            body = jsonio.parse(raw) if raw.strip() else {}
            if not isinstance(body, dict):
                raise ControlError("the body must be a JSON object")
            return JSONResponse(await action(simulator_of(request), body))
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return view
