"""Browsers record Opus in WebM; voice notes on WhatsApp are Opus in Ogg. Same packets."""

from __future__ import annotations

from simulator.media_kinds import ogg_opus

_SEGMENT, _CLUSTER, _BLOCK_GROUP = 0x18538067, 0x1F43B675, 0xA0
_TRACKS, _TRACK, _CODEC_PRIVATE = 0x1654AE6B, 0xAE, 0x63A2
_SIMPLE_BLOCK, _BLOCK = 0xA3, 0xA1
_CONTAINERS = {_SEGMENT, _CLUSTER, _BLOCK_GROUP, _TRACKS, _TRACK}
# samples at 48 kHz by the configuration in a packet's first byte (RFC 6716, 3.1)
_SILK, _HYBRID, _CELT = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)


class NotWebm(ValueError):
    """The bytes are not a WebM file with one Opus track."""


def webm_to_ogg(content: bytes) -> bytes:
    """The same sound in an Ogg file. Raises `NotWebm`."""
    if not content.startswith(b"\x1a\x45\xdf\xa3"):
        raise NotWebm("no EBML header")
    packets: list[bytes] = []
    heads: list[bytes] = []
    try:
        _walk(content, 0, len(content), packets, heads)
    except (IndexError, RecursionError) as error:
        raise NotWebm("broken element") from error
    if not packets:
        raise NotWebm("no packets")
    head = heads[0] if heads and heads[0].startswith(b"OpusHead") else None
    return ogg_opus(packets, packet_samples(packets[0]), head)


def packet_samples(packet: bytes) -> int:
    """How long an Opus packet is, in samples at 48 kHz."""
    config, count_code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = _SILK[config % 4]
    elif config < 16:
        frame = _HYBRID[config % 2]
    else:
        frame = _CELT[config % 4]
    frames = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 1)[count_code]
    return frame * frames


def _walk(data: bytes, at: int, end: int, packets: list[bytes], heads: list[bytes]) -> None:
    while at < end:
        kind, at = _number(data, at, keep_marker=True)
        size, after = _number(data, at, keep_marker=False)
        unknown = size == (1 << (7 * (after - at))) - 1  # a live recording does not know its size
        at = after
        stop = end if unknown else min(at + size, end)
        if kind in _CONTAINERS:
            _walk(data, at, stop, packets, heads)
        elif kind == _CODEC_PRIVATE:
            heads.append(data[at:stop])
        elif kind in {_SIMPLE_BLOCK, _BLOCK}:
            _, start = _number(data, at, keep_marker=False)
            if stop > start + 3:
                packets.append(data[start + 3 : stop])
        at = stop


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """An EBML variable-length number and where the next byte is."""
    first = data[at]
    if first == 0:
        raise IndexError("number too long")
    length = 9 - first.bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    if not keep_marker:
        value &= (1 << (7 * length)) - 1
    return value, at + length
