"""A template as one writes it: the fields of the admin's form, and the limits of each.

The limits are the reference's, section 7.1, and for cards Meta's page on media card carousels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NAME_LENGTH, HEADER_LENGTH, BODY_LENGTH, FOOTER_LENGTH = 512, 60, 1024, 60
MOST_BUTTONS, BUTTON_LENGTH, URL_LENGTH, CODE_LENGTH = 10, 25, 2000, 15
MOST_OF_KIND = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "FLOW": 1, "REQUEST_CONTACT_INFO": 1}
HEADERS = ("", "TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
FILE_HEADERS = ("IMAGE", "VIDEO", "DOCUMENT")
BUTTONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "FLOW", "REQUEST_CONTACT_INFO")
FEWEST_CARDS, MOST_CARDS, CARD_LENGTH, MOST_CARD_BUTTONS = 2, 10, 160, 2
CARD_HEADERS = ("IMAGE", "VIDEO")
CARD_BUTTONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER")

_GAP = re.compile(r"{{\s*(.*?)\s*}}")


@dataclass(frozen=True)
class ButtonDraft:
    """`value` is the address, phone number, code or flow id, by `kind`; `sample` of an address
    with a variable is the whole address."""

    kind: str
    text: str = ""
    value: str = ""
    sample: str = ""


@dataclass(frozen=True)
class CardDraft:
    """One card of a carousel. `handle` is Meta's name of the uploaded sample picture or film."""

    handle: str = ""
    body: str = ""
    body_samples: Mapping[str, str] = field(default_factory=dict)
    buttons: Sequence[ButtonDraft] = ()


@dataclass(frozen=True)
class TemplateDraft:
    """A template as the form has it. `body_samples` and `header_sample` fill the variables;
    `header_handle` is Meta's name of the uploaded sample file. `card_header` says what all cards
    show; without cards it is empty."""

    name: str
    language: str
    category: str
    is_named: bool = False
    header: str = ""
    header_text: str = ""
    header_sample: str = ""
    header_handle: str = ""
    body: str = ""
    body_samples: Mapping[str, str] = field(default_factory=dict)
    footer: str = ""
    buttons: Sequence[ButtonDraft] = ()
    card_header: str = ""
    cards: Sequence[CardDraft] = ()

    @property
    def has_cards(self) -> bool:
        return bool(self.card_header or self.cards)


def variables(text: str) -> list[str]:
    """The names (or numbers) of the variables in a text, each once, in their order."""
    return list(dict.fromkeys(_GAP.findall(text)))
