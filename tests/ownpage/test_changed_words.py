"""Words that have changed: who may agree anew, and who is never asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Agent
from consent.gate import permits
from consent.ledger import Entry, append
from consent.models import Act, ConsentRecord, OwnPageLink, Source, Topic, Wording
from consent.renewal import who_may_be_asked_again
from consent.topic_wording import agreed_to
from contacts.models import Contact
from tests import factories
from tests.ownpage.conftest import Customer
from tests.ownpage.hands import hidden, page_of, saves, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(customer: Customer) -> Customer:
    """Agreed to Line S1 on this page, and then its words changed."""
    saves(customer, "news", "line-s1")
    Topic.objects.filter(key="line-s1").update(description_en="Also replacement buses")
    return customer


def renew(customer: Customer, **more: str) -> object:
    fields = {name: values[0] for name, values in hidden(page_of(customer)).items()}
    data = {"topic": "line-s1", "wording": fields["wording"], **more}
    return customer.client.post(f"{customer.path}words/", data)


def test_changed_words_change_nothing_until_they_agree(changed: Customer) -> None:
    page_of(changed)
    page = page_of(changed)
    assert "The words have changed" in page
    assert page.count("Also replacement buses") >= 2
    record = ConsentRecord.objects.get(topic="line-s1")
    assert record.wording is not None
    assert "replacement" not in record.wording.text
    assert permits(changed.contact, "marketing", "line-s1").granted
    assert who_may_be_asked_again("line-s1") == [changed.contact]
    assert agreed_to(Topic.objects.get(key="line-s1")) == {record.wording.pk: 1}


def test_agreeing_again_is_renewed_with_the_new_version(changed: Customer) -> None:
    page_of(changed)
    renew(changed)
    renew_again = changed.client.post(
        f"{changed.path}words/",
        {"topic": "line-s1", "wording": str(Wording.objects.latest("pk").pk)},
    )
    assert renew_again.status_code == 302
    records = ConsentRecord.objects.filter(topic="line-s1").order_by("pk")
    assert [row.act for row in records] == [Act.GRANTED, Act.RENEWED]
    newest = records[1].wording
    assert newest is not None
    assert newest.version == 2
    assert "The words have changed" not in page_of(changed)
    assert who_may_be_asked_again("line-s1") == []
    assert told()[-1].startswith("<b>Karla</b> agreed to the new words")


def test_whoever_left_is_not_asked(changed: Customer) -> None:
    page_of(changed)
    form = hidden(page_of(changed))
    changed.says("STOPP", at=timezone.now() + timedelta(seconds=5))
    assert "The words have changed" not in page_of(changed)
    assert who_may_be_asked_again("line-s1") == []
    changed.client.post(
        f"{changed.path}words/", {"topic": "line-s1", "wording": form["wording"][0]}
    )
    assert not ConsentRecord.objects.filter(act=Act.RENEWED).exists()


@pytest.mark.parametrize("wording", ["", "x", "-1", "9" * 40, "²", "1"])
def test_other_words_than_were_shown_are_not_agreed_to(changed: Customer, wording: str) -> None:
    page_of(changed)
    response = renew(changed, wording=wording)
    assert response.status_code in (404, 409)  # type: ignore[attr-defined]
    assert not ConsentRecord.objects.filter(act=Act.RENEWED).exists()


ACTS = st.lists(
    st.tuples(st.sampled_from(list(Act)), st.sampled_from(["", "line-s1", "news"])), max_size=8
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=ACTS)
def test_only_consents_in_force_are_ever_asked_again(
    contact: Contact, story: list[tuple[Act, str]]
) -> None:
    """Whatever somebody did: who is asked again may be written to about it."""
    person = factories.ContactFactory.create(wa_id="")
    old, new = (
        Wording.objects.get_or_create(
            key="own-line-s1", language="en", version=version, defaults={"text": f"v{version}"}
        )[0]
        for version in (1, 2)
    )
    start = timezone.now() - timedelta(days=1)
    append(
        [
            Entry(
                contact=person,
                purpose="marketing",
                topic=topic,
                act=act,
                source=Source.FORM,
                occurred_at=start + timedelta(minutes=number),
                wording=old if number % 2 else new,
            )
            for number, (act, topic) in enumerate(story)
        ]
    )
    asked = person in who_may_be_asked_again("line-s1")
    deciding = [
        (number, act)
        for number, (act, topic) in enumerate(story)
        if topic == "line-s1" and act not in (Act.INFORMED, Act.REQUESTED)
    ]
    if asked:
        assert permits(person, "marketing", "line-s1").granted
        assert deciding
        assert deciding[-1][1] in (Act.GRANTED, Act.CONFIRMED, Act.RENEWED)
    elif deciding and deciding[-1][0] % 2:
        assert not permits(person, "marketing", "line-s1").granted


def test_the_topics_admin_tells_who_agreed_to_what(changed: Customer, admin: Agent) -> None:
    page_of(changed)
    client = Client()
    client.force_login(admin)
    topic = Topic.objects.get(key="line-s1")
    page = client.get(f"/admin/consent/topic/{topic.pk}/change/").content.decode()
    assert "own-line-s1 en v1</a>: 1 person" in page
    assert client.get("/admin/consent/topic/add/").status_code == 200


def test_two_forms_do_not_change_each_others_words(customer: Customer) -> None:
    """Words that went to and fro would ask everybody to agree again for nothing."""
    factories.SignUpFormFactory.create(slug="a", business_number="+4930111111")
    factories.SignUpFormFactory.create(slug="b", business_number="+4930123456")
    page_of(customer)
    versions = Wording.objects.filter(key="own-news").count()
    OwnPageLink.objects.update(business_number="+4930111111")
    page_of(customer)
    assert Wording.objects.filter(key="own-news").count() == versions
