"""Text goes over the wire compressed; customers' files go as they are."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

from accounts.models import Agent
from tests import factories

pytestmark = pytest.mark.django_db
ACCEPTS = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def browser(agent: Agent) -> Client:
    client = Client(headers=ACCEPTS)
    client.force_login(agent)
    return client


@pytest.mark.parametrize("path", ["/", "/rows/?view=all", "/static/css/app.css"])
def test_pages_fragments_and_styles_are_compressed(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.headers["Content-Encoding"] == "gzip"
    body = b"".join(answer) if answer.streaming else answer.content
    assert len(gzip.decompress(body)) > len(body)


def test_who_cannot_take_it_gets_it_plain(agent: Agent) -> None:
    client = Client()
    client.force_login(agent)
    answer = client.get("/")
    assert not answer.has_header("Content-Encoding")
    assert b"<html" in answer.content


def test_a_customers_file_goes_as_it_is(browser: Client, agent: Agent) -> None:
    media = factories.MediaFactory.create(message=None, uploaded_by=agent)
    answer = browser.get(f"/media/{media.pk}/")
    assert answer.status_code == 200
    assert not answer.has_header("Content-Encoding")
    assert b"".join(answer).startswith(b"\x89PNG")
