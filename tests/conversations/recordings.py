"""Small real recordings, made by PyAV: sound and video in the shapes browsers and phones write."""

from __future__ import annotations

import io
import math
from array import array

import av


def sound(
    kind: str = "webm", codec: str = "libopus", *, layout: str = "mono", seconds: float = 1.0
) -> bytes:
    """A tone that grows louder, in a container of `kind`."""
    out = io.BytesIO()
    rate = 48000
    channels = 2 if layout == "stereo" else 1
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        total, step = int(rate * seconds), 960
        for start in range(0, total, step):
            wave = array(
                "h",
                (
                    int(12000 * (at / total) * math.sin(at * 2 * math.pi * 440 / rate))
                    for at in range(start, min(start + step, total))
                    for _ in range(channels)
                ),
            )
            frame = av.AudioFrame(format="s16", layout=layout, samples=len(wave) // channels)
            frame.sample_rate, frame.pts = rate, start
            frame.planes[0].update(wave.tobytes())
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return out.getvalue()


def film(
    codec: str = "mpeg4",
    kind: str = "mp4",
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 20,
    sound_codec: str = "",
) -> bytes:
    """A video of one colour, ten frames a second, with a silent track if `sound_codec` is named."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        track = (
            container.add_stream(sound_codec, rate=48000, layout="mono") if sound_codec else None
        )
        for _number in range(frames):
            frame = av.VideoFrame(*size, "yuv420p")
            for plane, value in zip(frame.planes, (120, 90, 160), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
        if track is not None:
            silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            silence.sample_rate, silence.pts = 48000, 0
            silence.planes[0].update(bytes(silence.planes[0].buffer_size))
            for packet in [*track.encode(silence), *track.encode(None)]:
                container.mux(packet)
    return out.getvalue()
