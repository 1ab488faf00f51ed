"""What Meta says in English is said to admins in their language; its own words stay beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from accounts.models import AdminNotice, Severity
from accounts.notices import raise_notice
from accounts.sayings import details, said, saying
from whatsapp.connection_words import words_of
from whatsapp.health import Trouble
from whatsapp.health_words import CODES, restrictions, saying_of
from whatsapp.models import ConnectionCheck


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_a_known_code_speaks_in_our_words_and_keeps_metas() -> None:
    value = saying_of([("131031", "The account is locked.")])

    assert said(value) == CODES["131031"]
    assert details({"what": value}) == "The account is locked"


def test_an_unknown_code_speaks_in_metas_words_once() -> None:
    value = saying_of([("999999", "Something new."), ("999998", "Something new.")])

    assert (said(value), details({"what": value})) == ("Something new", "")


@pytest.mark.parametrize("status", ["BANNED", "", "SOMETHING_NEW"])
def test_without_an_error_the_status_speaks(status: str) -> None:
    assert said(saying_of([], status))


def test_restrictions_that_meta_names_tomorrow_are_readable() -> None:
    value = restrictions(["RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_SOMETHING_NEW"])

    assert said(value) == "we may not write first; restricted something new"
    assert details({"what": value}) == "RESTRICTED_BIZ_INITIATED_MESSAGING"


@pytest.mark.django_db
def test_a_notice_is_read_in_the_language_of_whoever_reads_it() -> None:
    value = saying(["approved"], "Try later")
    raise_notice("a", "number:1", Severity.WARNING, "%(what)s", {"what": value})
    notice = AdminNotice.objects.get()

    with translation.override("en"):
        english = notice.words
    with translation.override("de"):
        german = notice.words
    assert (english, german) == ("approved", "genehmigt")
    assert notice.details == "Try later"


@pytest.mark.parametrize("what", ["as it was", 'with % and {"say"}', ""])
def test_notices_of_before_and_hostile_words_are_shown_as_they_are(what: str) -> None:
    notice = AdminNotice(text="It says: %(what)s.", params={"what": what})

    assert (notice.words, notice.details) == (f"It says: {what}.", "")


def test_metas_words_are_never_taken_for_a_pattern() -> None:
    value = saying_of([("999999", "100 % of %(limit)s used")])

    assert AdminNotice(text="%(what)s", params={"what": value}).words == "100 % of %(limit)s used"


def test_a_check_that_was_refused_says_so_when_it_is_read() -> None:
    row = ConnectionCheck(
        found=ConnectionCheck.Found.WRONG,
        code="refused",
        params={"words": saying(["approved"], "Error validating access token")},
    )
    with translation.override("de"):
        words = words_of(row)
        assert words.helps == "genehmigt"
    assert words.detail == "Error validating access token"


def test_a_trouble_has_our_words_where_the_code_is_known() -> None:
    known = Trouble("waba", "BLOCKED", "131042", "Payment issue", "")

    assert (known.ours, Trouble("waba", "BLOCKED", "1", "x", "").ours) == (CODES["131042"], "")
