"""The one table of limits, kept to the letter: what passes here passes the simulator, too."""

from __future__ import annotations

import copy
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import MessageTemplate
from simulator.checks import check_message
from simulator.errors import GraphError
from whatsapp.content_checks import check_content

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
BODY = {"text": "?"}


def reply_button(title: str = "Yes", key: str = "1") -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": key, "title": title}}


def a_row(number: int = 0, **more: str) -> dict[str, Any]:
    return {"id": str(number), "title": f"Row {number}", **more}


def a_list(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    action = {"button": "Choose", "sections": list(sections)}
    return {"type": "list", "body": BODY, "action": action, **more}


def a_link(**parameters: str) -> dict[str, Any]:
    given_ = {"display_text": "Open", "url": "https://x.example", **parameters}
    return {"type": "cta_url", "body": BODY, "action": {"name": "cta_url", "parameters": given_}}


def a_flow(**parameters: Any) -> dict[str, Any]:
    known = {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Begin", **parameters}
    return {"type": "flow", "body": BODY, "action": {"name": "flow", "parameters": known}}


def card(place: int, **more: Any) -> dict[str, Any]:
    return {
        "card_index": place,
        "header": {"type": "image", "image": {"link": "https://x.example/a.jpg"}},
        "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://x.y"}},
        **more,
    }


def buttons(*given_: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "button", "body": BODY, "action": {"buttons": list(given_)}, **more}


INTERACTIVE_GOOD = [
    buttons(reply_button("x" * 20, "x" * 256)),
    buttons(*(reply_button(f"{n}", f"{n}") for n in range(3)), footer={"text": "x" * 60}),
    buttons(reply_button(), header={"type": "text", "text": "x" * 60}),
    buttons(reply_button(), header={"type": "image", "image": {"link": "https://x.example/a"}}),
    {**buttons(reply_button()), "body": {"text": "x" * 1024}},
    a_list(
        {"rows": [a_row(n, description="x" * 72) for n in range(10)]}, body={"text": "x" * 4096}
    ),
    a_list({"title": "x" * 24, "rows": [a_row(0)]}, {"title": "B", "rows": [a_row(1)]}),
    a_link(display_text="x" * 20),
    a_flow(flow_cta="x" * 30),
    a_flow(flow_action="navigate", flow_action_payload={"screen": "START"}),
    {"type": "location_request_message", "body": BODY, "action": {"name": "send_location"}},
    {"type": "request_contact_info", "body": BODY, "action": {"name": "request_contact_info"}},
    {"type": "call_permission_request", "action": {"name": "call_permission_request"}},
    {"type": "product", "action": {"catalog_id": "1", "product_retailer_id": "2"}},
    {"type": "catalog_message", "body": BODY, "action": {"name": "catalog_message"}},
    {"type": "carousel", "body": BODY, "action": {"cards": [card(0), card(1)]}},
    {
        "type": "product_list",
        "header": {"type": "text", "text": "Shop"},
        "body": BODY,
        "action": {
            "catalog_id": "1",
            "sections": [{"product_items": [{"product_retailer_id": "x"}] * 30}],
        },
    },
]


@pytest.mark.parametrize("interactive", INTERACTIVE_GOOD)
def test_what_is_just_within_every_limit_passes_here_and_at_the_simulator(
    interactive: dict[str, Any],
) -> None:
    assert check_content("interactive", "", {"interactive": interactive}, None) == {}
    check_message({"type": "interactive", "interactive": copy.deepcopy(interactive)})


INTERACTIVE_BAD = [
    (buttons(reply_button("x" * 21)), "action.buttons.0.reply.title"),
    (buttons(reply_button(key="x" * 257)), "action.buttons.0.reply.id"),
    (buttons(*(reply_button(f"{n}", f"{n}") for n in range(4))), "action.buttons"),
    (buttons(), "action.buttons"),
    (buttons(reply_button("A", "1"), reply_button("A", "2")), "action.buttons.1.reply.title"),
    (buttons(reply_button("A", "1"), reply_button("B", "1")), "action.buttons.1.reply.id"),
    ({**buttons(reply_button()), "body": {"text": "x" * 1025}}, "body.text"),
    ({**buttons(reply_button()), "body": {"text": ""}}, "body.text"),
    (buttons(reply_button(), header={"type": "text", "text": "x" * 61}), "header.text"),
    (buttons(reply_button(), header={"type": "image", "image": {}}), "header.image"),
    (buttons(reply_button(), header={"type": "song"}), "header.type"),
    (buttons(reply_button(), footer={"text": "x" * 61}), "footer.text"),
    (a_list({"rows": [a_row(n) for n in range(11)]}), "action.sections.0.rows"),
    (
        a_list(*({"title": f"{n}", "rows": [a_row(n * 2), a_row(n * 2 + 1)]} for n in range(6))),
        "action.sections",
    ),
    (a_list(*({"title": f"{n}", "rows": [a_row(n)]} for n in range(11))), "action.sections"),
    (a_list({"rows": [a_row(0)]}, {"title": "B", "rows": [a_row(1)]}), "action.sections.0.title"),
    (a_list({"title": "x" * 25, "rows": [a_row()]}), "action.sections.0.title"),
    (a_list({"rows": [{"id": "1", "title": "x" * 25}]}), "action.sections.0.rows.0.title"),
    (a_list({"rows": [a_row(description="x" * 73)]}), "action.sections.0.rows.0.description"),
    (a_list({"rows": [{"id": "x" * 201, "title": "A"}]}), "action.sections.0.rows.0.id"),
    (a_list({"rows": [a_row(1), a_row(1)]}), "action.sections.0.rows.1.id"),
    (a_list({"rows": [a_row()]}, body={"text": "x" * 4097}), "body.text"),
    (a_list({"rows": [a_row()]}, header={"type": "image", "image": {"id": "1"}}), "header.type"),
    (a_link(display_text="x" * 21), "action.parameters.display_text"),
    (a_link(url="ftp://x"), "action.parameters.url"),
    (a_flow(flow_cta="x" * 31), "action.parameters.flow_cta"),
    (a_flow(flow_name="also"), "action.parameters.flow_id"),
    (a_flow(flow_message_version="2"), "action.parameters.flow_message_version"),
    (a_flow(mode="dream"), "action.parameters.mode"),
    (
        {"type": "location_request_message", "body": BODY, "action": {"name": "x"}},
        "action.name",
    ),
    ({"type": "carousel", "body": BODY, "action": {"cards": [card(0)]}}, "action.cards"),
    (
        {"type": "carousel", "body": BODY, "action": {"cards": [card(0), card(2)]}},
        "action.cards.1.card_index",
    ),
    ({"type": "dance"}, "type"),
]


@pytest.mark.parametrize(("interactive", "path"), INTERACTIVE_BAD)
def test_what_is_just_beyond_a_limit_is_named(interactive: dict[str, Any], path: str) -> None:
    errors = check_content("interactive", "", {"interactive": interactive}, None)
    assert f"interactive.{path}" in errors
    assert all(str(sentence) for sentences in errors.values() for sentence in sentences)
    with pytest.raises(GraphError):
        check_message({"type": "interactive", "interactive": copy.deepcopy(interactive)})


@pytest.mark.parametrize(
    ("kind", "text", "payload", "path"),
    [
        ("text", "x" * 4097, {}, "text"),
        ("text", " \n", {}, "text"),
        ("image", "x" * 1025, {}, "caption"),
        ("audio", "x", {}, "caption"),
        ("sticker", "x", {}, "caption"),
        ("location", "", {"location": {"latitude": 90.1, "longitude": 0}}, "location.latitude"),
        ("location", "", {"location": {"latitude": 0, "longitude": "0"}}, "location.longitude"),
        ("location", "", {"location": {"latitude": True, "longitude": 0}}, "location.latitude"),
        ("location", "", {"location": {"latitude": 10**400, "longitude": 0}}, "location.latitude"),
        ("location", "", {"location": {"latitude": nan, "longitude": 0}}, "location.latitude"),
        ("location", "", {}, "location"),
        ("contacts", "", {"contacts": []}, "contacts"),
        ("contacts", "", {"contacts": [{"name": {"formatted_name": "A"}}] * 258}, "contacts"),
        ("contacts", "", {"contacts": [{"name": "A"}]}, "contacts.0.name"),
        ("reaction", "", {"reaction": {"message_id": "w", "emoji": "x" * 33}}, "reaction.emoji"),
        ("reaction", "", {"reaction": {"emoji": "👍"}}, "reaction.message_id"),
        ("order", "", {"order": {}}, "type"),
    ],
)
def test_every_other_kind_has_its_limits(
    kind: str, text: str, payload: dict[str, Any], path: str
) -> None:
    assert path in check_content(kind, text, payload, None)


@pytest.mark.parametrize(
    ("kind", "text", "payload"),
    [
        ("text", "x" * 4096, {}),
        ("text", "👋" * 4096, {}),
        ("document", "x" * 1024, {}),
        ("location", "", {"location": {"latitude": -90, "longitude": 180, "name": "Pole"}}),
        ("contacts", "", {"contacts": [{"name": {"formatted_name": "A"}}] * 257}),
        ("reaction", "", {"reaction": {"message_id": "wamid.x", "emoji": ""}}),
    ],
)
def test_up_to_its_limit_everything_passes(kind: str, text: str, payload: dict[str, Any]) -> None:
    assert check_content(kind, text, payload, None) == {}


TEMPLATE = MessageTemplate(
    name="x",
    components=[
        {"type": "HEADER", "format": "TEXT", "text": "For {{1}}"},
        {"type": "BODY", "text": "{{1}} leaves at {{2}}."},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "URL", "text": "Map", "url": "https://x.example/{{1}}"},
                {"type": "COPY_CODE", "text": "Copy", "example": "SAVE10"},
                {"type": "QUICK_REPLY", "text": "Thanks"},
            ],
        },
    ],
)


def text(value: str, **more: str) -> dict[str, str]:
    return {"type": "text", "text": value, **more}


def part(kind: str, *parameters: Any, **more: str) -> dict[str, Any]:
    return {"type": kind, "parameters": list(parameters), **more}


def filled() -> list[dict[str, Any]]:
    return [
        part("header", text("Karla")),
        part("body", text("RE 7"), text("10:04")),
        part("button", text("re7"), sub_type="url", index="0"),
        part(
            "button", {"type": "coupon_code", "coupon_code": "X"}, sub_type="copy_code", index="1"
        ),
    ]


def check_template(components: object, template: MessageTemplate = TEMPLATE) -> dict[str, Any]:
    payload = {"template": {"components": components}}
    return check_content("template", "", payload, template)


def test_a_template_that_is_filled_passes() -> None:
    assert check_template(filled()) == {}


@pytest.mark.parametrize(
    ("place", "new", "path"),
    [
        (0, part("header"), "0.parameters"),
        (1, part("body", text("RE 7")), "1.parameters"),
        (1, part("body", text("RE 7"), text("a\nb")), "1.parameters.1.text"),
        (1, part("body", text("RE 7"), text(" ")), "1.parameters.1.text"),
        (1, part("body", text("x" * 600), text("x" * 600)), "1.parameters"),
        (0, part("header", text("x" * 60)), "0.parameters"),
        (2, part("button", text(""), sub_type="url", index="0"), "2.parameters.0.text"),
        (2, part("button", text("a"), sub_type="flow", index="0"), "2.sub_type"),
        (2, part("button", text("a"), sub_type="url", index="7"), "2.index"),
        (
            3,
            part(
                "button", {"type": "coupon_code", "coupon_code": "x" * 16},
                sub_type="copy_code", index="1",
            ),
            "3.parameters.0.coupon_code",
        ),
        (2, {"type": "song"}, "2.type"),
        (2, part("button", text("a"), sub_type="url", index="x"), "2.index"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_template_is_named(place: int, new: Any, path: str) -> None:
    components = filled()
    components[place] = new
    assert f"template.components.{path}" in check_template(components)


@pytest.mark.parametrize("missing", range(4))
def test_every_part_that_is_missing_is_missed(missing: int) -> None:
    components = filled()
    del components[missing]
    assert check_template(components)


def test_named_values_are_held_to_their_names() -> None:
    template = MessageTemplate(
        parameter_format="named", components=[{"type": "BODY", "text": "{{train}} at {{time}}"}]
    )
    good = [part("body", text("a", parameter_name="train"), text("b", parameter_name="time"))]
    other = [part("body", text("a", parameter_name="train"), text("b", parameter_name="day"))]
    twice = [part("body", text("a", parameter_name="train"), text("b", parameter_name="train"))]
    nameless = [part("body", text("a"), text("b"))]
    assert check_template(good, template) == {}
    for components in (other, twice, nameless):
        assert any("parameter_name" in path for path in check_template(components, template))


@pytest.mark.parametrize(
    ("format_", "parameter"),
    [
        ("IMAGE", {"type": "image", "image": {"id": "1"}}),
        ("VIDEO", {"type": "video", "video": {"link": "https://x.example/a.mp4"}}),
        ("DOCUMENT", {"type": "document", "document": {"media": "0198f3a2-9e10"}}),
        ("LOCATION", {"type": "location", "location": {"latitude": 1, "longitude": 2}}),
    ],
)
def test_every_header_wants_its_own_kind(format_: str, parameter: dict[str, Any]) -> None:
    template = MessageTemplate(
        components=[{"type": "HEADER", "format": format_}, {"type": "BODY", "text": "Hello"}]
    )
    assert check_template([part("header", parameter)], template) == {}
    assert check_template([part("header", text("x"))], template)
    assert check_template([], template)


def test_a_carousel_needs_all_its_cards() -> None:
    one = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "{{1}}"}]
    template = MessageTemplate(
        components=[
            {"type": "BODY", "text": "Look"},
            {"type": "CAROUSEL", "cards": [{"components": one}, {"components": one}]},
        ]
    )
    image = part("header", {"type": "image", "image": {"id": "1"}})
    cards = [
        {"card_index": place, "components": [image, part("body", text("A"))]} for place in (0, 1)
    ]
    assert check_template([{"type": "carousel", "cards": cards}], template) == {}
    assert check_template([], template)
    cards[1]["components"] = [image]
    wrong = check_template([{"type": "carousel", "cards": cards}], template)
    assert any(path.startswith("template.components.0.cards.1") for path in wrong)


@given(content=JSON, kind=st.sampled_from(["interactive", "location", "contacts", "reaction"]))
def test_nothing_a_client_sends_makes_the_check_fall_over(content: Any, kind: str) -> None:
    check_content(kind, "", {kind: content}, None)


@given(components=JSON)
def test_nor_does_any_filling_of_a_template(components: Any) -> None:
    check_template(components)


@given(
    kind=st.sampled_from(sorted({good["type"] for good in INTERACTIVE_GOOD})),
    action=JSON, header=JSON, footer=JSON,
)  # fmt: skip
def test_nor_does_an_interactive_message_of_any_make(
    kind: str, action: Any, header: Any, footer: Any
) -> None:
    interactive = {"type": kind, "body": BODY, "action": action, "header": header, "footer": footer}
    check_content("interactive", "", {"interactive": interactive}, None)
