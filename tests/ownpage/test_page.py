"""The own page: what it shows, what its buttons do, and what they refuse."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Agent
from consent import own_page_guard, rights, tasks
from consent.gate import permits
from consent.ledger import Entry, append
from consent.models import Act, ConsentRecord, DataRequest, OwnPageLink, Source, Topic, Wording
from consent.models.data_request import RequestKind, RequestState
from consent.own_page import token_of
from consent.own_page_acts import LinkIsDead, stop_everything, switch_topics
from consent.renewal import versions_agreed_to, who_may_be_asked_again
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from conversations.models import Event, EventName, MessageType, Status
from conversations.services.claim import claim_message
from inbox.event_words import sentence
from tests import factories, fixtures
from tests.conversations.fakes import FakeGateway
from tests.ownpage.conftest import Customer

pytestmark = pytest.mark.django_db


def page_of(customer: Customer, **query: str) -> str:
    response = customer.client.get(customer.path, query)
    assert response.status_code == 200
    return response.content.decode()


def hidden(page: str) -> dict[str, list[str]]:
    """What the page's hidden fields send along."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page):
        found.setdefault(name, []).append(value)
    return found


def saves(customer: Customer, *topics: str, page: str = "", **more: object) -> object:
    """Press Save with these topics on."""
    data = {**hidden(page or page_of(customer)), "topic": list(topics), **more}
    return customer.client.post(f"{customer.path}topics/", data)


def acts() -> list[tuple[str, str]]:
    rows = ConsentRecord.objects.filter(source=Source.OWN_PAGE).order_by("pk")
    return [(row.topic, row.act) for row in rows]


def told() -> list[str]:
    events = Event.objects.filter(name=EventName.CONSENT_CHANGED, message=None).order_by("id")
    return [str(sentence(event)) for event in events]


# -- what it shows --------------------------------------------------------------------------------


def test_it_shows_topics_since_when_and_by_what(customer: Customer) -> None:
    page = page_of(customer)
    on = re.findall(r'name="topic" value="([\w-]+)" checked', page)
    assert on == ["news"]
    assert "by your message “START”" in page
    assert "You agreed: News" in page
    assert "+49 151" in page
    assert "12345678" not in page
    assert 'lang="en"' in page


def test_it_speaks_german_too(customer: Customer) -> None:
    response = customer.client.get(customer.path, {"lang": "de"})
    assert response.headers["Content-Language"] == "de"


def test_nothing_of_it_is_kept_indexed_or_passed_on(customer: Customer) -> None:
    for path in (customer.path, f"{customer.path}ask/erasure/", "/my/nothing/"):
        response = customer.client.get(path)
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "sessionid" not in response.cookies


def test_opening_it_changes_nothing(customer: Customer) -> None:
    page_of(customer)  # the versions of its words are there now
    counts = [
        model.objects.count() for model in (ConsentRecord, DataRequest, Event, OwnPageLink, Wording)
    ]
    for path in ("", "ask/access/", "ask/erasure/", "ask/restriction/", "ask/objection/"):
        assert customer.client.get(customer.path + path).status_code == 200
        assert customer.client.head(customer.path + path).status_code == 200
    for path in ("topics/", "stop/", "words/"):
        assert customer.client.get(customer.path + path).status_code == 405
    assert counts == [
        model.objects.count() for model in (ConsentRecord, DataRequest, Event, OwnPageLink, Wording)
    ]


def test_an_act_needs_our_own_page_before_it(customer: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"{customer.path}stop/").status_code == 403
    assert acts() == []


def test_hostile_words_of_theirs_are_shown_as_they_are(customer: Customer) -> None:
    customer.says("START <script>alert(1)</script>")
    Topic.objects.create(key="x", name_de="<b>X", name_en="<img src=x>")
    page = page_of(customer, done="<script>", lang="<script>")
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


# -- topics ---------------------------------------------------------------------------------------


def test_switching_off_is_a_withdrawal_at_once(customer: Customer) -> None:
    assert permits(customer.contact, "marketing", "news").granted
    saves(customer)
    assert acts() == [("news", Act.WITHDRAWN)]
    assert not permits(customer.contact, "marketing", "news").granted
    assert "ended on" in page_of(customer)
    assert told() == ["<b>Karla</b> unsubscribed from <b>News</b> (on their own page)"]


def test_switching_on_is_a_consent_with_the_words_that_were_shown(customer: Customer) -> None:
    saves(customer, "news", "line-s1")
    record = ConsentRecord.objects.get(source=Source.OWN_PAGE)
    assert (record.topic, record.act) == ("line-s1", Act.GRANTED)
    assert record.wording is not None
    assert record.wording.key == "own-line-s1"
    assert record.wording.text.startswith("Line S1")
    assert "STOP" in record.wording.text
    assert record.detail.identity == customer.wa_id
    assert permits(customer.contact, "marketing", "line-s1").granted


def test_what_was_queued_before_does_not_leave(customer: Customer) -> None:
    conversation = customer.contact.conversations.get()
    conversation.messages.filter(direction="outbound").delete()
    template = factories.MessageTemplateFactory.create(
        category="marketing", business_numbers=[conversation.business_number]
    )
    offer = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        type=MessageType.TEMPLATE,
        template=template,
        status=Status.QUEUED,
        wamid=None,
    )
    customer.client.post(f"{customer.path}stop/")
    assert claim_message(FakeGateway(), offer.pk) is None
    offer.refresh_from_db()
    assert (offer.status, offer.status_reason) == (Status.BLOCKED, "opted_out")


def test_a_page_that_was_open_for_long_takes_back_no_stop(customer: Customer) -> None:
    page = page_of(customer)
    customer.says("STOPP")
    path = customer.path
    customer.client.post(f"{path}topics/", {**hidden(page), "topic": ["news", "line-s1"]})
    assert acts() == [("line-s1", Act.GRANTED)]
    assert not permits(customer.contact, "marketing", "news").granted


def test_saving_twice_is_saving_once(customer: Customer) -> None:
    page = page_of(customer)
    saves(customer, page=page)
    saves(customer, page=page)
    assert acts() == [("news", Act.WITHDRAWN)]


def test_on_and_off_and_on_again_with_one_link(customer: Customer) -> None:
    saves(customer)
    saves(customer, "news")
    saves(customer)
    saves(customer, "news")
    assert [act for _topic, act in acts()] == ["withdrawn", "granted", "withdrawn", "granted"]
    assert permits(customer.contact, "marketing", "news").granted


def test_a_withdrawal_counts_also_when_whatsapps_clock_is_ahead(customer: Customer) -> None:
    customer.says("START Linie S1", at=timezone.now() + timedelta(hours=1))
    saves(customer, "news")
    assert not permits(customer.contact, "marketing", "line-s1").granted
    customer.client.post(f"{customer.path}ask/objection/")
    assert not permits(customer.contact, "marketing", "news").granted


def test_words_that_changed_while_the_page_was_open_are_read_again(customer: Customer) -> None:
    page = page_of(customer)
    Topic.objects.filter(key="line-s1").update(name_en="Line S1, all year")
    response = saves(customer, "news", "line-s1", page=page)
    assert response.status_code == 409  # type: ignore[attr-defined]
    assert acts() == []


@pytest.mark.parametrize(
    "chosen", [["nothing-of-ours"], ["news\x00"], ["' OR 1=1"], ["<b>"], ["x" * 500]]
)
def test_what_is_no_topic_is_no_consent(customer: Customer, chosen: list[str]) -> None:
    saves(customer, "news", *chosen)
    assert acts() == []


def test_a_closed_topic_can_be_left_and_not_joined(customer: Customer) -> None:
    Topic.objects.update(is_active=False)
    page = page_of(customer)
    assert re.findall(r'name="topic" value="([\w-]+)"', page) == ["news"]
    saves(customer, "line-s1")
    assert acts() == [("news", Act.WITHDRAWN)]


def test_stop_everything(customer: Customer) -> None:
    saves(customer, "news", "line-s1")
    customer.client.post(f"{customer.path}stop/")
    customer.client.post(f"{customer.path}stop/")
    assert acts()[1:] == [
        ("", Act.WITHDRAWN),
        ("line-s1", Act.WITHDRAWN),
        ("news", Act.WITHDRAWN),
    ]
    assert not permits(customer.contact, "marketing").granted
    assert permits(customer.contact, "service").granted
    assert "You get nothing at present" in page_of(customer)


# -- words that changed ---------------------------------------------------------------------------


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
    assert versions_agreed_to("line-s1") == [("own-line-s1 en v1", 1)]


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


# -- rights ---------------------------------------------------------------------------------------


def make_exports() -> None:
    for row in DataRequest.objects.filter(state=RequestState.RUNNING):
        tasks.run_request(str(row.pk))


@pytest.mark.django_db(transaction=True)
def test_the_file_with_their_data(customer: Customer, clock: fixtures.Clock) -> None:
    response = customer.client.post(f"{customer.path}ask/access/")
    assert response.status_code == 302
    row = DataRequest.objects.get()
    assert (row.kind, row.state, row.asked_by) == (RequestKind.ACCESS, RequestState.RUNNING, None)
    waiting = customer.client.get(response.headers["Location"])
    assert waiting.headers["Refresh"] == "3"
    assert customer.client.get(f"{customer.path}export/{row.pk}/").status_code == 404
    make_exports()

    page = page_of(customer)
    path = f"{customer.path}export/{row.pk}/"
    assert path in page
    got = customer.client.get(path)
    assert got.headers["Content-Type"] == "application/zip"
    assert "no-store" in got.headers["Cache-Control"]
    content = b"".join(got.streaming_content)  # type: ignore[attr-defined]
    got.close()
    assert content.startswith(b"PK")
    assert token_of(customer.link.pk).encode() not in content

    customer.client.post(f"{customer.path}ask/access/")
    assert DataRequest.objects.count() == 1  # it is there already
    clock.at(timezone.now() + timedelta(days=8))
    customer.says("EINSTELLUNGEN", at=timezone.now())
    assert customer.client.get(f"{customer.path}export/{row.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_somebody_elses_file(customer: Customer, admin: Agent) -> None:
    other = factories.ContactFactory.create(wa_id="4917611111111")
    row = rights.start(rights.ask(other, RequestKind.ACCESS, admin), admin)
    make_exports()
    assert customer.client.get(f"{customer.path}export/{row.pk}/").status_code == 404
    assert str(row.pk) not in page_of(customer)


def test_an_erasure_is_asked_for_and_begun_by_one_of_us(customer: Customer, admin: Agent) -> None:
    page = customer.client.get(f"{customer.path}ask/erasure/").content.decode()
    assert "What stays, and why" in page
    customer.client.post(f"{customer.path}ask/erasure/")
    row = DataRequest.objects.get()
    assert (row.state, row.asked_by) == (RequestState.ASKED, None)
    assert timedelta(days=27) < row.due_at - row.asked_at < timedelta(days=32)
    assert "Erasure: received" in page_of(customer)
    again = customer.client.post(f"{customer.path}ask/erasure/")
    assert again.headers["Location"].endswith("done=already")
    assert DataRequest.objects.count() == 1
    assert rights.start(row, admin).state == RequestState.RUNNING


def test_with_four_eyes_an_erasure_needs_one_of_us_too(
    customer: Customer, admin: Agent, settings: object
) -> None:
    settings.ERASURE_NEEDS_TWO = True  # type: ignore[attr-defined]
    customer.client.post(f"{customer.path}ask/erasure/")
    row = DataRequest.objects.get()
    assert row.needs_two
    with pytest.raises(rights.RightsRefused):
        rights.approve(row, None)
    assert rights.approve(row, admin).state == RequestState.APPROVED


def test_an_objection_holds_at_once(customer: Customer) -> None:
    customer.client.post(f"{customer.path}ask/objection/")
    assert ("news", Act.OBJECTED) in acts()
    assert not permits(customer.contact, "marketing", "news").granted
    assert told() == [
        "<b>Karla</b> withdrew every consent to marketing (on their own page)",
    ]


def test_a_restriction_holds_at_once_and_the_page_stays(customer: Customer) -> None:
    customer.client.post(f"{customer.path}ask/restriction/")
    assert DataRequest.objects.get().is_in_force
    page = page_of(customer)
    assert "we send you nothing" in page
    assert "ask/restriction/" not in page
    saves(customer)  # leaving is always possible
    assert ("news", Act.WITHDRAWN) in acts()


def test_what_is_no_right_is_not_there(customer: Customer) -> None:
    for kind in ("portability", "lift", "refuse"):
        assert customer.client.post(f"{customer.path}ask/{kind}/").status_code == 404


# -- the door -------------------------------------------------------------------------------------


def test_a_dead_link_does_nothing(customer: Customer) -> None:
    path = customer.path
    OwnPageLink.objects.update(revoked_at=timezone.now())
    for name in ("topics/", "stop/", "words/", "ask/objection/"):
        assert customer.client.post(path + name).status_code == 410
    assert acts() == []


def test_it_can_die_between_the_look_and_the_act(customer: Customer) -> None:
    link = customer.link
    OwnPageLink.objects.update(revoked_at=timezone.now())
    with pytest.raises(LinkIsDead):
        switch_topics(link, {}, ["news"], "en")
    assert acts() == []


def test_too_often_is_told_so(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_page_guard, "ACTS_PER_LINK", 2)
    for _ in range(2):
        assert customer.client.post(f"{customer.path}stop/").status_code == 302
    response = customer.client.post(f"{customer.path}stop/")
    assert response.status_code == 429
    assert "Retry-After" in response.headers
    monkeypatch.setattr(own_page_guard, "PER_ADDRESS", 1)
    assert customer.client.get("/my/guess/").status_code == 429


# -- at the same moment ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_hands_on_one_page_act_one_after_the_other(customer: Customer) -> None:
    link = customer.link
    barrier = threading.Barrier(4)

    def press(off: bool) -> None:
        barrier.wait()
        if off:
            switch_topics(link, {}, ["news"], "en")
        else:
            stop_everything(link, "en")
        connection.close()

    threads = [threading.Thread(target=press, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert acts().count(("news", Act.WITHDRAWN)) <= 2
    assert acts().count(("", Act.WITHDRAWN)) == 1
    assert not permits(customer.contact, "marketing", "news").granted


@pytest.mark.django_db(transaction=True)
def test_a_merge_and_an_act_do_not_meet(customer: Customer, admin: Agent) -> None:
    """Either the act comes first, and stands, or the link is dead."""
    link, mine = customer.link, customer.contact
    twin = factories.ContactFactory.create(wa_id="4917600000001")
    refused: list[LinkIsDead] = []

    def act() -> None:
        try:
            switch_topics(link, {}, ["news"], "en")
        except LinkIsDead as error:
            refused.append(error)
        connection.close()

    def merge() -> None:
        merge_contacts(twin, mine, MergeReason.BY_HAND, admin)
        connection.close()

    threads = [threading.Thread(target=act), threading.Thread(target=merge)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (acts() == []) == bool(refused)
    assert customer.client.get(f"/my/{token_of(link.pk)}/").status_code == 410


def test_the_topics_admin_tells_who_agreed_to_what(changed: Customer, admin: Agent) -> None:
    page_of(changed)
    client = Client()
    client.force_login(admin)
    topic = Topic.objects.get(key="line-s1")
    page = client.get(f"/admin/consent/topic/{topic.pk}/change/").content.decode()
    assert "own-line-s1 en v1: 1" in page
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
