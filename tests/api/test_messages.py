"""Reading messages and files; uploading."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Agent
from conversations.models import Conversation, Media, MediaStatus, Message, Status
from tests import factories
from tests.api.conftest import Caller

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _media_folder(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def found(api: APIClient, **query: object) -> list[str]:
    response = api.get("/api/v1/messages/", query)
    assert response.status_code == 200, response.json()
    return [row["id"] for row in response.json()["results"]]


def test_a_thread_is_oldest_first_by_whatsapps_clock(
    api: APIClient, conversation: Conversation
) -> None:
    now = timezone.now().replace(microsecond=0)
    second, third, first = (
        factories.MessageFactory.create(conversation=conversation, sent_at=at)
        for at in (now, now, now - timedelta(minutes=1))
    )
    path = f"/api/v1/conversations/{conversation.pk}/messages/"

    page = api.get(path, {"page_size": 1})
    ids = []
    while True:
        ids += [row["id"] for row in page.json()["results"]]
        if not page.json()["next"]:
            break
        page = api.get(page.json()["next"])

    assert ids == [str(first.pk), str(second.pk), str(third.pk)]


def test_an_inbound_message_shows_what_the_contract_says(
    api: APIClient, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, context_wamid="wamid.Q", payload={"referral": {"id": 1}}
    )
    factories.ReactionFactory.create(message=message, emoji="❤️")

    shown = api.get(f"/api/v1/messages/{message.pk}/").json()

    assert (shown["status"], shown["direction"]) == ("received", "inbound")
    assert shown["context"] == "wamid.Q"
    assert shown["payload"] == {"referral": {"id": 1}}
    assert shown["author"] is None
    assert shown["sent_at"].endswith("Z")
    assert [(r["emoji"], r["by"]) for r in shown["reactions"]] == [("❤️", "contact")]


def test_filters(api: APIClient, conversation: Conversation, lead: Agent) -> None:
    inbound = factories.MessageFactory.create(conversation=conversation)
    client_uuid = uuid.uuid4()
    failed = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.FAILED, client_uuid=client_uuid
    )
    Message.objects.filter(pk=inbound.pk).update(updated_at=timezone.now() - timedelta(days=1))

    assert found(api) == [str(failed.pk), str(inbound.pk)]
    assert found(api, wamid=inbound.wamid) == [str(inbound.pk)]
    assert found(api, client_uuid=client_uuid) == [str(failed.pk)]
    assert found(api, status="failed") == [str(failed.pk)]
    assert found(api, conversation=conversation.pk) == [str(failed.pk), str(inbound.pk)]
    assert found(api, conversation=uuid.uuid4()) == []
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    assert found(api, updated_since=since) == [str(failed.pk)]
    unescaped = api.get(f"/api/v1/messages/?updated_since={since}")
    assert [row["id"] for row in unescaped.json()["results"]] == [str(failed.pk)]
    assert api.get("/api/v1/messages/", {"updated_since": "yesterday"}).status_code == 400
    assert api.get("/api/v1/messages/", {"wamid": "\x00"}).status_code == 400


def test_a_list_costs_the_same_for_one_and_for_many(
    api: APIClient, conversation: Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        message = factories.MessageFactory.create(conversation=conversation)
        factories.MediaFactory.create(message=message)
        factories.ReactionFactory.create(message=message)
    found(api)

    with django_assert_num_queries(4):  # token, messages, media, reactions
        found(api)
    with django_assert_num_queries(5):  # and the conversation
        api.get(f"/api/v1/conversations/{conversation.pk}/messages/")


def test_other_teams_messages_and_files_do_not_exist(
    call_as: Caller, other_agent: Agent, conversation: Conversation
) -> None:
    media = factories.MediaFactory.create(message__conversation=conversation)
    api = call_as(other_agent)

    assert found(api) == []
    assert api.get(f"/api/v1/messages/{media.message_id}/").status_code == 404
    assert api.get(f"/api/v1/media/{media.pk}/").status_code == 404


def test_a_file_is_downloaded_from_its_url(api: APIClient, conversation: Conversation) -> None:
    media = factories.MediaFactory.create(message__conversation=conversation)
    shown = api.get(f"/api/v1/messages/{media.message_id}/").json()["media"][0]

    response = api.get(shown["url"])

    assert response.status_code == 200
    assert b"".join(response).startswith(b"\x89PNG")
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert APIClient().get(shown["url"]).status_code == 401


def test_a_file_that_is_not_there_yet_has_no_url(
    api: APIClient, conversation: Conversation
) -> None:
    media = factories.MediaFactory.create(
        message__conversation=conversation, status=MediaStatus.PENDING
    )

    shown = api.get(f"/api/v1/messages/{media.message_id}/").json()["media"][0]

    assert (shown["status"], shown["url"]) == ("pending", None)
    assert api.get(f"/api/v1/media/{media.pk}/").status_code == 404


def upload(api: APIClient, content: bytes, name: str = "a.pdf", **more: str) -> Any:
    body = {"file": SimpleUploadedFile(name, content), **more}
    return api.post("/api/v1/uploads/", body, format="multipart")


def test_an_upload_is_known_by_its_content(api: APIClient, agent: Agent, db: None) -> None:
    response = upload(api, PDF, name="holiday.jpg")

    assert response.status_code == 201
    shown = response.json()
    assert (shown["kind"], shown["mime_type"], shown["status"]) == (
        *("document", "application/pdf", "ready"),
    )
    assert Media.objects.get().uploaded_by == agent
    assert b"".join(api.get(shown["url"])) == PDF


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00" + b"\x00" * 100], ids=["empty", "a program"]
)
def test_an_upload_whatsapp_would_refuse_is_400_with_a_sentence(
    api: APIClient, db: None, content: bytes
) -> None:
    response = upload(api, content)

    assert response.status_code == 400
    assert response.json()["code"] == "upload_refused"
    assert set(response.json()["errors"]) == {"file"}


def test_an_upload_needs_a_file_and_a_known_kind(api: APIClient, db: None) -> None:
    response = api.post("/api/v1/uploads/", {"kind": "hologram"}, format="multipart")

    assert response.status_code == 400
    assert set(response.json()["errors"]) == {"file", "kind"}


def test_read_only_uploads_nothing(call_as: Caller, read_only: Agent) -> None:
    assert upload(call_as(read_only), PDF).status_code == 403


def test_a_message_says_what_it_is_sent_again_for_and_what_it_cost(
    api: APIClient, conversation: Conversation
) -> None:
    failed = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.FAILED
    )
    again = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        again_of=failed,
        pricing_category="service",
        pricing_type="free_customer_service",
    )
    row = api.get(f"/api/v1/messages/{again.pk}/").json()
    assert row["again_of"] == str(failed.pk)
    assert (row["pricing_category"], row["pricing_type"]) == ("service", "free_customer_service")
    assert row["scheduled_at"] is None
