"""Away messages: outside the hours, once a day, to whom nobody is answering, in their language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from automation.follow import catch_up
from automation.models import AwayNotice, NumberHours, Progress, SpecialDay
from automation.tasks import FOLLOWERS
from automation.words import fill, unknown_places
from contacts.models import Contact
from conversations.dispatch import dispatch_events
from conversations.models import BusinessNumber, Conversation, Event, Message, Origin, Status
from tests.automation.conftest import HOUR, MINUTE, happen
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = datetime(2026, 11, 22, 20, tzinfo=BERLIN)
Writes = Callable[..., Message]


@pytest.fixture(autouse=True)
def _sunday(clock: Clock) -> None:
    clock.at(SUNDAY)


def told() -> list[str]:
    rows = Message.objects.filter(direction="outbound", author=None).order_by("created_at", "pk")
    return [row.text for row in rows]


def test_whoever_writes_on_sunday_hears_when_somebody_is_there(
    away: NumberHours, writes: Writes
) -> None:
    row = writes().conversation
    happen()

    assert told() == ["Moin Karla, wir sind morgen um 9:00 wieder da."]
    row.refresh_from_db()
    assert (row.status, row.unread, row.first_replied_at) == ("open", 1, None)
    notice = AwayNotice.objects.get()
    assert (notice.conversation, notice.day) == (row, SUNDAY.date())
    assert notice.message is not None
    assert notice.message.status == Status.QUEUED


def test_in_their_language(away: NumberHours, writes: Writes) -> None:
    Contact.objects.update(language="en")
    writes()
    Contact.objects.update(language="en_GB")
    happen()

    assert told() == ["Hello Karla, we are back tomorrow at 9:00."]


def test_once_per_conversation_and_local_day(
    away: NumberHours, writes: Writes, clock: Clock
) -> None:
    writes()
    writes("Hallo?")
    happen()
    clock.forward(3 * HOUR)
    writes("Niemand da?")
    happen()
    assert len(told()) == 1

    clock.forward(2 * HOUR)  # Monday, one o'clock
    writes("Guten Morgen")
    happen()
    assert told()[1] == "Moin Karla, wir sind heute um 9:00 wieder da."


def test_redelivered_or_followed_again_it_is_told_once(away: NumberHours, writes: Writes) -> None:
    writes()
    happen()
    Event.objects.update(dispatched_at=None)
    Progress.objects.update(sequence=0)
    happen()

    assert len(told()) == 1


def test_not_within_the_hours(away: NumberHours, writes: Writes, clock: Clock) -> None:
    clock.at(datetime(2026, 11, 23, 9, tzinfo=BERLIN))
    writes()
    happen()

    assert told() == []


def test_not_when_somebody_has_come_since(away: NumberHours, writes: Writes, clock: Clock) -> None:
    clock.at(datetime(2026, 11, 23, 8, 50, tzinfo=BERLIN))
    writes()
    clock.forward(11 * MINUTE)
    happen()

    assert told() == []


def test_not_to_what_was_written_long_ago(away: NumberHours, writes: Writes, clock: Clock) -> None:
    writes(sent_at=SUNDAY - HOUR)
    happen()

    assert told() == []


@pytest.mark.parametrize("word", ["STOP", "START", "Hilfe", "Einstellungen"])
def test_not_beside_the_answer_to_a_consent_word(
    away: NumberHours, writes: Writes, word: str
) -> None:
    writes(word)
    happen()

    assert not AwayNotice.objects.exists()
    assert len(told()) == 1


def test_beside_the_privacy_notice_it_is(away: NumberHours, writes: Writes) -> None:
    BusinessNumber.objects.update(privacy_notice_de="Wir speichern, was Sie schreiben.")
    writes()
    happen()

    assert len(told()) == 2


def test_not_while_an_agent_is_answering(
    away: NumberHours, writes: Writes, answers: Callable[..., Message], clock: Clock
) -> None:
    row = writes().conversation
    answers(row)
    clock.forward(20 * MINUTE)
    writes("Danke")
    happen()
    assert told() == []

    clock.forward(31 * MINUTE)
    writes("Noch etwas")
    happen()
    assert len(told()) == 1


def test_not_to_history(away: NumberHours, writes: Writes) -> None:
    message = writes()
    Message.objects.filter(pk=message.pk).update(origin=Origin.HISTORY)
    happen()

    assert told() == []


def test_not_when_the_window_is_closed_and_later_it_can_be(
    away: NumberHours, writes: Writes
) -> None:
    row = writes().conversation
    Conversation.objects.update(window_expires_at=SUNDAY - HOUR)
    happen()
    assert told() == []
    assert not AwayNotice.objects.exists()

    Conversation.objects.update(window_expires_at=SUNDAY + HOUR)
    writes("Hallo?")
    happen()
    assert len(told()) == 1
    assert AwayNotice.objects.get().conversation == row


def test_switched_off_it_is_silent(away: NumberHours, writes: Writes) -> None:
    NumberHours.objects.update(is_active=False)
    writes()
    happen()

    assert told() == []


def test_on_holidays_it_has_words_of_its_own(
    away: NumberHours, writes: Writes, clock: Clock
) -> None:
    away.holiday_de = "Frohes Fest! Heute ist {{holiday}}, wir sind {{opens_at}} zurück."
    away.save()
    clock.at(datetime(2026, 12, 25, 11, tzinfo=BERLIN))
    writes()
    happen()
    assert told() == [
        "Frohes Fest! Heute ist Erster Weihnachtstag, wir sind am Montag um 9:00 zurück."
    ]


def test_a_closure_of_the_companys_own(away: NumberHours, writes: Writes, clock: Clock) -> None:
    monday = datetime(2026, 11, 23, 11, tzinfo=BERLIN)
    SpecialDay.objects.create(
        calendar=away.calendar,
        name="Inventur",
        first_day=monday.date(),
        last_day=(monday + timedelta(days=7)).date(),
    )
    clock.at(monday)
    writes()
    happen()

    assert told() == ["Moin Karla, wir sind am 1. Dezember 2026 um 9:00 wieder da."]


def test_nobody_ever_there(away: NumberHours, writes: Writes) -> None:
    away.calendar.week = [[]] * 7
    away.calendar.save()
    writes()
    happen()

    assert told() == ["Moin Karla, wir sind so bald wie möglich wieder da."]


def test_a_name_that_is_missing_leaves_no_gap() -> None:
    assert fill("Moin {{contact.first_name}}, bis {{ opens_at }}!", {"opens_at": "9:00"}) == (
        "Moin, bis 9:00!"
    )
    assert unknown_places("{{contact.first_name}} {{phone}}") == ["phone"]


def test_many_who_write_at_once_cost_little_before_anybody_is_told(
    away: NumberHours, writes: Writes, clock: Clock
) -> None:
    clock.at(datetime(2026, 11, 23, 11, tzinfo=BERLIN))
    follower = next(one for one in FOLLOWERS if one.name == "away")

    def cost(many: int) -> int:
        for _one in range(many):
            writes()
        dispatch_events()
        with CaptureQueriesContext(connection) as queries:
            catch_up(follower)
        return len(queries)

    cost(1)
    assert cost(1) == cost(10)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_it_once(away: NumberHours, writes: Writes) -> None:
    writes()
    dispatch_events()
    follower = next(one for one in FOLLOWERS if one.name == "away")
    together = Barrier(2)

    def work() -> None:
        together.wait()
        catch_up(follower)
        connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told()) == 1


def test_a_worker_that_dies_in_between_tells_it_later(
    away: NumberHours, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes()
    dispatch_events()
    follower = next(one for one in FOLLOWERS if one.name == "away")
    monkeypatch.setattr(Progress, "save", die)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        catch_up(follower)
    assert told() == []

    monkeypatch.undo()
    catch_up(follower)
    assert len(told()) == 1


def die(*_args: object, **_options: object) -> None:
    raise KeyboardInterrupt
