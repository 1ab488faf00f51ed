"""JSON that PostgreSQL can store: what it could not is refused here, not by a 500 later."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_BODY = 3 * 1024 * 1024


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self) -> None:
        super().__init__(_("The body is too large."))


class CleanJSONParser(JSONParser):
    """At most 3 MiB; no NUL, no lone surrogates, no infinite numbers, no bottomless nesting."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        request = (parser_context or {}).get("request")
        if request is not None and int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            raise TooLarge
        try:
            data: dict[str, Any] = super().parse(stream, media_type, parser_context)
            _require_storable(data)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        if not isinstance(data, dict):
            raise ParseError(_("The body must be a JSON object."))
        return data


def _require_storable(value: object) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ParseError(_("The text contains a character that cannot be sent."))
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ParseError(_("The JSON contains a number that is too large."))
    elif isinstance(value, dict):
        for key, item in value.items():
            _require_storable(key)
            _require_storable(item)
    elif isinstance(value, list):
        for item in value:
            _require_storable(item)
