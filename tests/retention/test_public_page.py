"""The public page on what runs over WhatsApp."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from consent.models import Company
from tests import factories
from tests.retention.helpers import rule

pytestmark = pytest.mark.django_db
PAGE = "/privacy/whatsapp/"


def test_everybody_may_read_it_and_it_says_what_is_set(client: Client) -> None:
    Company.objects.create(name="Nordlicht <i> GmbH", email="privacy@example.org")
    rule("text", 730)
    answer = client.get(PAGE, {"lang": "en"})
    page = answer.content.decode()
    assert answer["Content-Language"] == "en"
    for words in (
        "Nordlicht &lt;i&gt; GmbH",
        "privacy@example.org",
        "Cloud API",
        "2 years",
        "Notes that our people make",
        "STOP NEWS",
    ):
        assert words in page, words
    assert not answer.cookies.get("sessionid")
    assert "not filled in" not in page


def test_without_settings_it_still_says_who(client: Client) -> None:
    page = client.get(PAGE, {"lang": "en"}).content.decode()
    assert "Nordlicht Bahn" in page
    assert "Imprint" not in page


@pytest.mark.parametrize("lang", ["de", "fr", "<script>", ""])
def test_it_speaks_a_language_it_has(client: Client, lang: str) -> None:
    answer = client.get(PAGE, {"lang": lang})
    assert answer.status_code == 200
    assert answer["Content-Language"] in ("de", "en")
    assert "<script>" not in answer.content.decode().replace("<script src", "")


def test_only_looking_is_possible(client: Client) -> None:
    assert client.post(PAGE).status_code == 405


def test_sign_up_pages_lead_to_it(client: Client) -> None:
    form = factories.SignUpFormFactory.create()
    page = client.get(reverse("optin:form", args=[form.slug])).content.decode()
    assert PAGE in page
