"""How a file stands in its bubble: its shape, its size on screen, its length, its waveform."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from conversations.models import Media, MediaKind, MediaStatus
from conversations.services.digests import differs
from conversations.services.media import SET_ASIDE, TOO_LARGE
from conversations.serving import INLINE

# The waveform is drawn into a box of this size; its bars are 4 wide.
WAVE_WIDTH, WAVE_HEIGHT = 256, 26
_FLAT = (8,) * 64
# From this try on it is worth a word that a file keeps us waiting.
_SLOW = 3


@dataclass(frozen=True)
class MediaLook:
    """`shape` is picture, film, sound, sticker, file; or waiting, failed, quarantined, removed."""

    shape: str
    words: str = ""
    width: int = 320
    height: int = 180
    length: str = ""
    seconds: float = 0
    wave: str = ""
    is_tall: bool = False
    can_ask_again: bool = False
    differs: bool = False

    @property
    def is_pictured(self) -> bool:
        return self.shape in ("picture", "film")


def media_look(media: Media | None) -> MediaLook | None:
    """The look of a message's file; None without one."""
    if not media:  # a template's `first` of nothing is ""
        return None
    if media.status == MediaStatus.QUARANTINED:
        return MediaLook("quarantined")
    if media.status == MediaStatus.REMOVED:
        return MediaLook("removed")
    if media.status == MediaStatus.FAILED:
        return MediaLook("failed", _failed_words(media), can_ask_again=media.failure != TOO_LARGE)
    if media.status != MediaStatus.READY:
        return MediaLook("waiting", _waiting_words(media))
    width, height = media.width or 320, media.height or 180
    return MediaLook(
        shape=_shape(media),
        width=width,
        height=height,
        is_tall=height > width,
        length=clock(media.duration_s),
        seconds=media.duration_s or 0,
        wave=wave(media.waveform) if media.kind == MediaKind.AUDIO else "",
        differs=differs(media.promised_sha256, media.sha256),
    )


def clock(seconds: float | None) -> str:
    """0:23, 1:02:03; empty when nobody knows."""
    if not seconds:
        return ""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def wave(bars: object) -> str:
    """The bars as one SVG path of upright strokes; flat where nothing is known."""
    known = isinstance(bars, list) and len(bars) > 0
    values = [bar if isinstance(bar, int) else 0 for bar in bars] if known else list(_FLAT)  # type: ignore[attr-defined]
    step = WAVE_WIDTH / len(values)
    parts = []
    for number, value in enumerate(values):
        tall = max(2.0, min(value, 100) * (WAVE_HEIGHT - 4) / 100)
        x, y = number * step + step / 2, (WAVE_HEIGHT - tall) / 2
        parts.append(f"M{x:g} {y:.3g}v{tall:.3g}")
    return "".join(parts)


def _shape(media: Media) -> str:
    """By what it is as well as by how it was sent: a document stays one, a fake picture is none."""
    main = media.mime_type.partition("/")[0]
    inline = media.mime_type.partition(";")[0] in INLINE
    if media.kind == MediaKind.DOCUMENT or not inline:
        return "file"
    if media.kind == MediaKind.STICKER and main == "image":
        return "sticker"
    return {"image": "picture", "video": "film", "audio": "sound"}[main]


def _failed_words(media: Media) -> str:
    if media.failure == TOO_LARGE:
        return _("It is larger than 100 MB, which WhatsApp does not hand over.")
    if media.failure == SET_ASIDE:
        return _("Something kept going wrong on our side, so it was given up.")
    return _("WhatsApp no longer has it.")


def _waiting_words(media: Media) -> str:
    if media.file:
        return _("is being checked for viruses")
    if media.attempts >= _SLOW:
        return _("is being fetched; WhatsApp keeps us waiting")
    return _("is being fetched")
