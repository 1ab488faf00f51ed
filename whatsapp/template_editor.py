"""Writing templates: what Meta would refuse, said in words before.

The rules are the reference's sections 7.1 and 9. A draft has the fields of the admin's form, so
that every problem has its place there; what the form cannot write (offers, codes to sign in with)
is shown and left to WhatsApp Manager.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from whatsapp.template_drafts import (
    BODY_LENGTH,
    BUTTON_LENGTH,
    BUTTONS,
    CARD_BUTTONS,
    CARD_HEADERS,
    CARD_LENGTH,
    CODE_LENGTH,
    FEWEST_CARDS,
    FILE_HEADERS,
    FOOTER_LENGTH,
    HEADER_LENGTH,
    MOST_BUTTONS,
    MOST_CARD_BUTTONS,
    MOST_CARDS,
    MOST_OF_KIND,
    NAME_LENGTH,
    URL_LENGTH,
    ButtonDraft,
    CardDraft,
    TemplateDraft,
    variables,
)

_NAME = re.compile(r"[a-z0-9_]+")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_TOO_MUCH_SPACE = re.compile(r"\n{3,}|\t| {5,}")

Problems = dict[str, list[str | Promise]]
Say = Callable[[str, str | Promise], None]


def problems(draft: TemplateDraft) -> Problems:
    """What Meta would refuse, by the form's fields; buttons as `buttons-0-text`, what is on cards
    as `cards-0-body` and `cards-0-buttons-1-value`."""
    found: Problems = {}

    def say(at: str, words: str | Promise) -> None:
        found.setdefault(at, []).append(words)

    if not _NAME.fullmatch(draft.name):
        say("name", _("Only small letters a–z, digits and underscores."))
    if len(draft.name) > NAME_LENGTH:
        say("name", _too_long(NAME_LENGTH))
    if not _LANGUAGE.fullmatch(draft.language):
        say("language", _("A language code such as de, en_US or pt_BR."))
    if draft.category == "authentication":
        words = _("WhatsApp words these templates itself; create them in WhatsApp Manager.")
        say("category", words)
    _check_header(draft, say)
    _check_body(draft, say)
    _check_cards(draft, say)
    if len(draft.footer) > FOOTER_LENGTH:
        say("footer", _too_long(FOOTER_LENGTH))
    if variables(draft.footer):
        say("footer", _("There are no variables in a footer."))
    _check_buttons(draft.buttons, "buttons", say)
    return found


def _check_header(draft: TemplateDraft, say: Say) -> None:
    if draft.header in FILE_HEADERS and not draft.header_handle:
        say("header_file", _("WhatsApp reviews a sample file; please choose one."))
    if draft.header != "TEXT":
        return
    text = draft.header_text
    names = variables(text)
    if not text.strip():
        say("header_text", _("Please enter a text, or choose no header."))
    if len(text) > HEADER_LENGTH:
        say("header_text", _too_long(HEADER_LENGTH))
    if "\n" in text or any(mark in text for mark in "*~`"):
        say("header_text", _("A header has one line and no formatting."))
    if len(names) > 1:
        say("header_text", _("A header has at most one variable."))
    _check_names(names, draft.is_named, "header_text", say)
    if names and not draft.header_sample.strip():
        say("header_sample", _("WhatsApp wants an example for the variable."))


def _check_body(draft: TemplateDraft, say: Say) -> None:
    if not draft.body.strip():
        say("body", _("Please enter a text."))
        return
    if len(draft.body) > BODY_LENGTH:
        say("body", _too_long(BODY_LENGTH))
    _check_text(draft.body, draft.body_samples, draft.is_named, "", say)


def _check_text(
    text: str, samples: Mapping[str, str], is_named: bool, prefix: str, say: Say
) -> None:
    """The variables of a body, and how it is written; its fields begin with `prefix`."""
    names = variables(text)
    body = f"{prefix}body"
    _check_names(names, is_named, body, say)
    stripped = text.strip()
    if names and (stripped.startswith("{{") or stripped.endswith("}}")):
        say(body, _("The text must neither begin nor end with a variable."))
    if _TOO_MUCH_SPACE.search(text.replace("\r\n", "\n")):
        say(body, _("No tabs, no more than two line breaks or four spaces in a row."))
    words = [w for w in text.split() if "{{" not in w and any(c.isalnum() for c in w)]
    if names and len(words) < 2 * len(names) - 1:
        say(body, _("There are too many variables for so short a text."))
    for name in names:
        if not samples.get(name, "").strip():
            say(f"{prefix}sample-{name}", _("WhatsApp wants an example for the variable."))


def _check_names(names: list[str], is_named: bool, at: str, say: Say) -> None:
    if is_named:
        if not all(_VARIABLE.fullmatch(name) for name in names):
            say(at, _("Variables have names of small letters, digits and underscores."))
    elif names != [str(number) for number in range(1, len(names) + 1)]:
        say(at, _("Variables are numbered from {{1}} without gaps."))


def _check_cards(draft: TemplateDraft, say: Say) -> None:
    """Meta's rules for media cards: all alike, and nothing but a text beside them."""
    if not draft.has_cards:
        return
    if draft.category != "marketing":
        say("category", _("Cards are possible in marketing templates only."))
    beside = _("Beside cards there is only a text: no header, no footer, no buttons.")
    for at, given in (("header", draft.header), ("footer", draft.footer)):
        if given:
            say(at, beside)
    if draft.buttons:
        say("buttons", beside)
    if draft.card_header not in CARD_HEADERS:
        say("card_header", _("Please choose what the cards show."))
    if not FEWEST_CARDS <= len(draft.cards) <= MOST_CARDS:
        say("cards", _("A carousel has two to ten cards."))
    shapes = {tuple(button.kind for button in card.buttons) for card in draft.cards}
    if len(shapes) > 1:
        say("cards", _("All cards have the same buttons in the same order."))
    has_text = any(card.body.strip() for card in draft.cards)
    for index, card in enumerate(draft.cards):
        _check_card(card, f"cards-{index}-", draft.is_named, say)
        if has_text and not card.body.strip():
            say(f"cards-{index}-body", _("Either all cards have a text, or none has."))


def _check_card(card: CardDraft, prefix: str, is_named: bool, say: Say) -> None:
    if not card.handle:
        say(f"{prefix}file", _("WhatsApp reviews a sample file; please choose one."))
    if len(card.body) > CARD_LENGTH:
        say(f"{prefix}body", _too_long(CARD_LENGTH))
    if card.body.strip():
        _check_text(card.body, card.body_samples, is_named, prefix, say)
    if len(card.buttons) > MOST_CARD_BUTTONS:
        say(f"{prefix}buttons", _("A card has at most two buttons."))
    for index, button in enumerate(card.buttons):
        if button.kind not in CARD_BUTTONS:
            say(f"{prefix}buttons-{index}-kind", _("Cards have no buttons of this kind."))
    _check_buttons(card.buttons, f"{prefix}buttons", say)


def _check_buttons(buttons: Sequence[ButtonDraft], at: str, say: Say) -> None:
    if len(buttons) > MOST_BUTTONS:
        say(at, _("There are at most ten buttons."))
    kinds = [button.kind for button in buttons]
    for kind, most in MOST_OF_KIND.items():
        if kinds.count(kind) > most:
            place = max(index for index, found in enumerate(kinds) if found == kind)
            say(f"{at}-{place}-kind", _("There are too many buttons of this kind."))
    replies = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(one != other for one, other in itertools.pairwise(replies)) > 1:
        say(at, _("Answers stand together: before or after all other buttons."))
    for index, button in enumerate(buttons):
        _check_button(button, f"{at}-{index}", say)
    texts = [button.text.strip().casefold() for button in buttons if button.text.strip()]
    if len(set(texts)) < len(texts):
        say(at, _("Two buttons have the same text."))


def _check_button(button: ButtonDraft, at: str, say: Say) -> None:
    kind, text, value = button.kind, button.text.strip(), button.value.strip()
    if kind not in BUTTONS:
        say(f"{at}-kind", _("Please choose what the button does."))
        return
    if kind not in ("COPY_CODE", "REQUEST_CONTACT_INFO") and not text:
        say(f"{at}-text", _("Please enter the button's text."))
    if len(text) > BUTTON_LENGTH:
        say(f"{at}-text", _too_long(BUTTON_LENGTH))
    if kind == "URL":
        _check_url(button, at, say)
    elif kind == "PHONE_NUMBER" and not re.fullmatch(r"\+[0-9]{5,20}", value):
        say(f"{at}-value", _("A phone number with country code, +49…"))
    elif kind == "COPY_CODE" and not 0 < len(value) <= CODE_LENGTH:
        say(f"{at}-value", _("A sample code of at most 15 characters."))
    elif kind == "FLOW" and not value.isdigit():
        say(f"{at}-value", _("The flow's id, digits only."))


def _check_url(button: ButtonDraft, at: str, say: Say) -> None:
    value = button.value.strip()
    names = variables(value)
    if not re.match(r"https?://[^\s{]", value) or " " in value:
        say(f"{at}-value", _("An address that begins with https://."))
    if len(value) > URL_LENGTH:
        say(f"{at}-value", _too_long(URL_LENGTH))
    if names and (len(names) > 1 or not value.endswith("}}")):
        say(f"{at}-value", _("An address has at most one variable, at its end."))
    if names and not re.match(r"https?://\S+$", button.sample.strip()):
        say(f"{at}-sample", _("The whole address as an example."))


def _too_long(most: int) -> str:
    return gettext("At most %(most)s characters.") % {"most": most}
