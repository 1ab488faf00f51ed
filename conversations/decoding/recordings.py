"""Sound and video: length, size, a still, a voice note's shape; and sound as a voice note."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from conversations.decoding.child import Result, Undecodable, run
from conversations.decoding.pictures import write_small

BARS = 64
# Sound is measured at this rate; enough for loudness, and an hour is read in a second or two.
RATE = 8000
BLOCK = RATE // 50
LONGEST_MEASURED_S = 3600
MOST_PIXELS = 4096 * 4096
_CAREFUL = {
    "format_whitelist": "mov,mp4,matroska,webm,ogg,wav,mp3,aac,amr,flac,avi,asf,aiff,caf",
    "protocol_whitelist": "none",
}
OPUS_RATE = 48000
OPUS_BIT_RATE = 32_000


def look(source: BinaryIO, target: BinaryIO) -> Result:
    """Streams and codecs, seconds, pixels or loudness; writes the still of a video."""
    with _opened(source) as container:
        sound = _first_sound(container)
        video = next((s for s in container.streams.video if not _is_cover(s)), None)
        result: Result = {
            "format": container.format.name,
            "video_codec": video.codec_context.name if video else "",
            "audio_codec": sound.codec_context.name if sound else "",
            "audio_streams": len(container.streams.audio),
            "channels": sound.channels if sound else 0,
            "duration_s": _seconds(container.duration, Fraction(1, av.time_base)),
        }
        if video is not None:
            return {**result, **_still(container, video, target)}
        if sound is None:
            raise Undecodable("no_stream")
        loudness = list(_loudness(container, sound))
        heard_s = len(loudness) * BLOCK / RATE
        if not loudness:
            raise Undecodable("no_sound")
        whole = heard_s < LONGEST_MEASURED_S
        return {
            **result,
            # A recording cut off by a browser does not know its length; what was heard does.
            "duration_s": heard_s if whole else result["duration_s"] or heard_s,
            "waveform": bars(loudness) if whole else [],
        }


def voice(source: BinaryIO, target: BinaryIO) -> Result:
    """The sound as Ogg with mono Opus, the only form in which WhatsApp plays it as a voice note."""
    with _opened(source) as container:
        stream = _first_sound(container)
        if stream is None:
            raise Undecodable("no_stream")
        written = 0
        with av.open(target, "w", format="ogg") as output:
            if stream.codec_context.name == "opus" and stream.channels == 1:
                copied = output.add_stream_from_template(stream)
                for packet in container.demux(stream):
                    if packet.dts is not None:
                        packet.stream = copied
                        output.mux(packet)
                        written += 1
            else:
                written = _encode(container, stream, output)
        if not written:
            raise Undecodable("no_sound")
    return {"mime_type": "audio/ogg"}


def film(source: BinaryIO, target: BinaryIO) -> Result:
    """The same picture and sound, not encoded again, in an MP4."""
    with _opened(source) as container:
        wanted = [s for s in container.streams.video if not _is_cover(s)][:1]
        tracks = [*wanted, *container.streams.audio[:1]]
        with av.open(target, "w", format="mp4") as output:
            copies = {track.index: output.add_stream_from_template(track) for track in tracks}
            for packet in container.demux(tracks):
                if packet.dts is not None:
                    packet.stream = copies[packet.stream.index]
                    output.mux(packet)
    return {"mime_type": "video/mp4"}


def bars(loudness: list[int]) -> list[int]:
    """`BARS` values from 0 to 100: the mean loudness of equal stretches, the loudest one 100."""
    count = len(loudness)
    means = []
    for bar in range(BARS):
        begin = bar * count // BARS
        part = loudness[begin : max((bar + 1) * count // BARS, begin + 1)]
        means.append(sum(part) / len(part))
    # Nearly silent recordings stay flat instead of showing their noise at full height.
    highest = max(*means, 40.0)
    return [round(100 * mean / highest) for mean in means]


def _opened(source: BinaryIO) -> InputContainer:
    """The container, by its content; playlists and whatever else names other files is none."""
    return av.open(source, "r", metadata_errors="ignore", options=dict(_CAREFUL))


def _first_sound(container: InputContainer) -> AudioStream | None:
    return container.streams.audio[0] if container.streams.audio else None


def _is_cover(stream: VideoStream) -> bool:
    """Album art stands in a sound file like a video of one frame."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _seconds(value: int | None, base: Fraction | None) -> float | None:
    return round(float(value * base), 2) if value and base and value > 0 else None


def _loudness(container: InputContainer, stream: AudioStream) -> Iterator[int]:
    """The mean level of each block of 20 ms, for at most an hour."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    pending = array("h")
    most = LONGEST_MEASURED_S * RATE // BLOCK
    yielded = 0
    for frame in _frames(container, stream):
        for part in resampler.resample(frame):
            pending.frombytes(bytes(part.planes[0])[: part.samples * 2])
        at = 0
        while len(pending) - at >= BLOCK:
            yield sum(map(abs, pending[at : at + BLOCK])) // BLOCK
            at += BLOCK
            yielded += 1
            if yielded >= most:
                return
        del pending[:at]
    if pending:
        yield sum(map(abs, pending)) // len(pending)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame | None]:
    """The decoded frames, then None, which flushes the resampler. Broken packets are left out."""
    for packet in container.demux(stream):
        try:
            yield from stream.decode(packet)
        except av.error.InvalidDataError:
            continue
    yield None


def _encode(
    container: InputContainer, stream: AudioStream, output: av.container.OutputContainer
) -> int:
    encoder = output.add_stream("libopus", rate=OPUS_RATE, layout="mono")
    encoder.bit_rate = OPUS_BIT_RATE
    resampler = av.AudioResampler(format="s16", layout="mono", rate=OPUS_RATE, frame_size=960)
    written = 0
    for frame in _frames(container, stream):
        for part in resampler.resample(frame):
            part.pts = None  # gaps and odd clocks of the source are not ours to keep
            for packet in encoder.encode(part):
                output.mux(packet)
                written += 1
    for packet in encoder.encode(None):
        output.mux(packet)
    return written


def _still(container: InputContainer, video: VideoStream, target: BinaryIO) -> Result:
    """Pixels as they are seen, and a still from the first second, where most fades are over."""
    width, height = video.codec_context.width, video.codec_context.height
    if not width or not height or width * height > MOST_PIXELS:
        raise Undecodable("too_many_pixels")
    found: VideoFrame | None = None
    for frame in container.decode(video):
        found = frame
        if frame.pts is None or frame.time >= 0.5:
            break
    if found is None:
        raise Undecodable("no_frame")
    image: Image.Image = found.to_image()  # type: ignore[no-untyped-call]
    turn = found.rotation % 360
    if turn in (90, 180, 270):
        image = image.rotate(turn, expand=True)
    write_small(image, target)
    return {"width": image.width, "height": image.height}


if __name__ == "__main__":
    run({"look": look, "voice": voice, "film": film})
