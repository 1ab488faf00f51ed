"""Consents in figures: counted by day, topic, source and form; who sees them; as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Role
from consent import rights
from consent.charts import bars
from consent.figures import REFUSAL_WORDS, Refusals, as_rows, figures_of, standing
from consent.gate import Refusal
from consent.heads import publish_head
from consent.ledger import Entry, append
from consent.models import Act, EmailSignUp, LedgerCheck, SignUp, Source, Topic
from consent.retention_run import real_run
from consent.signup import begin_sign_up
from consent.wordings import version_of
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from tests import factories
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "admin:consent_figures"
# A Wednesday, just after midnight in Berlin, when it is still Tuesday in London.
NOW = datetime(2026, 11, 17, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _heads(settings: LazySettings, tmp_path: Path) -> None:
    settings.LEDGER_HEADS_DIR = tmp_path / "heads"
    Topic.objects.get_or_create(key="news", defaults={"name_de": "News", "name_en": "News"})


def say(
    contact: Contact,
    act: Act,
    at: datetime,
    topic: str = "news",
    source: Source = Source.MESSAGE,
    purpose: str = "marketing",
) -> None:
    append([Entry(contact, purpose, act, source, at, topic=topic)])


def test_a_day_is_ours_and_each_act_counts_by_topic_and_source(clock: Clock) -> None:
    clock.at(NOW)
    anna, ben = factories.ContactFactory.create_batch(2)
    say(anna, Act.REQUESTED, NOW, source=Source.FORM)
    say(anna, Act.CONFIRMED, NOW)
    say(ben, Act.GRANTED, NOW - timedelta(hours=1), source=Source.IMPORT)  # yesterday
    say(ben, Act.WITHDRAWN, NOW)
    say(ben, Act.OBJECTED, NOW, topic="")
    say(ben, Act.GRANTED, NOW, topic="", purpose="service")
    say(ben, Act.GRANTED, NOW - timedelta(days=10))

    week = figures_of(7)

    days = [(day.day, row.ins, row.outs) for day, row in week.by_day]
    assert days == [
        (12, 0, 0),
        (13, 0, 0),
        (14, 0, 0),
        (15, 0, 0),
        (16, 0, 0),
        (17, 1, 0),
        (18, 1, 2),
    ]
    assert {(row.name, row.ins, row.outs) for row in week.by_source} == {
        (str(Source.MESSAGE.label), 1, 2),
        (str(Source.IMPORT.label), 1, 0),
    }
    assert [(row.ins, row.outs) for row in week.by_topic] == [(2, 1), (0, 1)]
    assert (week.total.ins, week.total.outs, week.total.net) == (2, 2, 0)
    assert figures_of(30).total.ins == 3


def test_weeks_are_whole_and_begin_on_monday(clock: Clock) -> None:
    clock.at(NOW)
    year = figures_of(365)
    assert year.unit == "week"
    assert {day.weekday() for day, _row in year.by_day} == {0}
    assert len(year.by_day) in (53, 54)
    say(factories.ContactFactory.create(), Act.GRANTED, NOW - timedelta(days=2))
    assert figures_of(90).by_day[-1][1].ins + figures_of(90).by_day[-2][1].ins == 1


def test_subscribers_are_people_who_may_be_written_to_now(admin: Agent) -> None:
    news = str(Topic.objects.get(key="news"))
    anna, ben, carl, dora = factories.ContactFactory.create_batch(4)
    now = timezone.now()
    for contact in (anna, ben, carl, dora):
        say(contact, Act.GRANTED, now - timedelta(hours=3))
    say(ben, Act.WITHDRAWN, now - timedelta(hours=2))
    say(carl, Act.OBJECTED, now - timedelta(hours=2), topic="")
    merge_contacts(anna, dora, MergeReason.BY_HAND, admin)  # one person

    assert dict(figures_of(7).subscribers)[news] == 1

    say(carl, Act.RENEWED, now - timedelta(hours=1))
    assert dict(figures_of(7).subscribers)[news] == 2


def test_what_became_of_sign_ups(admin: Agent) -> None:
    form = factories.SignUpFormFactory.create()
    key = form.topics.first().key
    begun = [begin_sign_up(form, [key], "de") for _ in range(4)]
    SignUp.objects.filter(pk=begun[0].pk).update(used_at=timezone.now())
    SignUp.objects.filter(pk=begun[1].pk).update(expires_at=timezone.now() - timedelta(hours=1))
    SignUp.objects.filter(pk=begun[2].pk).update(created_at=timezone.now() - timedelta(days=20))
    [row] = figures_of(7).forms
    assert (row.name, row.begun, row.confirmed, row.expired, row.percent) == (
        form.slug,
        3,
        1,
        1,
        33,
    )
    assert figures_of(30).funnel.begun == 4


def test_sign_ups_count_for_as_long_as_all_of_them_are_kept(client: Client, admin: Agent) -> None:
    form = factories.SignUpFormFactory.create()
    key = form.topics.first().key
    begun = [begin_sign_up(form, [key], "de") for _ in range(5)]
    old = timezone.now() - timedelta(days=40)
    SignUp.objects.filter(pk=begun[0].pk).update(used_at=old, created_at=old)
    SignUp.objects.filter(pk__in=[one.pk for one in begun[1:4]]).update(
        created_at=old, expires_at=old
    )
    before = figures_of(365).funnel
    real_run()
    assert figures_of(365).funnel == before
    assert before.percent == 0
    client.force_login(admin)
    page = client.get(reverse(PAGE), {"days": 365}, headers={"Accept-Language": "en"})
    assert "what nobody confirmed is kept no longer" in page.content.decode()


def test_who_confirmed_by_mail_counts(contact: Contact) -> None:
    form = factories.SignUpFormFactory.create(by_email=True)
    now = timezone.now()
    for owner in (contact, None):  # None: refused
        EmailSignUp.objects.create(
            form=form,
            contact=owner,
            topics=["news"],
            wording=version_of("optin-x", "de", "x"),
            created_at=now,
            expires_at=now,
            used_at=now,
        )
    [row] = figures_of(7).forms
    assert (row.name, row.begun, row.by_mail) == (form.slug, 0, 1)


def test_every_refusal_of_the_gate_has_words() -> None:
    assert set(REFUSAL_WORDS) == set(Refusal)


def test_what_waits_and_whether_the_ledger_holds(
    admin: Agent, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = standing()
    assert (before.head, before.check, before.open_requests) == (None, None, 0)
    rights.ask(contact, "access", admin, asked_at=timezone.now() - timedelta(days=60))
    LedgerCheck.objects.create(entries=3, broken="")
    publish_head()
    monkeypatch.setattr(Refusals, "counted", staticmethod(lambda: {"opted_out": 7, "x": 1}))
    found = standing()
    assert (found.open_requests, found.overdue) == (1, 1)
    assert found.head is not None
    assert found.refusals is not None
    assert [count for _name, count in found.refusals] == [0, 7, 0, 0]


def test_a_head_that_is_not_ours_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "heads"
    folder.mkdir()
    (folder / "ledger-head-20990101T000000000000Z.json").write_text("{}")
    assert standing().head_is_bad


def test_the_page_and_its_csv(client: Client, admin: Agent, contact: Contact) -> None:
    admin.language = "de"
    admin.save()
    client.force_login(admin)
    say(contact, Act.GRANTED, timezone.now(), topic="=cmd")
    for days in ("7", "30", "90", "365", "x", "-1", "9" * 30, ""):
        assert client.get(reverse(PAGE), {"days": days}).status_code == 200
    page = client.get(reverse(PAGE)).content.decode()
    assert contact.name not in page
    assert "style=" not in page.partition("consent-figures")[2].partition("</main>")[0]
    answer = client.get(reverse(PAGE), {"days": "7", "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert ["topic", "'=cmd", "opt_ins", "1"] in rows
    assert answer["Content-Disposition"].startswith('attachment; filename="consents-')


def test_numbers_of_the_chart_have_no_comma_in_german(client: Client, admin: Agent) -> None:
    admin.language = "de"
    admin.save()
    client.force_login(admin)
    say(factories.ContactFactory.create(), Act.GRANTED, timezone.now())
    page = client.get(reverse(PAGE)).content.decode()
    drawn = page.partition('<svg class="consent-plot"')[2].partition("</svg>")[0]
    assert ' height="' in drawn
    assert '.0"' in drawn
    assert ',0"' not in drawn


@pytest.mark.parametrize("role", [Role.LEAD, Role.AGENT, Role.READ_ONLY])
def test_nobody_but_admins_sees_them(client: Client, role: Role) -> None:
    client.force_login(factories.AgentFactory.create(role=role))
    assert client.get(reverse(PAGE)).status_code in (302, 403)


def test_it_is_only_read(client: Client, admin: Agent) -> None:
    client.force_login(admin)
    assert client.post(reverse(PAGE)).status_code == 405
    assert reverse(PAGE) in client.get("/admin/").content.decode()


def test_bars_of_nothing_and_of_much() -> None:
    assert bars([]).bars == []
    assert [bar.up_height for bar in bars([("a", 0, 0), ("b", 0, 0)]).bars] == ["0.0", "0.0"]
    many = bars([(str(n), n, 1) for n in range(53)]).bars
    assert sum(bool(bar.name) for bar in many) <= 10
    assert {bar.up for bar in many} == {""}


def test_rows_for_programs() -> None:
    assert all(len(row) == 4 for row in as_rows(figures_of(7)))
