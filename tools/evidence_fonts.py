"""Makes `consent/fonts/`, which evidence files are drawn with; the results are committed.

`python tools/evidence_fonts.py FOLDER`, where FOLDER holds, all flat, the fonts of npm's
`@expo-google-fonts/inter` and `@expo-google-fonts/noto-emoji` and of Debian's `fonts-dejavu-core`.
Only what can be drawn without shaping is kept: scripts that need it, or run from right to left, are
shown as code points (`consent/evidence_text.py`).
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]

OUT = Path(__file__).resolve().parents[1] / "consent" / "fonts"
LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x180), 0x2013, 0x2014, 0x2026, 0x2022)
# Latin to Cyrillic, Armenian, Georgian, Latin and Greek with marks, punctuation, signs.
ALPHABETS = (
    *(*range(0x20, 0x7F), *range(0xA0, 0x300), *range(0x370, 0x590), *range(0x10A0, 0x1100)),
    *(*range(0x1C80, 0x1CC0), *range(0x1D00, 0x2C00), *range(0x2C60, 0x2C80)),
    *(*range(0x2DE0, 0x2E80), *range(0xA640, 0xA6A0), *range(0xA720, 0xA800)),
    *(*range(0xFB00, 0xFB18), 0xFFFD),
)
FONTS = {
    "Inter_400Regular.ttf": ("inter-regular.ttf", ALPHABETS),
    "Inter_600SemiBold.ttf": ("inter-semibold.ttf", ALPHABETS),
    "DejaVuSans.ttf": ("dejavu-sans.ttf", ALPHABETS),
    "DejaVuSansMono.ttf": ("dejavu-sans-mono.ttf", LATIN),
    "NotoEmoji_400Regular.ttf": ("noto-emoji.ttf", None),
}


def main(folder: Path) -> None:
    """Write each font with the characters we draw, without hints and layout tables."""
    for source, (name, characters) in FONTS.items():
        options = subset.Options(hinting=False, layout_features=[], notdef_outline=True)
        options.drop_tables += ["GPOS", "GSUB", "GDEF", "STAT", "BASE", "MATH"]
        font = subset.load_font(str(folder / source), options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=characters or font.getBestCmap().keys())
        cut.subset(font)
        subset.save_font(font, str(OUT / name), options)
        print(f"{name}: {(OUT / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
