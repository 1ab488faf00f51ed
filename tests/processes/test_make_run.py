"""`make run` with the real processes: what the contract says about them."""

import signal

import pytest
import requests

from tests.stack import eventually

pytestmark = pytest.mark.processes

PROCESSES = {
    "web": ("daphne",),
    "inbound worker": ("celery", "worker", "inbound"),
    "outbound worker": ("celery", "worker", "outbound"),
    "beat": ("celery", "beat"),
    "simulator": ("simulator",),
    "Redis": ("redis-server",),
    "PostgreSQL": ("/postgres", "-D"),
}


def test_it_prints_the_logins_the_admin_first_and_they_work(stack):
    assert stack.logins[0].role == "admin"
    assert len({login.email for login in stack.logins}) == len(stack.logins) > 1

    for login in (stack.logins[0], stack.logins[-1]):
        browser = requests.Session()
        page = browser.get(f"{stack.url}/", timeout=10)
        browser.post(
            page.url,
            data={
                "username": login.email,
                "password": login.password,
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            },
            headers={"Referer": page.url},
            timeout=10,
        )
        assert "login" not in browser.get(f"{stack.url}/", timeout=10).url


@pytest.mark.parametrize("words", PROCESSES.values(), ids=PROCESSES)
def test_its_command_lines_are_recognisable(stack, words):
    assert stack.pids(*words)


def test_manage_py_beside_it_talks_to_the_same_database(stack):
    token = stack.api_token()

    answer = requests.get(
        f"{stack.url}/api/v1/agents/", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )

    assert answer.status_code == 200
    assert "\n" not in token


@pytest.mark.parametrize(
    "words", [words for name, words in PROCESSES.items() if name != "PostgreSQL"]
)
def test_what_is_killed_comes_back_and_all_is_ready_again(stack, words):
    before = set(stack.kill(*words))

    eventually(lambda: set(stack.pids(*words)) - before, 10, f"{words} did not come back")
    stack.wait_until_ready()


def test_a_killed_redis_ends_no_worker(stack):
    workers = stack.pids("celery")
    for _ in range(2):
        before = set(stack.kill("redis-server"))
        eventually(lambda before=before: set(stack.pids("redis-server")) - before, 10)
        stack.wait_until_ready()

    assert stack.pids("celery") == workers


def test_a_killed_postgres_comes_back_and_all_is_ready_again(stack):
    postmaster = stack.pids("/postgres", "-D")[:1]
    stack.kill("/postgres", "-D", number=signal.SIGKILL)

    eventually(lambda: set(stack.pids("/postgres", "-D")) - set(postmaster), 10)
    stack.wait_until_ready()
