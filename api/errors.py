"""The one place where what went wrong becomes HTTP: `{"code", "detail", "errors"}`.

`code` is for programs, `detail` a sentence for people, `errors` names fields where there are any:
`{"text": ["…"], "interactive.action.buttons.0": ["…"]}`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from api.parsers import TooLarge
from conversations.errors import (
    AnotherIsOpen,
    CannotSendAgain,
    CannotTakeBack,
    ClientUuidReused,
    ConversationError,
    Malformed,
    NotAllowed,
    ReasonRequired,
    Refused,
    UploadRefused,
)

STATUS_OF: dict[type[ConversationError], int] = {
    Malformed: 400,
    UploadRefused: 400,
    NotAllowed: 403,
    AnotherIsOpen: 409,
    CannotSendAgain: 409,
    CannotTakeBack: 409,
    ClientUuidReused: 409,
    ReasonRequired: 422,
    Refused: 422,
}


class ErrorSerializer(serializers.Serializer[Any]):
    """How every error looks; for the schema."""

    code = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # Serializer.errors
        child=serializers.ListField(child=serializers.CharField())
    )


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001
    """DRF's hook; None leaves unknown exceptions to Django (500, logged)."""
    if isinstance(exc, ConversationError):
        set_rollback()
        return _answer(_status_of(exc), exc.code, str(exc.message), _errors_of(exc))
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, RequestDataTooBig):
        exc = TooLarge()
    elif isinstance(exc, DjangoPermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return None
    set_rollback()
    if isinstance(exc, exceptions.ValidationError):
        return _answer(400, "invalid", _("Please correct the marked fields."), flatten(exc.detail))
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else exc.default_code
    response = _answer(exc.status_code, code, str(exc.detail))
    for header, attribute in (("WWW-Authenticate", "auth_header"), ("Retry-After", "wait")):
        value = getattr(exc, attribute, None)
        if value:
            response[header] = value if isinstance(value, str) else f"{value:.0f}"
    return response


def flatten(detail: object, path: str = "") -> dict[str, list[str]]:
    """DRF's nested errors by dotted path; what concerns none is `non_field_errors`."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            inner = path if key == api_settings.NON_FIELD_ERRORS_KEY and path else _join(path, key)
            found |= flatten(value, inner)
        return found
    if isinstance(detail, list):
        if any(isinstance(item, dict | list) for item in detail):
            return flatten(dict(enumerate(detail)), path)
        name = path or str(api_settings.NON_FIELD_ERRORS_KEY)
        return {name: [str(item) for item in detail]} if detail else {}
    return {path: [str(detail)]}


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _status_of(exc: ConversationError) -> int:
    return next((code for kind, code in STATUS_OF.items() if isinstance(exc, kind)), 400)


def _errors_of(exc: ConversationError) -> dict[str, list[str]]:
    if isinstance(exc, Malformed):
        return {name: [str(word) for word in words] for name, words in exc.errors.items()}
    if isinstance(exc, UploadRefused):
        return {"file": [str(exc.message)]}
    if isinstance(exc, ClientUuidReused):
        return {"client_uuid": [str(exc.message)]}
    return {}


def _answer(
    status: int, code: str, detail: str, errors: dict[str, list[str]] | None = None
) -> Response:
    return Response({"code": code, "detail": detail, "errors": errors or {}}, status=status)
