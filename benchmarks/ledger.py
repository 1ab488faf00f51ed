"""The consent ledger: appends by 50 writers at once, verification and figures of many entries.

Beside the same writers appending the same rows without the chain, whose trigger does not run then.
A process of its own (`python -m benchmarks.ledger ENTRIES` answers JSON), which wants as many
connections as writers in `DATABASE_POOL_SIZE`.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 (Django must be set up before)
from django.utils import timezone  # noqa: E402

from consent.figures import figures_of  # noqa: E402
from consent.heads import sign_head  # noqa: E402
from consent.ledger import Entry, append  # noqa: E402
from consent.models import Act, Source  # noqa: E402
from consent.verify import verify_ledger  # noqa: E402
from contacts.models import Contact  # noqa: E402

WRITERS = 50
EACH = 40
# Entries of one transaction while the ledger is being filled.
AT_ONCE = 5_000


def measure(entries: int) -> dict[str, float]:
    """Appends per second, plain and chained; entries verified per second; a head's seconds."""
    contacts = Contact.objects.bulk_create([Contact(name=f"Ledger {n}") for n in range(WRITERS)])
    figures = {"writers": WRITERS, "plain_per_s": _appends(contacts, chained=False)}
    # What was not chained has to go before the ledger can hold.
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in ("state", "detail", "record"):
            cursor.execute(f"DELETE FROM consent_consent{table}")
        cursor.execute("SET session_replication_role = origin")
    figures["appends_per_s"] = _appends(contacts, chained=True)
    figures["ratio"] = figures["appends_per_s"] / figures["plain_per_s"]
    fill(contacts, entries)
    began = time.perf_counter()
    verdict = verify_ledger()
    figures["verify_s"] = time.perf_counter() - began
    if verdict.broken is not None:
        raise RuntimeError(str(verdict.broken))
    figures["entries"] = verdict.entries
    began = time.perf_counter()
    sign_head()
    figures["head_s"] = time.perf_counter() - began
    with connection.cursor() as cursor:  # as autovacuum does meanwhile
        cursor.execute("VACUUM ANALYZE consent_consentrecord, consent_consentstate")
    began = time.perf_counter()
    figures_of(365)
    figures["figures_s"] = time.perf_counter() - began
    return figures


def _appends(contacts: list[Contact], *, chained: bool) -> float:
    def write(contact: Contact) -> None:
        try:
            with connection.cursor() as cursor:
                role = "origin" if chained else "replica"
                cursor.execute(f"SET session_replication_role = {role}")
            for place in range(EACH):
                append([_entry(contact, place)])
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = origin")
            connection.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, contacts))
    return WRITERS * EACH / (time.perf_counter() - began)


def fill(contacts: list[Contact], entries: int) -> None:
    """Bring the ledger to `entries`."""
    for first in range(WRITERS * EACH, entries, AT_ONCE):
        places = range(first, min(first + AT_ONCE, entries))
        with transaction.atomic():
            append([_entry(contacts[place % WRITERS], place) for place in places])


def _entry(contact: Contact, place: int) -> Entry:
    return Entry(
        contact=contact,
        purpose="marketing",
        topic=f"line-{place % 20}",
        act=Act.WITHDRAWN if place % 3 == 0 else Act.GRANTED,
        source=Source.MESSAGE,
        occurred_at=timezone.now() - timedelta(seconds=1_000_000 - place % 1_000_000),
        words="START",
        reference=f"wamid.LEDGER{contact.pk}{place}",
        identity="4915112345678",
    )


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
