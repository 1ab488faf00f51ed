"""The public sign-up pages: what each shows, and what each refuses."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import Agent
from consent import signup_guard
from consent.inbound import Words
from consent.models import ConsentRecord, SignUp, SignUpForm, Topic
from consent.services import record_inbound_messages
from consent.signup_code import pretty
from contacts.models import Contact
from tests import factories, fixtures

PAGE = "/optin/meldungen/"
EMBED = f"{PAGE}embed.js"
HOSTILE = '</script><img src=x onerror="alert(1)">\u2028'


@pytest.fixture
def form(db: None) -> SignUpForm:
    return factories.SignUpFormFactory.create(slug="meldungen")


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def text_of(client: Client, path: str = PAGE, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def stamp_in(page: str) -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found
    return found[1]


class Visitor:
    """Somebody who opens the page, reads it for a while and presses the button."""

    def __init__(self, client: Client, clock: fixtures.Clock) -> None:
        self.client = client
        self.clock = clock

    def chooses(self, *topics: str, after_s: float = 30, path: str = PAGE, **more: str) -> object:
        self.clock.at(timezone.now())
        stamp = stamp_in(text_of(self.client, path))
        self.clock.forward(timedelta(seconds=after_s))
        return self.client.post(path, {"topic": topics, "stamp": stamp, **more})

    def is_sent_on(self, *topics: str, path: str = PAGE) -> str:
        """The address of the page with the code."""
        response = self.chooses(*topics, path=path)
        assert response.status_code == 302  # type: ignore[attr-defined]
        return str(response.headers["Location"])  # type: ignore[attr-defined]


@pytest.fixture
def visitor(client: Client, clock: fixtures.Clock) -> Visitor:
    return Visitor(client, clock)


# -- choosing ------------------------------------------------------------------------------------


def test_the_page_says_who_asks_for_what(client: Client, form: SignUpForm) -> None:
    page = text_of(client)
    assert '<html lang="en"' in page
    for part in ("Title en", "<b>Bahn GmbH</b>", form.privacy_url, form.imprint_url, "version 1"):
        assert part in page
    assert re.findall(r'name="topic" value="([\w-]+)"', page) == ["news", "line-s1"]
    assert " checked" not in page  # a tick that somebody else made is no consent


def test_the_language_is_the_browsers_or_the_links(client: Client, form: SignUpForm) -> None:
    assert "Title de" in client.get(PAGE, headers={"accept-language": "de-AT"}).content.decode()
    page = client.get(f"{PAGE}?lang=de&topic=news")
    assert "Title de" in page.content.decode()
    assert page.headers["Content-Language"] == "de"
    assert "Title en" in text_of(client, f"{PAGE}?lang=tlh")
    form.words.filter(language="en").delete()
    assert "Title de" in text_of(client)


def test_topics_of_the_address_are_chosen_already(client: Client, form: SignUpForm) -> None:
    page = text_of(client, f"{PAGE}?topic=line-s1&topic=%3Cscript%3E")
    assert re.findall(r'value="([\w-]+)" checked', page) == ["line-s1"]
    assert "<script>" not in page


def test_choosing_leads_to_a_page_that_stays(
    client: Client, visitor: Visitor, form: SignUpForm
) -> None:
    path = visitor.is_sent_on("news", "line-s1")
    first = text_of(client, path)
    code = pretty(SignUp.objects.get().code)
    assert code in first
    assert code in text_of(client, path)
    assert SignUp.objects.count() == 1
    assert not ConsentRecord.objects.exists()


def test_the_page_with_the_code_opens_whatsapp(
    client: Client, visitor: Visitor, form: SignUpForm
) -> None:
    page = text_of(client, visitor.is_sent_on("news", path=f"{PAGE}?lang=de"))
    link = re.search(r'href="https://wa\.me/4930123456\?text=([^"]+)"', page)
    assert link
    shown = re.search(r'id="prepared"[^>]*>(.+?)</div>', page)
    assert shown
    words = unescape(strip_tags(shown[1]))
    assert unquote(unescape(link[1])) == words
    assert pretty(SignUp.objects.get().code) in words
    assert "Neuigkeiten" in words
    assert "+49 30 123456" in page
    assert "60" in page or "59" in page  # minutes, and this took some seconds
    assert '<html lang="de"' in page
    assert re.search(r'<svg class="qr"[^>]*role="img"', page)


@pytest.mark.parametrize(
    "chosen",
    [
        *([], ["nothing-of-ours"], ["news", "nothing-of-ours"], ["news\x00"], ["<b>"]),
        ["' OR 1=1"],
    ],
)
def test_hostile_topics_begin_nothing(
    visitor: Visitor, form: SignUpForm, chosen: list[str]
) -> None:
    response = visitor.chooses(*chosen)
    assert response.status_code == 422  # type: ignore[attr-defined]
    page = response.content.decode()  # type: ignore[attr-defined]
    assert 'role="alert"' in page
    assert "<b><" not in page
    assert not SignUp.objects.exists()


def test_a_topic_of_another_form_is_none_of_this_one(visitor: Visitor, form: SignUpForm) -> None:
    factories.SignUpFormFactory.create(offers=["secret"])
    assert visitor.chooses("secret").status_code == 422  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_form_takes_get_and_post(client: Client, form: SignUpForm, method: str) -> None:
    assert getattr(client, method)(PAGE).status_code == 405


@pytest.mark.parametrize("path", [PAGE, EMBED, f"{PAGE}send/x/", f"{PAGE}send/x/state/"])
def test_an_unknown_form_is_not_found(client: Client, db: None, path: str) -> None:
    assert "Nothing here" in text_of(client, path, 404)


@pytest.mark.parametrize("path", [PAGE, EMBED])
def test_a_closed_form_is_not_found(client: Client, form: SignUpForm, path: str) -> None:
    SignUpForm.objects.update(is_active=False)
    text_of(client, path, 404)
    assert client.post(PAGE, {"topic": "news"}).status_code == 404


def test_an_admin_looks_at_a_closed_form(client: Client, form: SignUpForm, admin: Agent) -> None:
    SignUpForm.objects.update(is_active=False)
    client.force_login(admin)
    text_of(client)
    assert client.post(PAGE, {"topic": "news"}).status_code == 404


def test_an_agent_does_not(client: Client, form: SignUpForm, agent: Agent) -> None:
    SignUpForm.objects.update(is_active=False)
    client.force_login(agent)
    text_of(client, PAGE, 404)


def test_a_form_without_words_is_not_found(client: Client, form: SignUpForm) -> None:
    form.words.all().delete()
    text_of(client, PAGE, 404)


def test_words_are_shown_as_they_are(client: Client, form: SignUpForm) -> None:
    form.words.update(title=HOSTILE, intro=HOSTILE, who_we_are=HOSTILE, privacy=HOSTILE)
    Topic.objects.update(name_en=HOSTILE, description_en=HOSTILE, frequency_en=HOSTILE)
    assert "<img" not in text_of(client)


# -- refusals ------------------------------------------------------------------------------------


def refused(response: object, status: int, words: str) -> None:
    """The page again, with words, a new stamp and what was chosen; nothing begun."""
    assert response.status_code == status  # type: ignore[attr-defined]
    page = response.content.decode()  # type: ignore[attr-defined]
    assert words in page
    assert re.findall(r'value="([\w-]+)" checked', page) == ["line-s1"]
    stamp_in(page)
    assert not SignUp.objects.exists()


def test_a_field_nobody_sees_is_left_empty_by_people(visitor: Visitor, form: SignUpForm) -> None:
    refused(visitor.chooses("line-s1", website="https://spam.example"), 422, "once more")


def test_nobody_is_that_fast(visitor: Visitor, form: SignUpForm) -> None:
    refused(visitor.chooses("line-s1", after_s=1), 422, "once more")


def test_a_page_of_this_morning_is_shown_again(visitor: Visitor, form: SignUpForm) -> None:
    refused(visitor.chooses("line-s1", after_s=2 * 3600 + 1), 422, "open for a long time")


@pytest.mark.parametrize("stamp", ["", "x", "WzEsMV0:1xV:forged", "\x00"])
def test_a_stamp_of_ones_own_is_none(client: Client, form: SignUpForm, stamp: str) -> None:
    refused(client.post(PAGE, {"topic": "line-s1", "stamp": stamp}), 422, "open for a long time")


def test_words_that_changed_have_to_be_read_again(
    client: Client, clock: fixtures.Clock, form: SignUpForm
) -> None:
    clock.at(timezone.now())
    stamp = stamp_in(text_of(client))
    form.words.update(privacy="Something else entirely.")
    clock.forward(timedelta(minutes=1))
    refused(client.post(PAGE, {"topic": "line-s1", "stamp": stamp}), 409, "have changed")


@pytest.mark.parametrize("limit", ["PER_ADDRESS", "PER_FORM"])
def test_too_many_are_asked_to_wait(
    visitor: Visitor, form: SignUpForm, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signup_guard, limit, 3)
    for _ in range(3):
        visitor.is_sent_on("line-s1")
    SignUp.objects.all().delete()
    response = visitor.chooses("line-s1")
    refused(response, 429, "try again in a few minutes")
    assert response.headers["Retry-After"] == "900"  # type: ignore[attr-defined]


def test_a_refused_address_uses_up_nothing_of_the_forms_limit(
    visitor: Visitor, form: SignUpForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signup_guard, "PER_ADDRESS", 1)
    monkeypatch.setattr(signup_guard, "PER_FORM", 3)
    for _ in range(6):
        visitor.chooses("line-s1")
    visitor.client.defaults["REMOTE_ADDR"] = "192.0.2.7"
    visitor.is_sent_on("line-s1")


def test_without_redis_people_still_sign_up(
    visitor: Visitor, form: SignUpForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_key: str, _period_s: int) -> int:
        raise ConnectionError

    monkeypatch.setattr("accounts.throttle._one_more", gone)
    visitor.is_sent_on("news")


def test_another_site_cannot_post(form: SignUpForm) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(PAGE, {"topic": "news"}).status_code == 403
    page = strict.get(PAGE).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    data = {"topic": "news", "csrfmiddlewaretoken": token[1]}
    assert strict.post(PAGE, data, headers={"origin": "https://evil.example"}).status_code == 403
    assert strict.post(PAGE, data).status_code == 422  # only too fast


# -- waiting, done, expired ----------------------------------------------------------------------


def send(contact: Contact) -> None:
    text = f"Code {pretty(SignUp.objects.get().code)}"
    record_inbound_messages([Words(contact, text, "wamid.1", timezone.now(), "+4930123456")])


def test_the_page_waits_until_the_message_has_come(
    client: Client, visitor: Visitor, form: SignUpForm, contact: Contact
) -> None:
    path = visitor.is_sent_on("news")
    waiting = client.get(f"{path}state/").json()
    assert (waiting["state"], "60" in waiting["words"]) == ("send", True)

    send(contact)

    assert client.get(f"{path}state/").json()["state"] == "done"
    page = text_of(client, path)
    assert "You are signed up" in page
    assert timezone.localtime().strftime("%H:%M") in page
    assert contact.name not in page
    assert "4915112345678" not in page


def test_it_counts_down_and_ends_friendly(
    client: Client, visitor: Visitor, clock: fixtures.Clock, form: SignUpForm
) -> None:
    path = visitor.is_sent_on("line-s1")
    clock.forward(timedelta(minutes=59))
    assert " 1 more minute." in client.get(f"{path}state/").json()["words"]
    clock.forward(timedelta(minutes=2))
    assert client.get(f"{path}state/").json()["state"] == "expired"
    page = text_of(client, path)
    assert "Start again" in page
    assert f"{PAGE}?lang=en&amp;topic=line-s1" in page


def test_a_code_that_is_out_outlives_its_form(
    client: Client, visitor: Visitor, form: SignUpForm
) -> None:
    path = visitor.is_sent_on("news")
    SignUpForm.objects.update(is_active=False)
    text_of(client, path)


def test_what_the_page_speaks_can_be_changed(
    client: Client, visitor: Visitor, form: SignUpForm
) -> None:
    path = visitor.is_sent_on("news")
    assert '<html lang="de"' in text_of(client, f"{path}?lang=de")


@pytest.mark.parametrize("page", ["", "state/"])
def test_a_token_of_ones_own_or_for_another_form_is_none(
    client: Client, visitor: Visitor, form: SignUpForm, page: str
) -> None:
    path = visitor.is_sent_on("news")
    factories.SignUpFormFactory.create(slug="other")
    forged = path.replace("/send/", "/send/x")
    for wrong in (forged, path.replace("meldungen", "other"), f"{PAGE}send/{SignUp().pk}/"):
        text_of(client, f"{wrong}{page}", 404)


@pytest.mark.parametrize("page", ["", "state/"])
def test_these_pages_are_only_read(
    client: Client, visitor: Visitor, form: SignUpForm, page: str
) -> None:
    assert client.post(f"{visitor.is_sent_on('news')}{page}").status_code == 405


def test_no_page_is_kept_by_anybody(client: Client, visitor: Visitor, form: SignUpForm) -> None:
    path = visitor.is_sent_on("news")
    for each in (PAGE, path, f"{path}state/"):
        response = client.get(each)
        assert "no-store" in response.headers["Cache-Control"]
        assert "'unsafe" not in response.headers["Content-Security-Policy"]


# -- on other sites ------------------------------------------------------------------------------


def test_the_script_is_small_and_can_be_kept(client: Client, form: SignUpForm) -> None:
    response = client.get(EMBED)
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "public" in response.headers["Cache-Control"]
    assert not response.cookies
    assert len(response.content) < 5000
    etag = response.headers["ETag"]
    assert client.get(EMBED, headers={"if-none-match": etag}).status_code == 304


def test_words_in_the_script_stay_words(client: Client, form: SignUpForm) -> None:
    Topic.objects.update(name_de=HOSTILE, name_en=HOSTILE)
    script = text_of(client, EMBED)
    assert "</script" not in script
    assert "<img" not in script
    assert "\u2028" not in script
    data = re.search(r"const data = (\{.*\});\n", script)
    assert data
    assert json.loads(data[1])["words"]["de"]["topics"][0] == ["news", HOSTILE]


def test_the_script_is_only_read(client: Client, form: SignUpForm) -> None:
    assert client.post(EMBED).status_code == 405
