"""Who gets in, and what the door says to those who do not."""

from __future__ import annotations

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Agent, ApiToken
from conversations.models import Conversation
from tests.api.conftest import Caller

URL = "/api/v1/conversations/"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer no such", "Bearer hd_wrong", "Basic x"])
def test_without_a_known_token_it_is_401(db: None, header: str) -> None:
    response = APIClient().get(URL, headers={"Authorization": header} if header else {})

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert set(response.json()) == {"code", "detail", "errors"}


def test_a_revoked_token_is_401(api: APIClient) -> None:
    assert api.get(URL).status_code == 200

    ApiToken.objects.update(revoked_at=timezone.now())

    assert api.get(URL).status_code == 401


def test_the_token_of_a_dismissed_agent_is_401(api: APIClient, agent: Agent) -> None:
    Agent.objects.filter(pk=agent.pk).update(is_active=False)

    assert api.get(URL).status_code == 401


def test_a_session_is_no_token(client: APIClient, agent: Agent) -> None:
    client.force_login(agent)

    assert client.get(URL).status_code == 401


def test_read_only_reads_and_does_not_write(
    call_as: Caller, read_only: Agent, conversation: Conversation
) -> None:
    api = call_as(read_only)

    assert api.get(URL).status_code == 200
    response = api.patch(f"{URL}{conversation.pk}/", {"status": "resolved"})

    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"


def test_unknown_paths_are_404_in_the_apis_own_shape(api: APIClient) -> None:
    for path in ("/api/v1/", "/api/v1/nothing/", "/api/v1/conversations/not-a-uuid/"):
        response = api.get(path)
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


def test_a_path_without_its_slash_is_led_to_the_one_with_it(api: APIClient) -> None:
    response = api.get("/api/v1/conversations")

    assert (response.status_code, response["Location"]) == (301, URL)


def test_the_wrong_method_is_405(api: APIClient) -> None:
    response = api.delete(URL)

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
