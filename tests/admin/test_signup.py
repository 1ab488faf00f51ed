"""Forms, topics and words in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent
from consent.models import ConsentWord, SignUpForm, Topic, Wording
from consent.signup import begin_sign_up
from consent.signup_wording import show
from consent.words import Intent
from tests import factories

FORMS = reverse("admin:consent_signupform_changelist")
WORDS = reverse("admin:consent_consentword_add")


def page_of(form: SignUpForm) -> str:
    return reverse("admin:consent_signupform_change", args=[form.pk])


def fields_of(form: SignUpForm, **changed: str) -> dict[str, str]:
    """What the page of `form` would post, with some of it changed."""
    topics, words = list(form.signuptopic_set.all()), list(form.words.all())
    data: dict[str, Any] = {
        "business_number": form.business_number,
        "privacy_url": form.privacy_url,
        "imprint_url": form.imprint_url,
        "valid_minutes": "60",
        "is_active": "on",
        "signuptopic_set-TOTAL_FORMS": len(topics),
        "signuptopic_set-INITIAL_FORMS": len(topics),
        "words-TOTAL_FORMS": len(words),
        "words-INITIAL_FORMS": len(words),
    }
    for number, topic in enumerate(topics):
        prefix = f"signuptopic_set-{number}"
        data |= {f"{prefix}-id": topic.pk, f"{prefix}-form": form.pk}
        data |= {f"{prefix}-topic": topic.topic_id, f"{prefix}-position": topic.position}
    for number, one in enumerate(words):
        prefix = f"words-{number}"
        data |= {f"{prefix}-id": one.pk, f"{prefix}-form": form.pk}
        for name in ("language", "title", "intro", "who_we_are", "privacy"):
            data[f"{prefix}-{name}"] = getattr(one, name)
    return {**{name: str(value) for name, value in data.items()}, **changed}


@pytest.fixture
def form(db: None) -> SignUpForm:
    return factories.SignUpFormFactory.create(slug="meldungen")


def test_the_page_has_link_snippet_and_qr_code(browser: Client, form: SignUpForm) -> None:
    page = browser.get(page_of(form)).content.decode()
    assert f"{settings.PUBLIC_URL}/optin/meldungen/" in page
    assert "&lt;div data-optin=&quot;meldungen&quot;&gt;" in page
    assert "/optin/meldungen/embed.js&quot; async" in page
    code = browser.get(reverse("admin:consent_signupform_qr", args=[form.pk]), {"download": ""})
    assert code.headers["Content-Type"] == "image/svg+xml"
    assert code.content.startswith(b"<svg")
    assert "meldungen.svg" in code.headers["Content-Disposition"]


def test_the_qr_code_is_for_admins(client: Client, agent: Agent, form: SignUpForm) -> None:
    client.force_login(agent)
    path = reverse("admin:consent_signupform_qr", args=[form.pk])
    assert client.get(path).status_code == 302


def test_the_list_counts_what_came_of_it(browser: Client, form: SignUpForm) -> None:
    now = timezone.now()
    for used_at, expires_at in ((now, now), (None, now), (None, now.replace(year=2099))):
        sign_up = begin_sign_up(form, ["news"], "de")
        sign_up.used_at, sign_up.expires_at = used_at, expires_at
        sign_up.save()
    [row] = browser.get(FORMS).context["cl"].result_list
    assert (row.begun, row.confirmed, row.expired) == (3, 1, 1)


def test_saving_new_words_adds_a_version(browser: Client, form: SignUpForm) -> None:
    changed = fields_of(form, **{"words-0-privacy": "Something else entirely."})
    response = browser.post(page_of(form), changed)
    assert response.status_code == 302, response.context["errors"]
    german = Wording.objects.filter(key="form-meldungen", language="de")
    assert list(german.values_list("version", flat=True)) == [2, 1]
    assert Wording.objects.filter(key="form-meldungen", language="en").count() == 1


def test_the_address_stays_and_forms_are_not_deleted(browser: Client, form: SignUpForm) -> None:
    browser.post(page_of(form), fields_of(form, slug="other"))
    form.refresh_from_db()
    assert form.slug == "meldungen"
    gone = browser.post(reverse("admin:consent_signupform_delete", args=[form.pk]))
    assert gone.status_code == 403


@pytest.mark.parametrize("number", ["0431 392001", "+49 431 392001", "4943139200100"])
def test_a_number_has_its_country_code(browser: Client, form: SignUpForm, number: str) -> None:
    response = browser.post(page_of(form), fields_of(form, business_number=number))
    assert response.status_code == 200
    assert response.context["errors"]


def test_a_form_needs_words_and_topics(browser: Client, db: None) -> None:
    data = {"slug": "empty", "business_number": "+4930123456", "valid_minutes": "60"}
    data |= {"privacy_url": "https://example.com", "imprint_url": "https://example.com"}
    for prefix in ("signuptopic_set", "words"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    response = browser.post(reverse("admin:consent_signupform_add"), data)
    assert response.status_code == 200
    assert not SignUpForm.objects.exists()


def test_a_topic_keeps_its_key_and_its_change_is_a_new_version(
    browser: Client, form: SignUpForm
) -> None:
    topic = Topic.objects.get(key="news")
    data = {"key": "other", "name_de": "Nachrichten", "name_en": "News", "is_active": "on"}
    path = reverse("admin:consent_topic_change", args=[topic.pk])
    assert browser.post(path, data).status_code == 302
    topic.refresh_from_db()
    assert (topic.key, topic.name_de) == ("news", "Nachrichten")
    assert show(form, "de").wording.version == 2
    assert "Nachrichten" in Wording.objects.get(key="form-meldungen", language="de", version=2).text


def test_a_word_is_stored_as_it_is_compared(browser: Client, db: None) -> None:
    data = {"language": "de", "intent": str(Intent.STOP), "word": " Bitte Schlüß!! "}
    assert browser.post(WORDS, data).status_code == 302
    assert ConsentWord.objects.filter(word="bitte schluess").exists()
    again = browser.post(WORDS, {**data, "word": "BITTE SCHLUESS"})
    assert again.status_code == 200


@pytest.mark.parametrize("word", ["!!!", "ü" * 31, "x" * 61])
def test_a_word_has_letters_and_is_short(browser: Client, db: None, word: str) -> None:
    before = ConsentWord.objects.count()
    browser.post(WORDS, {"language": "de", "intent": str(Intent.STOP), "word": word})
    assert ConsentWord.objects.count() == before


def test_versions_are_only_read(browser: Client, form: SignUpForm) -> None:
    row = Wording.objects.filter(key=form.wording_key).earliest("pk")
    path = reverse("admin:consent_wording_change", args=[row.pk])
    assert "Bahn GmbH" in browser.get(path).content.decode()
    assert browser.post(path, {"text": "x"}).status_code == 403
    assert browser.get(reverse("admin:consent_wording_add")).status_code == 403
