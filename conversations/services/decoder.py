"""Opening strangers' files: a child process per file (`conversations/decoding/`), never this one.

Every call takes a real file (with a descriptor), has a time limit, and answers with what was found
or raises `Undecodable`: a broken file costs its thumbnail, not the message.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings

log = logging.getLogger(__name__)

TIMEOUT_S = 60.0
# More at once would only be slower; whoever waits longer than this is told so.
AT_ONCE = 2
PATIENCE_S = 90.0
_turns = threading.BoundedSemaphore(AT_ONCE)
PICTURES, RECORDINGS = "pictures", "recordings"


class Undecodable(Exception):
    """The content is not what it seems; the text is a code for logs and tests."""


@dataclass(frozen=True)
class Look:
    """What a file holds. Pixels as they are seen, seconds, `waveform` 64 values from 0 to 100."""

    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    waveform: tuple[int, ...] = ()
    animated: bool = False
    video_codec: str = ""
    audio_codec: str = ""
    audio_streams: int = 0
    channels: int = 0
    format: str = ""


def look(file: IO[bytes], mime_type: str, small: IO[bytes]) -> Look:
    """Look into a picture, a video or a recording; writes a small WebP of what can be seen."""
    found = _run(_tool(mime_type), "look", file, small)
    return Look(
        width=_whole(found.get("width")),
        height=_whole(found.get("height")),
        duration_s=_seconds(found.get("duration_s")),
        waveform=tuple(min(100, max(0, int(bar))) for bar in found.get("waveform") or ())[:64],
        animated=bool(found.get("animated")),
        video_codec=str(found.get("video_codec") or ""),
        audio_codec=str(found.get("audio_codec") or ""),
        audio_streams=int(found.get("audio_streams") or 0),
        channels=int(found.get("channels") or 0),
        format=str(found.get("format") or ""),
    )


def as_picture(file: IO[bytes], target: IO[bytes]) -> str:
    """Write `file` as a JPEG or PNG that WhatsApp takes; its MIME type."""
    return str(_run(PICTURES, "picture", file, target)["mime_type"])


def as_sticker(file: IO[bytes], target: IO[bytes]) -> str:
    """Write `file` as a WebP of 512 × 512; its MIME type."""
    return str(_run(PICTURES, "sticker", file, target)["mime_type"])


def as_voice(file: IO[bytes], target: IO[bytes]) -> str:
    """Write the sound of `file` as Ogg with mono Opus; its MIME type."""
    return str(_run(RECORDINGS, "voice", file, target)["mime_type"])


def as_film(file: IO[bytes], target: IO[bytes]) -> str:
    """Write the streams of a video, as they are, as MP4; its MIME type."""
    return str(_run(RECORDINGS, "film", file, target)["mime_type"])


def can_be_looked_at(mime_type: str) -> bool:
    return mime_type.startswith(("image/", "video/", "audio/"))


def _tool(mime_type: str) -> str:
    return PICTURES if mime_type.startswith("image/") else RECORDINGS


def _run(tool: str, action: str, source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    if not _turns.acquire(timeout=PATIENCE_S):
        raise Undecodable("busy")
    try:
        return _answer(tool, action, source, target)
    finally:
        _turns.release()


def _answer(tool: str, action: str, source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    source.flush()
    source.seek(0)
    os.lseek(source.fileno(), 0, os.SEEK_SET)
    output = target.fileno()
    command = [sys.executable, "-m", f"conversations.decoding.{tool}", action, str(output)]
    try:
        done = subprocess.run(  # noqa: S603  no shell, no word of a stranger's
            command,
            stdin=source.fileno(),
            pass_fds=(output,),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        )
        found = json.loads(done.stdout) if done.returncode == 0 else {"error": "died"}
    except subprocess.TimeoutExpired:
        found = {"error": "too_slow"}
    except ValueError:
        found = {"error": "no_answer"}
    finally:
        source.seek(0)
        target.seek(0)
    if "error" in found:
        log.info("media.undecodable tool=%s action=%s cause=%s", tool, action, found["error"])
        raise Undecodable(str(found["error"]))
    return dict(found)


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 < value < 2**31 else None


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 < value < 10**7 else None
