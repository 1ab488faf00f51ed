"""The cards of what customers send: places, people, orders, forms, permissions, adverts, products.

Customers influence every object here, so nothing trusts a shape: a surprise is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, urlsplit

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from conversations.models import Message
from inbox.card_parts import Card, Line, Link, dict_of, dicts_of, text_of, web_address

MOST_CARDS = 10
_MOST_LINES = 30
_MOST_FACTS = 40
# What Meta's flow builder puts around the names of its fields and the ids of its choices.
_SCREEN = re.compile(r"^screen_\d+_")
_NUMBERED = re.compile(r"_\d+$")
_CHOICE = re.compile(r"^\d+_(?=\D)")
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def location_cards(own: dict[str, object]) -> Iterator[Card]:
    latitude, longitude = own.get("latitude"), own.get("longitude")
    name, address = text_of(own.get("name")), text_of(own.get("address"))
    if not _is_number(latitude) or not _is_number(longitude):
        yield Card("map-pin", name or _("Location"), address)
        return
    place = f"{latitude:.5f},{longitude:.5f}"
    where = f"{quote(f'{latitude:.5f}')}/{quote(f'{longitude:.5f}')}"
    map_link = (
        f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=17/{where}"
    )
    links = [Link(map_link, _("Open in maps"))]
    url = web_address(own.get("url"))
    if url:
        links.append(Link(url, urlsplit(url).hostname or url))
    yield Card(
        icon="map-pin",
        title=name or _("Location"),
        detail=address or place,
        links=tuple(links),
        copy=", ".join(part for part in (name, address) if part) or place,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 360


def contact_cards(message: Message) -> Iterator[Card]:
    """People whose cards the customer sent; each can be saved as a file."""
    for place, person in enumerate(dicts_of(message.payload.get("contacts"))[:MOST_CARDS]):
        phones = [
            (_kind_of(row) or _("Phone"), text_of(row.get("phone")) or text_of(row.get("wa_id")))
            for row in dicts_of(person.get("phones"))
        ]
        emails = [
            (_("E-mail"), text_of(row.get("email"))) for row in dicts_of(person.get("emails"))
        ]
        addresses = [(_("Address"), address_of(row)) for row in dicts_of(person.get("addresses"))]
        sites = [(_("Website"), text_of(row.get("url"))) for row in dicts_of(person.get("urls"))]
        birthday = [(_("Birthday"), text_of(person.get("birthday"), 40))]
        company = dict_of(person.get("org"))
        parts = [text_of(company.get(key)) for key in ("company", "department", "title")]
        facts = (*phones, *emails, *addresses, *sites, *birthday)
        asked = person.get("origin") == "contact_request"
        yield Card(
            icon="user",
            title=name_of(person) or (_("Own phone number") if asked else _("Contact card")),
            detail=" · ".join(part for part in parts if part),
            facts=tuple(fact for fact in facts if fact[1])[:12],
            links=(
                Link(
                    reverse("inbox:vcard", args=[message.pk, place]),
                    _("Save contact"),
                    is_file=True,
                ),
            ),
        )


def name_of(person: dict[str, object]) -> str:
    """The name on a contact card; every part of it may be missing."""
    name = dict_of(person.get("name"))
    parts = [text_of(name.get(key)) for key in ("first_name", "last_name")]
    return text_of(name.get("formatted_name")) or " ".join(part for part in parts if part)


def address_of(row: dict[str, object]) -> str:
    """One line: street, zip and city, country."""
    city = " ".join(text_of(row.get(key)) for key in ("zip", "city")).strip()
    parts = [text_of(row.get("street")), city, text_of(row.get("country"))]
    return ", ".join(part for part in parts if part)


def _kind_of(row: dict[str, object]) -> str:
    kinds = {"CELL": _("Mobile"), "MOBILE": _("Mobile"), "HOME": _("Home"), "WORK": _("Work")}
    return kinds.get(text_of(row.get("type")).upper(), "")


def order_cards(own: dict[str, object]) -> Iterator[Card]:
    """The articles with their amounts, and the sum of each currency."""
    items = dicts_of(own.get("product_items"))
    pieces = Decimal(0)
    sums: dict[str, Decimal] = {}
    lines: list[Line] = []
    for item in items:
        quantity, price = _decimal(item.get("quantity")), _decimal(item.get("item_price"))
        currency = text_of(item.get("currency"), 8).upper()
        pieces += quantity or 0
        amount = ""
        if quantity is not None and price is not None:
            sums[currency] = sums.get(currency, Decimal(0)) + quantity * price
            amount = money(quantity * price, currency)
        name = text_of(item.get("product_retailer_id")) or "?"
        times = number_format(quantity.normalize()) if quantity is not None else "?"
        lines.append(Line(f"{times} × {name}", amount))
    shown = lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        shown.append(Line(_("and %(count)s more") % {"count": len(lines) - _MOST_LINES}, ""))
    total = [Line(_("Total"), money(one, currency), is_sum=True) for currency, one in sums.items()]
    count = int(pieces)
    title = ngettext("Order, %(count)s article", "Order, %(count)s articles", count)
    catalog = text_of(own.get("catalog_id"), 60)
    yield Card(
        icon="file-text",
        title=title % {"count": count} if items else _("Order"),
        detail=_("from the catalogue %(id)s") % {"id": catalog} if catalog else "",
        lines=(*shown, *total),
    )


def _decimal(value: object) -> Decimal | None:
    """A finite number of a sensible size, or None."""
    try:
        number = Decimal(text_of(value, 40))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None


def money(amount: Decimal, currency: str) -> str:
    """38,00 € or €38.00, by the reader's language; 1,499.50 ARS for currencies without a sign."""
    number = number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = _SIGNS.get(currency)
    if sign and not (get_language() or "").startswith("de"):
        return f"{sign}{number}"
    return f"{number}\N{NO-BREAK SPACE}{sign or currency}".strip()


def answer_cards(own: dict[str, object]) -> Iterator[Card]:
    """What an interactive answer says beyond the words that were tapped."""
    form = dict_of(own.get("nfm_reply"))
    if form:
        yield _form(form)
    permission = dict_of(own.get("call_permission_reply"))
    if permission:
        yield _call_permission(permission)


def _form(reply: dict[str, object]) -> Card:
    is_address = reply.get("name") == "address_message"
    raw = reply.get("response_json")
    try:
        # A form may hold a photograph of a megabyte; the thread shows words.
        answers = json.loads(raw) if isinstance(raw, str) and len(raw) < 200_000 else raw
    except (ValueError, RecursionError):
        answers = None
    facts = list(_answers(dict_of(answers)))[:_MOST_FACTS]
    title = _("Address") if is_address else _("Form")
    words = _("filled in") if facts else _("no answers in it")
    return Card("forms", title, words, tuple(facts))


def _answers(answers: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Names and values of a form's fields, in their order, without what is for machines."""
    for key, value in answers.items():
        if key in ("flow_token", "saved_address_id"):
            continue
        if isinstance(value, dict):
            yield from _answers(value)
            continue
        words = _answer(value)
        if words:
            yield field_name(str(key)), words


def field_name(key: str) -> str:
    """`screen_0_First_name_1` as "First name"."""
    bare = _NUMBERED.sub("", _SCREEN.sub("", key)) or key
    words = bare.replace("_", " ").replace("-", " ").strip()[:80]
    return words[:1].upper() + words[1:]


def _answer(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        parts = [
            _answer(part) if not isinstance(part, dict) else _file_name(part) for part in value[:20]
        ]
        return ", ".join(part for part in parts if part)
    return (
        _CHOICE.sub("", text_of(value)).replace("_", " ") if _is_choice(value) else text_of(value)
    )


def _is_choice(value: object) -> bool:
    """Whether a value is the id of a choice, `0_Very_good`, and not what somebody typed."""
    return isinstance(value, str) and " " not in value and bool(_CHOICE.match(value))


def _file_name(part: dict[str, object]) -> str:
    return text_of(part.get("file_name")) or text_of(part.get("title")) or text_of(part.get("id"))


def _call_permission(reply: dict[str, object]) -> Card:
    if reply.get("response") != "accept":
        return Card("phone-x", _("Does not want to be called"))
    until = reply.get("expiration_timestamp")
    try:
        moment = datetime.fromtimestamp(int(text_of(until)), timezone.get_current_timezone())
    except (ValueError, OverflowError, OSError):
        return Card("phone-incoming", _("May be called"))
    words = _("until %(date)s") % {"date": date_format(moment, "SHORT_DATETIME_FORMAT")}
    return Card("phone-incoming", _("May be called"), words)


def referral_cards(payload: dict[str, object]) -> Iterator[Card]:
    """The advertisement or post by which somebody came: which one, where, its own words."""
    referral = dict_of(payload.get("referral"))
    if not referral:
        return
    url = web_address(referral.get("source_url"))
    kind = referral_kind(referral)
    yield Card(
        icon="ad-2",
        title=text_of(referral.get("headline")) or kind,
        detail=text_of(referral.get("body")),
        facts=tuple(
            fact
            for fact in (
                (kind, text_of(referral.get("source_id"), 60)),
                (_("Greeting"), text_of(dict_of(referral.get("welcome_message")).get("text"))),
            )
            if fact[1]
        ),
        links=(Link(url, _without_scheme(url)),) if url else (),
    )


def referral_kind(referral: dict[str, object]) -> str:
    return _("Post") if referral.get("source_type") == "post" else _("Advertisement")


def _without_scheme(url: str) -> str:
    """The address as text, so that one sees where it leads."""
    return url.split("://", 1)[1][:80].rstrip("/")


def product_cards(payload: dict[str, object]) -> Iterator[Card]:
    """The product somebody asks about."""
    product = dict_of(dict_of(payload.get("context")).get("referred_product"))
    number = text_of(product.get("product_retailer_id"), 120)
    if number:
        yield Card("tag", _("Asks about a product"), number)
