"""Many ask for a sync: one runs at a time, nobody's request is lost, retries come ever later."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from tests.whatsapp.graph import Graph
from whatsapp import single_flight, tasks
from whatsapp.models import WhatsAppNumber
from whatsapp.template_updates import SYNC_TASK

ACCOUNT = "104996122399160"


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[object, ...], float]]:
    """What was planned: arguments and seconds of wait."""
    planned: list[tuple[tuple[object, ...], float]] = []

    def nudge(*arguments: object, countdown: float = 0) -> bool:
        planned.append((arguments, countdown))
        return True

    monkeypatch.setattr(tasks, "nudge", nudge)
    return planned


@pytest.mark.django_db(transaction=True)
def test_who_asks_while_one_runs_is_served_by_one_more_right_after() -> None:
    runs: list[str] = []

    def ask_beside() -> None:
        single_flight.run_alone(ACCOUNT, lambda: runs.append("beside"))
        single_flight.run_alone("another", lambda: runs.append("another account"))
        connection.close()

    def work() -> None:
        runs.append("work")
        if len(runs) == 1:
            for _ in range(3):
                beside = threading.Thread(target=ask_beside)
                beside.start()
                beside.join()

    single_flight.run_alone(ACCOUNT, work)

    assert runs == ["work", *["another account"] * 3, "work"]
    single_flight.run_alone(ACCOUNT, lambda: runs.append("later"))
    assert runs[5:] == ["later"]


@pytest.mark.django_db
def test_a_sync_that_fails_gives_the_lock_back() -> None:
    def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        single_flight.run_alone(ACCOUNT, fail)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        assert cursor.fetchone() == (0,)


def test_retries_come_within_the_first_half_minute_and_then_ever_later() -> None:
    waits = [[single_flight.delay_s(attempt) for _ in range(50)] for attempt in range(9)]
    assert sum(max(each) for each in waits[:4]) <= 30
    assert [max(each) <= 2 * 2**n for n, each in enumerate(waits)] == [True] * 9
    assert all(min(each) >= 2**n for n, each in enumerate(waits[:7]))
    assert max(waits[8]) <= 300
    assert len(set(waits[3])) > 40
    assert sum(max(each) for each in waits[: single_flight.RETRIES]) < 600


@pytest.mark.django_db
def test_many_who_fail_plan_one_retry(
    graph: Graph, number: WhatsAppNumber, nudges: list[tuple[tuple[object, ...], float]]
) -> None:
    graph.refuses(190, 401)
    for _ in range(6):
        tasks.sync_templates()
    assert [arguments for arguments, _ in nudges] == [(SYNC_TASK, ACCOUNT, 1)]
    assert 1 <= nudges[0][1] <= 2

    tasks.sync_templates(ACCOUNT, 1)

    assert nudges[1][0] == (SYNC_TASK, ACCOUNT, 2)
    assert 2 <= nudges[1][1] <= 4
    requests = len(graph.requests)
    for attempt in range(2, 20):
        tasks.sync_templates(ACCOUNT, attempt)
    assert nudges[-1][0] == (SYNC_TASK, ACCOUNT, single_flight.RETRIES)
    # The number, its account and its templates, for each of the attempts up to the last one.
    assert len(graph.requests) - requests == 3 * (single_flight.RETRIES - 1)


@pytest.mark.django_db
def test_a_sync_that_goes_well_ends_the_retries(
    graph: Graph, number: WhatsAppNumber, nudges: list[tuple[tuple[object, ...], float]]
) -> None:
    graph.refuses(190, 401)
    tasks.sync_templates()
    graph.says(200, {"data": []})
    tasks.sync_templates()
    requests = len(graph.requests)

    tasks.sync_templates(ACCOUNT, 1)

    assert len(graph.requests) == requests
    assert len(nudges) == 1
