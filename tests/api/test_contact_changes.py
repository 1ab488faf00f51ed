"""Another system writes down what it knows of a contact."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from accounts.models import Agent, Role
from contacts.attribute_models import AttributeDefinition, ContactAttribute
from conversations.models import Conversation
from tests import factories
from tests.api.conftest import Caller


def define(key: str, kind: str = "text", **more: object) -> AttributeDefinition:
    return AttributeDefinition.objects.create(key=key, kind=kind, name_de=key, name_en=key, **more)


def path(conversation: Conversation) -> str:
    return f"/api/v1/contacts/{conversation.contact_id}/"


def patch(api: APIClient, conversation: Conversation, **said: Any) -> Any:
    return api.patch(path(conversation), said, format="json")


def test_attributes_are_set_shown_and_taken_away(
    api: APIClient, conversation: Conversation
) -> None:
    for key, kind in (("tier", "text"), ("points", "number"), ("vip", "yes_no"), ("day", "date")):
        define(key, kind)
    said = {"tier": "gold", "points": 12.5, "vip": True, "day": "2026-03-12"}
    shown = patch(api, conversation, attributes=said, our_name="Frau Kunz").json()
    assert shown["attributes"] == {**said, "points": "12.5"}
    assert (shown["our_name"], shown["name"]) == ("Frau Kunz", "Karla Kundin")
    assert patch(api, conversation, attributes={"vip": None}).json()["our_name"] == "Frau Kunz"
    assert "vip" not in api.get(path(conversation)).json()["attributes"]


def test_one_wrong_value_changes_nothing_and_all_wrong_ones_are_named(
    api: APIClient, conversation: Conversation
) -> None:
    define("tier")
    define("points", "number")
    said = {"tier": "gold", "points": "many", "shoe": "42"}
    answer = patch(api, conversation, attributes=said, our_name="X")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"attributes.points", "attributes.shoe"}
    assert not ContactAttribute.objects.exists()
    for strange in ([1], "x", {"tier": {"a": 1}}, {"tier": ["a"]}):
        assert patch(api, conversation, attributes=strange).status_code == 400, strange
    assert patch(api, conversation, language="<script>").status_code == 400
    conversation.contact.refresh_from_db()
    assert conversation.contact.our_name == ""


def test_who_may_not(
    call_as: Caller, conversation: Conversation, other_agent: Agent, agent: Agent
) -> None:
    define("secret", is_sensitive=True)
    define("tier")
    reader = factories.AgentFactory.create(role=Role.READ_ONLY, teams=[conversation.team])
    said = {"tier": "gold"}
    assert patch(call_as(reader), conversation, attributes=said).status_code == 403
    assert patch(call_as(other_agent), conversation, attributes=said).status_code == 404
    # What is hidden answers as what is not there.
    tried = patch(call_as(agent), conversation, attributes={"secret": "x", "nothing": "x"})
    errors = tried.json()["errors"]
    assert errors["attributes.secret"] == errors["attributes.nothing"]
    assert set(errors) == {"attributes.secret", "attributes.nothing"}
