"""`/c/CODE/`: where it leads, whom it counts, and what it refuses."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import redis
from django.test import Client

from consent.models import Topic
from conversations import chat_link_views
from conversations.link_counts import opened_of
from conversations.models import ChatLink
from conversations.services.replace_number import begin_replacement
from tests import factories
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
PATH = "/c/K7QM3X/"
BROWSER = "Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 Chrome/120 Mobile"


@pytest.fixture
def link(number: WhatsAppNumber) -> ChatLink:
    return factories.ChatLinkFactory.create(
        business_number=number,
        reference="K7QM3X",
        greeting_de="Moin & Grüß Gott? 50 %",
        greeting_en="Hello #1",
    )


@pytest.fixture(autouse=True)
def _a_browser(client: Client) -> None:
    client.defaults["HTTP_USER_AGENT"] = BROWSER
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def location(client: Client, path: str = PATH, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 302
    return str(response.headers["Location"])


def words(address: str) -> str:
    (text,) = parse_qs(urlsplit(address).query)["text"]
    return text


def test_it_leads_to_the_chat_with_the_greeting(client: Client, link: ChatLink) -> None:
    address = location(client)
    assert address.startswith("https://wa.me/4930123456?text=Hello%20%231")
    assert words(address) == "Hello #1 (Ref. K7Q-M3X)"
    assert opened_of(link) == 1


@pytest.mark.parametrize("code", ["K7Q-M3X", "k7qm3x", "K7Q%20M3X"])
def test_the_code_may_be_typed(client: Client, link: ChatLink, code: str) -> None:
    assert location(client, f"/c/{code}/").startswith("https://wa.me/")


def test_the_browsers_language_chooses(client: Client, link: ChatLink) -> None:
    german = client.get(PATH, headers={"accept-language": "de-AT,en;q=0.5"})
    assert words(german.headers["Location"]) == "Moin & Grüß Gott? 50 % (Ref. K7Q-M3X)"
    assert "Accept-Language" in german.headers["Vary"]
    assert "no-store" in german.headers["Cache-Control"]
    assert words(location(client, **{"accept-language": "fr,en;q=0.5"})).startswith("Hello")
    ChatLink.objects.update(greeting_en="")
    assert words(location(client)).startswith("Moin")


def test_without_a_greeting_the_topic_is_subscribed_to(client: Client, link: ChatLink) -> None:
    topic = Topic.objects.create(key="re7", name_de="RE 7 Küste", name_en="RE 7 Coast")
    ChatLink.objects.update(greeting_de="", greeting_en="", topic=topic)
    assert words(location(client)) == "START RE 7 Coast (Ref. K7Q-M3X)"
    assert words(location(client, **{"accept-language": "de"})).startswith("START RE 7 Küste")


def test_the_query_and_the_host_change_nothing(client: Client, link: ChatLink) -> None:
    plain = location(client)
    assert location(client, f"{PATH}?text=other&next=https://evil.example/&phone=1") == plain
    assert unquote(urlsplit(plain).netloc) == "wa.me"


def test_what_hangs_on_walls_outlives_a_number(client: Client, link: ChatLink) -> None:
    heir = factories.WhatsAppNumberFactory.create(phone_number="+49 30 999-99")
    begin_replacement(link.business_number, heir)
    assert location(client).startswith("https://wa.me/493099999?")


def test_a_closed_link_is_a_page_with_a_way_on(client: Client, link: ChatLink) -> None:
    ChatLink.objects.update(is_active=False)
    response = client.get(PATH)
    page = response.content.decode()
    assert response.status_code == 404
    assert 'href="https://wa.me/4930123456"' in page
    assert "/inbox" not in page
    assert 'href="/"' not in page
    assert opened_of(link) == 0


@pytest.mark.parametrize("code", ["A2BC3D", "K7QM3", "K7QM-3XT9", "<script>", "x" * 3000])
def test_an_unknown_one_is_a_page(client: Client, link: ChatLink, code: str) -> None:
    response = client.get(f"/c/{code}/")
    assert response.status_code == 404
    assert b"wa.me" not in response.content
    assert b"<script>alert" not in response.content


def test_a_number_without_a_phone_number_leads_nowhere(client: Client, link: ChatLink) -> None:
    WhatsAppNumber.objects.update(phone_number="")
    assert client.get(PATH).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, link: ChatLink, method: str) -> None:
    assert getattr(client, method)(PATH).status_code == 405
    assert opened_of(link) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "facebookexternalhit/1.1"},
        {"user-agent": "WhatsApp/2.23.20.0 A"},
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"user-agent": "TelegramBot (like TwitterBot)"},
        {"user-agent": "Mozilla/5.0 (compatible; bingbot/2.0)"},
        {"user-agent": "curl/8.5"},
        {"user-agent": ""},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "preview"},
    ],
)
def test_programs_are_led_on_and_not_counted(
    client: Client, link: ChatLink, headers: dict[str, str]
) -> None:
    location(client, **headers)
    assert opened_of(link) == 0


def test_nor_is_head(client: Client, link: ChatLink) -> None:
    assert client.head(PATH).status_code == 302
    assert opened_of(link) == 0


def test_one_address_counts_so_often_and_is_still_led_on(
    client: Client, link: ChatLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_link_views, "COUNTED_PER_ADDRESS", 2)
    for _ in range(4):
        location(client)
    assert opened_of(link) == 2


def test_who_tries_codes_has_to_wait(
    client: Client, link: ChatLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_link_views, "PER_ADDRESS", 3)
    for code in ("A2BC3D", "A2BC3E", "A2BC3F"):
        assert client.get(f"/c/{code}/").status_code == 404
    response = client.get(PATH)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"
    assert client.get(PATH, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_nothing_of_a_visitor_is_kept(
    client: Client, link: ChatLink, redis_client: redis.Redis
) -> None:
    response = client.get(PATH, REMOTE_ADDR="198.51.100.7")
    assert not response.cookies
    stored = b"".join(key + redis_client.dump(key) for key in redis_client.scan_iter("*"))
    assert b"198.51.100.7" not in stored
    assert b"CUBOT" not in stored
