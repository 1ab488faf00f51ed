"""Words on the page: WhatsApp's formatting, times, days, sizes, cards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import MessageType
from inbox.cards import extras
from inbox.preview import preview
from inbox.templatetags import inbox_text
from tests import factories
from tests.fixtures import Clock


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _italic_ ~gone~", "<b>bold</b> <i>italic</i> <s>gone</s>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* not a list *", "* not a list *"),
        ("- one\n> said\nno", "• one\n<blockquote>said</blockquote>no"),
        ("`*raw*` ```_too_```", "<code>*raw*</code> <code>_too_</code>"),
        ("<script>*x*</script>", "&lt;script&gt;<b>x</b>&lt;/script&gt;"),
        ("*across\nlines*", "*across\nlines*"),
        (
            "See https://example.com/a_b_c?x=1&y=2.",
            'See <a href="https://example.com/a_b_c?x=1&amp;y=2" target="_blank" '
            'rel="noopener noreferrer">https://example.com/a_b_c?x=1&amp;y=2</a>.',
        ),
        (
            '"https://example.com"',
            '&quot;<a href="https://example.com" target="_blank" '
            'rel="noopener noreferrer">https://example.com</a>&quot;',
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_whatsapps_marks_become_html_and_nothing_else_does(text: str, html: str) -> None:
    assert inbox_text.whatsapp_text(text) == html


@given(st.text(alphabet=st.sampled_from("*_~`<>&\"' \nabhtps:/."), max_size=60))
def test_no_text_of_a_customer_becomes_a_tag_of_theirs(text: str) -> None:
    html = str(inbox_text.whatsapp_text(text))
    for tag in ("b", "i", "s", "code", "a", "blockquote"):
        html = html.replace(f"</{tag}>", "").replace(f"<{tag}>", "")
    while '<a href="http' in html:
        before, _, rest = html.partition('<a href="')
        address, _, rest = rest.partition('" target="_blank" rel="noopener noreferrer">')
        assert not set(address) & set("<>\"'")
        html = before + rest
    assert "<" not in html
    assert ">" not in html


@pytest.mark.parametrize(
    ("at", "row", "words"),
    [
        (datetime(2026, 11, 20, 9, 45, tzinfo=UTC), "10:45", "today at 10:45"),
        (datetime(2026, 11, 19, 23, 30, tzinfo=UTC), "00:30", "today at 00:30"),
        (datetime(2026, 11, 19, 13, 2, tzinfo=UTC), "yesterday", "yesterday at 14:02"),
        (
            datetime(2026, 11, 18, 13, 2, tzinfo=UTC),
            "Wed",
            "on Wednesday, 18 November at 14:02",
        ),
        (datetime(2026, 3, 2, 13, 2, tzinfo=UTC), "2 Mar", "on Monday, 2 March at 14:02"),
        (
            datetime(2025, 3, 3, 13, 2, tzinfo=UTC),
            "3 Mar 2025",
            "on Monday, 3 March 2025 at 14:02",
        ),
    ],
)
def test_when_is_said_as_briefly_as_it_can_be(
    clock: Clock, at: datetime, row: str, words: str
) -> None:
    clock.at(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    assert (inbox_text.row_time(at), inbox_text.moment_words(at)) == (row, words)


def test_days_have_names_while_they_are_near(clock: Clock) -> None:
    clock.at(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    today = timezone.localdate()
    assert inbox_text.day_line(today) == "Today"
    assert inbox_text.day_line(today - timedelta(days=1)) == "Yesterday"
    assert inbox_text.day_line(today - timedelta(days=2)) == "Wednesday, 18 November"


@pytest.mark.parametrize(
    ("size", "words"), [(None, ""), (0, ""), (90, "1 KB"), (20_480, "20 KB"), (3_355_443, "3.2 MB")]
)
def test_sizes_are_for_people(size: int | None, words: str) -> None:
    assert inbox_text.file_size(size) == words


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"location": None},
        {"location": {"latitude": "x", "longitude": []}},
        {"contacts": [1, {"name": 3, "phones": "x", "emails": [None]}]},
        {"context": {"forwarded": True}, "referral": "x"},
        {"order": {"product_items": [{"quantity": {}}]}},
        {"interactive": {"nfm_reply": [], "list_reply": 1, "action": {"buttons": {}}}},
        {"template": {"components": [{"type": 1, "parameters": [3]}]}},
    ],
)
@pytest.mark.parametrize("type_", MessageType.values)
def test_no_payload_breaks_a_bubble(type_: str, payload: dict[str, object]) -> None:
    for outbound in (False, True):
        message = factories.MessageFactory.build(
            type=type_,
            payload=payload,
            direction="outbound" if outbound else "inbound",
            conversation=None,
            business_number=None,
        )
        extras(message)
        assert preview(message).text


def test_a_place_is_a_card_with_a_link() -> None:
    message = factories.MessageFactory.build(
        type="location",
        payload={"location": {"latitude": 54.47, "longitude": 9.83, "name": "Eckernförde"}},
        conversation=None,
        business_number=None,
    )
    (card,) = extras(message).cards
    assert (card.title, card.detail) == ("Eckernförde", "54.47000,9.83000")
    assert card.links[0].href.startswith("https://www.openstreetmap.org/?mlat=54.47000")
