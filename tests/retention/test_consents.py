"""Consents that nobody stirs expire; their personal part goes when the years of proof are over."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Agent
from consent import tasks
from consent.expiry import expire_consents, months_before
from consent.gate import Refusal, permits
from consent.ledger import Entry, append
from consent.models import (
    Act,
    Clock,
    ConsentDetail,
    ConsentRecord,
    PurposeBasis,
    SignUp,
    Source,
    Topic,
)
from consent.models.data_request import DataRequest, RequestState
from consent.signup import begin_sign_up
from consent.states import different
from consent.verify import verify_ledger
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from conversations.models import Conversation, Reason
from tests import factories, fixtures
from tests.retention.helpers import aged, due, gone, resolved, rule

pytestmark = pytest.mark.django_db(transaction=True)


def agreed(
    contact: Contact, days: float, topic: str = "news", purpose: str = "marketing"
) -> ConsentRecord:
    moment = timezone.now() - timedelta(days=days)
    [record] = append(
        [
            Entry(
                contact=contact,
                purpose=purpose,
                topic=topic,
                act=Act.GRANTED,
                source=Source.MESSAGE,
                occurred_at=moment,
                recorded_at=moment,
                words="START",
                identity="+4915112345678",
            )
        ]
    )
    return record


def months(purpose: str, value: int | None) -> None:
    PurposeBasis.objects.update_or_create(
        purpose=purpose,
        defaults={"expires_after_months": value, "legal_basis": "consent", "proof_years": 3},
    )


def test_what_was_sent_before_the_night_and_arrives_after_it_counts(contact: Contact) -> None:
    months("marketing", 24)
    agreed(contact, 800)
    assert expire_consents() == 1
    agreed(contact, 0.1)
    assert permits(contact, "marketing", "news").granted


def test_it_ends_when_the_time_ran_out(contact: Contact) -> None:
    months("marketing", 24)
    now = timezone.now()
    given = agreed(contact, 800)
    expired = months_before(given.occurred_at, -24) + timedelta(hours=3)
    assert expire_consents(expired) == 1
    record = permits(contact, "marketing", "news").record
    assert record is not None
    assert record.occurred_at == expired - timedelta(hours=3)
    assert record.occurred_at < now


def test_a_quiet_consent_expires_and_is_refused(contact: Contact) -> None:
    months("marketing", 24)
    agreed(contact, 800)
    assert permits(contact, "marketing", "news").granted
    assert expire_consents() == 1
    permission = permits(contact, "marketing", "news")
    assert permission.refusal == Refusal.EXPIRED
    assert permission.record is not None
    assert (permission.record.source, permission.record.clock) == (Source.SYSTEM, Clock.OURS)
    assert Reason(permission.refusal.value).label
    assert expire_consents() == 0
    assert not different()
    assert not verify_ledger().broken


def test_who_agrees_again_may_be_written_to_again(contact: Contact) -> None:
    months("marketing", 24)
    agreed(contact, 800)
    expire_consents()
    agreed(contact, -0.1)
    assert permits(contact, "marketing", "news").granted


@pytest.mark.parametrize("sign", ["wrote", "read", "another act", "merged one wrote"])
def test_a_sign_of_life_keeps_it(
    contact: Contact, conversation: Conversation, admin: Agent, sign: str
) -> None:
    months("marketing", 24)
    agreed(contact, 800)
    resolved(conversation, 900)
    recent = timezone.now() - timedelta(days=30)
    if sign == "wrote":
        Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=recent)
    elif sign == "read":
        factories.MessageFactory.create(
            conversation=conversation, outbound=True, status="read", sent_at=recent
        )
    elif sign == "another act":
        agreed(contact, 30, purpose="service", topic="")
    else:
        other = factories.ContactFactory.create()
        thread = factories.ConversationFactory.create(contact=other)
        Conversation.objects.filter(pk=thread.pk).update(last_inbound_at=recent)
        merge_contacts(contact, other, MergeReason.BY_HAND, admin)
    assert expire_consents() == 0
    assert permits(contact, "marketing", "news").granted


def test_no_months_mean_until_withdrawn(contact: Contact) -> None:
    months("marketing", None)
    agreed(contact, 4000)
    assert expire_consents() == 0


def test_a_topic_may_last_longer_and_keeps_marketing_in_general(contact: Contact) -> None:
    months("marketing", 12)
    Topic.objects.create(key="long", name_de="x", name_en="x", expires_after_months=0)
    agreed(contact, 800, topic="")
    agreed(contact, 790, topic="long")
    agreed(contact, 780, topic="news")
    assert expire_consents() == 1
    assert permits(contact, "marketing", "long").granted
    # What was agreed to in general still holds, but not for the topic that expired.
    assert permits(contact, "marketing", "news").refusal == Refusal.EXPIRED


def test_general_goes_with_the_last_topic(contact: Contact) -> None:
    months("marketing", 12)
    agreed(contact, 800, topic="")
    agreed(contact, 790, topic="news")
    assert expire_consents() == 2
    assert not permits(contact, "marketing").granted


def test_months_end_on_a_day_that_there_is() -> None:
    march = datetime(2026, 3, 31, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert months_before(march, 1).date().isoformat() == "2026-02-28"
    assert months_before(march, 25).date().isoformat() == "2024-02-29"


# -- The proof ------------------------------------------------------------------------------------


def test_the_personal_part_goes_after_the_years_of_proof(
    contact: Contact, clock: fixtures.Clock
) -> None:
    months("marketing", 1)
    clock.at(datetime(2020, 5, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")))
    agreed(contact, 0)
    clock.at(datetime(2021, 5, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")))
    assert expire_consents() == 1
    clock.at(datetime(2024, 12, 31, 23, tzinfo=ZoneInfo("Europe/Berlin")))
    assert due("ledger") == gone("ledger") == 0
    clock.at(datetime(2025, 1, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")))
    assert due("ledger") == 1
    assert gone("ledger") == 1
    kept = ConsentDetail.objects.filter(record__contact=contact)
    assert set(kept.values_list("record__act", flat=True)) == {Act.ERASED}
    assert ConsentRecord.objects.filter(contact=contact).count() == 3
    assert due("ledger") == gone("ledger") == 0
    clock.stop()
    assert not verify_ledger().broken


def test_what_is_in_force_keeps_its_proof(contact: Contact) -> None:
    months("marketing", None)
    agreed(contact, 6000)
    assert due("ledger") == gone("ledger") == 0


def test_years_of_a_topic_count_before_those_of_the_purpose(contact: Contact) -> None:
    months("marketing", 24)
    Topic.objects.create(key="audit", name_de="x", name_en="x", proof_years=10)
    moment = timezone.now() - timedelta(days=5 * 365)
    for topic in ("news", "audit"):
        for act in (Act.GRANTED, Act.WITHDRAWN):
            append(
                [
                    Entry(
                        contact=contact,
                        purpose="marketing",
                        topic=topic,
                        act=act,
                        source=Source.MESSAGE,
                        occurred_at=moment,
                        recorded_at=moment,
                    )
                ]
            )
    assert due("ledger") == gone("ledger") == 0
    Topic.objects.update(proof_years=None)
    assert due("ledger") == gone("ledger") == 1


# -- Sign-ups and contacts ------------------------------------------------------------------------


def test_sign_ups_that_nobody_confirmed_go() -> None:
    form = factories.SignUpFormFactory.create()
    old, young = (begin_sign_up(form, ["news"], "de") for _ in range(2))
    aged(old, 31, "expires_at")
    used = aged(begin_sign_up(form, ["news"], "de"), 31, "expires_at")
    SignUp.objects.filter(pk=used.pk).update(used_at=timezone.now())
    assert due("sign-ups") == gone("sign-ups") == 1
    assert set(SignUp.objects.values_list("pk", flat=True)) == {young.pk, used.pk}


def test_contacts_without_any_activity_are_erased(conversation: Conversation) -> None:
    rule("contacts", 400)
    contact = conversation.contact
    resolved(conversation, 500)
    aged(contact, 500)
    assert due("contacts") == gone("contacts") == 1
    [request] = DataRequest.objects.all()
    assert request.by_rule
    assert due("contacts") == gone("contacts") == 0  # it is under way
    tasks.run_request(str(request.pk))
    request.refresh_from_db()
    assert request.state == RequestState.DONE
    assert not Contact.objects.exists()
    sources = ConsentRecord.objects.filter(act=Act.ERASED).values_list("source", flat=True)
    assert set(sources) == {Source.SYSTEM}


@pytest.mark.parametrize("why", ["wrote", "open", "subscribed", "new", "asked", "few days"])
def test_who_is_no_stranger_stays(conversation: Conversation, admin: Agent, why: str) -> None:
    rule("contacts", 10 if why == "few days" else 400)
    contact = aged(conversation.contact, 300 if why == "few days" else 500)
    resolved(conversation, 500)
    if why == "wrote":
        aged(conversation, 20, "last_message_at")
    elif why == "open":
        Conversation.objects.update(status="open")
    elif why == "subscribed":
        agreed(contact, 490)
    elif why == "new":
        aged(contact, 1)
    elif why == "asked":
        from consent import rights  # noqa: PLC0415

        rights.ask(contact, "access", admin)
    assert due("contacts") == gone("contacts") == 0
