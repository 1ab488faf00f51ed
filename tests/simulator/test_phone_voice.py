"""Voice notes recorded by a browser: Opus in WebM becomes Opus in Ogg."""

import struct

import pytest

from simulator.voice import NotWebm, packet_samples, webm_to_ogg
from tests.simulator.driver import Phone

HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48000, 0, 0)
UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def element(kind: str, content: bytes, size: bytes | None = None) -> bytes:
    """An EBML element."""
    return bytes.fromhex(kind) + (size or struct.pack(">Q", len(content) | 1 << 56)) + content


def webm(packets: list[bytes]) -> bytes:
    """What MediaRecorder makes: a segment and clusters of unknown size."""
    blocks = b"".join(element("a3", b"\x81\x00\x00\x80" + packet) for packet in packets)
    track = element("1654ae6b", element("ae", element("63a2", HEAD)))
    cluster = element("1f43b675", element("e7", b"\x00") + blocks, UNKNOWN)
    return element("1a45dfa3", b"") + element("18538067", track + cluster, UNKNOWN)


def test_the_packets_and_the_head_are_kept() -> None:
    packets = [b"\xf8" + bytes([n]) * 300 for n in range(60)]

    ogg = webm_to_ogg(webm(packets))

    assert ogg.startswith(b"OggS")
    assert HEAD in ogg
    assert all(packet in ogg for packet in packets)
    last_page = ogg.rindex(b"OggS")
    (granule,) = struct.unpack_from("<q", ogg, last_page + 6)
    assert granule == 60 * 960


@pytest.mark.parametrize(
    ("packet", "samples"),
    [(b"\xf8", 960), (b"\x08", 960), (b"\x18", 2880), (b"\x80", 120), (b"\xfb\x03", 2880)],
)
def test_the_length_of_a_packet(packet: bytes, samples: int) -> None:
    assert packet_samples(packet) == samples


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF....WAVE", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x00\x00", webm([])],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(NotWebm):
        webm_to_ogg(content)


def test_a_recording_arrives_as_a_voice_note(phone: Phone) -> None:
    phone.client.post(
        "/phone/lena/files",
        data={"kind": "audio", "voice": "true"},
        files={"file": ("voice", webm([b"\xf8\xff\xfe"] * 50), "audio/webm;codecs=opus")},
    )

    audio = phone.helpdesk.messages()[-1]["audio"]
    assert (audio["mime_type"], audio["voice"]) == ("audio/ogg; codecs=opus", True)


def test_a_broken_recording_is_refused(phone: Phone) -> None:
    answer = phone.client.post(
        "/phone/lena/files",
        data={"kind": "audio", "voice": "true"},
        files={"file": ("voice", b"noise", "audio/webm")},
    )

    assert answer.status_code == 400
    assert phone.helpdesk.messages() == []
