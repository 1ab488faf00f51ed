"""Contact cards that customers send, as files of vCard 4.0 (RFC 6350)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inbox.card_parts import dict_of, dicts_of, text_of, web_address
from inbox.inbound_cards import name_of

_SPECIAL = re.compile(r"([\\,;])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LONGEST = 75  # octets in a line
_KINDS = {"HOME": "home", "WORK": "work", "CELL": "cell", "MOBILE": "cell"}


def vcard(person: dict[str, object]) -> str:
    """One of the objects of a `contacts` message as a vCard; lines end in CRLF."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", *_properties(person), "END:VCARD"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def file_name(person: dict[str, object]) -> str:
    """A name for the file that no shell or browser could misread."""
    words = re.sub(r"[^\w \-.]", "", name_of(person)).strip(" .")
    return f"{words[:60] or 'contact'}.vcf"


def _properties(person: dict[str, object]) -> Iterator[str]:
    name = dict_of(person.get("name"))
    phones = [
        (row, text_of(row.get("phone")) or _plus(text_of(row.get("wa_id"))))
        for row in dicts_of(person.get("phones"))
    ]
    # FN has to be there and to say something.
    full = name_of(person) or next((number for _row, number in phones if number), "?")
    yield f"FN:{_escaped(full)}"
    keys = ("last_name", "first_name", "middle_name", "prefix", "suffix")
    parts = [_escaped(text_of(name.get(key))) for key in keys]
    if any(parts):
        yield f"N:{';'.join(parts)}"
    for row, number in phones:
        if number:
            yield f"TEL;VALUE=text{_type(row)}:{_escaped(number)}"
    for row in dicts_of(person.get("emails")):
        if email := text_of(row.get("email")):
            yield f"EMAIL{_type(row)}:{_escaped(email)}"
    for row in dicts_of(person.get("addresses")):
        keys = ("street", "city", "state", "zip", "country")
        address = [_escaped(text_of(row.get(key))) for key in keys]
        if any(address):
            yield f"ADR{_type(row)}:;;{';'.join(address)}"
    company = dict_of(person.get("org"))
    units = [_escaped(text_of(company.get(key))) for key in ("company", "department")]
    if any(units):
        yield f"ORG:{';'.join(units)}"
    if title := text_of(company.get("title")):
        yield f"TITLE:{_escaped(title)}"
    for row in dicts_of(person.get("urls")):
        if url := web_address(row.get("url")):
            yield f"URL{_type(row)}:{_CONTROL.sub('', url)}"
    birthday = text_of(person.get("birthday"), 10)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", birthday):
        yield f"BDAY:{birthday.replace('-', '')}"


def _plus(digits: str) -> str:
    return f"+{digits}" if digits else ""


def _type(row: dict[str, object]) -> str:
    kind = _KINDS.get(text_of(row.get("type")).upper())
    return f";TYPE={kind}" if kind else ""


def _escaped(text: str) -> str:
    """A value in one line: nothing in it can begin another property."""
    one_line = re.sub(r"\r\n|\r|\n|\u2028|\u2029|\x85", "\n", text)
    return _CONTROL.sub("", _SPECIAL.sub(r"\\\1", one_line).replace("\n", "\\n"))


def _folded(line: str) -> str:
    """Lines of at most 75 octets, broken between characters (RFC 6350, 3.2)."""
    pieces: list[str] = []
    piece, size, room = "", 0, _LONGEST
    for character in line:
        length = len(character.encode("utf-8", "surrogatepass"))
        if size + length > room:
            pieces.append(piece)
            piece, size, room = "", 0, _LONGEST - 1
        piece += character
        size += length
    return "\r\n ".join([*pieces, piece])
