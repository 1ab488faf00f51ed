"""Click-to-chat links in the admin: made, previewed, printed; and who may not."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
import segno
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from consent.models import Topic
from conversations import chat_link_admin
from conversations.chat_link_pdf import SMALLEST_MM, Format, Print, print_links
from conversations.models import BusinessNumber, ChatLink
from conversations.services.chat_links import count_opening
from conversations.services.replace_number import begin_replacement
from tests import factories
from tests.consent.test_evidence_pdf import streams
from tests.qr_reader import read_cells, read_svg
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
LIST = reverse("admin:conversations_chatlink_changelist")
ADD = reverse("admin:conversations_chatlink_add")
PRINT = reverse("admin:conversations_chatlink_print")


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def link(number: WhatsAppNumber) -> ChatLink:
    return factories.ChatLinkFactory.create(
        name='Plakat "Küste" <b>',
        campaign="Herbst",
        place="Zug 4711",
        business_number=number,
        reference="K7QM3X",
    )


def change_of(link: ChatLink) -> str:
    return reverse("admin:conversations_chatlink_change", args=[link.pk])


def qr_of(link: ChatLink) -> str:
    return reverse("admin:conversations_chatlink_qr", args=[link.pk])


def values(number: BusinessNumber, **more: Any) -> dict[str, Any]:
    return {
        "name": "Plakat",
        "business_number": number.pk,
        "campaign": "Herbst",
        "greeting_de": "Moin",
        "is_active": "on",
        **more,
    }


def errors_of(response: Any) -> list[str]:
    assert response.status_code == 200
    form = response.context["adminform"].form
    return [str(error) for errors in form.errors.values() for error in errors]


# -- making ---------------------------------------------------------------------------------------


def test_one_is_made_and_its_page_opens(
    browser: Client, number: WhatsAppNumber, admin: Agent
) -> None:
    response = browser.post(ADD, values(number, places="Zug 4711"))
    link = ChatLink.objects.get()
    assert response["Location"] == change_of(link)
    assert (link.name, link.place, link.created_by) == ("Plakat", "Zug 4711", admin)
    page = browser.get(change_of(link)).content.decode()
    assert f"/c/{link.spelled}/" in page
    assert f"Moin (Ref. {link.spelled})" in page
    assert LogEntry.objects.count() == 1


def test_many_places_are_made_at_once(browser: Client, number: WhatsAppNumber) -> None:
    places = "Zug 4711\r\n\r\n Zug 4712 \r\nZug 4711\r\nBahnhof"
    response = browser.post(ADD, values(number, places=places), follow=True)
    assert sorted(ChatLink.objects.values_list("place", flat=True)) == [
        *("Bahnhof", "Zug 4711", "Zug 4712")
    ]
    page = response.content.decode()
    assert "3 links were made." in page
    printed = re.search(r'href="([^"]+format=poster)"', page)
    assert printed
    pdf = browser.get(printed[1].replace("&amp;", "&"))
    assert pdf.content.count(b"/Type /Page\n") == 3
    assert LogEntry.objects.count() == 3


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"greeting_de": ""}, "Write a greeting, or choose a topic."),
        ({"greeting_de": "Bitte STOPP!"}, "Whoever sends these words unsubscribes."),
        ({"greeting_en": "unsubscribe"}, "Whoever sends these words unsubscribes."),
        ({"places": "x" * 121}, "A place has at most 120 characters."),
        ({"places": "\n".join(map(str, range(101)))}, "At most 100 places at once."),
        ({"name": ""}, "This field is required."),
        ({"greeting_de": "x" * 301}, "Ensure this value has at most 300 characters (it has 301)."),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(
    browser: Client, number: WhatsAppNumber, more: dict[str, str], why: str
) -> None:
    assert why in errors_of(browser.post(ADD, values(number, **more)))
    assert not ChatLink.objects.exists()


def test_a_number_that_cannot_be_written_to_is_refused(browser: Client) -> None:
    number = factories.WhatsAppNumberFactory.create(phone_number="")
    assert "phone number to write to" in str(errors_of(browser.post(ADD, values(number))))


def test_a_topic_is_greeting_enough(browser: Client, number: WhatsAppNumber) -> None:
    topic = Topic.objects.create(key="re7", name_de="RE 7", name_en="RE 7")
    browser.post(ADD, values(number, greeting_de="", topic=topic.key))
    link = ChatLink.objects.get()
    assert f"START RE 7 (Ref. {link.spelled})" in browser.get(change_of(link)).content.decode()


def test_a_change_keeps_the_reference(browser: Client, link: ChatLink) -> None:
    sent = {**values(link.business_number, place="Zug 1", greeting_de="Neu"), "reference": "AAAAA2"}
    assert browser.post(change_of(link), sent).status_code == 302
    link.refresh_from_db()
    assert (link.reference, link.place, link.greeting_de) == ("K7QM3X", "Zug 1", "Neu")


def test_a_link_of_a_replaced_number_can_be_changed(browser: Client, link: ChatLink) -> None:
    heir = factories.WhatsAppNumberFactory.create(phone_number="+493099999")
    begin_replacement(link.business_number, heir)
    assert browser.post(change_of(link), values(link.business_number)).status_code == 302
    assert "wa.me/493099999?" in browser.get(change_of(link)).content.decode()
    assert "valid choice" in str(errors_of(browser.post(ADD, values(link.business_number))))


def test_it_is_closed_and_not_deleted(browser: Client, link: ChatLink) -> None:
    path = reverse("admin:conversations_chatlink_delete", args=[link.pk])
    assert browser.post(path, {"post": "yes"}).status_code == 403
    sent = values(link.business_number)
    del sent["is_active"]
    browser.post(change_of(link), sent)
    link.refresh_from_db()
    assert not link.is_active


# -- the list -------------------------------------------------------------------------------------


def test_the_list_counts(browser: Client, link: ChatLink, number: WhatsAppNumber) -> None:
    for _ in range(7):
        count_opening(link)
    for _ in range(2):
        factories.ConversationFactory.create(business_number=number, chat_link=link)
    page = browser.get(LIST).content.decode()
    assert re.search(r"field-show_opened[^>]*>\s*7\s*<", page)
    assert re.search(r"field-show_conversations[^>]*>\s*2\s*<", page)
    assert re.search(r"field-show_people[^>]*>\s*2\s*<", page)
    assert "7 / 0" in page
    assert "<b>" not in page.partition("Plakat")[2].partition("</a>")[0]


@pytest.mark.parametrize(
    "query", ["campaign=Herbst", "place=Zug+4711", "q=K7QM3X", "is_active__exact=1"]
)
def test_it_is_narrowed(browser: Client, link: ChatLink, query: str) -> None:
    other = factories.ChatLinkFactory.create(
        business_number=link.business_number, campaign="Sommer", is_active=False
    )
    page = browser.get(f"{LIST}?{query}").content.decode()
    assert change_of(link) in page
    assert change_of(other) not in page


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("print_posters", "application/pdf"),
        ("print_cards", "application/pdf"),
        ("pack_codes", "application/zip"),
    ],
)
def test_marked_rows_are_printed(browser: Client, link: ChatLink, action: str, kind: str) -> None:
    response = browser.post(LIST, {"action": action, "_selected_action": [link.pk]})
    assert response["Content-Type"] == kind


def test_too_many_rows_are_told_and_not_printed(
    browser: Client, link: ChatLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_link_admin, "MOST_PRINTED", 1)
    other = factories.ChatLinkFactory.create(business_number=link.business_number)
    sent = {"action": "print_posters", "_selected_action": [link.pk, other.pk]}
    page = browser.post(LIST, sent, follow=True).content.decode()
    assert "At most 1 at once: please mark fewer." in page


# -- printing -------------------------------------------------------------------------------------


def test_the_svg_says_the_address_and_has_its_white_border(browser: Client, link: ChatLink) -> None:
    svg = browser.get(qr_of(link)).content.decode()
    assert read_svg(svg) == f"{settings.PUBLIC_URL}/c/K7Q-M3X/"
    assert 'd="M4 4.5h7' in svg
    download = browser.get(f"{qr_of(link)}?download")
    assert download["Content-Disposition"] == 'attachment; filename="plakat-kuste-b-K7QM3X.svg"'


@pytest.mark.parametrize("form", list(Format))
def test_the_printed_code_is_the_address_large_enough_and_bordered(
    link: ChatLink, form: Format
) -> None:
    address = "https://helpdesk.example.org/c/K7Q-M3X/"
    pdf = print_links([Print(link, address)], form, "de")
    drawn = b"\n".join(streams(pdf)).decode("latin-1")
    boxes = [
        tuple(float(one) for one in box)
        for box in re.findall(r"([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+) re f", drawn)
    ]
    white = max((b for b in boxes if abs(b[2] - abs(b[3])) < 0.1), key=lambda box: box[2])
    rows = segno.make_qr(address, error="q").matrix
    module = white[2] / (len(rows) + 8)
    modules = {
        (round((x - white[0]) / module) - 4 + step, round((white[1] - y) / module) - 4)
        for x, y, width, height in boxes
        if abs(abs(height) - module * 1.01) < module * 0.02
        for step in range(round(width / module))
    }
    assert read_cells(modules) == address
    assert (min(modules), max(x for x, _ in modules)) == ((0, 0), len(rows) - 1)
    assert module * len(rows) / 72 * 25.4 >= SMALLEST_MM


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("form", ["poster", "card"])
def test_each_sheet_is_a_pdf(browser: Client, link: ChatLink, form: str, language: str) -> None:
    response = browser.get(f"{PRINT}?ids={link.pk}&format={form}&language={language}")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"].endswith(f'-K7QM3X-{form}.pdf"')
    assert f"/Lang ({language})".encode() in response.content


def test_strange_words_are_printed_too(number: WhatsAppNumber) -> None:
    link = factories.ChatLinkFactory.create(
        business_number=number, headline_de="🚂 \u202eWort" + "x" * 60, place="\u0007بحر" * 9
    )
    for form in Format:
        assert print_links([Print(link, "https://x.example/c/A/")], form, "de")[:5] == b"%PDF-"


def test_a_zip_of_codes(browser: Client, link: ChatLink) -> None:
    response = browser.get(f"{PRINT}?ids={link.pk}&format=svg")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        (name,) = archive.namelist()
        assert name == "plakat-kuste-b-K7QM3X.svg"
        assert b"<svg" in archive.read(name)


@pytest.mark.parametrize("query", ["", "?ids=1&format=poster", "?ids=x", "?ids=-1,9e9&format=svg"])
def test_nothing_to_print_is_nothing_here(browser: Client, query: str) -> None:
    assert browser.get(f"{PRINT}{query}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_sheets_and_codes_are_only_fetched(browser: Client, link: ChatLink, method: str) -> None:
    for path in (qr_of(link), f"{PRINT}?ids={link.pk}&format=poster"):
        assert getattr(browser, method)(path).status_code == 405


def test_an_unknown_format_is_nothing_here(browser: Client, link: ChatLink) -> None:
    assert browser.get(f"{PRINT}?ids={link.pk}&format=../x").status_code == 404


@pytest.mark.parametrize("who", ["agent", "read_only", "lead", None])
def test_only_admins_come_here(
    client: Client, link: ChatLink, who: str | None, request: pytest.FixtureRequest
) -> None:
    if who:
        client.force_login(request.getfixturevalue(who))
    for path in (LIST, ADD, change_of(link), qr_of(link), f"{PRINT}?ids={link.pk}&format=poster"):
        assert client.get(path).status_code in (302, 403)
    assert client.post(ADD, {}).status_code in (302, 403)
