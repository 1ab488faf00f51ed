"""The log tells what went wrong and where; a database's errors would quote what customers wrote."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import IntegrityError

from contacts.models import Identity
from helpdesk.logs import LineFormatter
from tests import factories

PHONE = "4915112345678"


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger that writes as the house's console does, and what it wrote."""
    line = {**cast("dict[str, Any]", settings.LOGGING["formatters"]["line"])}
    assert line.pop("()") == "helpdesk.logs.LineFormatter"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(**line))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def clash() -> None:
    """A number that two have at once: PostgreSQL names it in its error."""
    contact = factories.ContactFactory.create(wa_id=PHONE)
    Identity.objects.create(contact=contact, kind="wa_id", value=PHONE)


@pytest.mark.django_db
def test_a_database_s_error_is_written_without_its_words(written: Any) -> None:
    logger, stream = written
    context: dict[str, object] = {}
    try:
        clash()
    except IntegrityError as error:
        quoted = str(error)
        logger.exception("message.not_settled message=%s", 7)
        # As Celery writes it.
        context = {"name": "task", "exc": repr(error), "traceback": quoted}
        logger.error("Task %(name)s raised: %(exc)s %(traceback)s", context, exc_info=True)
    assert PHONE in quoted
    assert PHONE in str(context["exc"])
    said = stream.getvalue()
    assert "message.not_settled message=7" in said
    assert "Task task raised: IntegrityError" in said
    assert "tests/helpdesk/test_logs.py" in said
    assert "UniqueViolation" in said
    assert PHONE not in said


@pytest.mark.django_db
def test_so_is_one_that_another_error_came_of(written: Any) -> None:
    logger, stream = written
    try:
        try:
            clash()
        except IntegrityError as error:
            raise RuntimeError("not stored") from error
    except RuntimeError:
        logger.exception("broken")
    assert PHONE not in stream.getvalue()


def test_other_errors_keep_their_words(written: Any) -> None:
    logger, stream = written
    try:
        raise KeyError("colour")
    except KeyError:
        logger.exception("broken")
    assert "KeyError: 'colour'" in stream.getvalue()


def test_an_address_that_is_a_key_is_not_in_the_log(written: Any) -> None:
    logger, stream = written
    key = "01a2044c490e73f19896814f0e03907a.niGBWNaE7hkgAljeVWjjiHYHOBrC5GcteGYqjAXrgus"
    logger.warning("Not Found: %s", f"/my/{key}/export/")
    logger.warning("Gone: /optin/news/mail/%s/", key)
    assert key[-20:] not in stream.getvalue()
    assert key[:20] not in stream.getvalue()
    assert "/my/…/export/" in stream.getvalue()
