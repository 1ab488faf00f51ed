"""The virus scanner: clamd at `CLAMAV_URL` (INSTREAM), or none when that is not set."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from accounts.models import Severity
from accounts.notices import raise_notice, settle_notices

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3.0
# clamd unpacks archives before it answers.
ANSWER_TIMEOUT_S = 120.0
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
DEFAULT_PORT = 3310
AWAY = "virus_scanner_away"


class Infected(Exception):
    """The scanner knows this file; the text is the name it gives."""


class ScannerAway(Exception):
    """Nobody answered, or the answer was an error: nothing is known about the file."""


def is_configured() -> bool:
    return bool(settings.CLAMAV_URL)


def scan(file: IO[bytes]) -> bool:
    """Whether `file` was scanned (False: no scanner is configured). Leaves it at its start.

    Raises `Infected` or `ScannerAway`; admins hear of the latter until it answers again.
    """
    if not is_configured():
        return False
    file.seek(0)
    try:
        answer = _ask(file)
        verdict = _verdict(answer)
    except (OSError, ScannerAway) as error:
        log.warning("scanner.away cause=%s", str(error) or type(error).__name__)
        raise_notice(
            AWAY,
            "",
            Severity.WARNING,
            gettext_noop(
                "The virus scanner does not answer. Files from customers wait, files from agents "
                "are refused, until it does."
            ),
        )
        raise ScannerAway(str(error)) from error
    finally:
        file.seek(0)
    settle_notices(AWAY, "")
    if verdict:
        raise Infected(verdict)
    return True


def _ask(file: IO[bytes]) -> str:
    with _connection() as clamd:
        clamd.sendall(b"zINSTREAM\0")
        try:
            while chunk := file.read(CHUNK):
                clamd.sendall(struct.pack(">I", len(chunk)) + chunk)
            clamd.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # clamd ends what is larger than its StreamMaxLength, and says so
        answer = b""
        while len(answer) < LONGEST_ANSWER and (part := clamd.recv(LONGEST_ANSWER)):
            answer += part
            if answer.endswith(b"\0"):
                break
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


@contextmanager
def _connection() -> Iterator[socket.socket]:
    parts = urlsplit(settings.CLAMAV_URL)
    if parts.scheme == "unix":
        clamd = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    else:
        clamd = socket.create_connection(
            (parts.hostname or "localhost", parts.port or DEFAULT_PORT), CONNECT_TIMEOUT_S
        )
    with clamd:
        clamd.settimeout(CONNECT_TIMEOUT_S)
        if parts.scheme == "unix":
            clamd.connect(parts.path)
        clamd.settimeout(ANSWER_TIMEOUT_S)
        yield clamd


def _verdict(answer: str) -> str:
    """The name of what was found, "" for nothing. Raises `ScannerAway` for any other answer."""
    words = answer.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND") or "unnamed"
    # "INSTREAM size limit exceeded. ERROR": the admin raises StreamMaxLength, the file waits.
    raise ScannerAway(words[:200] or "no answer")
