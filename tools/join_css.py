"""Join the style sheets in the order of static/css/index.css into static/css/app.css.

The sources stay one file per component; a page links the one joined file, so its first load is one
request instead of fifty. `tests/front/test_static.py` fails when the joined file is stale.

Run it as `python tools/join_css.py`; no argument, no output unless something changed.
"""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
INDEX = STATIC / "css" / "index.css"
JOINED = STATIC / "css" / "app.css"

IMPORT = re.compile(r'@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[a-z]+)\);')
LAYERS = re.compile(r"@layer [a-z, ]+;")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def join_css() -> str:
    """Return the whole style sheet: fonts, Tabler in its layer, then ours, layer by layer."""
    index = INDEX.read_text(encoding="utf-8")
    order = LAYERS.search(index)
    if order is None:
        raise ValueError("static/css/index.css does not name the order of its layers")
    parts = [
        "/* Made by tools/join_css.py from index.css; edit the sources, then run it again. */",
        order[0],
        _font_faces(),
        (STATIC / "vendor" / "tabler" / "tabler.css").read_text(encoding="utf-8").strip(),
    ]
    for match in IMPORT.finditer(COMMENT.sub("", index)):
        source = (INDEX.parent / match["path"]).read_text(encoding="utf-8")
        parts.append(f"@layer {match['layer']} {{\n{_squeeze(source)}\n}}")
    return "\n".join(parts) + "\n"


def _font_faces() -> str:
    """Inter's faces, their files seen from static/css/."""
    faces = (STATIC / "vendor" / "inter" / "inter.css").read_text(encoding="utf-8")
    return _squeeze(faces).replace("url(inter-", "url(../vendor/inter/inter-")


def _squeeze(css: str) -> str:
    """Drop comments, indentation and empty lines; what is left stays readable line by line."""
    lines = (line.strip() for line in COMMENT.sub("", css).splitlines())
    return "\n".join(line for line in lines if line)


def main() -> None:
    """Write the joined file when it differs."""
    joined = join_css()
    if not JOINED.exists() or JOINED.read_text(encoding="utf-8") != joined:
        JOINED.write_text(joined, encoding="utf-8")
        print(f"{JOINED.relative_to(STATIC.parent)}: {len(joined) // 1024} KB")


if __name__ == "__main__":
    main()
