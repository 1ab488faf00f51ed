"""A place as people paste it: two numbers, a geo: link, or the address of a map."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_NUMBER = r"(-?\d{1,3}(?:\.\d+)?)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"!3d{_NUMBER}!4d{_NUMBER}",  # the pin of a Google map; "@" is only its middle
        rf"[?&](?:q|query|ll|sll|daddr|destination|center)=(?:loc:)?{_NUMBER},\s*\+?{_NUMBER}",
        rf"[?&]mlat={_NUMBER}&mlon={_NUMBER}",
        rf"#map=[\d.]+/{_NUMBER}/{_NUMBER}",
        rf"@{_NUMBER},{_NUMBER}",
        rf"^geo:{_NUMBER},{_NUMBER}",
        rf"^{_NUMBER}\s*[,;\s]\s*{_NUMBER}$",
    )
)
# As it is written in German: "52,525; 13,369".
_COMMAS = re.compile(r"^(-?\d{1,3},\d+)\s*[;\s/]\s*(-?\d{1,3},\d+)$")


@dataclass(frozen=True)
class Place:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


def parse_place(text: str) -> Place | None:
    """The place that `text` names; None when it names none on this earth."""
    text = unquote(text.strip())
    if commas := _COMMAS.match(text):
        return _place(*(number.replace(",", ".") for number in commas.groups()))
    for pattern in _PATTERNS:
        if found := pattern.search(text):
            return _place(*found.groups())
    return None


def _place(latitude: str, longitude: str) -> Place | None:
    place = Place(float(latitude), float(longitude))
    return place if abs(place.latitude) <= 90 and abs(place.longitude) <= 180 else None
