"""Write static/sounds/notice.wav: two soft tones, ours, a third of a second in all.

Run once; the result is committed.
"""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE = 22_050
TONES = ((659.25, 0.0), (880.0, 0.11))  # e'' and a''
LENGTH_S = 0.42


def main() -> None:
    frames = [_sample(step / RATE) for step in range(int(RATE * LENGTH_S))]
    path = Path(__file__).parent.parent / "static" / "sounds" / "notice.wav"
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", int(value * 32767)) for value in frames))


def _sample(at: float) -> float:
    """Each tone swells in 8 ms and fades away."""
    value = 0.0
    for pitch, begins in TONES:
        since = at - begins
        if since > 0:
            swell = min(1.0, since / 0.008) * math.exp(-since * 14)
            value += 0.22 * swell * math.sin(2 * math.pi * pitch * since)
    return value * min(1.0, (LENGTH_S - at) / 0.03)


if __name__ == "__main__":
    main()
