"""An erasure may die after any portion, and within any: the next worker brings it to its end."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis

from accounts.models import Agent
from consent import erasure, rights, tasks
from consent.models.data_request import DataRequest, RequestState
from consent.personal_data import Person, Portion, Step, registry
from consent.verify import verify_ledger
from contacts.models import Contact
from conversations.services import erase
from tests.rights import marked
from tests.rights.test_erasure import NEEDLES
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db(transaction=True)


class Died(BaseException):
    """As a killed worker: nothing after it runs."""


@pytest.fixture
def tom(number: WhatsAppNumber, admin: Agent) -> Contact:
    marked.ingest_samples()
    tom = marked.the_person()
    marked.plant(tom, number, admin)
    return tom


def begun(tom: Contact, admin: Agent) -> DataRequest:
    return rights.start(rights.ask(tom, "erasure", admin), admin)


def dying_within(step: Step, deaths: list[str]) -> Step:
    """A step whose work is done, files and all, when its worker dies before the commit: once each
    portion."""
    seen: set[int] = set()

    def work(person: Person) -> Portion:
        portion = step.work(person)
        if len(seen) < 2 and portion.looked_at:
            seen.add(len(seen))
            deaths.append(step.name)
            raise Died
        return portion

    return replace(step, work=work)


def test_it_may_die_within_every_portion_and_after_each(
    tom: Contact, admin: Agent, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "_ROWS", 3)
    monkeypatch.setattr(erase, "_FILES", 2)
    monkeypatch.setattr(erasure, "SLICE_S", 0)  # another worker after each portion
    deaths: list[str] = []
    dying = [dying_within(step, deaths) for step in registry.steps]
    monkeypatch.setattr(registry, "steps", dying)
    request = begun(tom, admin)
    for _try in range(400):
        try:
            tasks.run_request(str(request.pk))
        except Died:
            continue
        request.refresh_from_db()
        if request.state == RequestState.DONE:
            break

    assert request.state == RequestState.DONE
    assert {"webhooks", "events", "files", "messages", "threads", "contact"} <= set(deaths)
    assert marked.places_of(*NEEDLES, client=redis_client) == []
    assert verify_ledger().broken is None
    assert marked.erased_entries(tom.pk) == 2


def test_an_error_nobody_foresaw_is_told_and_can_be_begun_again(
    tom: Contact, admin: Agent, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = begun(tom, admin)
    broken = [
        replace(step, work=_fails) if step.name == "messages" else step for step in registry.steps
    ]
    with monkeypatch.context() as patch:
        patch.setattr(registry, "steps", broken)
        with pytest.raises(ZeroDivisionError):
            tasks.run_request(str(request.pk))
    request.refresh_from_db()
    assert (request.state, request.error) == (RequestState.FAILED, "builtins.ZeroDivisionError")
    # One that has begun is not taken back: half a person helps nobody.
    with pytest.raises(rights.RightsRefused):
        rights.refuse(request, admin, "no")

    rights.start(request, admin)
    tasks.run_request(str(request.pk))
    request.refresh_from_db()
    assert (request.state, request.error) == (RequestState.DONE, "")
    assert marked.places_of(*NEEDLES, client=redis_client) == []


def _fails(person: Person) -> Portion:
    raise ZeroDivisionError


def test_what_nobody_works_on_is_found(
    tom: Contact, admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = begun(tom, admin)
    told: list[object] = []
    monkeypatch.setattr(rights, "hand_over", told.append)
    tasks.sweep_requests()
    assert told == []
    long_ago = request.worked_at - 2 * tasks.SILENT  # type: ignore[operator]
    DataRequest.objects.update(worked_at=long_ago)
    tasks.sweep_requests()
    assert told == [request.pk]


def test_an_answer_that_was_written_meanwhile_goes_too(
    tom: Contact, admin: Agent, redis_client: redis.Redis
) -> None:
    """Policy refuses it for want of an address; the refused row is erased like all others."""
    from tests import factories  # noqa: PLC0415

    thread = tom.conversations.latest("created_at")
    request = begun(tom, admin)
    while DataRequest.objects.get(pk=request.pk).step != "threads":
        assert erasure._portion(request.pk)
    late = factories.MessageFactory.create(conversation=thread, outbound=True, text=marked.MARK)
    marked.plant_files(late)
    assert erasure.work_on(request.pk) is None
    assert not Contact.objects.filter(pk=tom.pk).exists()
    assert marked.places_of(*NEEDLES, client=redis_client) == []
