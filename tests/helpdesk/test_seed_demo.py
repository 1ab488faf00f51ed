"""The demo's service desk: complete, once, and closed outside of development."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Agent, ApiToken, Role
from consent.gate import Refusal, permits, subscribed_topics
from consent.models import ConsentRecord
from consent.states import different
from contacts.models import Contact
from conversations.lists import count_all
from conversations.models import Conversation, Event, Media, MediaKind, Message, Priority, Status
from conversations.services.decoder import look
from helpdesk.demo import introduce
from helpdesk.demo.people import COLLEAGUES, PASSWORD
from helpdesk.demo.story import VOICE_QUEUE, VOICE_SUBSCRIPTION
from helpdesk.demo.write import FILES, seed
from inbox.models import SavedView
from simulator import people
from simulator.config import Config
from simulator.store import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def development(settings: Settings) -> Settings:
    settings.DEBUG = True
    return settings


def test_it_prints_a_line_for_every_login_the_admin_first(
    development: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("seed_demo")

    logins = [line.split("  ") for line in capsys.readouterr().out.splitlines() if "@" in line]
    assert logins[0] == ["login", "admin", COLLEAGUES[0].email, PASSWORD]
    assert {role for _, role, _, _ in logins} == set(Role.values)
    for _, role, email, password in logins:
        agent = authenticate(username=email, password=password)
        assert isinstance(agent, Agent)
        assert agent.role == role


def test_a_second_start_changes_nothing(development: Settings) -> None:
    call_command("seed_demo")
    before = list(Message.objects.order_by("pk").values())
    conversations = list(Conversation.objects.order_by("pk").values())

    call_command("seed_demo")

    assert list(Message.objects.order_by("pk").values()) == before
    assert list(Conversation.objects.order_by("pk").values()) == conversations
    assert Agent.objects.count() == len(COLLEAGUES)


def test_a_seeded_customer_is_left_alone_even_when_others_are_missing(
    development: Settings,
) -> None:
    seed()
    Contact.objects.filter(name="Lena Brandt").update(name="Lena Brandt-Möller")

    assert seed() == 0
    assert Contact.objects.filter(name="Lena Brandt-Möller").exists()


def test_without_debug_it_refuses(settings: Settings) -> None:
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_demo")
    assert not Agent.objects.exists()


def test_demo_logins_open_nothing_without_debug(settings: Settings) -> None:
    settings.DEBUG = True
    seed()
    admin = Agent.objects.get(email=COLLEAGUES[0].email)
    token = ApiToken.issue(admin)
    browser = Client()
    assert browser.login(username=admin.email, password=PASSWORD)
    assert ApiToken.agent_of(token) == admin

    settings.DEBUG = False

    assert authenticate(username=admin.email, password=PASSWORD) is None
    assert ApiToken.agent_of(token) is None
    assert browser.get("/").status_code == 302


def test_nothing_of_the_demo_would_be_sent(development: Settings) -> None:
    seed()

    assert not Message.objects.filter(status__in=(Status.QUEUED, Status.SENDING)).exists()
    assert not Message.objects.filter(status=Status.UNCONFIRMED, status_reason="").exists()


def test_every_state_of_a_window_and_of_a_message_can_be_seen(
    development: Settings,
) -> None:
    seed()
    now = timezone.now()
    jana = Agent.objects.get(name="Jana Petersen")

    counts = count_all(jana).views
    assert counts["mine"] >= 8
    assert counts["unassigned"] >= 3
    assert counts["closing"] >= 3
    open_ones = Conversation.objects.exclude(status=Conversation.Status.RESOLVED)
    assert open_ones.filter(window_expires_at__lt=now + timedelta(minutes=30)).exists()
    assert open_ones.filter(window_expires_at__lt=now).exists()
    assert open_ones.filter(unread__gt=0).exists()
    states = set(Message.objects.values_list("status", flat=True))
    assert states >= {"received", "sent", "delivered", "read", "failed", "blocked", "unconfirmed"}


def test_last_lines_and_windows_follow_from_the_messages(development: Settings) -> None:
    seed()

    for conversation in Conversation.objects.select_related("last_message"):
        newest = conversation.messages.order_by("-sent_at", "-id").first()
        inbound = conversation.messages.filter(direction="inbound").order_by("-sent_at").first()
        assert newest is not None
        assert inbound is not None
        assert conversation.last_message == newest
        assert conversation.last_inbound_at == inbound.sent_at
        assert conversation.window_expires_at == inbound.sent_at + timedelta(hours=24)


@pytest.mark.usefixtures("development")
def test_events_are_numbered_before_the_first_page_opens() -> None:
    call_command("seed_demo")

    assert Event.objects.exists()
    assert not Event.objects.filter(dispatched_at=None).exists()


def test_the_simulator_is_told_the_windows_as_they_are_now(development: Settings) -> None:
    call_command("seed_demo")
    later = timezone.now()
    conversation = Conversation.objects.get(contact__name="Tomke Visser")
    Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=later)

    call_command("seed_demo")

    told = json.loads(introduce.customers_file().read_text())["customers"]
    tomke = next(row for row in told if row["name"] == "Tomke Visser")
    assert tomke["last_inbound_at"] == later.isoformat()
    hidden = next(row for row in told if row["username"] == "sunniva.k")
    assert hidden["phone"] == ""
    assert hidden["bsuid"].startswith("DE.")


def test_the_simulator_understands_whom_it_is_told(development: Settings, tmp_path: Path) -> None:
    seed()
    store = Store(Config(data_dir=tmp_path))

    people.introduce(store, introduce.customers())

    for conversation in Conversation.objects.select_related("contact"):
        values = conversation.contact.identity_values
        customer = store.find_customer(values.get("wa_id") or values["bsuid"])
        assert customer is not None
        until = customer.window_until(store.config.phone_number_id)
        assert until == pytest.approx(conversation.window_expires_at.timestamp(), abs=1)


def test_some_have_subscribed_and_some_have_left(development: Settings) -> None:
    call_command("seed_demo")
    count = ConsentRecord.objects.count()
    henrik = Contact.objects.get(name="Henrik Ellerbrock")
    assert subscribed_topics([henrik])[henrik.pk] == ["baustellen", "re7"]
    assert permits(henrik, "marketing", "angebote").refusal == Refusal.OPTED_OUT

    call_command("seed_demo")

    assert ConsentRecord.objects.count() == count
    assert different() == 0


def test_voice_notes_say_how_long_they_are(development: Settings, tmp_path: Path) -> None:
    seed()

    for file in (VOICE_QUEUE, VOICE_SUBSCRIPTION):
        with (FILES / file.name).open("rb") as content, (tmp_path / "small").open("w+b") as small:
            found = look(content, file.mime_type, small)
        assert (file.seconds, file.waveform) == (found.duration_s, found.waveform)
    assert not Media.objects.filter(kind=MediaKind.AUDIO, duration_s=None).exists()


def test_the_desk_is_at_work(development: Settings) -> None:
    call_command("seed_demo")
    now = timezone.now()

    urgent = Conversation.objects.filter(priority=Priority.URGENT)
    asleep = Conversation.objects.filter(status=Conversation.Status.SNOOZED)
    assert [row.contact.name for row in urgent] == ["Mats Okafor"]
    assert {bool(row.snoozed_until) for row in asleep} == {True, False}
    assert Conversation.objects.filter(sla_due_at__gt=now).count() >= 4
    assert not Conversation.objects.filter(sla_due_at__lt=now).exists()
    view = SavedView.objects.get()
    rule = view.read().filter.rule(view.owner, now)
    assert Conversation.objects.filter(rule).count() >= 2
