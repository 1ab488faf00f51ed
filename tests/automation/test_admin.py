"""What admins set: a week as people write it, words whose placeholders exist, times."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from automation.models import BusinessCalendar, NumberHours, SlaPolicy
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
SPECIAL = {"special_days-TOTAL_FORMS": "0", "special_days-INITIAL_FORMS": "0"}
OFFICE = {"name": "Schalter", "time_zone": "Europe/Berlin", "region": "DE-BY", **SPECIAL}


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    return client


def post(browser: Client, model: str, data: dict[str, Any]) -> Any:
    return browser.post(reverse(f"admin:automation_{model}_add"), data)


def test_a_week_is_written_as_people_write_it(browser: Client) -> None:
    hours = {"monday": "9–12, 13:30–18 Uhr", "friday": "22:00–6:00", "sunday": "geschlossen"}
    assert post(browser, "businesscalendar", {**OFFICE, **hours}).status_code == 302

    made = BusinessCalendar.objects.get(name="Schalter")
    assert made.week[0] == [["09:00", "12:00"], ["13:30", "18:00"]]
    assert made.week[4] == [["22:00", "06:00"]]
    assert made.week[6] == []
    assert (made.country, made.subdivision) == ("DE", "BY")
    page = browser.get(reverse("admin:automation_businesscalendar_change", args=[made.pk]))
    assert "09:00–12:00, 13:30–18:00" in page.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"monday": "nine to five"},
        {"tuesday": "9–12, 11–14"},
        {"time_zone": "Mars/Olympus"},
        {"region": "DE-XX"},
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_lost(
    browser: Client, wrong: dict[str, str]
) -> None:
    page = post(browser, "businesscalendar", {**OFFICE, "friday": "9–12", **wrong})

    assert page.status_code == 200
    (field,) = wrong
    assert field in page.context["adminform"].form.errors
    assert "9–12" in page.content.decode()
    assert not BusinessCalendar.objects.exists()


def test_a_placeholder_that_nothing_fills_is_refused(
    browser: Client, number: WhatsAppNumber, office: BusinessCalendar
) -> None:
    given = {"business_number": number.pk, "calendar": office.pk, "is_active": "on"}
    page = post(browser, "numberhours", {**given, "away_de": "Moin {{name}}"})
    assert "away_de" in page.context["adminform"].form.errors

    assert post(browser, "numberhours", {**given, "away_de": ""}).status_code == 200
    ok = post(browser, "numberhours", {**given, "away_de": "Bis {{opens_at}}"})
    assert ok.status_code == 302
    assert NumberHours.objects.get().calendar == office


def test_a_level_promises_something_and_escalates_after_a_time(browser: Client) -> None:
    given = {"name": "All", "place": "1", "warn_percent": "80", "is_active": "on"}
    nothing = post(browser, "slapolicy", given)
    assert "first_response_min" in nothing.context["adminform"].form.errors
    never = post(browser, "slapolicy", {**given, "resolution_min": "60", "notify": "leads"})
    assert "escalate_after_min" in never.context["adminform"].form.errors

    fine = {**given, "resolution_min": "60", "priorities": ["3", "4"], "languages": ["de"]}
    assert post(browser, "slapolicy", fine).status_code == 302
    made = SlaPolicy.objects.get()
    assert (made.priorities, made.languages) == ([3, 4], ["de"])


def test_levels_are_applied_from_the_list(browser: Client) -> None:
    row = SlaPolicy.objects.create(name="All", first_response_min=60)
    chosen = {"action": "apply_now", "_selected_action": [row.pk]}
    page = browser.post(reverse("admin:automation_slapolicy_changelist"), chosen, follow=True)

    assert page.status_code == 200
    assert [message.level_tag for message in page.context["messages"]] == ["success"]
