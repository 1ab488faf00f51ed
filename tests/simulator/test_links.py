"""The phone opens links as a phone does: WhatsApp's own, and the helpdesk's short ones."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.simulator.driver import NUMBER, Phone

OWN = "4943139200100"


def opened(phone: Phone, link: str) -> dict[str, list[str]]:
    """The query of the page that opening it leads to."""
    answer = phone.client.get(
        "/open", params={"link": link, "customer": "lena"}, follow_redirects=False
    )
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["Location"]).query)


@pytest.mark.parametrize(
    "link",
    [
        f"https://wa.me/{OWN}?text=Moin%20%26%20Tsch%C3%BCss%3F",
        f" https://wa.me/+{OWN}?text=Moin+%26+Tsch%C3%BCss%3F ",
        f"https://api.whatsapp.com/send?phone={OWN}&text=Moin%20%26%20Tsch%C3%BCss%3F",
        f"whatsapp://send?phone={OWN}&text=Moin%20%26%20Tsch%C3%BCss%3F",
    ],
)
def test_whatsapps_links_open_the_chat_with_their_words(phone: Phone, link: str) -> None:
    assert opened(phone, link) == {
        "customer": ["lena"],
        "number": [NUMBER],
        "text": ["Moin & Tschüss?"],
    }


def test_the_words_stand_where_one_writes(phone: Phone) -> None:
    page = phone.client.get("/", params={"customer": "lena", "text": "</textarea><b>Moin"})
    assert "&lt;/textarea&gt;&lt;b&gt;Moin</textarea>" in page.text


def test_wa_me_is_a_page_of_its_own(phone: Phone) -> None:
    page = phone.client.get(f"/wa.me/{OWN}?text=Moin")
    assert ">Moin</textarea>" in page.text


@pytest.mark.parametrize(
    "link",
    [
        *("", "Moin", "https://wa.me/", "https://wa.me/4930000?text=x", "https://[", "file:///c/x"),
        *("https://evil.example/4943139200100?text=x", "https://wa.me.evil.example/4943139200100"),
    ],
)
def test_other_links_open_nothing(phone: Phone, link: str) -> None:
    assert opened(phone, link)["opened"] == ["no"]
    page = phone.client.get("/", params={"customer": "lena", "opened": "no"})
    assert "Dieser Link öffnet hier keinen Chat." in page.text


def test_a_short_address_is_asked_of_the_helpdesk_and_of_nobody_else(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if not request.url.path.endswith("/"):
            return httpx.Response(301, headers={"Location": "/elsewhere/"})
        return httpx.Response(302, headers={"Location": f"https://wa.me/{OWN}?text=Moin"})

    class Client(httpx.AsyncClient):
        def __init__(self, **options: object) -> None:
            super().__init__(transport=httpx.MockTransport(answer))

    monkeypatch.setattr(httpx, "AsyncClient", Client)
    assert opened(phone, "https://evil.example/c/K7Q-M3X")["text"] == ["Moin"]
    home = urlsplit(phone.config.webhook_url).netloc
    assert {request.url.netloc.decode() for request in asked} == {home}
    assert [request.url.path for request in asked] == ["/c/K7Q-M3X", "/c/K7Q-M3X/"]
    assert "Mobile" in asked[0].headers["User-Agent"]


def test_a_helpdesk_that_is_away_opens_nothing(phone: Phone) -> None:
    assert opened(phone, "http://127.0.0.1:8000/c/K7Q-M3X/")["opened"] == ["no"]
