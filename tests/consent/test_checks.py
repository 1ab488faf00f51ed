"""The ledger is looked at every night; who must know is told when it is broken, and when not."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from accounts.notices import open_notices
from consent.checks import NOTICE
from consent.models import LedgerCheck
from consent.tasks import check_ledger
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def tamper(act: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE consent_consentrecord SET act = %s", [act])


def test_a_broken_ledger_raises_a_notice_until_it_holds_again() -> None:
    factories.ConsentRecordFactory.create(act="granted")
    check_ledger()
    assert not open_notices()
    tamper("withdrawn")
    check_ledger()
    [notice] = open_notices()
    assert notice.kind == NOTICE
    assert "entry 1" in notice.words
    tamper("granted")
    check_ledger()
    assert not open_notices()
    assert [check.broken == "" for check in LedgerCheck.objects.all()] == [True, False, True]
