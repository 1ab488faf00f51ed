"""Signing up by one's own message: a code works once, in time, at its number, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.gate import permits, subscribed_topics
from consent.inbound import Words
from consent.models import (
    Act,
    Clock,
    ConsentRecord,
    Purpose,
    SignUp,
    SignUpForm,
    Source,
    Topic,
    Wording,
)
from consent.services import record_inbound_messages
from consent.signup import NotOffered, Outcome, Redemption, begin_sign_up, redeem, topics_of
from consent.signup_code import pretty
from consent.signup_wording import keep_versions, prepared_words, show
from consent.vocabulary import forget_vocabulary
from contacts.models import Contact
from tests import factories, fixtures

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBER = "+4930123456"


@pytest.fixture(autouse=True)
def _own_vocabulary() -> Iterator[None]:
    forget_vocabulary()
    yield
    forget_vocabulary()


@pytest.fixture
def form(db: None) -> SignUpForm:
    return factories.SignUpFormFactory.create(slug="meldungen", business_number=NUMBER)


@pytest.fixture
def sign_up(form: SignUpForm, clock: fixtures.Clock) -> SignUp:
    """Begun at noon, for both topics."""
    clock.at(NOON)
    return begin_sign_up(form, ["news", "line-s1"], "de")


def said(contact: Contact, text: str, minutes: float = 1, **more: str) -> Words:
    at = NOON + timedelta(minutes=minutes)
    fields = {"business_number": NUMBER, "identity": "4915112345678", **more}
    return Words(contact, text, f"wamid.{contact.pk}.{minutes}", at, **fields)  # type: ignore[arg-type]


def words_of(sign_up: SignUp) -> str:
    return prepared_words(sign_up, topics_of(sign_up))


def marketing(contact: Contact) -> list[ConsentRecord]:
    found = ConsentRecord.objects.filter(contact=contact, purpose=Purpose.MARKETING)
    return list(found.order_by("pk").select_related("detail", "wording"))


def outcome(words: Words) -> Outcome | None:
    return next((one.outcome for one in redeemed([words])), None)


def redeemed(said: list[Words]) -> list[Redemption]:
    """What came of the codes in these messages."""
    return [one.redemption for one in record_inbound_messages(said) if one.redemption]


# -- no message, no consent --------------------------------------------------------------------


def test_a_form_without_the_message_grants_nothing(sign_up: SignUp) -> None:
    assert not ConsentRecord.objects.exists()
    assert sign_up.contact is None
    assert sign_up.used_at is None


@pytest.mark.parametrize("chosen", [[], ["nothing-of-ours"], ["news", "nothing-of-ours"]])
def test_only_what_is_offered_can_be_chosen(form: SignUpForm, chosen: list[str]) -> None:
    with pytest.raises(NotOffered):
        begin_sign_up(form, chosen, "de")
    assert not SignUp.objects.exists()


def test_a_topic_that_was_switched_off_is_not_offered(form: SignUpForm) -> None:
    Topic.objects.filter(key="news").update(is_active=False)
    with pytest.raises(NotOffered):
        begin_sign_up(form, ["news"], "de")


# -- the message ---------------------------------------------------------------------------------


def test_the_ledger_holds_both_opt_ins_of_each_topic(sign_up: SignUp, contact: Contact) -> None:
    text = words_of(sign_up)

    assert outcome(said(contact, text)) == Outcome.SIGNED_UP

    rows = marketing(contact)
    assert [(row.topic, row.act, row.source, row.clock) for row in rows] == [
        ("news", Act.REQUESTED, Source.FORM, Clock.OURS),
        ("news", Act.CONFIRMED, Source.MESSAGE, Clock.WHATSAPP),
        ("line-s1", Act.REQUESTED, Source.FORM, Clock.OURS),
        ("line-s1", Act.CONFIRMED, Source.MESSAGE, Clock.WHATSAPP),
    ]
    for row in rows:
        assert row.wording == sign_up.wording
        assert (row.business_number, row.language) == (NUMBER, "de")
        assert row.detail.identity == "4915112345678"
    for row in rows[::2]:
        assert (row.occurred_at, row.words) == (NOON, "")
        assert row.reference == f"meldungen {pretty(sign_up.code)}"
    for row in rows[1::2]:
        assert (row.occurred_at, row.words) == (NOON + timedelta(minutes=1), text)
        assert row.reference == f"wamid.{contact.pk}.1"
    assert subscribed_topics([contact])[contact.pk] == ["line-s1", "news"]
    assert permits(contact, Purpose.SERVICE).granted
    sign_up.refresh_from_db()
    assert (sign_up.contact, sign_up.used_at) == (contact, timezone.now())


def test_only_the_chosen_topics_are_signed_up_for(form: SignUpForm, contact: Contact) -> None:
    sign_up = begin_sign_up(form, ["line-s1"], "en")
    record_inbound_messages([said(contact, words_of(sign_up), minutes=-1)])
    assert subscribed_topics([contact])[contact.pk] == ["line-s1"]


@pytest.mark.parametrize(
    "shape",
    [
        "{0}-{1}",
        "{0}{1}",
        "{0} {1}",
        "{0} – {1}",
        "{0}\u2011{1}",
        "{0}-\u200e{1}",
        "*{0}-{1}*",
        "Hallo, hier mein Code: {0}-{1}. Danke!",
        "RE72 {0}-{1}",
    ],
)
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_the_code_is_found_wherever_it_stands(
    sign_up: SignUp, contact: Contact, shape: str, case: object
) -> None:
    code = case(sign_up.code)  # type: ignore[operator]
    assert outcome(said(contact, shape.format(code[:4], code[4:]))) == Outcome.SIGNED_UP


def test_letters_that_look_like_digits_are_read_as_such(sign_up: SignUp, contact: Contact) -> None:
    SignUp.objects.update(code="K70M3X19")
    assert outcome(said(contact, "k7Om-3xI9")) == Outcome.SIGNED_UP


def test_a_code_inside_of_something_longer_is_none(sign_up: SignUp, contact: Contact) -> None:
    assert outcome(said(contact, f"A{sign_up.code}")) is None
    assert outcome(said(contact, f"{sign_up.code}9")) is None
    assert marketing(contact) == []


@pytest.mark.parametrize(
    "text",
    [
        "Nein, ich möchte keine Meldungen. Code {}",
        "Ich möchte NICHT. {}",
        "I don't want this {}",
        "STOPP {}",
        "{} abmelden",
        "~{}~",
        "❌ {}",
        "Was ist {}?",
    ],
)
def test_whoever_says_no_or_asks_is_not_signed_up(
    sign_up: SignUp, contact: Contact, text: str
) -> None:
    assert outcome(said(contact, text.format(pretty(sign_up.code)))) == Outcome.DOUBTFUL
    assert marketing(contact) == []
    assert outcome(said(contact, words_of(sign_up), minutes=2)) == Outcome.SIGNED_UP


def test_the_prepared_words_mean_yes_whatever_a_topic_is_called(contact: Contact) -> None:
    form = factories.SignUpFormFactory.create(business_number=NUMBER, offers=["quiet"])
    Topic.objects.update(name_de="Kein Halt? Nie!", name_en="Never stop")
    keep_versions(form)
    sign_up = begin_sign_up(form, ["quiet"], "de")
    late = said(contact, f"{words_of(sign_up)} Wann geht es los?", minutes=-1)
    assert outcome(late) == Outcome.SIGNED_UP


# -- once, in time, at its number ----------------------------------------------------------------


def test_a_code_works_once(sign_up: SignUp, contact: Contact) -> None:
    other = factories.ContactFactory.create()
    assert outcome(said(contact, words_of(sign_up))) == Outcome.SIGNED_UP
    assert outcome(said(other, words_of(sign_up))) == Outcome.USED
    assert marketing(other) == []
    assert len(marketing(contact)) == 4


def test_a_code_works_once_within_a_set(sign_up: SignUp, contact: Contact) -> None:
    other = factories.ContactFactory.create()
    both = [said(contact, words_of(sign_up)), said(other, words_of(sign_up))]
    found = [redemption.outcome for redemption in redeemed(both)]
    assert found == [Outcome.SIGNED_UP, Outcome.USED]
    assert marketing(other) == []


@pytest.mark.django_db(transaction=True)
def test_of_eight_phones_at_once_one_wins() -> None:
    form = factories.SignUpFormFactory.create(business_number=NUMBER)
    sign_up = begin_sign_up(form, ["news"], "de")
    contacts = factories.ContactFactory.create_batch(8)
    text = words_of(sign_up)

    def send(contact: Contact) -> Outcome:
        try:
            with transaction.atomic():
                words = Words(contact, text, f"wamid.{contact.pk}", timezone.now(), NUMBER)
                [redemption] = redeemed([words])
                return redemption.outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(send, contacts))
    assert sorted(found) == [Outcome.SIGNED_UP, *[Outcome.USED] * 7]
    confirmed = ConsentRecord.objects.get(act=Act.CONFIRMED)
    assert confirmed.contact == contacts[found.index(Outcome.SIGNED_UP)]
    assert SignUp.objects.get().contact == confirmed.contact


def test_what_is_rolled_back_leaves_the_code_good(sign_up: SignUp, contact: Contact) -> None:
    with transaction.atomic():
        record_inbound_messages([said(contact, words_of(sign_up))])
        transaction.set_rollback(True)
    assert outcome(said(contact, words_of(sign_up), minutes=2)) == Outcome.SIGNED_UP


def test_an_hour_later_it_is_too_late(
    sign_up: SignUp, contact: Contact, clock: fixtures.Clock
) -> None:
    clock.forward(timedelta(hours=2))
    assert outcome(said(contact, words_of(sign_up), minutes=60.1)) == Outcome.EXPIRED
    assert marketing(contact) == []
    assert SignUp.objects.get().used_at is None


def test_what_was_sent_in_time_counts_also_when_it_comes_late(
    sign_up: SignUp, contact: Contact, clock: fixtures.Clock
) -> None:
    clock.forward(timedelta(hours=2))
    assert outcome(said(contact, words_of(sign_up), minutes=59)) == Outcome.SIGNED_UP


@pytest.mark.parametrize("number", ["+4930999999", ""])
def test_at_another_number_it_grants_nothing(
    sign_up: SignUp, contact: Contact, number: str
) -> None:
    elsewhere = said(contact, words_of(sign_up), business_number=number)
    assert outcome(elsewhere) == Outcome.OTHER_NUMBER
    assert marketing(contact) == []
    assert outcome(said(contact, words_of(sign_up), minutes=2)) == Outcome.SIGNED_UP


def test_the_number_of_a_code_is_that_of_its_beginning(sign_up: SignUp, contact: Contact) -> None:
    SignUpForm.objects.update(business_number="+4930999999")
    assert outcome(said(contact, words_of(sign_up))) == Outcome.SIGNED_UP


def test_stop_after_it_ends_it_at_once(sign_up: SignUp, contact: Contact) -> None:
    both = [said(contact, words_of(sign_up)), said(contact, "STOPP", minutes=2)]
    record_inbound_messages(both)
    assert subscribed_topics([contact])[contact.pk] == []


def test_an_unknown_code_is_nothing_of_ours(sign_up: SignUp, contact: Contact) -> None:
    assert outcome(said(contact, "Meine Buchung ist AB12-CD34")) is None


# -- versions ------------------------------------------------------------------------------------


def test_the_wording_is_all_that_is_shown(form: SignUpForm) -> None:
    text = show(form, "en").wording.text
    for part in ("Title en", "late.", "– News", "– Topic line-s1", "*Bahn GmbH*", "withdraw"):
        assert part in text
    assert form.privacy_url in text
    assert form.imprint_url in text


def test_changed_words_are_a_new_version_and_a_code_keeps_its_own(
    sign_up: SignUp, form: SignUpForm, contact: Contact
) -> None:
    form.words.filter(language="de").update(privacy="Something else entirely.")
    after = show(form, "de").wording
    assert (sign_up.wording.version, after.version) == (1, 2)

    assert outcome(said(contact, words_of(sign_up))) == Outcome.SIGNED_UP

    assert {row.wording for row in marketing(contact)} == {sign_up.wording}
    assert begin_sign_up(form, ["news"], "de").wording == after


def test_the_same_words_are_the_same_version(form: SignUpForm) -> None:
    before = Wording.objects.count()
    keep_versions(form)
    assert show(form, "de").wording == show(form, "de").wording
    assert Wording.objects.count() == before


def test_a_topic_that_is_called_otherwise_is_a_new_version(form: SignUpForm) -> None:
    Topic.objects.filter(key="news").update(frequency_de="täglich")
    assert (show(form, "de").wording.version, show(form, "en").wording.version) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_new_words_at_once_make_one_version() -> None:
    form = factories.SignUpFormFactory.create()
    form.words.update(title="Something new")

    def look(_number: int) -> int:
        try:
            return show(form, "de").wording.version
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(look, range(8))) == {2}


# -- cost ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Guten Tag", "RE 7 um 12:03", "0151 12345678", "2026-11-22", "Danke dann", "7" * 5000]
)
def test_messages_without_anything_like_a_code_cost_no_query(
    contact: Contact, text: str, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert redeem([said(contact, text)]) == {}


def test_a_set_is_looked_up_at_once(form: SignUpForm) -> None:
    contacts = factories.ContactFactory.create_batch(5)
    sign_ups = [begin_sign_up(form, ["news"], "de") for _ in contacts]
    pairs = zip(contacts, sign_ups, strict=True)
    spoken = [said(contact, f"Code {pretty(one.code)}", minutes=-1) for contact, one in pairs]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(redeem(spoken)) == 5
    looked = [one for one in queries if "FOR UPDATE" in one["sql"]]
    assert len(looked) == 1
