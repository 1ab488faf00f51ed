"""What stands in a bubble besides text: a card for places, people, orders, forms and adverts, and
the quiet line above that says where a message came from. Reads the platform's own objects, which
customers influence: nothing here trusts a shape, and a surprise is simply left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from conversations.models import Message, MessageType
from conversations.services.receive import ARRIVED_AT
from conversations.template_text import Told, told_by
from inbox.card_parts import Card, Origin, dict_of, dicts_of, text_of
from inbox.inbound_cards import (
    answer_cards,
    contact_cards,
    location_cards,
    order_cards,
    product_cards,
    referral_cards,
)
from inbox.placeholders import Placeholder, placeholder


@dataclass(frozen=True)
class Extras:
    """All that stands around the text of one message."""

    cards: tuple[Card, ...] = ()
    origins: tuple[Origin, ...] = ()
    offered: tuple[str, ...] = field(default=())
    pressed: frozenset[str] = frozenset()
    header: str = ""
    detail: str = ""
    footer: str = ""
    placeholder: Placeholder | None = None


def extras(message: Message) -> Extras:
    """The cards, origins and offered buttons of `message`."""
    own = _own(message)
    cards: list[Card] = []
    if message.type == MessageType.LOCATION:
        cards = list(location_cards(own))
    elif message.type == MessageType.CONTACTS:
        cards = list(contact_cards(message))
    elif message.type == MessageType.ORDER:
        cards = list(order_cards(own))
    elif message.type == MessageType.INTERACTIVE and message.is_inbound:
        cards = list(answer_cards(own))
    filled = told_by(message) if message.type == MessageType.TEMPLATE else None
    if filled is not None:
        cards.extend(_carousel(filled))
    return Extras(
        cards=(*referral_cards(message.payload), *product_cards(message.payload), *cards),
        origins=tuple(_origins(message, own)),
        offered=filled.buttons if filled else tuple(_offered(message, own)),
        pressed=frozenset(getattr(message, "pressed", ())),
        header=filled.header if filled else _heading(message, own),
        detail=text_of(dict_of(own.get("list_reply")).get("description")),
        footer=filled.footer if filled else text_of(dict_of(own.get("footer")).get("text")),
        placeholder=placeholder(message),
    )


def _own(message: Message) -> dict[str, object]:
    """The object named like the message's type, or the payload itself."""
    return dict_of(message.payload.get(message.type)) or dict_of(message.payload)


def _origins(message: Message, own: dict[str, object]) -> Iterator[Origin]:
    context = dict_of(message.payload.get("context"))
    if context.get("frequently_forwarded"):
        yield Origin("corner-up-right-double", _("Forwarded many times"))
    elif context.get("forwarded"):
        yield Origin("corner-up-right-double", _("Forwarded"))
    referral = dict_of(message.payload.get("referral"))
    if referral:
        by_post = referral.get("source_type") == "post"
        yield Origin("ad-2", _("Came by a post") if by_post else _("Came by an advertisement"))
    if ARRIVED_AT in message.payload:
        number = text_of(message.payload[ARRIVED_AT])
        yield Origin(
            "arrow-right", _("Written to %(number)s, which was replaced") % {"number": number}
        )
    if message.is_inbound and message.type == MessageType.BUTTON:
        yield Origin("pointer", _("Pressed a button"))
    if message.is_inbound and message.type == MessageType.INTERACTIVE:
        if dict_of(own.get("list_reply")):
            yield Origin("list-check", _("Chosen from the list"))
        elif dict_of(own.get("button_reply")):
            yield Origin("pointer", _("Pressed a button"))


def _offered(message: Message, own: dict[str, object]) -> Iterator[str]:
    """The buttons of an outbound interactive message."""
    if message.is_inbound:
        return
    action = dict_of(own.get("action"))
    for button in dicts_of(action.get("buttons"))[:10]:
        yield text_of(dict_of(button.get("reply")).get("title"))
    if message.type == MessageType.INTERACTIVE and action.get("button"):
        yield text_of(action.get("button"))
    parameters = dict_of(action.get("parameters"))
    for key in ("display_text", "flow_cta"):
        if parameters.get(key):
            yield text_of(parameters.get(key))
    asked = {"send_location": _("Send location"), "request_contact_info": _("Share phone number")}
    if words := asked.get(text_of(action.get("name"))):
        yield words


def _heading(message: Message, own: dict[str, object]) -> str:
    """The heading of an outbound interactive message."""
    return "" if message.is_inbound else text_of(dict_of(own.get("header")).get("text"))


def _carousel(filled: Told) -> Iterator[Card]:
    for place, card in enumerate(filled.cards, start=1):
        title = _("Card %(number)s") % {"number": place}
        facts = tuple((_("Button"), button) for button in card.buttons)
        yield Card("photo", title, card.body, facts)


def template_body(message: Message) -> str:
    """A template's body with its values; for messages stored without their text."""
    filled = told_by(message)
    return filled.body if filled else ""
