"""What Meta says of accounts, numbers and templates by webhook, late and twice included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import AdminNotice
from conversations.models import MessageTemplate
from tests import factories
from tests.whatsapp.test_ingest_samples import ingest, sample
from whatsapp.account_updates import ACCOUNT_FIELDS
from whatsapp.models import WebhookEvent, WhatsAppAccount, WhatsAppNumber
from whatsapp.number_updates import tier_of

pytestmark = pytest.mark.django_db
T = 1794000000
OURS = "15550107788"


@pytest.fixture
def ours(number):
    """The number the samples speak of."""
    WhatsAppNumber.objects.filter(pk=number.pk).update(phone_number=f"+{OURS}")
    number.refresh_from_db()
    return number


@pytest.fixture
def template(number):
    return factories.MessageTemplateFactory.create(
        account=number.waba_id,
        external_id="1689556908129832",
        name="ticket_update",
        language="en_US",
        category="utility",
    )


def told(field: str, value: dict[str, Any], at: int = T, account: str = "") -> WebhookEvent:
    body = sample("account-alerts")
    entry = body["entry"][0]
    entry["time"] = at
    entry["id"] = account or entry["id"]
    entry["changes"] = [{"field": field, "value": value}]
    event = ingest(body)
    assert event.state == "processed", event.reason
    return event


def notices() -> list[str]:
    """The kinds of the open ones, whose texts have all they speak of."""
    rows = list(AdminNotice.objects.filter(settled_at=None).order_by("pk"))
    assert all(row.text % row.params for row in rows)
    return [row.kind for row in rows]


def ban(state: str, **more: Any) -> dict[str, Any]:
    return {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state}, **more}


def test_a_ban_and_its_end(ours):
    told("account_update", ban("DISABLE"))
    account = WhatsAppAccount.objects.get()
    ours.refresh_from_db()
    assert (account.can_send, ours.platform_status, ours.can_send) == (
        "BLOCKED",
        "BANNED",
        "BLOCKED",
    )
    assert notices() == ["account_disabled"]
    told("account_update", ban("REINSTATE"), T + 60)
    account.refresh_from_db()
    ours.refresh_from_db()
    assert (account.can_send, ours.platform_status) == ("AVAILABLE", "CONNECTED")
    assert notices() == []


def test_a_ban_that_comes_late_does_not_undo_its_end(ours):
    told("account_update", ban("REINSTATE"), T + 60)
    event = told("account_update", ban("DISABLE"), T)
    assert "older than what is known" in event.reason
    assert notices() == []


def test_a_repeated_ban_does_not_raise_again_what_an_admin_settled(ours):
    told("account_update", ban("DISABLE"))
    AdminNotice.objects.update(settled_at=datetime.now(UTC))
    told("account_update", ban("DISABLE"))
    assert notices() == []


def test_a_ban_of_one_number_leaves_the_others_alone(ours):
    other = factories.WhatsAppNumberFactory.create(waba_id=ours.waba_id)
    told("account_update", ban("DISABLE", phone_number=OURS))
    ours.refresh_from_db()
    other.refresh_from_db()
    assert (ours.platform_status, other.platform_status) == ("BANNED", "")
    assert AdminNotice.objects.get().subject == f"number:{ours.pk}"


def test_a_ban_to_come_is_told(ours):
    told("account_update", ban("SCHEDULE_FOR_DISABLE"))
    assert notices() == ["account_disabled_soon"]
    told("account_update", ban("DISABLE"), T + 60)
    assert notices() == ["account_disabled"]


def test_a_restriction_says_which_and_until_when(ours):
    ingest(sample("account-update-restriction"))
    account = WhatsAppAccount.objects.get()
    assert account.can_send == "LIMITED"
    (row,) = account.restrictions
    assert row["type"] == "RESTRICTED_BIZ_INITIATED_MESSAGING"
    assert row["until"].startswith("2026-11-13")
    assert AdminNotice.objects.get().severity == "critical"
    told("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": []}, T + 60)
    assert notices() == []


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("ACCOUNT_VIOLATION", "account_violation"),
        ("ACCOUNT_DELETED", "account_deleted"),
        ("PARTNER_REMOVED", "account_disconnected"),
        ("ACCOUNT_OFFBOARDED", "account_disconnected"),
    ],
)
def test_what_a_person_must_see_to_is_a_notice(ours, event, kind):
    told("account_update", {"event": event})
    assert notices() == [kind]


def test_a_connection_that_comes_back_settles_its_notice(ours):
    told("account_update", {"event": "PARTNER_REMOVED"})
    told("account_update", {"event": "ACCOUNT_RECONNECTED"}, T + 1)
    assert notices() == []


def test_events_that_concern_nobody_are_kept(ours):
    event = told("account_update", {"event": "AD_ACCOUNT_LINKED"})
    assert "AD_ACCOUNT_LINKED" in event.reason
    assert notices() == []


def test_an_alert_has_metas_severity_and_words(ours):
    ingest(sample("account-alerts"))
    notice = AdminNotice.objects.get()
    assert (notice.kind, notice.severity) == ("account_alert", "warning")
    assert "keep using the platform" in notice.text % notice.params


def test_a_review_that_rejects_is_told(ours):
    told("account_review_update", {"decision": "REJECTED"})
    assert WhatsAppAccount.objects.get().review_status == "REJECTED"
    told("account_review_update", {"decision": "APPROVED"}, T + 9)
    assert WhatsAppAccount.objects.get().review_status == "APPROVED"
    assert notices() == []


def test_what_an_account_may_do(ours):
    ingest(sample("business-capability-update"))
    account = WhatsAppAccount.objects.get()
    ours.refresh_from_db()
    assert (account.max_numbers, account.messaging_limit) == (25, "TIER_2K")
    assert ours.messaging_limit == "TIER_2K"


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        (250, "TIER_250"),
        ("1000", "TIER_1K"),
        (2000, "TIER_2K"),
        ("TIER_10K", "TIER_10K"),
        ("100K", "TIER_100K"),
        ("TIER_UNLIMITED", "TIER_UNLIMITED"),
        (999_999_99, "TIER_UNLIMITED"),
        ("NOT_SET", ""),
        ("TIER_NOT_SET", ""),
        (None, ""),
        (-5, ""),
        ("٣", ""),
        (2.5, ""),
        (True, ""),
    ],
)
def test_a_limit_in_every_spelling(said, tier):
    assert tier_of(said) == tier


def test_a_faster_number(ours):
    ingest(sample("phone-number-quality-update"))
    ours.refresh_from_db()
    assert (ours.throughput, ours.messaging_limit) == ("HIGH", "TIER_UNLIMITED")


def test_a_lower_limit_is_told_and_a_higher_one_settles_it(ours):
    value = {"display_phone_number": OURS, "event": "ONBOARDING", "current_limit": "TIER_50"}
    field = "phone_number_quality_update"
    told(field, {**value, "max_daily_conversations_per_business": "TIER_10K"}, T)
    told(field, {**value, "max_daily_conversations_per_business": "TIER_2K"}, T + 1)
    assert notices() == ["number_limited"]
    told(field, {**value, "max_daily_conversations_per_business": "TIER_10K"}, T + 2)
    assert notices() == []


def test_low_quality_in_its_old_spelling(ours):
    for at, (event, quality) in enumerate([("FLAGGED", "RED"), ("UNFLAGGED", "GREEN")]):
        told("phone_number_quality_update", {"display_phone_number": OURS, "event": event}, T + at)
        ours.refresh_from_db()
        assert ours.quality == quality
    assert notices() == []


def test_a_name_is_approved_or_rejected(ours):
    ingest(sample("phone-number-name-update"))
    ours.refresh_from_db()
    assert (ours.name_status, ours.verified_name) == ("APPROVED", "Northwind Help")
    value = {"display_phone_number": OURS, "requested_verified_name": "Best Help"}
    told("phone_number_name_update", {**value, "decision": "REJECTED"}, T + 1)
    ours.refresh_from_db()
    assert (ours.name_status, ours.verified_name) == ("REJECTED", "Northwind Help")
    assert notices() == ["name_rejected"]


def test_a_username_of_ours(ours):
    ingest(sample("business-username-update"))
    ours.refresh_from_db()
    assert ours.username == "northwind.help"
    value = {"display_phone_number": OURS, "username": "northwind.help", "status": "deleted"}
    told("business_username_updates", value, T + 1)
    ours.refresh_from_db()
    assert ours.username == ""


def test_a_changed_pin_is_told(ours):
    told("security", {"display_phone_number": OURS, "event": "PIN_CHANGED", "requester": "1"})
    assert notices() == ["pin_changed"]


def test_a_form_that_was_stopped_is_told_until_it_runs_again(ours):
    value = {"event": "FLOW_STATUS_CHANGE", "flow_id": "77", "new_status": "BLOCKED"}
    told("flows", value)
    assert notices() == ["flow"]
    told("flows", {**value, "new_status": "PUBLISHED"}, T + 1)
    assert notices() == []


def test_a_payment_configuration_that_needs_attention(ours):
    value = {"configuration_name": "upi", "status": "Needs_Testing"}
    told("payment_configuration_update", value)
    assert notices() == ["payment_setup"]
    told("payment_configuration_update", {**value, "status": "Active"}, T + 1)
    assert notices() == []


def test_numbers_and_accounts_of_others_are_left_alone(ours):
    told("phone_number_name_update", {"display_phone_number": "1999", "decision": "REJECTED"})
    told("account_update", ban("DISABLE"), account="999")
    assert notices() == []
    assert not WhatsAppAccount.objects.filter(waba_id="999").exists()


@pytest.mark.parametrize("field", sorted(ACCOUNT_FIELDS))
@pytest.mark.parametrize("value", [{}, {"event": 5}, {"display_phone_number": {"a": []}}])
def test_strange_values_harm_nothing(ours, field, value):
    told(field, value)
    assert notices() == []


# -- Templates -------------------------------------------------------------------------------------


def test_a_pause_knows_its_end_and_reason(template):
    ingest(sample("template-status-paused"))
    template.refresh_from_db()
    assert template.status == "paused"
    assert template.paused_until == datetime.fromtimestamp(T, UTC) + timedelta(hours=3)
    assert template.status_reason == "Paused for 3 hours because of low quality."
    assert notices() == ["template_paused"]
    body = sample("template-status-approved")
    body["entry"][0]["time"] = T + 10_800
    ingest(body)
    template.refresh_from_db()
    assert (template.status, template.paused_until) == ("approved", None)
    assert notices() == []


def test_a_rejection_says_why_and_what_helps(template):
    ingest(sample("template-status-rejected"))
    template.refresh_from_db()
    assert template.status == "rejected"
    assert template.status_reason.startswith("INVALID_FORMAT: Two parameters stand")
    assert "Put words between" in template.status_reason
    assert notices() == ["template_rejected"]


def test_a_disabled_template_is_told(template):
    ingest(sample("template-status-disabled"))
    template.refresh_from_db()
    assert template.status == "disabled"
    assert notices() == ["template_disabled"]


def test_an_approval_that_comes_late_does_not_lift_a_pause(template):
    body = sample("template-status-approved")
    body["entry"][0]["time"] = T - 5
    ingest(sample("template-status-paused"))
    assert "older" in ingest(body).reason
    template.refresh_from_db()
    assert template.status == "paused"


def test_quality_goes_down_and_up(template):
    ingest(sample("template-quality-update"))
    template.refresh_from_db()
    assert (template.quality, notices()) == ("YELLOW", [])
    for at, score in enumerate(("RED", "GREEN"), start=1):
        body = sample("template-quality-update")
        body["entry"][0]["time"] = T + at
        body["entry"][0]["changes"][0]["value"]["new_quality_score"] = score
        ingest(body)
        assert notices() == (["template_quality"] if score == "RED" else [])


def test_a_new_category_is_told_with_the_one_before(template):
    ingest(sample("template-category-update"))
    template.refresh_from_db()
    assert (template.category, template.previous_category) == ("marketing", "utility")
    assert notices() == ["template_category"]


def test_a_category_to_come_changes_nothing_yet(template):
    body = sample("template-category-update")
    value = body["entry"][0]["changes"][0]["value"]
    del value["previous_category"]
    value |= {"new_category": "UTILITY", "correct_category": "MARKETING"}
    ingest(body)
    template.refresh_from_db()
    assert (template.category, template.previous_category) == ("utility", "")
    assert notices() == ["template_category_soon"]


def test_a_template_nobody_has_seen_is_synced(number):
    assert "synced" in ingest(sample("template-quality-update")).reason
    assert not MessageTemplate.objects.exists()
