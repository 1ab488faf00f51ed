"""Requests: deadlines, states, and what the database itself refuses."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from accounts.models import Agent
from consent import rights
from consent.models.data_request import MOVES, DataRequest, RequestState, a_month_after
from consent.rights import RightsRefused
from contacts.merging import MergeRefused, merge_contacts
from contacts.models import Contact, MergeReason
from tests import factories

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ((2026, 11, 22), (2026, 12, 22)),
        ((2026, 12, 31), (2027, 1, 31)),
        ((2027, 1, 31), (2027, 2, 28)),
        ((2028, 1, 30), (2028, 2, 29)),
    ],
)
def test_a_request_is_due_a_month_later(
    asked: tuple[int, int, int], due: tuple[int, int, int]
) -> None:
    at = datetime(*asked, 9, 30, tzinfo=BERLIN)
    assert timezone.localtime(a_month_after(at)).timetuple()[:5] == (*due, 9, 30)


def request_of(contact: Contact, **fields: object) -> DataRequest:
    now = timezone.now()
    values = {"kind": "erasure", "contact_id": contact.pk, "asked_at": now, "due_at": now, **fields}
    return DataRequest(**values)


def test_the_database_refuses_what_may_not_be(contact: Contact, admin: Agent) -> None:
    now = timezone.now()
    for wrong in (
        {"needs_two": True, "asked_by": admin, "approved_by": admin},
        {"state": "running"},
        {"state": "done"},
        {"state": "refused"},
        {"state": "done", "approved_at": now, "keys": {"contacts": []}},
        {"lifted_at": now},
        {"kind": "restriction", "lifted_at": now},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            request_of(contact, **wrong).save()
    request_of(contact).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        request_of(contact).save()


def test_only_one_request_of_a_contact_runs(contact: Contact, admin: Agent) -> None:
    rights.start(rights.ask(contact, "access", admin), admin)
    erasure = rights.ask(contact, "erasure", admin)
    refused = pytest.raises(RightsRefused, match="Another request of this contact is under way")
    with translation.override("en"), refused:
        rights.start(erasure, admin)


def test_what_is_over_stays_over(contact: Contact, admin: Agent) -> None:
    request = rights.refuse(rights.ask(contact, "access", admin), admin, "Who is asking?")
    for act in (rights.approve, rights.start):
        with pytest.raises(RightsRefused):
            act(request, admin)
    assert all(not MOVES[state] for state in (RequestState.DONE, RequestState.REFUSED))
    assert set(MOVES) == set(RequestState)


def test_a_request_follows_a_merge(contact: Contact, admin: Agent) -> None:
    request = rights.ask(contact, "restriction", admin)
    survivor = factories.ContactFactory.create()
    merge_contacts(survivor, contact, MergeReason.BY_HAND, admin)
    assert rights.start(request, admin).contact_id == survivor.pk
    assert rights.ask(contact, "access", admin).contact_id == survivor.pk
    contact.refresh_from_db()
    assert {one.kind for one in rights.open_requests(contact)} == {"access"}


def test_nobody_is_merged_with_who_is_being_erased(contact: Contact, admin: Agent) -> None:
    from consent import erasure  # noqa: PLC0415

    other = factories.ContactFactory.create()
    request = rights.start(rights.ask(contact, "erasure", admin), admin)
    assert erasure._portion(request.pk)
    for survivor, absorbed in ((contact, other), (other, contact)):
        with pytest.raises(MergeRefused), transaction.atomic():
            merge_contacts(survivor, absorbed, MergeReason.BY_HAND, admin)


def test_nothing_is_asked_for_a_contact_that_is_gone(contact: Contact, admin: Agent) -> None:
    gone = Contact(pk=contact.pk)
    Contact.objects.all().delete()
    with pytest.raises(RightsRefused):
        rights.ask(gone, "access", admin)


def test_customers_may_ask_themselves(contact: Contact) -> None:
    """Their own page asks without an agent; under four eyes an agent must still approve."""
    access = rights.start(rights.ask(contact, "access", None), None)
    assert (access.state, access.approved_by) == (RequestState.RUNNING, None)
    objection = rights.ask(contact, "objection", None)
    DataRequest.objects.filter(pk=access.pk).update(state="done")
    assert rights.start(objection, None).state == RequestState.DONE


def test_customers_do_not_approve_their_own_erasure_under_four_eyes(
    contact: Contact, admin: Agent, settings: LazySettings
) -> None:
    settings.ERASURE_NEEDS_TWO = True
    erasure = rights.ask(contact, "erasure", None)
    with pytest.raises(RightsRefused):
        rights.start(erasure, None)
    assert rights.approve(erasure, admin).state == RequestState.APPROVED
