"""What stands in a bubble besides text: a card for places, people, orders, forms and adverts, and
the quiet line above that says where a message came from. Reads the platform's own objects, which
customers influence: nothing here trusts a shape, and a surprise is simply left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from django.utils.translation import gettext as _

from conversations.models import Message, MessageType
from inbox.template_form import GAP


@dataclass(frozen=True)
class Origin:
    """One quiet line over the text."""

    icon: str
    words: str


@dataclass(frozen=True)
class Card:
    """A card inside a bubble. `facts` are pairs of name and value; `link` has words in `action`."""

    icon: str
    title: str
    detail: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    link: str = ""
    action: str = ""


@dataclass(frozen=True)
class Extras:
    """All that stands around the text of one message."""

    cards: tuple[Card, ...] = ()
    origins: tuple[Origin, ...] = ()
    offered: tuple[str, ...] = field(default=())
    header: str = ""
    footer: str = ""


def extras(message: Message) -> Extras:
    """The cards, origins and offered buttons of `message`."""
    own = _own(message)
    cards: list[Card] = []
    if message.type == MessageType.LOCATION:
        cards = list(_location(own))
    elif message.type == MessageType.CONTACTS:
        cards = list(_contacts(message.payload))
    elif message.type == MessageType.ORDER:
        cards = list(_order(own))
    elif message.type == MessageType.INTERACTIVE and message.is_inbound:
        cards = list(_form(own))
    return Extras(
        cards=(*_referral(message.payload), *cards),
        origins=tuple(_origins(message, own)),
        offered=tuple(_offered(message, own)),
        header=_template_text(message, "HEADER"),
        footer=_template_text(message, "FOOTER") or _text(_dict(own.get("footer")).get("text")),
    )


def _own(message: Message) -> dict[str, object]:
    """The object named like the message's type, or the payload itself."""
    return _dict(message.payload.get(message.type)) or _dict(message.payload)


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return str(value)[:500] if isinstance(value, str | int | float) else ""


def _location(own: dict[str, object]) -> Iterator[Card]:
    latitude, longitude = own.get("latitude"), own.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        yield Card("map-pin", _text(own.get("name")) or _("Location"), _text(own.get("address")))
        return
    place = f"{latitude:.5f},{longitude:.5f}"
    yield Card(
        icon="map-pin",
        title=_text(own.get("name")) or _("Location"),
        detail=_text(own.get("address")) or place,
        link=f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}"
        f"#map=17/{quote(f'{latitude:.5f}')}/{quote(f'{longitude:.5f}')}",
        action=_("Open in maps"),
    )


def _contacts(payload: dict[str, object]) -> Iterator[Card]:
    for person in _list(payload.get("contacts"))[:10]:
        name = _dict(person.get("name"))
        phones = [
            (_text(row.get("type")).capitalize() or _("Phone"), _text(row.get("phone")))
            for row in _list(person.get("phones"))
        ]
        emails = [(_("E-mail"), _text(row.get("email"))) for row in _list(person.get("emails"))]
        yield Card(
            icon="user",
            title=_text(name.get("formatted_name")) or _("Contact card"),
            detail=_text(_dict(person.get("org")).get("company")),
            facts=tuple(fact for fact in (*phones, *emails) if fact[1])[:6],
        )


def _order(own: dict[str, object]) -> Iterator[Card]:
    items = _list(own.get("product_items"))
    lines = tuple(
        (
            f"{_text(item.get('quantity'))} × {_text(item.get('product_retailer_id'))}",
            f"{_text(item.get('item_price'))} {_text(item.get('currency'))}".strip(),
        )
        for item in items[:20]
    )
    yield Card("file-text", _("Order"), "", lines)


def _form(own: dict[str, object]) -> Iterator[Card]:
    reply = _dict(own.get("nfm_reply"))
    if reply:
        yield Card("forms", _("Form"), _text(reply.get("name")))


def _referral(payload: dict[str, object]) -> Iterator[Card]:
    referral = _dict(payload.get("referral"))
    if referral:
        yield Card(
            "ad-2",
            _text(referral.get("headline")) or _("Advertisement"),
            _text(referral.get("body")),
        )


def _origins(message: Message, own: dict[str, object]) -> Iterator[Origin]:
    context = _dict(message.payload.get("context"))
    if context.get("frequently_forwarded"):
        yield Origin("corner-up-right-double", _("Forwarded many times"))
    elif context.get("forwarded"):
        yield Origin("corner-up-right-double", _("Forwarded"))
    if _dict(message.payload.get("referral")):
        yield Origin("ad-2", _("Came by an advertisement"))
    if message.is_inbound and message.type == MessageType.BUTTON:
        yield Origin("pointer", _("Pressed a button"))
    if message.is_inbound and message.type == MessageType.INTERACTIVE:
        if _dict(own.get("list_reply")):
            yield Origin("list-check", _("Chosen from the list"))
        elif _dict(own.get("button_reply")):
            yield Origin("pointer", _("Pressed a button"))


def _offered(message: Message, own: dict[str, object]) -> Iterator[str]:
    """The buttons of an outbound interactive or template message."""
    if message.is_inbound:
        return
    action = _dict(own.get("action"))
    for button in _list(action.get("buttons"))[:10]:
        yield _text(_dict(button.get("reply")).get("title"))
    if message.type == MessageType.INTERACTIVE and action.get("button"):
        yield _text(action.get("button"))
    if message.type == MessageType.TEMPLATE and message.template:
        for button in _list(message.template.component("BUTTONS").get("buttons"))[:10]:
            yield _text(button.get("text"))


def template_body(message: Message) -> str:
    """A template's body with its values; for messages stored without their text."""
    return _template_text(message, "BODY")


def _template_text(message: Message, kind: str) -> str:
    """The text of a template's part with the values it was sent with."""
    if message.type != MessageType.TEMPLATE or message.template is None:
        return ""
    values: dict[str, str] = {}
    for part in _list(_dict(message.payload.get("template")).get("components")):
        if _text(part.get("type")).upper() == kind:
            for place, parameter in enumerate(_list(part.get("parameters")), start=1):
                name = _text(parameter.get("parameter_name")) or str(place)
                values[name] = _text(parameter.get("text"))
    text = str(message.template.component(kind).get("text", ""))
    return GAP.sub(lambda gap: values.get(gap[1]) or gap[0], text)
