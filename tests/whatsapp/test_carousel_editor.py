"""Cards of a template: every limit said in words before Meta is asked, and Meta's own shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import GraphError
from simulator.template_rules import check_components
from tests import factories
from tests.whatsapp.graph import Graph
from whatsapp.models import WhatsAppNumber
from whatsapp.template_calls import change_template, create_template
from whatsapp.template_drafts import ButtonDraft, CardDraft, TemplateDraft
from whatsapp.template_editor import problems
from whatsapp.template_shapes import can_be_written, components_of, draft_of

CARD = CardDraft(
    handle="4::lemons",
    body="Rare lemons for unique cocktails. Use code {{1}} to get {{2}} off all produce.",
    body_samples={"1": "15OFF", "2": "15%"},
    buttons=[
        ButtonDraft("QUICK_REPLY", "Send more like this"),
        ButtonDraft(
            "URL", "Buy now", "https://shop.example/{{1}}", "https://shop.example/BLUE_ELF"
        ),
    ],
)
GOOD = TemplateDraft(
    name="carousel_template_media_cards_v1",
    language="en_US",
    category="marketing",
    body="Summer is here! Use code {{1}} to get {{2}} off your next order today.",
    body_samples={"1": "15OFF", "2": "15%"},
    card_header="IMAGE",
    cards=[CARD, replace(CARD, handle="4::exotic", body="Exotic fruit.", body_samples={})],
)
# Meta's example of a media card carousel, with our values.
SHAPE: list[dict[str, Any]] = [
    {
        "type": "BODY",
        "text": GOOD.body,
        "example": {"body_text": [["15OFF", "15%"]]},
    },
    {
        "type": "CAROUSEL",
        "cards": [
            {
                "components": [
                    {
                        "type": "HEADER",
                        "format": "IMAGE",
                        "example": {"header_handle": ["4::lemons"]},
                    },
                    {
                        "type": "BODY",
                        "text": CARD.body,
                        "example": {"body_text": [["15OFF", "15%"]]},
                    },
                    {
                        "type": "BUTTONS",
                        "buttons": [
                            {"type": "QUICK_REPLY", "text": "Send more like this"},
                            {
                                "type": "URL",
                                "text": "Buy now",
                                "url": "https://shop.example/{{1}}",
                                "example": ["https://shop.example/BLUE_ELF"],
                            },
                        ],
                    },
                ]
            },
            {
                "components": [
                    {
                        "type": "HEADER",
                        "format": "IMAGE",
                        "example": {"header_handle": ["4::exotic"]},
                    },
                    {"type": "BODY", "text": "Exotic fruit."},
                    {
                        "type": "BUTTONS",
                        "buttons": [
                            {"type": "QUICK_REPLY", "text": "Send more like this"},
                            {
                                "type": "URL",
                                "text": "Buy now",
                                "url": "https://shop.example/{{1}}",
                                "example": ["https://shop.example/BLUE_ELF"],
                            },
                        ],
                    },
                ]
            },
        ],
    },
]


def card(**changes: Any) -> list[CardDraft]:
    """Two cards, of which the second is changed."""
    return [CARD, replace(CARD, **changes)]


def test_it_goes_out_in_metas_shape(graph: Graph, number: WhatsAppNumber) -> None:
    assert problems(GOOD) == {}
    graph.says(200, {"id": "4711", "status": "PENDING", "category": "MARKETING"})
    create_template(number, GOOD)
    assert graph.requests[0].json["components"] == SHAPE
    assert graph.requests[0].json["category"] == "MARKETING"


def test_a_changed_one_does_too(graph: Graph, number: WhatsAppNumber) -> None:
    row = factories.MessageTemplateFactory.create(external_id="4711", category="marketing")
    graph.says(200, {"success": True})
    change_template(number, row, GOOD)
    assert graph.requests[0].json == {"components": SHAPE}


def test_it_is_read_back_as_it_was_written(db: None) -> None:
    named = replace(CARD, body="Rare {{fruit}} for you today.", body_samples={"fruit": "lemons"})
    draft = replace(GOOD, is_named=True, body="Hi!", body_samples={}, cards=[named, named])
    for one, form in ((GOOD, "positional"), (draft, "named")):
        row = factories.MessageTemplateFactory.create(
            category="marketing",
            name=one.name,
            language=one.language,
            components=components_of(one),
            parameter_format=form,
        )
        assert can_be_written(row)
        found = draft_of(row)
        without = tuple(replace(each, handle="") for each in one.cards)
        assert replace(found, buttons=()) == replace(one, cards=without)
        row.delete()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts[0].update(format="PRODUCT"),
        lambda parts: parts[0].update(format="VIDEO"),  # of one card only
        lambda parts: parts.append({"type": "FOOTER", "text": "x"}),
        lambda parts: parts[2]["buttons"].append({"type": "QUICK_REPLY", "text": "x"}),
        lambda parts: parts[2]["buttons"].reverse(),
        lambda parts: parts[2]["buttons"][0].update(type="OTP"),
    ],
)
def test_what_the_form_has_no_place_for_is_left_alone(db: None, spoil: Any) -> None:
    components = components_of(GOOD)
    spoil(components[1]["cards"][1]["components"])
    row = factories.MessageTemplateFactory.create(components=components)
    assert not can_be_written(row)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"category": "utility"}, "category"),
        ({"header": "LOCATION"}, "header"),
        ({"footer": "Nordlicht"}, "footer"),
        ({"buttons": [ButtonDraft("QUICK_REPLY", "Ja")]}, "buttons"),
        ({"card_header": ""}, "card_header"),
        ({"card_header": "DOCUMENT"}, "card_header"),
        ({"cards": []}, "cards"),
        ({"cards": [CARD]}, "cards"),
        ({"cards": [CARD] * 11}, "cards"),
        ({"cards": card(handle="")}, "cards-1-file"),
        ({"cards": card(body="x" * 161, body_samples={})}, "cards-1-body"),
        ({"cards": card(body="", body_samples={})}, "cards-1-body"),
        ({"cards": card(body="{{1}} is new")}, "cards-1-body"),
        ({"cards": card(body="It is {{2}} today")}, "cards-1-body"),
        ({"cards": card(body_samples={"1": "x"})}, "cards-1-sample-2"),
        ({"cards": card(buttons=[])}, "cards"),
        ({"cards": card(buttons=list(reversed(CARD.buttons)))}, "cards"),
        ({"cards": card(buttons=[ButtonDraft("QUICK_REPLY", str(n)) for n in "123"])}, "cards"),
        (
            {"cards": [replace(CARD, buttons=[ButtonDraft("QUICK_REPLY", n) for n in "123"])] * 2},
            "cards-0-buttons",
        ),
        (
            {"cards": [replace(CARD, buttons=[ButtonDraft("COPY_CODE", "", "A")])] * 2},
            "cards-0-buttons-0-kind",
        ),
        (
            {"cards": [replace(CARD, buttons=[ButtonDraft("QUICK_REPLY", "x" * 26)])] * 2},
            "cards-1-buttons-0-text",
        ),
        (
            {"cards": [replace(CARD, buttons=[ButtonDraft("QUICK_REPLY", "")])] * 2},
            "cards-0-buttons-0-text",
        ),
        (
            {"cards": [replace(CARD, buttons=[ButtonDraft("URL", "Hin", "nirgends")])] * 2},
            "cards-0-buttons-0-value",
        ),
        (
            {"cards": [replace(CARD, buttons=[ButtonDraft("PHONE_NUMBER", "An", "030")])] * 2},
            "cards-0-buttons-0-value",
        ),
        (
            {"cards": [replace(CARD, buttons=[ButtonDraft("PHONE_NUMBER", "An", "+4930123")] * 2)]},
            "cards-0-buttons-1-kind",
        ),
    ],
)
def test_what_meta_would_refuse_is_said_at_its_field(changes: dict[str, Any], at: str) -> None:
    assert at in problems(replace(GOOD, **changes))


BUTTON = st.one_of(
    st.builds(ButtonDraft, st.just("QUICK_REPLY"), st.text("ab", max_size=27)),
    st.builds(
        ButtonDraft,
        st.just("URL"),
        st.text("cd", max_size=26),
        st.sampled_from(["https://a.example", "https://a.example/{{1}}", "a.example", ""]),
        st.sampled_from(["", "https://a.example/x"]),
    ),
    st.builds(
        ButtonDraft,
        st.just("PHONE_NUMBER"),
        st.text("ef", max_size=26),
        st.sampled_from(["+4930123456", "030", ""]),
    ),
    st.builds(ButtonDraft, st.just("COPY_CODE"), st.just(""), st.text("x", max_size=16)),
)
BODY = st.one_of(
    st.just(""),
    st.integers(1, 162).map(lambda length: "x" * length),
    st.sampled_from(["Für {{1}} nur heute", "{{1}} heute", "Für {{2}} nur heute", "a\n\n\nb"]),
)
CARDS = st.lists(
    st.builds(
        CardDraft,
        handle=st.sampled_from(["4::x", "4::x", ""]),
        body=BODY,
        body_samples=st.sampled_from([{"1": "Lena"}, {}]),
        buttons=st.lists(BUTTON, max_size=3),
    ),
    max_size=11,
)
# Mostly alike, as they must be, so that what is right is met, too.
ALIKE = st.tuples(st.integers(1, 11), CARDS.filter(bool)).map(lambda made: made[1][:1] * made[0])


@given(
    cards=st.one_of(CARDS, ALIKE),
    header=st.sampled_from(["IMAGE", "IMAGE", "VIDEO", "DOCUMENT", ""]),
    category=st.sampled_from(["marketing", "marketing", "utility"]),
    footer=st.sampled_from(["", "", "Nordlicht"]),
)
def test_what_is_let_through_meta_takes(
    cards: list[CardDraft], header: str, category: str, footer: str
) -> None:
    """By the simulator's rules, which were written from the reference, not from these."""
    draft = replace(GOOD, cards=cards, card_header=header, category=category, footer=footer)
    found = problems(draft)
    if found:
        return
    assert not cards or 2 <= len(cards) <= 10
    check_components(components_of(draft), category.upper(), draft.is_named)


@given(number=st.integers(0, 12), length=st.integers(0, 165), buttons=st.integers(0, 3))
def test_the_limits_are_metas_to_the_character(number: int, length: int, buttons: int) -> None:
    replies = [ButtonDraft("QUICK_REPLY", f"Ja {n}") for n in range(buttons)]
    cards = [CardDraft("4::x", "x" * length, {}, replies)] * number
    draft = replace(GOOD, cards=cards)
    fits = 2 <= number <= 10 and length <= 160 and buttons <= 2
    assert (problems(draft) == {}) == fits
    try:
        check_components(components_of(draft), "MARKETING", named=False)
    except GraphError:
        taken = False
    else:
        taken = number > 0
    assert taken == fits
