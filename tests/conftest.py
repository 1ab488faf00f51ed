"""Fixtures every room's tests share: real servers, clean Redis."""

import os
import signal
from collections.abc import Generator, Iterator
from types import FrameType

import pytest
import redis
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from helpdesk.embedded.errors import EmbeddedError
from tests import servers
from tests.stack import Stack

# Fixtures in the product's words (agent, conversation, clock …).
pytest_plugins = ["tests.fixtures"]

# By table, the triggers that refuse TRUNCATE (consent/migrations/0004_chain.py).
NOT_TRUNCATED = {
    "consent_consentrecord": "consent_records_stay",
    "consent_chainlink": "consent_links_stay",
    "consent_wording": "consent_wordings_stay",
    "consent_consentdetail": "consent_details_stay",
}
STACK_LINES = 80
STACK_FOLDERS = ("tests/browser/", "tests/processes/")
test_run = servers.TestRun()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers of this process before anything asks for them."""
    servers.set_up_environment()
    if config.option.collectonly or config.option.help:
        return
    if servers.is_controller():
        signal.signal(signal.SIGTERM, end_the_session)
    try:
        test_run.start()
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from error


def end_the_session(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends like Ctrl-C: servers stopped, temporary files removed."""
    raise KeyboardInterrupt


def pytest_unconfigure() -> None:
    """Stop the servers and leave nothing behind."""
    test_run.stop()


@pytest.fixture(scope="session")
def redis_client() -> Iterator[redis.Redis]:
    """A client of this worker's Redis."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    yield client
    client.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """After a test that commits every table is emptied, which the consent ledger refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table, trigger in NOT_TRUNCATED.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture(autouse=True)
def _clean_redis(redis_client: redis.Redis) -> None:
    """Queues, caches and presence of the test before are not this test's."""
    redis_client.flushdb()


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Nor is its language: what a request spoke stays on in its thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _clean_vocabulary() -> None:
    """Nor are its topics and words."""
    from consent.vocabulary import forget_vocabulary  # noqa: PLC0415 (imports models)

    forget_vocabulary()


class StackTogether(LoadGroupScheduling):
    """Gives all tests of the whole stack to one worker, so that one stack is enough.

    By folder, because the marks of xdist_group do not reach the scheduler with this pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith(STACK_FOLDERS) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> StackTogether:
    """Use the scheduler above."""
    return StackTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """See that whoever asks for the stack lies where the scheduler looks."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            if not item.nodeid.startswith(STACK_FOLDERS):
                raise pytest.UsageError(f"{item.nodeid} uses `stack`: move it to {STACK_FOLDERS}")
            item.add_marker(pytest.mark.processes)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the stack said while a test failed belongs to the failure."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(stack, Stack):
        said = stack.log().splitlines()[-STACK_LINES:]
        report.sections.append(("the stack's log", "\n".join(said)))
    return report


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole helpdesk as real processes, with demo data and the simulator; see `tests.stack`."""
    running = Stack(servers.worker_dir() / "stack")
    running.start()
    yield running
    running.stop()
