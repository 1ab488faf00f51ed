"""A changed text is a new version, the same text the same, whoever asks at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from consent.models import Wording
from consent.wordings import version_of


@pytest.mark.django_db
def test_the_same_text_is_the_same_version_and_another_the_next() -> None:
    one = version_of("notice", "de", "Eins.")
    assert version_of("notice", "de", "Eins.") == one
    two = version_of("notice", "de", "Zwei.")
    again = version_of("notice", "de", "Eins.")
    assert [one.version, two.version, again.version] == [1, 2, 3]
    assert version_of("notice", "en", "One.").version == 1


@pytest.mark.django_db(transaction=True)
def test_eight_who_show_it_for_the_first_time_show_one_version() -> None:
    def show(_place: int) -> int:
        try:
            return version_of("notice", "de", "Eins.").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(show, range(8)))) == 1
    assert Wording.objects.count() == 1
